# SPDX-License-Identifier: GPL-2.0-only
"""Whatever a kernel can say of a defect is known, for each kernel that is in the cache.

The texts are read out of its source; a new kernel with a new report fails here, not in a verdict.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
import yaml

from rig.base.cache import Cache
from rig.evidence.banners import BANNERS
from rig.evidence.helpers import is_helper
from tests.kernelsource import Text, functions, texts, texts_of
from tests.unit.trees import TREES, unpatched

# Where those live who report: checks, locks, memory, work, interrupts, power, and what m2m drivers
# are made of.
PLACES = (
    *("kernel/locking", "kernel/rcu", "kernel/irq", "kernel/kcsan", "kernel/entry"),
    *("kernel/softirq.c", "kernel/workqueue.c", "kernel/watchdog.c", "kernel/hung_task.c"),
    *("kernel/panic.c", "kernel/exit.c", "kernel/fork.c", "kernel/smp.c", "kernel/notifier.c"),
    *("kernel/sched/core.c", "kernel/sched/idle.c", "kernel/sched/wait.c"),
    *("kernel/time/timer.c", "kernel/time/hrtimer.c", "kernel/time/tick-sched.c"),
    *("kernel/time/sleep_timeout.c", "kernel/dma/debug.c", "kernel/dma/direct.c"),
    *("kernel/dma/mapping.c", "lib/refcount.c", "lib/list_debug.c", "lib/debugobjects.c"),
    *("lib/bug.c", "lib/ubsan.c", "lib/smp_processor_id.c", "lib/nmi_backtrace.c"),
    *("lib/kobject.c", "lib/dump_stack.c", "lib/percpu-refcount.c", "lib/ref_tracker.c"),
    *("lib/klist.c", "lib/genalloc.c", "mm/kfence", "mm/kasan", "mm/dmapool.c", "mm/slub.c"),
    *("mm/slab_common.c", "mm/page_alloc.c", "mm/vmalloc.c", "mm/memory.c", "mm/usercopy.c"),
    *("mm/kmemleak.c", "mm/page_poison.c", "mm/mempool.c", "mm/util.c", "drivers/base/power"),
    *("drivers/base/core.c", "drivers/base/dd.c", "drivers/base/devres.c", "drivers/base/bus.c"),
    *("drivers/base/driver.c", "drivers/base/class.c", "drivers/clk/clk.c", "drivers/dma-buf"),
    *("drivers/media/common/videobuf2", "drivers/media/mc", "fs/sysfs", "fs/debugfs/inode.c"),
    *(f"drivers/media/v4l2-core/v4l2-{name}.c" for name in ("mem2mem", "dev", "fh", "event")),
    *(f"drivers/media/v4l2-core/v4l2-{name}.c" for name in ("ctrls-core", "ioctl")),
    *(f"arch/arm64/kernel/{name}.c" for name in ("traps", "process", "stacktrace", "entry-common")),
    "arch/arm64/mm/fault.c",
)  # fmt: skip

# Tests of the kernel's own, and a part of videobuf2 for television.
OTHERS = re.compile(r"test|torture|scale|/st-dma|videobuf2-dvb")

# These rows take what no other does.
CATCH_ALL = ("unknown-warning", "unknown-bug")

# Drivers whose functions must not be taken for helpers, and where some of those live.
DRIVERS = ("drivers/media", "drivers/staging/media", "drivers/gpu/drm/scheduler")
HELPERS = (
    *("kernel/locking", "kernel/rcu", "kernel/irq", "kernel/time", "kernel/sched", "kernel/entry"),
    *("kernel/workqueue.c", "kernel/softirq.c", "kernel/kthread.c", "lib", "mm"),
    *("arch/arm64/kernel", "arch/arm64/mm", "drivers/base/power", "drivers/dma-buf"),
)


@dataclass(frozen=True)
class Place:
    """Where something is printed that begins no report."""

    line: str
    file: str
    function: str
    text: re.Pattern[str]

    @classmethod
    def of(cls, line: str) -> "Place":
        where, _, text = line.partition(": ")
        file, _, function = where.partition(" ")
        return cls(line, file, function or "*", re.compile(text))

    def has(self, text: Text) -> bool:
        return (
            fnmatchcase(text.file, self.file)
            and fnmatchcase(text.function, self.function)
            and self.text.match(text.sample) is not None
        )


def listed() -> list[Place]:
    groups = yaml.safe_load((Path(__file__).parent / "unreported.yaml").read_text())
    assert all(group["why"] for group in groups)
    return [Place.of(line) for group in groups for line in group["places"]]


def spoken(tree: Path) -> Iterator[Text]:
    """What says something, and not only while the kernel boots."""
    for text in texts(tree, PLACES):
        if not text.boot and not OTHERS.search(text.file) and re.search("[A-Za-z]{2}", text.sample):
            yield text


def unheard(found: Text) -> bool:
    row = BANNERS.match(found.sample)
    return row is None or row.kind in CATCH_ALL


@pytest.fixture(scope="module", params=TREES or ["none"])
def tree(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpatched source of a kernel."""
    if not TREES:
        pytest.skip(f"no kernel has been unpacked in {Cache.default().root}")
    return unpatched(request.param, tmp_path_factory.mktemp("tree"), (*PLACES, *DRIVERS, *HELPERS))


