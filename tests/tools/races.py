# SPDX-License-Identifier: GPL-2.0-only
"""`make races`: how many schedules it takes until a race is met.

Three races of different width (tests/guest/races/races.patch) are planted one after the other, and
run under several seeds: with turns drawn from several ranges, and on the real clock.  The first red
one is repeated, and must be the same history each time.  docs/explain/schedules.md says what has
been measured.
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

from rig.base.paths import ROOT
from rig.evidence.record import CaseRecord, RunDir
from rig.judge.judged import judge_folder
from rig.machine.schedule import RANGES, Schedule
from rig.model.claims.locks import CLAIM as LOCKS
from rig.model.hardware import Hardware
from rig.model.options import Options
from rig.model.scenario import Program, Scenario
from rig.run.gate import Gate
from rig.run.prepare import prepare
from rig.view.output import progress_for

PATCH = ROOT / "tests" / "guest" / "races" / "races.patch"
SERIES = "producer-fence"
FILES = ("serial.log", "results.ktap", "dump.tar")
REPEATS = 10


@dataclass(frozen=True)
class Race:
    """What has to happen at once for a mistake to show.

    Args:
        driver: family of drivers.
        modules: the one with the mistake is loaded with race=1.
        program: and its options: a case takes some seconds.
    """

    driver: str
    modules: tuple[str, ...]
    program: tuple[str, ...]
    hardware: Hardware | None = None


_STORM = ("storm", "--driver=vim2m", "--contexts=2")

# By the module that has the mistake.
RACES: Mapping[str, Race] = {
    # A buffer is queued while another one is done: jobs follow each other without a pause.
    "videobuf2-common": Race(
        "hantro",
        ("videobuf2-common race=1", "hantro-vpu"),
        ("torrent", "--frames=500"),
        Hardware(latency="vepu:50-600"),
    ),
    "v4l2-mem2mem": Race("vim2m", ("v4l2-mem2mem race=1", "vim2m"), (*_STORM, "--rounds=200")),
    "vim2m": Race("vim2m", ("vim2m race=1",), (*_STORM, "--rounds=50")),
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

# Fine turns, and threads are held up besides.
DELAYS = "delays"


@dataclass(frozen=True)
class Hunt:
    """One race under one kind of schedule.

    Args:
        red: the seeds that met it, of 1 to `seeds`.
        reason: what made the first of them red; "": none was.
        seconds: of the host, to the end of the first red one, or of all.
        cpu: the same, in seconds of CPU time: a loaded machine changes the other.
        same: of `repeats` repetitions of the first red one, how many were the same to the byte.
    """

    race: str
    turns: str
    seeds: int
    red: tuple[int, ...]
    reason: str
    seconds: float
    cpu: float
    same: int = 0
    repeats: int = 0


def scenario(name: str, turns: str = "fine") -> Scenario:
    """What meets a race, if the schedule is right."""
    race = RACES[name]
    file, *args = race.program
    return Scenario(
        name=f"race-{name}",
        title="a race that is planted",
        driver=race.driver,
        about="race",
        programs=(Program(name=file, file=file, args=tuple(args), seconds=120),),
        modules=race.modules,
        hardware=race.hardware,
        claims=(LOCKS,),
        delays=turns == DELAYS,
    )


def planned(gate: Gate, race: str, seed: int, turns: str) -> CaseRecord:
    """The case of a race under one schedule; `turns`: a key of TURNS, "delays" or "real"."""
    if turns == "real":
        return gate.plan(scenario(race), seed, "real")
    span = TURNS["fine" if turns == DELAYS else turns]
    periods = Schedule.between(seed, *span).periods if span else ()
    return replace(gate.plan(scenario(race, turns), seed), periods=periods)


def reason_of(gate: Gate, case: CaseRecord) -> str:
    """Run a case; the reason of a red verdict, or ""."""
    gate.run(case)
    verdict = judge_folder(gate.directory.case(case.id)).verdict
    return verdict.reasons[0].id if verdict.outcome == "DIRTY" else ""


def history(gate: Gate, case: CaseRecord) -> str:
    """One number for all that a guest left."""
    folder = gate.directory.case(case.id)
    digest = hashlib.sha256()
    for name in FILES:
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()


def hunt(gate: Gate, race: str, turns: str, seeds: int, repeats: int) -> Hunt:
    """Run all seeds, and the first red one again."""
    gate = replace(gate, directory=RunDir(gate.directory.path / f"{race}-{turns}"))
    started, before = time.monotonic(), _cpu()
    red: dict[int, str] = {}
    for seed in range(1, seeds + 1):
        reason = reason_of(gate, planned(gate, race, seed, turns))
        if not red:
            used = time.monotonic() - started, _cpu() - before
        if reason:
            red[seed] = reason
    found = Hunt(race, turns, seeds, tuple(red), next(iter(red.values()), ""), *used)
    if not red or turns == "real":
        return found
    case = planned(gate, race, found.red[0], turns)
    once = history(gate, case)
    same = 0
    for _ in range(repeats):
        gate.run(case)
        same += history(gate, case) == once
    return replace(found, same=same, repeats=repeats)


def _cpu() -> float:
    """CPU seconds of all guests that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def table(hunts: Sequence[Hunt]) -> Table:
    """What docs/explain/schedules.md shows."""
    made = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("race in", "turns", "red", "first", "host s", "CPU s", "reason", "the same"):
        made.add_column(column)
    for one in hunts:
        made.add_row(
            one.race, one.turns, f"{len(one.red)} of {one.seeds}",
            f"seed {one.red[0]}" if one.red else "-",
            f"{one.seconds:.0f}", f"{one.cpu:.0f}", one.reason,
            f"{one.same} of {one.repeats}" if one.repeats else "",
        )  # fmt: skip
    return made


def hunts(gate: Gate, chosen: argparse.Namespace, console: Console) -> Iterator[Hunt]:
    """All races under all kinds of schedule."""
    for race in chosen.race or RACES:
        for turns in chosen.turns or (*TURNS, DELAYS, "real"):
            repeats = chosen.repeats if turns in ("fine", DELAYS) else 0
            found = hunt(gate, race, turns, chosen.seeds, repeats)
            console.print(json.dumps(asdict(found)), soft_wrap=True)
            yield found


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--race", action="append", choices=tuple(RACES))
    parser.add_argument("--turns", action="append", choices=(*TURNS, DELAYS, "real"))
    parser.add_argument("--seeds", type=int, default=10, help="so many of each")
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--out", type=Path, default=Path("out"))
    chosen = parser.parse_args()
    options = Options(series=SERIES, patches=(PATCH,), fresh="snapshot", out=chosen.out)
    # With the module that holds threads up.
    gate = prepare(options, progress_for(), [scenario(race, DELAYS) for race in RACES])
    console = Console(highlight=False)
    console.print(table(list(hunts(gate, chosen, console))))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
