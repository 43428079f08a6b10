# SPDX-License-Identifier: GPL-2.0-only
"""What builds cost: the first, one that is cached, one after a change."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rig.cache import Cache
from rig.kernel.build import KIND
from rig.kernel.record import RECORD
from tests.bench.way import Way, compare
from tests.call import SERIES, runs, timed


@dataclass(frozen=True)
class Edit:
    """A change to one file as an editor would make it: a comment below a line."""

    file: str
    line: int
    above: str
    below: str

    def patch(self) -> str:
        return (
            f"--- a/{self.file}\n+++ b/{self.file}\n@@ -{self.line},2 +{self.line},3 @@\n"
            f" {self.above}\n+/* {time.time_ns()} */\n {self.below}\n"
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
    """A kernel with empty caches, as its record tells, and one that is in the cache."""
    first = max((each for each in _records() if each["first"]), key=_started, default=None)
    if first is not None:
        hits, misses = first["ccache"]["hits"], first["ccache"]["misses"]
        yield Way(
            "a kernel", f"the first, on record ({hits} hits of ccache, {misses} misses)",
            (first["seconds"],), first["steps"], "steps",
        )  # fmt: skip
    yield from compare("a kernel", {"cached": lambda: timed("build", SERIES, "-q")}, rounds)


def edits(folder: Path, rounds: int) -> Iterator[Way]:
    """From a change to one file to the verdict on it, and the stages of its build."""
    run = runs(folder / "out")
    patch = folder / "edit.patch"
    one = ("-j1", "--driver=vim2m", "--workload=W1")
    for place, edit in EDITS.items():
        stages: dict[str, list[float]] = {}

        def edited(do: Callable[[], object], edit: Edit = edit) -> Callable[[], None]:
            def work() -> None:
                patch.write_text(edit.patch())
                do()

            return work

        def build(stages: dict[str, list[float]] = stages) -> None:
            timed("build", SERIES, "-q", f"--patch={patch}")
            for stage, seconds in max(_records(), key=_started)["parts"].items():
                stages.setdefault(stage, []).append(seconds)

        yield from compare(
            f"a change to {place}",
            {
                "nothing changed": run(*one),
                "build": edited(build),
                "build and verdict": edited(run(f"--patch={patch}", *one)),
            },
            rounds,
        )
        for stage, seconds in stages.items():
            yield Way(f"a build after a change to {place}", stage, tuple(seconds))


def _records() -> Iterator[dict[str, Any]]:
    """Of all kernels in the cache."""
    for file in (Cache.default().root / KIND).glob(f"*/{RECORD}"):
        yield json.loads(file.read_text())


def _started(record: Mapping[str, Any]) -> str:
    return str(record["started"])