def test_every_text_begins_a_report_or_is_known_not_to(tree: Path) -> None:
    places = listed()
    unknown = [
        f"{text.file}:{text.line} {text.function}: {text.sample}"
        for text in spoken(tree)
        if unheard(text) and not any(place.has(text) for place in places)
    ]
    assert unknown == []


def test_what_is_listed_is_printed_by_some_kernel(tmp_path: Path) -> None:
    if len(TREES) < 2:
        pytest.skip("needs every kernel of kernels.yaml in the cache")
    found = [
        text
        for number, name in enumerate(TREES)
        for text in spoken(unpatched(name, tmp_path / str(number), PLACES))
        if unheard(text)
    ]
    stale = [place.line for place in listed() if not any(place.has(text) for text in found)]
    assert stale == []


def test_no_function_of_a_driver_is_taken_for_a_helper(tree: Path) -> None:
    """By its name alone, as in a log whose frames nobody could look up."""
    core = set(functions(tree, HELPERS))
    own = {
        name: file
        for name, file in functions(tree, DRIVERS).items()
        if name not in core and "/tests/" not in file
    }
    taken = {name: file for name, file in own.items() if is_helper(name)}
    assert len(own) > 5_000
    assert taken == {}


SOURCE = """
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt
/* pr_err("no text"); */
__printf(2, 3)
static int some_check(struct device *dev,
                      int count)
{
    pr_err("%s: count %d, \\"%s\\" at %pS and"
           " %-5.2lu%%\\n", __func__, count, name, ip, x);
    dev_warn_once(dev, "Unbalanced %s!\\n", __func__);
    printk(KERN_INFO "nothing");
    printk(KERN_ALERT "one\\ntwo %*pbl\\n", 3, mask);
    pr_info("nothing");
}

static void __init some_init(void)
{
    if (x) {
        pr_warn("booting (%d)\\n", f(a, "b"));
    }
}
"""


def test_texts_are_read_out_of_source() -> None:
    found = [(t.function, t.boot, t.sample) for t in texts_of(SOURCE, "drivers/some-thing.c")]
    assert found == [
        ("some_check", False,
         'some_thing: some_check: count 1, "x" at some_function+0x10/0x20 and 1%'),
        ("some_check", False, "somedrv 10000000.codec: Unbalanced some_check!"),
        ("some_check", False, "one"),
        ("some_check", False, "two 00000000a1b2c3d4"),
        ("some_init", True, "some_thing: booting (1)"),
    ]  # fmt: skip
    assert [text.line for text in texts_of(SOURCE, "x.c")] == [8, 10, 12, 12, 19]
