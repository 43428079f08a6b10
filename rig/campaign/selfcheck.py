# SPDX-License-Identifier: GPL-2.0-only
"""`m2m-rig selfcheck`: mistakes are planted, each in a guest of its own, and must be found.

Each is planted in the scenarios that show it.  The same scenarios on the same kernel, without a
mistake, must be CLEAN, but for known issues: what is found is the mistake, and not the patch that
makes it possible.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from rig.base.errors import RigError
from rig.base.paths import SCENARIOS
from rig.base.progress import Progress
from rig.evidence.record import RunDir
from rig.host.workers import worker_limit
from rig.judge.judged import judge_folder
from rig.judge.verdict import CaseVerdict
from rig.model.claims import claims
from rig.model.faults import Fault
from rig.model.options import Options
from rig.model.scenario import SUFFIX, Scenario, Shape, load
from rig.run.chosen import wide
from rig.run.gate import Gate
from rig.run.prepare import prepare
from rig.run.runner import first_error


@dataclass(frozen=True)
class Finding:
    """What was found of one mistake in one scenario.

    Args:
        fault: None: nothing was planted.
        wanted: reasons that must be given; none: nothing but known issues may be found.
        seconds: of the host, for guest and verdict.
    """

    fault: Fault | None
    scenario: str
    wanted: tuple[str, ...]
    verdict: CaseVerdict
    folder: Path
    seconds: float

    @property
    def as_it_must(self) -> bool:
        """The mistake was found; or there was none, and nothing was found."""
        if self.fault is None:
            return self.verdict.outcome in ("CLEAN", "known issue")
        found = {reason.id for reason in self.verdict.reasons}
        return found.issuperset(self.wanted) and self.verdict.outcome in ("DIRTY", "INCONCLUSIVE")

    @property
    def oracles(self) -> frozenset[str]:
        """Everybody who found something."""
        return frozenset(reason.oracle for reason in self.verdict.reasons)


# A mistake, or none, and the scenario in which it is planted.
Check = tuple[Fault | None, str]


def check(gate: Gate, fault: Fault | None, scenario: str) -> Finding:
    """`_look`, for a caller that has nothing else to do meanwhile."""
    return asyncio.run(_look(gate, fault, scenario))


async def _look(gate: Gate, fault: Fault | None, scenario: str) -> Finding:
    """Run one scenario in a guest that makes the mistake, or none.

    Args:
        gate: for a kernel in which it can be planted.

    Raises:
        RigError: the case could not be run.
    """
    planted = gate_with(fault, gate)
    started = time.monotonic()
    case = planted.plan(_named(scenario), seed=1)
    await planted.live(case)
    folder = planted.directory.case(case.id)
    judged = await asyncio.to_thread(judge_folder, folder)
    return Finding(
        fault=fault,
        scenario=scenario,
        wanted=fault.shows[scenario] if fault else (),
        verdict=judged.verdict,
        folder=folder,
        seconds=time.monotonic() - started,
    )


def _named(name: str) -> Scenario:
    """A scenario of every day, or of a driver that the default kernel does not have."""
    file = SCENARIOS / f"{name}{SUFFIX}"
    return load(file) if file.is_file() else next(each for each in wide() if each.name == name)


def check_all(
    gate: Gate, checks: Sequence[Check], jobs: int | None, tell: Callable[[Finding], None]
) -> list[Finding]:
    """Run several, side by side.

    Args:
        jobs: guests at once; None: as many as the machine bears.
        tell: is given each finding as its guest ends.

    Returns:
        the findings, in the order of `checks`.

    Raises:
        RigError: a case could not be run.
    """
    try:
        return asyncio.run(_side_by_side(gate, checks, jobs or worker_limit(Shape().memory), tell))
    except* (RigError, OSError) as group:
        raise first_error(group) from None


async def _side_by_side(
    gate: Gate, checks: Sequence[Check], jobs: int, tell: Callable[[Finding], None]
) -> list[Finding]:
    free = asyncio.Semaphore(jobs)

    async def one(fault: Fault | None, scenario: str) -> Finding:
        async with free:
            finding = await _look(gate, fault, scenario)
        tell(finding)
        return finding

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(*each)) for each in checks]
    return [task.result() for task in tasks]


def gate_with(fault: Fault | None, gate: Gate) -> Gate:
    """A gate of which every guest makes a mistake, in a directory of its own."""
    directory = RunDir(gate.directory.path / (fault.id if fault else "none"))
    if fault is None:
        return replace(gate, directory=directory)
    # The mistake brings its patches along.
    options = replace(gate.options, patches=(), fault=fault.id)
    planner = replace(gate.planner, fault=fault, options=options)
    return replace(gate, planner=planner, directory=directory)


def faulty_gate(
    faults: Iterable[Fault],
    out: Path,
    progress: Progress,
    profile: str = "lockdep",
    kernel: str | None = None,
) -> Gate:
    """A gate in which all of these mistakes, of the same kernel, can be planted.

    Args:
        profile: of the kernel; what the mistakes need is joined to it.
        kernel: None: the default one.

    Raises:
        RigError: the kernel cannot be built.
    """
    planted = tuple(faults)
    [(series, patches, strict, own)] = {fault.kernel for fault in planted}
    shown = map(_named, dict.fromkeys(name for fault in planted for name in fault.shows))
    options = Options(
        kernel=kernel,
        series=series,
        patches=patches,
        strict=strict,
        profile=_joined(profile, own),
        claims=claims(),
        # As when it was seen what is on record.
        fresh="boot",
        out=out,
    )
    # What brings a driver along that the default kernel does not have.
    return prepare(options, progress, tuple(each for each in shown if each.config))


def _joined(profile: str, own: str) -> str:
    """A profile with another one that it may have already."""
    return "+".join(dict.fromkeys((*profile.split("+"), *([own] if own else []))))


def selfcheck(
    faults: Iterable[Fault],
    options: Options,
    progress: Progress,
    tell: Callable[[Finding], None],
) -> list[Finding]:
    """Plant mistakes, kernel by kernel.

    Args:
        options: kernel and profile, where, and how many guests at once.
        tell: is given each finding as its guest ends.

    Raises:
        RigError: a kernel cannot be built, or a case not be run.
    """
    found = []
    kernel = attrgetter("kernel")
    for _, group in groupby(sorted(faults, key=kernel), key=kernel):
        together = tuple(group)
        gate = faulty_gate(together, options.out, progress, options.profile, options.kernel)
        scenarios = dict.fromkeys(name for fault in together for name in fault.shows)
        checks: list[Check] = [(None, scenario) for scenario in scenarios]
        checks += [(fault, scenario) for fault in together for scenario in fault.shows]
        found += check_all(gate, checks, options.jobs, tell)
    return found
