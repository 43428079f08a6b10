# SPDX-License-Identifier: GPL-2.0-only
"""`m2m-rig run` and `m2m-rig soak`: cases side by side, and the verdict on what they left."""

import asyncio
import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from filelock import FileLock, Timeout

from rig.base.errors import InputError, RigError
from rig.evidence.durations import FILE, Durations
from rig.evidence.record import CaseRecord, RunDir
from rig.host.workers import worker_limit
from rig.judge.case import judged_claims
from rig.judge.judged import JudgedCase, judge_folder
from rig.judge.verdict import CaseVerdict, Verdict
from rig.model.options import Options
from rig.model.scenario import Scenario
from rig.report.files import write_reports
from rig.report.run import Notes
from rig.run.apart import Members, Step
from rig.run.families import is_family, member_names
from rig.run.gate import ATTEMPTS, Gate
from rig.run.queue import CaseQueue
from rig.run.selection import chosen_cases, suiting
from rig.view.cases import CasesView
from rig.view.output import Output


class CaseRunner:
    """Runs the cases of a run, some at a time, and shows each.

    Args:
        members: all that is planned, and what is added when a family is red.
        write_down: is told whenever there are more.
        fail_fast: start none after the first that is DIRTY.  What is INCONCLUSIVE stops nothing:
            a later case may be DIRTY, and the verdict of the run has to say so.
    """

    def __init__(
        self,
        gate: Gate,
        members: Members,
        write_down: Callable[[Members], None],
        *,
        fail_fast: bool,
    ) -> None:
        self._gate = gate
        self._members = members
        self._write_down = write_down
        self._fail_fast = fail_fast
        self._stopped = False
        self._busy = 0
        self._ended = asyncio.Condition()
        self.notes = Notes()

    @property
    def planned(self) -> int:
        """How many cases there are."""
        return len(self._members.cases)

    def take_over(self) -> list[CaseRecord]:
        """Judge what has run before, and say what is left; every case is written down then."""
        left = []
        cases = list(self._members.cases)
        # More cases come while this goes through them.
        for case in cases:
            if not self._gate.finished(case):
                left.append(case)
                continue
            judged = self._judge(case)
            cases += self._members.of(judged).cases
            self._note(judged.verdict)
        self._write_down(self._members)
        return left

    async def run(self, queue: CaseQueue, jobs: int, view: CasesView) -> None:
        """Run the cases of a queue, `jobs` at a time.

        Every second guest is for the longest case that is left, the others keep the order: what
        is quick is soon known, and the machine is busy to the end.
        """
        async with asyncio.TaskGroup() as workers:
            for number in range(jobs):
                take = queue.longest if number % 2 else queue.next
                workers.create_task(self._work(take, queue, view))

    async def _work(
        self, take: Callable[[], CaseRecord | None], queue: CaseQueue, view: CasesView
    ) -> None:
        while case := await self._next(take):
            view.start(case)
            await self._watched(case, view)
            view.judging(case)
            judged = await asyncio.to_thread(self._judge, case)
            view.end(case, judged.verdict)
            self._note(judged.verdict)
            step = self._members.of(judged)
            if step != Step():
                self._write_down(self._members)
                queue.first(step.cases)
                view.add(step.cases, step.told)
            async with self._ended:
                self._busy -= 1
                self._ended.notify_all()

    async def _next(self, take: Callable[[], CaseRecord | None]) -> CaseRecord | None:
        """The next case; None when there is none, and none can come of those that are running."""
        async with self._ended:
            while not self._stopped:
                if case := take():
                    self._busy += 1
                    return case
                if not self._busy:
                    break
                await self._ended.wait()
        return None

    async def _watched(self, case: CaseRecord, view: CasesView) -> None:
        watcher = asyncio.create_task(view.watch(case, self._gate.directory.case(case.id)))
        try:
            await self._gate.live(case, ATTEMPTS)
        finally:
            watcher.cancel()
            await asyncio.wait([watcher])
        if not watcher.cancelled():
            # Nobody could be shown anything; a guest that is watched never ends the watch.
            watcher.result()

    def _judge(self, case: CaseRecord) -> JudgedCase:
        judged = judge_folder(self._gate.directory.case(case.id))
        self.notes.take(case.id, judged)
        return judged

    def _note(self, verdict: CaseVerdict) -> None:
        if self._fail_fast and verdict.outcome == "DIRTY":
            self._stopped = True


