# SPDX-License-Identifier: GPL-2.0-only
"""Reports that are easily read wrongly: how many there are, whom they blame, and what that does."""

import dataclasses
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from rig.base.paths import ROOT
from rig.evidence.case import FoundSplat, read_case
from rig.evidence.klog import SerialLine, parse_serial
from rig.evidence.splats import Splat, find_splats
from rig.evidence.symbols import Attribution, SourceLine, SymbolTable, attribute
from rig.judge.oracles.serial import _splat

SHAPES = ROOT / "tests" / "corpus" / "shapes"

SCOPE = ("drivers/media/", "drivers/dma-buf/")
MINE, CORE = "drivers/media/platform/some/drv.c", "drivers/media/v4l2-core/v4l2-mem2mem.c"
# Where made-up functions are, by how their names begin.
FILES = {
    "somedrv": MINE,
    "list_add": MINE,
    "somefs": "fs/somefs/inode.c",
    "v4l2_m2m": CORE,
    "dma_resv_lockdep": "drivers/dma-buf/dma-resv.c",
}


def read(name: str) -> tuple[SerialLine, ...]:
    return parse_serial((SHAPES / f"{name}.log").read_bytes())


def changed(name: str, *changes: tuple[str, str]) -> list[SerialLine]:
    """A log with something else in it: each a regular expression and what comes in its place."""
    lines = []
    for line in read(name):
        text = line.text
        for pattern, instead in changes:
            text = re.sub(pattern, instead, text)
        lines.append(dataclasses.replace(line, text=text))
    return lines


def place_of(splat: Splat, *drivers: str, others: str = "kernel/fork.c") -> Attribution:
    """Where a report points if functions that nobody made up are in one file."""
    files = {
        frame.name: next((f for n, f in FILES.items() if frame.name.startswith(n)), others)
        for frame in splat.frames
    }
    lines = {f.address: (SourceLine(f.name, files[f.name], 1),) for f in splat.frames}
    return attribute(splat, SymbolTable(lines), SCOPE, drivers)


def judged(lines: Sequence[SerialLine], *drivers: str) -> list[tuple[str, str]]:
    """The reasons that the reports give, each with the function to blame."""
    found = [FoundSplat(splat, place_of(splat, *drivers)) for splat in find_splats(lines)]
    return [(_splat(one).id, one.where.function) for one in found]


@pytest.mark.parametrize(
    ("name", "reason", "function"),
    [
        ("irq-nobody-cared", "splat.irq-nobody-cared", "somedrv_irq"),
        ("kfence", "splat.kfence", "somedrv_job_ready"),
        ("kcsan-read-write", "splat.kcsan", "somedrv_run"),
        ("rcu-stall-other-cpu", "splat.rcu-stall", "somedrv_spin"),
        ("prompt-before-stamp", "splat.preemptible-cpu-id", "somedrv_ready"),
        ("serror", "splat.serror", "somedrv_ready"),
        ("stack-overflow", "splat.stack-overflow", "somedrv_deep"),
        ("list-corruption-bug", "splat.list-corruption", "somedrv_stop_streaming"),
        ("boot-priming-in-chain", "splat.elsewhere", "somefs_evict"),
        ("driver-function-taken-for-helper", "splat.warn", "list_add_job"),
        # Its handler is a number only.
        ("softirq-preempt-leak", "splat.unattributed", ""),
    ],
)
def test_one_report_and_whom_it_blames(name: str, reason: str, function: str) -> None:
    assert judged(read(name)) == [(reason, function)]


def test_each_object_that_was_lost_is_a_report() -> None:
    # Of the second one nobody knows who allocated it; the count behind it is none.
    assert judged(read("kmemleak")) == [
        ("splat.kmemleak", "somedrv_open"), ("splat.unattributed", "")
    ]  # fmt: skip


def test_a_report_on_a_device_is_about_its_driver() -> None:
    lines = read("runtime-pm")
    assert judged(lines, "somedrv") == [("splat.runtime-pm", "")] * 2
    assert judged(lines, "another") == [("splat.unattributed", "")] * 2
    pool = b"[   12.000010][    T1] somedrv a:b.c: dma_pool_destroy x busy\n"
    assert judged(parse_serial(pool), "somedrv") == [("splat.dma-pool", "")]


def test_a_device_of_the_driver_under_test_is_one_that_its_case_names(tmp_path: Path) -> None:
    shutil.copytree(
        ROOT / "tests" / "corpus" / "clean" / "cases" / "vim2m-signal-s1", tmp_path / "c"
    )
    log = tmp_path / "c" / "serial.log"
    said = b"[    9.000001][    T1] %s vim2m.0: Unbalanced pm_runtime_enable!\r\n"
    whole = log.read_bytes()
    for driver, scope in ((b"vim2m", True), (b"another", None)):
        log.write_bytes(said % driver + whole)
        (found,) = read_case(tmp_path / "c").splats
        assert (found.splat.kind, found.where.in_scope) == ("runtime-pm", scope)


def test_a_softirq_whose_handler_is_named_is_about_the_handler() -> None:
    """As a kernel prints it that does not hide the address."""
    named = changed("softirq-preempt-leak", ("00000000a1b2c3d4", "somedrv_bh+0x0/0x40"))
    assert judged(named) == [("splat.softirq-preempt-leak", "somedrv_bh")]


BUILT_IN = (r" \[some\w+\]", "")


