# SPDX-License-Identifier: GPL-2.0-only
"""`make bench`: what things cost beside each other.  Nothing here passes or fails.

Machines are shared and noisy, so the ways of one comparison take turns, and what counts is the
ratio of their medians.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from threading import Thread
from typing import Any, get_args

import pexpect.fdpexpect
from rich.console import Console
from rich.table import Table

from rig.cache import Cache
from rig.evidence.dump import read_dump
from rig.evidence.klog import iterate_serial
from rig.evidence.ktap import parse_ktap
from rig.evidence.lockgraph import parse_lock_graph
from rig.evidence.record import CaseRecord
from rig.evidence.trace import parse_trace
from rig.gate import Gate
from rig.kernel.build import KIND
from rig.kernel.record import RECORD
from rig.options import Fresh, Options
from rig.paths import SCENARIOS
from rig.scenario import load
from rig.session import prepare
from rig.view.view import Quiet
from tests.call import timed
from tests.virtme import VERSION, Virtme

SERIES = "--series=producer-fence"
MIB = 1 << 20


@dataclass(frozen=True)
class Way:
    """One way to do a thing.

    Args:
        seconds: host time of each round.
        amount: of what was done in one round; 0: nothing that is counted.
        unit: of the amount, as "MiB".
    """

    what: str
    way: str
    seconds: tuple[float, ...]
    amount: float = 0.0
    unit: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


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


def compare(
    what: str, ways: Mapping[str, Callable[[], object]], rounds: int, amount: float = 0.0,
    unit: str = "", *, warm: bool = True,
) -> Iterator[Way]:  # fmt: skip
    """Do a thing in several ways, in turn.

    Args:
        warm: each was done once before, so that caches are warm.
    """
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(-warm, rounds):
        for name, do in ways.items():
            begin = time.monotonic()
            do()
            if number >= 0:
                taken[name].append(time.monotonic() - begin)
    for name, seconds in taken.items():
        yield Way(what, name, tuple(round(s, 3) for s in seconds), amount, unit)


def runs(out: Path) -> Callable[..., Callable[[], float]]:
    """Makes calls of `m2m-rig run`."""
    return lambda *words: lambda: timed("run", SERIES, "-q", f"--out={out}", *words)


def turns(folder: Path, kind: str) -> str:
    """The scenario of W1 with other turns."""
    text = (SCENARIOS / "vim2m-export.m2m.yaml").read_text()
    file = folder / f"vim2m-{kind}.m2m.yaml"
    file.write_text(text.replace("\nprograms:", f"\nmachine: {{turns: {kind}}}\nprograms:", 1))
    return f"--scenario={file}"


def first_line(gate: Gate, case: CaseRecord) -> float:
    """Seconds from the request to run a case to the first line of its workload."""
    results = gate.directory.case(case.id) / "results.ktap"
    results.unlink(missing_ok=True)
    guest = Thread(target=gate.run, args=(case,))
    begin = time.monotonic()
    guest.start()
    while guest.is_alive():
        # What a workload says is indented.
        if results.exists() and b"\n  " in results.read_bytes():
            break
        time.sleep(0.002)
    taken = time.monotonic() - begin
    guest.join()
    return taken


def starts(folder: Path, rounds: int) -> Iterator[Way]:
    """How soon a workload begins."""
    for fresh in get_args(Fresh):
        options = Options(series="producer-fence", fresh=fresh, out=folder / fresh)
        gate = prepare(options, Quiet())
        for name in ("idle", "vim2m-export"):
            case = gate.plan(load(SCENARIOS / f"{name}.m2m.yaml"), 1)
            first_line(gate, case)
            seconds = tuple(round(first_line(gate, case), 3) for _ in range(rounds))
            yield Way(f"the first line of {name}", fresh, seconds)


def guests(folder: Path, rounds: int) -> Iterator[Way]:
    """Boot and snapshot, clocks and turns, guests side by side."""
    yield from starts(folder, rounds)
    run = runs(folder / "out")
    one = ("-j1", "--driver=vim2m", "--workload=W1")
    yield from compare(
        "one case of vim2m",
        {"booted": run(*one, "--fresh=boot"), "from a snapshot": run(*one, "--fresh=snapshot")},
        rounds,
    )
    yield from compare(
        "a workload that waits",
        {
            "virtual clock, turns cut": run("-j1", turns(folder, "fine")),
            "virtual clock, uncut": run("-j1", turns(folder, "uncut")),
            "real clock": run("-j1", "--clock=real", turns(folder, "fine")),
        },
        rounds,
    )
    six = ("--driver=vim2m", "--workload=W2-system-fresh", "--seeds=6")
    yield from compare(
        "six cases",
        {"one guest at a time": run("-j1", *six), "two": run("-j2", *six)},
        rounds,
        6,
        "cases",
    )
    yield from compare(
        "eight scenarios of visl",
        {
            "a guest each": run("-j2", *(f"--scenario={file}" for file in _visl())),
            "together in one": run("-j2", "--driver=visl", "--cumulative"),
        },
        rounds,
    )


def peers(folder: Path, rounds: int) -> Iterator[Way]:
    """What another rig takes to run one command in a guest with a comparable kernel."""
    run = runs(folder / "out")
    idle = ("-j1", "--driver=none", "--workload=W0")
    virtme = Virtme.prepared(folder, "producer-fence")
    yield from compare(
        "from call to end",
        {
            "booted, with a verdict": run(*idle, "--fresh=boot"),
            "from a snapshot, the same": run(*idle, "--fresh=snapshot"),
            f"virtme-ng {VERSION}": virtme.run("true"),
        },
        rounds,
    )


def _visl() -> tuple[Path, ...]:
    return tuple(sorted(SCENARIOS.glob("visl-*.m2m.yaml")))


def gates(folder: Path, rounds: int) -> Iterator[Way]:
    """The whole gate under one seed, once each, and the fences that it publishes in a second."""
    three = ("--driver=vim2m", "--driver=visl", "--driver=vicodec")
    together = ("--cumulative", "--fresh=snapshot")
    ways = {
        "together where it can be": ("-j2", *together),
        "each alone, and together": ("-j2", "--fresh=snapshot"),
        "the same, each guest booted": ("-j2",),
        "together, one guest at a time": ("-j1", *together),
    }
    for name, words, asked in (
        ("vim2m, visl and vicodec", three, len(ways)),
        ("all drivers", (), 2),
    ):
        out = folder / name.replace(" ", "")
        run = runs(out)
        yield from compare(
            f"the gate of {name}",
            {way: run(*ways[way], *words) for way in list(ways)[:asked]},
            1,
            warm=False,
        )
    first = json.loads((out / "producer-fence-001/verdict.json").read_text())["cases"]
    for driver in sorted({case["driver"] for case in first}):
        own = [case["figures"] for case in first if case["driver"] == driver]
        fences = sum(each["fences"] for each in own)
        for whose in ("host", "guest"):
            seconds = sum(each[f"{whose}_seconds"] for each in own)
            if fences:
                yield Way(f"fences of {driver}", f"{whose} time", (seconds,), fences, "fences")


def builds(folder: Path, rounds: int) -> Iterator[Way]:
    """A kernel with empty caches, as its record tells, and one that is in the cache."""
    first = max((each for each in _records() if each["first"]), key=_started)
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


def parsers(folder: Path, rounds: int) -> Iterator[Way]:
    """What reading evidence costs."""
    timed("run", SERIES, "-q", f"--out={folder / 'evidence'}", "--driver=vim2m", "--workload=W1")
    (case,) = (folder / "evidence").glob("*/cases/*")
    dump = read_dump(case / "dump.tar").files
    log = (case / "serial.log").read_bytes()
    for name, data, parse in (
        ("results", (case / "results.ktap").read_bytes(), parse_ktap),
        ("trace", dump["trace"], parse_trace),
        ("lock graph", dump["lockdep"], parse_lock_graph),
    ):
        yield from compare(
            f"parse {name}", {"parser": lambda p=parse, d=data: p(d)}, rounds,  # type: ignore[misc]
            len(data) / MIB, "MiB",
        )  # fmt: skip
    large = folder / "large.log"
    with large.open("wb") as stream:
        while stream.tell() < 100 * MIB:
            stream.write(log)
    yield from compare(
        "read a console of 100 MiB",
        {"m2m-rig": lambda: _read(large), "pexpect": lambda: _expect(large)},
        1,
        large.stat().st_size / MIB,
        "MiB",
    )


def _read(file: Path) -> None:
    with file.open("rb") as stream:
        for _ in iterate_serial(iter(lambda: stream.read(MIB), b"")):
            pass


def _expect(file: Path) -> None:
    """As a rig does it that watches a console: line by line, for a splat or the end."""
    with file.open("rb") as stream:
        console = pexpect.fdpexpect.fdspawn(stream.fileno(), timeout=None)
        patterns: list[Any] = [rb"WARNING: possible circular locking", rb"[^\n]*\r\n", pexpect.EOF]
        compiled = console.compile_pattern_list(patterns)
        while console.expect_list(compiled) != len(patterns) - 1:
            pass


def table(ways: Sequence[Way]) -> Table:
    """One line for each way; ratios to the first of its kind."""
    shown = Table(box=None, header_style="bold")
    for head in ("what", "way", "median", "of the first", "speed"):
        shown.add_column(head, justify="left" if head in ("what", "way") else "right")
    first: dict[str, Way] = {}
    for way in ways:
        begin = first.setdefault(way.what, way)
        speed = f"{way.amount / way.median:.1f} {way.unit}/s" if way.amount else ""
        shown.add_row(
            way.what if way is begin else "", way.way, f"{way.median:.2f} s",
            f"{way.median / begin.median:.2f}", speed,
        )  # fmt: skip
    return shown


PARTS = {
    "guests": guests, "gates": gates, "peers": peers, "builds": builds, "edits": edits,
    "parsers": parsers,
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--part", action="append", choices=PARTS, default=[])
    parser.add_argument("--json", type=Path, default=Path("out/bench.json"))
    arguments = parser.parse_args()
    console = Console()
    load = os.getloadavg()[0]
    console.print(f"{date.today()}, {os.cpu_count()} CPUs, load {load:.1f}")
    ways: list[Way] = []
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.part or PARTS:
            ways += PARTS[name](Path(folder), arguments.rounds)
    console.print(table(ways))
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    record = {"date": str(date.today()), "cpus": os.cpu_count(), "load": load,
              "ways": [asdict(way) for way in ways]}  # fmt: skip
    arguments.json.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
