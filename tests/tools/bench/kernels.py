# SPDX-License-Identifier: GPL-2.0-only
"""What builds cost: the first, one that is cached, one after a change."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rig.base.cache import Cache
from rig.kernel.build import KIND
from rig.kernel.record import records
from rig.model.guest import Fresh
from tests.call import SERIES, runs, timed
from tests.tools.bench.way import Way, compare


@dataclass(frozen=True)
class Edit:
    """A change to one file: below a line a number that is another one each time."""

    file: str
    line: int
    above: str
    below: str

    def patch(self) -> str:
        return (
            f"--- a/{self.file}\n+++ b/{self.file}\n@@ -{self.line},2 +{self.line},3 @@\n"
            f" {self.above}\n+static const long m2m_edit __used = {time.time_ns()};\n"
            f" {self.below}\n"
        )


EDITS = {
    "a module": Edit(
        "drivers/media/test-drivers/vim2m.c", 27,
        "#include <media/v4l2-event.h>", "#include <media/videobuf2-vmalloc.h>",
    ),
    "built-in code": Edit(
        "drivers/dma-buf/dma-fence.c", 17,
        "#include <linux/sched/signal.h>", "#include <linux/seq_file.h>",
    ),
}  # fmt: skip


def builds(folder: Path, rounds: int) -> Iterator[Way]:
    """A kernel with empty caches, as its record tells; in the cache; and with another series."""
    first = max((each for each in _records() if each["first"]), key=_started, default=None)
    if first is not None:
        hits, misses = first["ccache"]["hits"], first["ccache"]["misses"]
        yield Way(
            "a kernel", f"the first, on record ({hits} hits of ccache, {misses} misses)",
            (first["seconds"],), first["steps"], "steps",
        )  # fmt: skip
    yield from compare("a kernel", {"cached": lambda: timed("build", SERIES, "-q")}, rounds)
    patch = folder / "other.patch"

    def other(series: str) -> Callable[[], None]:
        def build() -> None:
            patch.write_text(EDITS["a module"].patch())
            timed("build", f"--series={series}", "-q", f"--patch={patch}")

        return build

    yield from compare(
        "another series, on a tree that is warm",
        {name: other(name) for name in ("none", "producer-fence")},
        rounds,
    )


def edits(folder: Path, rounds: int) -> Iterator[Way]:
    """From a change to one file to the verdict on it, and the stages of its build."""
    for place, edit in EDITS.items():
        yield from edited(place, edit, folder, rounds)


def edited(place: str, edit: Edit, folder: Path, rounds: int) -> Iterator[Way]:
    """The same for one of them."""
    run = runs(folder / "out")
    patch = folder / "edit.patch"
    one = ("-j1", "vim2m-export")
    stages: dict[str, list[float]] = {}

    def build() -> None:
        patch.write_text(edit.patch())
        timed("build", SERIES, "-q", f"--patch={patch}")
        for stage, seconds in max(_records(), key=_started)["parts"].items():
            stages.setdefault(stage, []).append(seconds)

    def judged(fresh: Fresh) -> Callable[[], None]:
        def build_and_judge() -> None:
            patch.write_text(edit.patch())
            run(f"--patch={patch}", f"--fresh={fresh}", *one)()

        return build_and_judge

    yield from compare(
        f"a change to {place}",
        {
            "nothing changed": run("--fresh=snapshot", *one),
            "build": build,
            "build and verdict, from a snapshot": judged("snapshot"),
            "build and verdict, booted": judged("boot"),
        },
        rounds,
    )
    for stage, seconds in stages.items():
        yield Way(f"a build after a change to {place}", stage, tuple(seconds))


def _records() -> Iterator[dict[str, Any]]:
    return records(Cache.default().root / KIND)


def _started(record: Mapping[str, Any]) -> str:
    return str(record["started"])
