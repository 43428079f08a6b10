# SPDX-License-Identifier: GPL-2.0-only
"""`make races`: how many schedules it takes until a race is met.

Ten races of different kind and width (tests/guest/races/races.patch) are planted one after the
other, and run under several seeds: with turns drawn from several ranges, with threads that are held
up, and on the real clock.  The first red one is repeated, and must be the same history each time.
docs/explain/schedules.md says what has been measured.
"""

import argparse
import hashlib
import json
import re
import resource
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from math import inf, log
from pathlib import Path
from typing import get_args

from rich.console import Console
from rich.table import Table

from rig.base.paths import ROOT
from rig.evidence.record import CaseRecord, RunDir
from rig.judge.judged import judge_folder
from rig.machine.schedule import RANGES, Schedule
from rig.model.claims.locks import CLAIM as LOCKS
from rig.model.guest import Delays
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
ROUNDS = 10
CONFIDENCE = 0.9


@dataclass(frozen=True)
class Race:
    """What has to happen at once for a mistake to show.

    Args:
        driver: family of drivers.
        modules: the one with the mistake is loaded with race=N.
        program: and its options: a case takes some seconds.
        history: of what it does, if that is to be told.
    """

    driver: str
    modules: tuple[str, ...]
    program: tuple[str, ...]
    history: tuple[str, ...] = ()
    hardware: Hardware | None = None


def _storm(module: str, number: int, deeds: int = 24) -> Race:
    modules = tuple(
        f"{name} race={number}" if name == module else name for name in ("v4l2-mem2mem", "vim2m")
    )
    storm = ("storm", "--driver=vim2m", "--contexts=2", "--rounds=10", f"--deeds={deeds}")
    return Race("vim2m", modules, storm)


# One thread queues a request, another lets it begin anew: one of both is refused.
_REQUEST = (
    "0 v0 = open nonblock",
    "0 setup v0",
    "0 reqbufs v0 out count=1 memory=mmap",
    "0 reqbufs v0 cap count=1 memory=mmap",
    "0 streamon v0 out",
    "0 streamon v0 cap",
    "0 x0 = media",
    "0 r0 = request x0",
)
_JOB = (
    "0 qbuf v0 cap index=0",
    "0 qbuf v0 out index=0 request=r0",
    "join",
    "0 queue r0",
    "1 reinit r0",
    "join",
    "0 poll v0 events=i ms=20",
    "0 dqbuf v0 out",
    "0 dqbuf v0 cap",
    "0 reinit r0",
)
_JOBS = 12

