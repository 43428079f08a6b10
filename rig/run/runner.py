# SPDX-License-Identifier: GPL-2.0-only
"""`m2m-rig run` and `m2m-rig soak`: cases side by side, and the verdict on what they left."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from filelock import FileLock, Timeout

from rig.base.errors import InputError, RigError
from rig.evidence.case import read_case
from rig.evidence.durations import FILE, Durations
from rig.evidence.record import CaseRecord
from rig.host.workers import worker_limit
from rig.judge.verdict import CaseVerdict, Verdict, judge_case, judge_run, judged_claims
from rig.model.options import Options, Selection
from rig.model.scenario import Scenario
from rig.report.files import write_reports
from rig.run.gate import ATTEMPTS, Gate
from rig.run.queue import CaseQueue
from rig.run.session import plan_cases
from rig.view.cases import CasesView
from rig.view.output import Output


class CaseRunner:
    """Runs cases, some at a time, and shows each."""

    def __init__(self, gate: Gate, view: CasesView, *, fail_fast: bool) -> None:
        self._gate = gate
        self._view = view
        self._fail_fast = fail_fast
        self._stopped = False
        self.verdicts: dict[str, CaseVerdict] = {}

    async def run(self, queue: CaseQueue, jobs: int) -> None:
        """Run all cases, `jobs` at a time; with `fail_fast` none after the first red one.

        Every second guest is for the longest case that is left, the others keep the order: what
        is quick is soon known, and the machine is busy to the end.
        """
        async with asyncio.TaskGroup() as workers:
            for number in range(jobs):
                take = queue.longest if number % 2 else queue.next
                workers.create_task(self._work(take))

    async def _work(self, take: Callable[[], CaseRecord | None]) -> None:
        while not self._stopped and (case := take()):
            self._view.start(case)
            watcher = asyncio.create_task(
                self._view.watch(case, self._gate.directory.case(case.id))
            )
            try:
                await self._gate.live(case, ATTEMPTS)
            finally:
                watcher.cancel()
                await asyncio.wait([watcher])
            if not watcher.cancelled():
                # Nobody could be shown anything; a guest that is watched never ends the watch.
                watcher.result()
            self._view.judging(case)
            verdict = await asyncio.to_thread(self._judge, case)
            self.verdicts[case.id] = verdict
            self._view.end(case, verdict)
            if self._fail_fast and verdict.red:
                self._stopped = True

    def _judge(self, case: CaseRecord) -> CaseVerdict:
        return judge_case(read_case(self._gate.directory.case(case.id)))

    def take(self, cases: Iterable[CaseRecord]) -> None:
        """Judge cases that have run before."""
        for case in cases:
            self.verdicts[case.id] = self._judge(case)


def run_gate(
    gate: Gate, options: Options, scenarios: Sequence[Scenario], output: Output
) -> Verdict:
    """Run every case that has no evidence yet, judge the run directory, write the reports into it.

    Raises:
        RigError: a case could not be run at all, or none judges what is claimed.
        KeyboardInterrupt: the user stopped it; what has run is on disk.
    """
    planned = plan_cases(gate, options, scenarios)
    cases = [case for case in planned if judged_claims(case)]
    if not cases:
        raise InputError(
            f"none of these scenarios judges {' or '.join(gate.claims)} for {gate.facts.series}",
            hint="choose other scenarios, or another claim",
        )
    lock = FileLock(gate.directory.path / "lock")
    try:
        held = lock.acquire(timeout=0)
    except Timeout as error:
        raise InputError(f"another m2m-rig is at work in {gate.directory.path}") from error
    with held:
        # Whoever chooses has chosen; else the run must look at every driver of the series.
        chosen = options.selection != Selection()
        drivers = () if chosen else gate.facts.drivers
        gate.open(cases, options.whole_command(), drivers)
        left = [case for case in cases if not gate.finished(case)]
        jobs = jobs_for(options, left, output)
        durations = Durations(gate.cache.root / FILE)
        view = CasesView(output, left, len(cases) - len(left), jobs, durations)
        runner = CaseRunner(gate, view, fail_fast=options.fail_fast)
        runner.take(case for case in cases if case not in left)
        try:
            with _resumable(gate, options, output):
                asyncio.run(runner.run(CaseQueue(left, durations), jobs))
        except* (RigError, OSError) as group:
            raise _first(group) from None
        finally:
            view.close()
            gate.note_mended()
        verdict = judge_run(gate.directory, runner.verdicts)
        write_reports(verdict, gate.directory)
        return verdict


@contextmanager
def _resumable(gate: Gate, options: Options, output: Output) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        again = f"m2m-rig {options.verb} --resume {gate.directory.path}"
        output.progress.note(f"{again} goes on from here")
        raise


def jobs_for(options: Options, cases: Sequence[CaseRecord], output: Output) -> int:
    """How many guests to run at once."""
    limit = worker_limit(max((case.scenario.machine.memory for case in cases), default=0))
    wanted = options.jobs or limit
    if wanted > limit:
        output.progress.note(f"{wanted} guests at once, and CPUs and memory for {limit}")
    return max(1, min(wanted, len(cases)))


def _first(group: BaseExceptionGroup[Exception]) -> BaseException:
    """One error stands for all: the same machine has run them all."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