def run_gate(
    gate: Gate, options: Options, scenarios: Sequence[Scenario], output: Output
) -> Verdict:
    """Run every case that has no evidence yet, judge the run directory, write the reports into it.

    Raises:
        RigError: a case could not be run at all, or none judges what is claimed.
        KeyboardInterrupt: the user stopped it; what has run is on disk.
    """
    claims, facts = gate.planner.claims, gate.planner.facts
    suited = suiting(scenarios, facts.release)
    if output.level != "quiet" and (others := [s.name for s in scenarios if s not in suited]):
        said = f"not for Linux {facts.release}: {', '.join(others)}"
        output.console.print(said, soft_wrap=True)
    planned = [gate.plan(*case) for case in chosen_cases(options, suited)]
    first, step = options.shard
    placed = {first - 1 + at * step: case for at, case in enumerate(planned) if judged_claims(case)}
    cases = list(placed.values())
    places = tuple(placed) if step > 1 else ()
    if not cases:
        asked = " or ".join(claim.name for claim in claims)
        of = "" if step == 1 else f"shard {first}/{step}: "
        raise InputError(
            f"{of}none of these scenarios judges {asked} for {facts.series}",
            hint="choose other scenarios, or another claim",
        )
    lock = FileLock(gate.directory.path / "lock")
    try:
        held = lock.acquire(timeout=0)
    except Timeout as error:
        raise InputError(f"another m2m-rig is at work in {gate.directory.path}") from error
    with held:
        # Whoever chooses has chosen; else the run must look at every driver of the series.
        drivers = () if options.arranged else facts.drivers
        runner = CaseRunner(
            gate,
            Members(gate, options, cases),
            lambda members: gate.open(members.cases, drivers, places, members.apart),
            fail_fast=options.fail_fast,
        )
        left = runner.take_over()
        with _resumable(gate, options, output):
            _run(runner, left, gate, options, output)
        run = runner.notes.judged(gate.directory)
        write_reports(run)
        return run.verdict


def _run(
    runner: CaseRunner, left: Sequence[CaseRecord], gate: Gate, options: Options, output: Output
) -> None:
    jobs = jobs_for(options, left, output)
    durations = Durations(gate.machines.cache.root / FILE)
    at_once = min(jobs, len(left))
    view = CasesView(output, left, runner.planned - len(left), at_once, durations)
    try:
        asyncio.run(runner.run(CaseQueue(left, durations), jobs, view))
    except* (RigError, OSError) as group:
        raise first_error(group) from None
    finally:
        view.close()
        gate.note_mended()


@contextmanager
def _resumable(gate: Gate, options: Options, output: Output) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        again = resuming(options, gate.directory)
        output.progress.note(f"{again} goes on from here")
        raise


def resuming(options: Options, directory: RunDir) -> str:
    """The command line that goes on with a run that was stopped."""
    return shlex.join(["m2m-rig", options.verb, "--resume", str(directory.path)])


def jobs_for(options: Options, cases: Sequence[CaseRecord], output: Output) -> int:
    """How many guests to run at once; what shares one may come to run alone."""
    limit = worker_limit(max((case.scenario.machine.memory for case in cases), default=0))
    wanted = options.jobs or limit
    if wanted > limit:
        output.progress.note(f"{wanted} guests at once, and CPUs and memory for {limit}")
    return max(1, min(wanted, sum(map(_guests, cases))))


def _guests(case: CaseRecord) -> int:
    return len(member_names(case.scenario)) if is_family(case.scenario) else 1


def first_error(group: BaseExceptionGroup[Exception]) -> BaseException:
    """One error stands for all: the same machine has run them all."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
