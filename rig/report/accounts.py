# SPDX-License-Identifier: GPL-2.0-only
"""What a case proved besides its verdict, in numbers: the reason to believe a clean one."""

from dataclasses import dataclass
from pathlib import Path

from rig.evidence.case import CaseEvidence
from rig.evidence.fences import fence_lives
from rig.evidence.record import load
from rig.judge.verdict import CaseVerdict
from rig.model.guest import GuestRun


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


def account(case: CaseEvidence, verdict: CaseVerdict) -> Account:
    """Count."""
    probes = [seen for seen in case.results.observations if seen.name == "probe"]
    active = {
        (seen.path, *(seen.fields.get(key) for key in ("driver", "buffer", "sequence")))
        for seen in probes
        if seen.fields.get("state") == "active"
    }
    start, end = case.stats_start, case.stats_end
    return Account(
        case=verdict,
        jobs=len(active),
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


def guest_run(folder: Path) -> GuestRun | None:
    """How the guest of a case lived; None if nobody wrote it down."""
    file = folder / "guest.json"
    return load(file, GuestRun) if file.exists() else None


def _fences(case: CaseEvidence) -> FenceAccount | None:
    traced = any(event.startswith("dma_fence") for event in case.record.scenario.trace)
    if case.trace is None or not traced:
        return None
    lives = fence_lives(case.trace).fences.values()
    return FenceAccount(
        made=sum(len(life.initialised) for life in lives),
        published=(
            sum(len(life.publishes) for life in lives) if case.record.kernel.publishes else None
        ),
        signaled=sum(len(life.signals) for life in lives),
        destroyed=sum(len(life.destroyed) for life in lives),
    )
