# SPDX-License-Identifier: GPL-2.0-only
"""`make races`: how many schedules it takes until a race is met.

Three races of different width (tests/guest/races/races.patch) are planted one after the other, and
run under seed after seed until a verdict is red: with turns drawn from several ranges, and on the
real clock.  What is met is repeated, and must be the same history each time.  docs/schedules.md
says what has been measured.
"""

import argparse
import hashlib
import json
import resource
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from rig.evidence.case import read_case
from rig.evidence.record import CaseRecord, RunDir
from rig.gate import Gate
from rig.machine.schedule import RANGES, Schedule
from rig.options import Options
from rig.paths import ROOT
from rig.scenario import Program, Scenario
from rig.session import prepare
from rig.verdict import judge_case
from rig.view.output import progress_for

PATCH = ROOT / "tests" / "guest" / "races" / "races.patch"
SERIES = "producer-fence"
FILES = ("serial.log", "results.ktap", "dump.tar")
REPEATS = 10

# What stands between the two steps that must not be interrupted, and where.
RACES: Mapping[str, str] = {
    "videobuf2-common": "taking a spinlock",
    "v4l2-mem2mem": "looking for two buffers",
    "vim2m": "copying a picture",
}

# Microseconds between two cuts of one cutter, least and most; None: turns are not cut.
Span = tuple[int, int] | None
TURNS: Mapping[str, Span] = {
    "uncut": None,
    "coarse": RANGES["coarse"],
    "fine": RANGES["fine"],
    "finer": (5, 40),
    "finest": (2, 12),
}


@dataclass(frozen=True)
class Hunt:
    """One race under one kind of schedule.

    Args:
        seeds: that were run, the red one last.
        reason: what made it red; "": nothing did.
        seconds: of the host, all together.
        cpu: the same, in seconds of CPU time: a loaded machine changes the other.
        same: of `repeats` repetitions of the red one, how many were the same to the byte.
    """

    race: str
    turns: str
    seeds: int
    reason: str
    seconds: float
    cpu: float
    same: int = 0
    repeats: int = 0


def scenario(race: str, rounds: int) -> Scenario:
    """A storm on a kernel with one race."""
    others = () if race == "vim2m" else (f"{race} race=1",)
    return Scenario(
        name=f"race-{race}",
        title="a race that is planted",
        driver="vim2m",
        workload="race",
        programs=(
            Program(
                name="storm",
                file="storm",
                args=("--driver=vim2m", "--contexts=2", f"--rounds={rounds}"),
                seconds=120,
            ),
        ),
        modules=(*others, "vim2m race=1" if race == "vim2m" else "vim2m"),
        claims=("locks",),
    )


def planned(gate: Gate, race: str, rounds: int, seed: int, turns: str) -> CaseRecord:
    """The case of a race under one schedule; `turns`: a key of TURNS, or "real"."""
    if turns == "real":
        return gate.plan(scenario(race, rounds), seed, "real")
    span = TURNS[turns]
    periods = Schedule.between(seed, *span).periods if span else ()
    return replace(gate.plan(scenario(race, rounds), seed), periods=periods)


def reason_of(gate: Gate, case: CaseRecord) -> str:
    """Run a case; the reason of a red verdict, or ""."""
    gate.run(case)
    verdict = judge_case(read_case(gate.directory.case(case.id)))
    return verdict.reasons[0].id if verdict.outcome == "DIRTY" else ""


def history(gate: Gate, case: CaseRecord) -> str:
    """One number for all that a guest left."""
    folder = gate.directory.case(case.id)
    digest = hashlib.sha256()
    for name in FILES:
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()


def hunt(gate: Gate, race: str, turns: str, rounds: int, seeds: int, repeats: int) -> Hunt:
    """Run seed after seed until one is red, and that one again."""
    gate = replace(gate, directory=RunDir(gate.directory.path / f"{race}-{turns}"))
    started, before = time.monotonic(), _cpu()
    for seed in range(1, seeds + 1):
        case = planned(gate, race, rounds, seed, turns)
        if reason := reason_of(gate, case):
            break
    found = Hunt(race, turns, seed, reason, time.monotonic() - started, _cpu() - before)
    if not reason or turns == "real":
        return found
    first = history(gate, case)
    same = 0
    for _ in range(repeats):
        gate.run(case)
        same += history(gate, case) == first
    return replace(found, same=same, repeats=repeats)


def _cpu() -> float:
    """CPU seconds of all guests that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def table(hunts: Sequence[Hunt]) -> Table:
    """What docs/schedules.md shows."""
    made = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("race in", "turns", "seeds", "host s", "CPU s", "first reason", "the same"):
        made.add_column(column)
    for one in hunts:
        made.add_row(
            one.race, one.turns, str(one.seeds) if one.reason else f"none in {one.seeds}",
            f"{one.seconds:.0f}", f"{one.cpu:.0f}", one.reason,
            f"{one.same} of {one.repeats}" if one.repeats else "",
        )  # fmt: skip
    return made


def hunts(gate: Gate, chosen: argparse.Namespace, console: Console) -> Iterator[Hunt]:
    """All races under all kinds of schedule."""
    for race in chosen.race or RACES:
        for turns in chosen.turns or (*TURNS, "real"):
            repeats = chosen.repeats if turns == "fine" else 0
            found = hunt(gate, race, turns, chosen.rounds, chosen.seeds, repeats)
            console.print(json.dumps(asdict(found)), soft_wrap=True)
            yield found


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--race", action="append", choices=tuple(RACES))
    parser.add_argument("--turns", action="append", choices=(*TURNS, "real"))
    parser.add_argument("--seeds", type=int, default=20, help="at most so many of each")
    parser.add_argument("--rounds", type=int, default=40, help="of the storm")
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--out", type=Path, default=Path("out"))
    chosen = parser.parse_args()
    options = Options(series=SERIES, patches=(PATCH,), fresh="snapshot", out=chosen.out)
    gate = prepare(options, progress_for())
    console = Console(highlight=False)
    console.print(table(list(hunts(gate, chosen, console))))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
