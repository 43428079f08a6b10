# SPDX-License-Identifier: GPL-2.0-only
"""What a case proved besides its verdict, in numbers: the reason to believe a clean one."""

from collections import Counter
from dataclasses import dataclass

from rig.evidence.case import CaseEvidence
from rig.evidence.hardware import OUTCOMES, HardwareLog
from rig.judge.verdict import CaseVerdict


@dataclass(frozen=True, slots=True)
class FenceAccount:
    """Fences of videobuf2.  `published` None: the series does not say when it publishes.
    `left`: made, and not destroyed when the trace was read; who holds them is not known."""

    made: int
    published: int | None
    signaled: int
    destroyed: int

    @property
    def left(self) -> int:
        return self.made - self.destroyed


@dataclass(frozen=True, slots=True)
class Account:
    """The numbers of one case; None where the guest did not deliver them.

    Args:
        jobs: in-flight jobs that a consumer looked into.
        answers: answers of consumers that were held against the contract.
        chains: lock chains that were new while the workloads ran.
        records: kmsg records that were compared with the serial log.
        gaps: places where the two disagree.
        canary: the deliberate report at the end came.
        turns: (changes of turn, microseconds) as the guest counted them.
        seconds: host time of the guest.
    """

    case: CaseVerdict
    jobs: int
    answers: int
    fences: FenceAccount | None
    chains: int | None
    lockdep: bool
    records: int
    gaps: int
    canary: bool
    turns: tuple[int, int] | None
    seconds: float | None


@dataclass(frozen=True, slots=True)
class BlockAccount:
    """The numbers of one block of imitated hardware.

    Args:
        outcomes: how many jobs ended in which way.
        faults: kinds of those that were injected.
        violations: of all blocks together; None: the guest did not say.
    """

    block: str
    jobs: int
    outcomes: dict[str, int]
    interrupts: int
    faults: tuple[str, ...]
    violations: int | None


def account(case: CaseEvidence, verdict: CaseVerdict) -> Account:
    """Count."""
    start, end = case.stats_start, case.stats_end
    return Account(
        case=verdict,
        jobs=verdict.figures.jobs,
        answers=len(case.results.observations),
        fences=_fences(case),
        chains=end.chains - start.chains if start and end else None,
        lockdep=bool(start and end and start.debug_locks == end.debug_locks == 1),
        records=case.continuity.records,
        gaps=len(case.continuity.gaps),
        canary=case.canary is not None,
        turns=case.results.turns,
        seconds=case.guest.seconds if case.guest else None,
    )


def block_accounts(log: HardwareLog) -> tuple[BlockAccount, ...]:
    """Count the jobs of each block."""
    return tuple(_block(log, block) for block in log.blocks())


def _block(log: HardwareLog, block: str) -> BlockAccount:
    jobs = log.jobs_of(block)
    often = Counter(job.outcome for job in jobs)
    faults = dict.fromkeys(job.fault for job in jobs if job.fault != "none")
    return BlockAccount(
        block=block,
        jobs=len(jobs),
        outcomes={outcome: often[outcome] for outcome in OUTCOMES},
        interrupts=sum(job.interrupts for job in jobs),
        faults=tuple(faults),
        violations=log.stats.get("violations"),
    )


def _fences(case: CaseEvidence) -> FenceAccount | None:
    traced = any(event.startswith("dma_fence") for event in case.record.scenario.trace)
    if case.lives is None or not traced:
        return None
    lives = case.lives.fences.values()
    return FenceAccount(
        made=sum(len(life.initialised) for life in lives),
        published=(
            sum(len(life.publishes) for life in lives) if case.record.kernel.publishes else None
        ),
        signaled=sum(len(life.signals) for life in lives),
        destroyed=sum(len(life.destroyed) for life in lives),
    )
