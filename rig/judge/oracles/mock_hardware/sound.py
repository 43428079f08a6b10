# SPDX-License-Identifier: GPL-2.0-only
"""Whether the mock hardware can be believed, and what is wrong with it if not."""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from rig.evidence.case import CaseEvidence
from rig.evidence.hardware import HardwareLog, Job
from rig.judge.oracles.mock_hardware import kinds
from rig.judge.reasons import Reason

# Of one kind of trouble so much is told.
TOLD = 3

# Faults after which a job ends without an interrupt.
LOSSES = ("lost", "stale")

# Outcomes, and the counters that count them.
COUNTERS = {"done": "done", "failed": "failed", "lost": "lost", "aborted": "aborted"}


def sound(case: CaseEvidence) -> Iterator[Reason]:
    """The hardware did what it was told to, the driver asked for nothing impossible, and all of it
    is on record; only where the scenario has hardware."""
    scenario = case.record.scenario
    if scenario.hardware is None:
        return
    log = case.hardware
    if log is None:
        yield Reason(kinds.LOST_EVIDENCE, "the guest delivered no record of its hardware")
        return
    if log.problems:
        for problem in log.problems[:TOLD]:
            yield Reason(kinds.LOST_EVIDENCE, problem)
        return
    if log.stats.get("seed") != case.record.seed:
        text = f"the hardware ran with seed {log.stats.get('seed')}, not {case.record.seed}"
        yield Reason(kinds.LOST_EVIDENCE, text)
    for block in log.blocks():
        yield from _violations(log, block, scenario.expect.violations)
        yield from _balance(log, block)
        yield from _order(log.jobs_of(block))
    yield from _busy_enough(case, log)


def _violations(log: HardwareLog, block: str, expected: tuple[str, ...]) -> Iterator[Reason]:
    """What the driver did that it must not, unless an injected fault may have led it there."""
    prefix = f"{block}.violation."
    for name, count in log.stats.items():
        short = f"{block}.{name.removeprefix(prefix)}"
        if not name.startswith(prefix) or not count:
            continue
        if short not in expected or not log.count(block, "injected"):
            yield Reason(kinds.VIOLATION, f"{short} {count} times")


def _balance(log: HardwareLog, block: str) -> Iterator[Reason]:
    """Every accepted job came to one end, which the counters and the journal agree on."""
    jobs = log.jobs_of(block)
    accepted = log.count(block, "accepted")
    outcomes = Counter(job.outcome for job in jobs)
    ended = {outcome: log.count(block, counter) for outcome, counter in COUNTERS.items()}
    if len(jobs) != accepted:
        text = f"{block}: {accepted} jobs were accepted, {len(jobs)} are on record"
        yield Reason(kinds.LOST_EVIDENCE, text)
        return
    if outcomes != Counter(ended) or sum(ended.values()) != accepted:
        told = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))
        yield Reason(kinds.UNBALANCED, f"{block}: {accepted} accepted, but {told}")
    clock = log.stats.get(f"{block}.check.clock")
    enables = log.count(block, "clock_enables")
    if clock is not None and enables != accepted:
        text = f"{block}: the clock was enabled {enables} times for {accepted} jobs"
        yield Reason(kinds.UNBALANCED, text)
    injected = sum(job.fault != "none" for job in jobs)
    if injected != log.count(block, "injected"):
        text = f"{block}: {log.count(block, 'injected')} faults injected, {injected} on record"
        yield Reason(kinds.UNBALANCED, text)
    lost = [job for job in jobs if job.outcome == "lost" and job.fault not in LOSSES]
    stopped = [job for job in jobs if job.outcome == "aborted"] if not injected else []
    for job in (*lost, *stopped)[:TOLD]:
        text = f"{block}: job {job.number} was {job.outcome}, and no fault was injected"
        yield Reason(kinds.UNBALANCED, text)


def _order(jobs: tuple[Job, ...]) -> Iterator[Reason]:
    """Times of one job, and of jobs one after the other, are in order."""
    wrong = [job for job in jobs if not _plausible(job)]
    wrong += [job for last, job in pairwise(jobs) if job.start < last.start]
    for job in wrong[:TOLD]:
        text = f"{job.block}: the times of job {job.number} cannot be ({job.outcome}, {job.fault})"
        yield Reason(kinds.UNBALANCED, text)


def _plausible(job: Job) -> bool:
    if not job.start or job.end < job.start:
        return False
    if job.outcome not in ("done", "failed"):
        return True
    written = job.data <= job.end or job.fault == "after"
    return written and job.irq >= job.end and job.interrupts >= 1


def _busy_enough(case: CaseEvidence, log: HardwareLog) -> Iterator[Reason]:
    """Hardware that had nothing to do, or did nothing wrong where it should, proves nothing."""
    expect = case.record.scenario.expect
    for block, wanted in expect.jobs.items():
        had = len(log.jobs_of(block))
        if had < wanted:
            yield Reason(kinds.IDLE, f"{block} was given {had} jobs, {wanted} expected")
    wanted = max(1, expect.fences)
    if not expect.jobs and len(log.jobs) < wanted:
        text = f"the hardware was given {len(log.jobs)} jobs, {wanted} expected"
        yield Reason(kinds.IDLE, text)
    settings = case.record.scenario.hardware
    if settings and settings.faults and all(job.fault == "none" for job in log.jobs):
        yield Reason(kinds.IDLE, f"no fault of {settings.faults} was injected")