def test_a_file_decides_before_a_name_does() -> None:
    """A driver that is built in has no module beside its functions."""
    renamed = ("list_add_job", "mutex_queue_job")
    (splat,) = find_splats(changed("driver-function-taken-for-helper", BUILT_IN, renamed))
    place = place_of(splat, others=MINE)
    assert (place.function, place.file) == ("mutex_queue_job", MINE)
    # Without its file the name is all there is.
    assert splat.guilty is not None
    assert splat.guilty.name == "v4l2_m2m_try_run"


@pytest.mark.parametrize("function", ["some_wait", "handle_event", "common_check"])
def test_what_lives_with_the_locks_helps_whatever_it_is_called(function: str) -> None:
    renamed = ("list_add_job", function)
    (splat,) = find_splats(changed("driver-function-taken-for-helper", BUILT_IN, renamed))
    place = place_of(splat, others="kernel/locking/common.c")
    assert (place.function, place.file) == ("v4l2_m2m_try_run", CORE)


@pytest.mark.parametrize(
    "title",
    [
        "Out-of-bounds write at 0x00000000a1b2c3d4 (1B right of kfence-#23):",
        "Invalid read at 0x00000000a1b2c3d4:",
        "Invalid free of 0x00000000a1b2c3d4 (in kfence-#23):",
        "Corrupted memory at 0x00000000a1b2c3d4 [ 0xac . . . ] (in kfence-#23):",
    ],
)
def test_every_report_of_kfence_keeps_its_frames(title: str) -> None:
    lines = changed("kfence", (r"^Use-after-free read at .*", title))
    (splat,) = find_splats(lines)
    assert [(stack.role, len(stack.frames)) for stack in splat.stacks] == [
        ("trace", 2),
        ("history", 1),
        ("history", 1),
    ]
    assert (splat.truncated, len(splat.lines)) == ("", len(lines))
    assert judged(lines) == [("splat.kfence", "somedrv_job_ready")]


# kernel/kcsan/report.c, get_access_type()
MARKS = ("", " (marked)", " (reordered)", " (marked, reordered)")
ACCESSES = [
    *(f"{kind}{marks}" for kind in ("read", "write", "read-write") for marks in MARKS),
    *(f"assert no {kind}{marks}" for kind in ("writes", "accesses") for marks in MARKS[::2]),
]


@pytest.mark.parametrize("access", ACCESSES)
@pytest.mark.parametrize("by", ["task 104", "interrupt"])
def test_every_report_of_kcsan_keeps_its_frames(access: str, by: str) -> None:
    lines = changed("kcsan-read-write", ("read-write to", f"{access} to"), ("task 104", by))
    (splat,) = find_splats(lines)
    assert [stack.role for stack in splat.stacks] == ["trace", "trace"]
    assert judged(lines) == [("splat.kcsan", "somedrv_run")]


def test_a_race_with_somebody_unknown() -> None:
    lines = changed("kcsan-read-write", ("^read-write to", "race at unknown origin, with read to"))
    lines = [line for line in lines if not re.match(r"read to| somedrv_ready\+", line.text)]
    (splat,) = find_splats(lines)
    assert [stack.role for stack in splat.stacks] == ["trace"]
    assert splat.truncated == ""


def test_a_report_between_rulers_that_is_cut_says_so() -> None:
    for name in ("kfence", "kcsan-read-write"):
        lines = read(name)
        assert find_splats(lines[:-1])[0].truncated
        assert not find_splats(lines)[0].truncated


def test_a_trace_is_given_to_the_report_that_asked_for_it() -> None:
    lines = read("rcu-stall-other-cpu")
    (splat,) = find_splats(lines)
    assert splat.lines == tuple(range(1, 12))
    assert (splat.truncated, splat.task) == ("", "export/103")
    # Nobody asked: it is nobody's.
    (stall,) = find_splats([line for line in lines if "Sending NMI" not in line.text])
    assert stall.frames == ()
    assert stall.truncated
    # Who asked goes on with other things, and has ended its report.
    later = dataclasses.replace(lines[0], time_us=12_000_120)
    texts = ("hello", "Call trace:", " x+0x1/0x2")
    more = [dataclasses.replace(later, number=20 + n, text=text) for n, text in enumerate(texts)]
    (splat,) = find_splats([*lines, *more])
    assert splat.last_line == 11


def test_a_cpu_that_idles_has_no_trace_to_give() -> None:
    idle = "NMI backtrace for cpu 0 skipped: idling at cpu_do_idle+0x8/0xc"
    lines = changed("rcu-stall-other-cpu", ("NMI backtrace for cpu 0", idle))[:5]
    (splat,) = find_splats(lines)
    assert (splat.truncated, splat.last_line) == ("", 5)


def test_a_handler_stands_before_whom_it_interrupted() -> None:
    lines = changed(
        "irq-nobody-cared",
        (r"gic_handle_irq\+0x74/0x130", "somedrv_victim+0x10/0x20 [somedrv]"),
        ("somedrv_irq", "somefs_irq [somefs] threaded [<00000000a1b2c3d4>] somefs_thread"),
    )
    assert judged(lines) == [("splat.elsewhere", "somefs_irq")]
    (splat,) = find_splats(lines)
    handlers = next(stack for stack in splat.stacks if stack.role == "handler")
    assert [(frame.name, frame.module) for frame in handlers.frames] == [
        ("somefs_irq", "somefs"),
        ("somefs_thread", None),
    ]


def test_what_lockdep_was_taught_counts_only_where_somebody_else_is_in_the_chain() -> None:
    lines = changed("boot-priming-in-chain", ("somefs_readdir", "somedrv_readdir"))
    assert judged(lines)[0][0] == "splat.circular-locking"