# By what goes wrong (tests/guest/races/races.patch).
RACES: Mapping[str, Race] = {
    # A buffer is queued while another one is done: jobs follow each other without a pause.
    "lost update": Race(
        "hantro",
        ("videobuf2-common race=1", "hantro-vpu"),
        ("torrent", "--frames=50"),
        hardware=Hardware(latency="vepu:50-600"),
    ),
    "queued twice": _storm("v4l2-mem2mem", 1),
    "lost wake-up": _storm("v4l2-mem2mem", 2, deeds=4),
    "check, then act": _storm("v4l2-mem2mem", 3, deeds=4),
    "REINIT": Race(
        "vim2m",
        ("mc race=1", "vim2m"),
        ("exercise", "--driver=vim2m"),
        history=(*_REQUEST, *_JOB * _JOBS),
    ),
    "STREAMOFF": _storm("vim2m", 1),
    "timer": _storm("vim2m", 2),
    "order of stores": _storm("vim2m", 3),
    "last put": _storm("vim2m", 4),
    "retry": _storm("vim2m", 5, deeds=4),
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
DELAYS: tuple[Delays, ...] = get_args(Delays)


@dataclass(frozen=True)
class Hunt:
    """One race under one kind of schedule.

    Args:
        red: the seeds that met it, of 1 to `seeds`.
        reason: what made the first of them red; "": none was.
        cpu: seconds of CPU time to the end of the first red one, or of all.
        all_cpu: of all.
        same: of `repeats` repetitions of the first red one, how many were the same to the byte.
    """

    race: str
    turns: str
    seeds: int
    red: tuple[int, ...]
    reason: str
    cpu: float
    all_cpu: float
    same: int = 0
    repeats: int = 0

    @property
    def sure(self) -> float:
        """CPU seconds until the race is met with a probability of 90 %; never: infinite."""
        share = len(self.red) / self.seeds
        if not share:
            return inf
        tries = 1.0 if share > CONFIDENCE else log(1 - CONFIDENCE) / log(1 - share)
        return tries * self.all_cpu / self.seeds


def scenario(name: str, turns: str = "fine", rounds: int = 1) -> Scenario:
    """What meets a race, if the schedule is right; in so many rounds."""
    race = RACES[name]
    file, *args = race.program
    return Scenario(
        name="race-" + "-".join(re.findall(r"[a-z]+", name.lower())),
        title="a race that is planted",
        driver=race.driver,
        about="race",
        programs=(
            Program(name=file, file=file, args=tuple(args), seconds=30, history=race.history),
        ),
        modules=race.modules,
        hardware=race.hardware,
        claims=(LOCKS,),
        rounds=rounds,
        delays=next((each for each in DELAYS if each == turns), None),
    )


def planned(gate: Gate, race: str, seed: int, turns: str, rounds: int = 1) -> CaseRecord:
    """The case of a race; `turns`: a key of TURNS, a policy of delays, or "real"."""
    if turns == "real":
        return gate.plan(scenario(race, rounds=rounds), seed, "real")
    span = TURNS["fine" if turns in DELAYS else turns]
    periods = Schedule.between(seed, *span).periods if span else ()
    return replace(gate.plan(scenario(race, turns, rounds), seed), periods=periods)


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


def hunt(gate: Gate, race: str, turns: str, chosen: argparse.Namespace) -> Hunt:
    """Run all seeds, and the first red one again."""
    folder = "-".join((scenario(race).name, turns))
    gate = replace(gate, directory=RunDir(gate.directory.path / folder))
    before = _cpu()
    red: dict[int, str] = {}
    for seed in range(1, chosen.seeds + 1):
        reason = reason_of(gate, planned(gate, race, seed, turns, chosen.rounds))
        if not red:
            used = _cpu() - before
        if reason:
            red[seed] = reason
    first = next(iter(red.values()), "")
    found = Hunt(race, turns, chosen.seeds, tuple(red), first, used, _cpu() - before)
    repeats = chosen.repeats if turns in ("fine", *DELAYS) else 0
    if not red or not repeats:
        return found
    case = planned(gate, race, found.red[0], turns, chosen.rounds)
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
    for column in (
        "race in",
        "turns",
        "red",
        "first",
        "CPU s",
        "of all",
        "90 %",
        "reason",
        "the same",
    ):
        made.add_column(column)
    for one in hunts:
        made.add_row(
            one.race, one.turns, f"{len(one.red)} of {one.seeds}",
            f"seed {one.red[0]}" if one.red else "-",
            f"{one.cpu:.0f}", f"{one.all_cpu:.0f}", f"{one.sure:.0f}", one.reason,
            f"{one.same} of {one.repeats}" if one.repeats else "",
        )  # fmt: skip
    return made


def hunts(gate: Gate, chosen: argparse.Namespace, console: Console) -> Iterator[Hunt]:
    """All races under all kinds of schedule."""
    for race in chosen.race or RACES:
        for turns in chosen.turns or (*TURNS, *DELAYS, "real"):
            found = hunt(gate, race, turns, chosen)
            console.print(json.dumps(asdict(found)), soft_wrap=True)
            yield found


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--race", action="append", choices=tuple(RACES))
    parser.add_argument("--turns", action="append", choices=(*TURNS, *DELAYS, "real"))
    parser.add_argument("--seeds", type=int, default=10, help="so many of each")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="so many in each guest")
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--out", type=Path, default=Path("out"))
    chosen = parser.parse_args()
    options = Options(series=SERIES, patches=(PATCH,), fresh="snapshot", out=chosen.out)
    # With the module that holds threads up.
    gate = prepare(options, progress_for(), [scenario(race, DELAYS[0]) for race in RACES])
    console = Console(highlight=False)
    console.print(table(list(hunts(gate, chosen, console))))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
