# SPDX-License-Identifier: GPL-2.0-only
"""Every reason that a verdict can give: one list, with stable ids.

`docs/reference/verdicts.md` shows this table to people; a test keeps the two equal.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from rig.base.errors import InputError, did_you_mean

Outcome = Literal["CLEAN", "INCONCLUSIVE", "DIRTY"]

# From best to worst; the worst reason of a claim is its verdict.
ORDER: tuple[Outcome, ...] = ("CLEAN", "INCONCLUSIVE", "DIRTY")


@dataclass(frozen=True)
class Kind:
    """One kind of reason.

    Args:
        oracle: the part of the rig that finds it.
        locks, fences: what it does to that claim; None: nothing.
        meaning: for the person who reads it, in one sentence.
    """

    id: str
    oracle: str
    locks: Outcome | None
    fences: Outcome | None
    meaning: str

    def effect(self, claim: str) -> Outcome | None:
        """What this kind of reason does to a claim."""
        return self.locks if claim == "locks" else self.fences


@dataclass(frozen=True)
class Reason:
    """Why a claim is not clean.

    Args:
        id: of a `Kind`; for splats "splat." and the kind of splat.
        text: what was seen, one line.
        file, line: source of the guilty code, relative to the kernel tree; "" and 0 if unknown.
        serial: first line of the evidence in the serial log, from 1; 0 if it is not there.
    """

    id: str
    text: str
    file: str = ""
    line: int = 0
    serial: int = 0

    @property
    def kind(self) -> Kind:
        """The row of the table that this reason belongs to."""
        if self.id not in KINDS and self.id.startswith(_SPLAT):
            return KINDS["splat.*"]
        return KINDS[self.id]

    def effect(self, claim: str) -> Outcome | None:
        """What this reason does to a claim."""
        return self.kind.effect(claim)


def _both(id: str, oracle: str, effect: Outcome, meaning: str) -> Kind:
    return Kind(id, oracle, effect, effect, meaning)


def _unsure(id: str, oracle: str, meaning: str) -> Kind:
    return _both(id, oracle, "INCONCLUSIVE", meaning)


def _fences(id: str, oracle: str, effect: Outcome, meaning: str) -> Kind:
    return Kind(id, oracle, None, effect, meaning)


def _contract(id: str, meaning: str) -> Kind:
    return _fences(id, "contract", "DIRTY", meaning)


def _accounting(id: str, effect: Outcome, meaning: str) -> Kind:
    return _fences(id, "accounting", effect, meaning)


def _hardware(id: str, meaning: str) -> Kind:
    return _fences(id, "mock hardware", "DIRTY", meaning)


_TABLE = (
    _unsure("dump.missing", "results", "The guest could not read something that oracles need."),
    _unsure(
        "dump.unreadable",
        "results",
        "The guest delivered something that no parser understands, so oracles may overlook it.",
    ),
    _unsure(
        "splat.unknown",
        "serial",
        "The kernel printed a call trace, or became tainted, without a report that is known.",
    ),
    _both(
        "splat.*",
        "serial",
        "DIRTY",
        "The kernel reported a defect on the path of the code under test; * is the kind of report.",
    ),
    _unsure(
        "splat.elsewhere",
        "serial",
        "The kernel reported a defect in code that is not under test; most such reports also "
        "turn lockdep off, so nothing after them was checked.",
    ),
    _unsure(
        "splat.unattributed",
        "serial",
        "The kernel reported a defect and no frame of it could be traced to source.",
    ),
    _unsure(
        "lockdep.off",
        "lockdep",
        "debug_locks was not 1 at the start or at the end: locks were not being checked.",
    ),
    _unsure(
        "lockdep.not-proving",
        "lockdep",
        "prove_locking was not 1 at the start or at the end: lockdep looked on without checking.",
    ),
    _unsure(
        "lockdep.no-statistics",
        "lockdep",
        "The guest did not deliver what proves that lockdep was alive.",
    ),
    _unsure("lockdep.idle", "lockdep", "Lockdep checked no lock while the workloads ran."),
    _unsure(
        "lockdep.full",
        "lockdep",
        "A table of lockdep is full, or nearly: it stops checking when one overflows.",
    ),
    _unsure(
        "lockdep.canary-silent",
        "lockdep",
        "The deliberate lock inversion at the end was not reported: a real one would not have "
        "been either.",
    ),
    _unsure(
        "lockdep.no-canary",
        "lockdep",
        "The case ended without the deliberate lock inversion that proves lockdep alive.",
    ),
    _unsure(
        "log.gap",
        "log",
        "The serial log and the kernel's own record disagree: a line was lost or altered, and it "
        "might have been the one that mattered.",
    ),
    _unsure("log.dropped", "log", "The kernel says that it dropped or suppressed messages."),
    _unsure(
        "log.no-record",
        "log",
        "The guest did not deliver the kernel's own record of its log.",
    ),
    _unsure("guest.lost", "guest", "QEMU went away while the guest ran."),
    _unsure("guest.stalled", "guest", "The guest wrote nothing for so long that it was given up."),
    _unsure("guest.flooded", "guest", "The guest wrote more to its console than the limit."),
    _unsure(
        "guest.out-of-memory",
        "serial",
        "The guest had too little memory for the workload, so that the kernel killed programs.",
    ),
    _unsure("guest.reset", "guest", "The guest rebooted before its case was over."),
    _unsure(
        "guest.unfinished",
        "guest",
        "The guest went down in order, but its results have no end.",
    ),
    _unsure(
        "guest.wrong-kernel",
        "guest",
        "The kernel that ran is not the one that was built: release, configuration, or the build "
        "ID of the kernel or of a module differ.",
    ),
    _unsure("results.missing", "results", "A workload of the plan has no result."),
    _unsure("results.unplanned", "results", "There is a result that the plan did not ask for."),
    _unsure(
        "results.malformed",
        "results",
        "The results are not KTAP, contradict themselves, or hold a damaged observation.",
    ),
    _unsure(
        "workload.failed",
        "results",
        "A workload ran to its end and found that something did not work.",
    ),
    _unsure(
        "workload.died",
        "results",
        "A workload crashed, ran out of time or could not be started.",
    ),
    _unsure("workload.skipped", "results", "A workload skipped itself or a part of itself."),
    _unsure(
        "schedule.uncut",
        "schedule",
        "Turns of the virtual CPUs were not cut as the seed asks: the schedule was not the one "
        "that the seed stands for.",
    ),
    _unsure(
        "exercise.edge-missing",
        "lock graph",
        "A lock order that this workload must produce is not in the graph: the code under test "
        "did not run.",
    ),
    _unsure(
        "exercise.driver-idle",
        "lock graph",
        "No lock of the driver was taken while the workloads ran: the code under test did not run.",
    ),
    _unsure(
        "exercise.class-idle",
        "lock graph",
        "A lock that this workload must take was not taken while it ran.",
    ),
    _unsure(
        "rig.crashed",
        "rig",
        "An oracle could not cope with the evidence: a defect of the rig, or of what it was given.",
    ),
    _both(
        "graph.forbidden-edge",
        "lock graph",
        "DIRTY",
        "A lock was taken inside another where the rules for fences forbid it.",
    ),
    _fences(
        "exercise.no-active-probe",
        "fences",
        "INCONCLUSIVE",
        "No consumer looked at a buffer while its job was in flight: nothing can be said about "
        "its fence.",
    ),
    _fences(
        "exercise.probe-failed",
        "fences",
        "INCONCLUSIVE",
        "A consumer asked about a buffer and got an error instead of an answer.",
    ),
    _fences(
        "exercise.fence-unnamed",
        "fences",
        "INCONCLUSIVE",
        "The names of the fences leave no room for their numbers, so that it cannot be told "
        "whether all exports of a plane show the same one.",
    ),
    _contract(
        "fence.stub-in-flight",
        "A consumer that asked for the fence of a buffer while a job was writing to it got the "
        "stub fence, which is always signaled.",
    ),
    _contract(
        "fence.ready-in-flight",
        "poll, epoll or DMA_BUF_IOCTL_SYNC let a consumer read while a job was writing.",
    ),
    _contract(
        "fence.signaled-in-flight",
        "The fence of a buffer was signaled while the job was still in flight.",
    ),
    _contract(
        "fence.missing-in-flight",
        "A consumer that asked for the fence of a buffer while a job was writing to it got "
        "fences of others only.",
    ),
    _contract(
        "fence.foreign-lost",
        "A fence that somebody else had put on a buffer was pending, and an export of all fences "
        "of the buffer did not have it.",
    ),
    _contract(
        "fence.differs",
        "Two dma-bufs of the same plane showed different fences for the same job.",
    ),
    _contract(
        "fence.visible-too-early",
        "A buffer without committed work showed a pending fence of the producer: nothing "
        "promises that it will ever signal.",
    ),
    _contract(
        "fence.busy-too-early",
        "A consumer had to wait for a buffer although no work was committed for it.",
    ),
    _contract(
        "fence.waiter-not-woken",
        "A consumer that slept on a buffer in flight was not woken by the end of the job.",
    ),
    _contract(
        "fence.pending-after-done",
        "A fence was still pending, or its buffer still busy, after the buffer had been dequeued.",
    ),
    _contract(
        "fence.buffer-not-done",
        "A fence had signaled, and its buffer could not be dequeued afterwards.",
    ),
    _contract(
        "fence.error-as-success",
        "A job failed or was cancelled, its picture is not there, and its fence signaled success.",
    ),
    _contract(
        "fence.success-as-error",
        "A fence signaled an error, and its buffer came back as a good one.",
    ),
    _contract(
        "fence.pending-after-streamoff",
        "A fence was still pending when VIDIOC_STREAMOFF had returned.",
    ),
    _contract(
        "fence.pending-after-close",
        "A fence was still pending when the file of its producer had been closed.",
    ),
    _contract(
        "fence.unusable-after-close",
        "A sync_file could not be asked, merged or polled when the file of its producer had "
        "been closed.",
    ),
    _contract(
        "fence.torn-data",
        "A consumer was told that it may read a buffer, read it at once, and found pixels missing.",
    ),
    _contract(
        "fence.one-colour",
        "A consumer was told that it may read a buffer that no job had ever written to: every "
        "pixel had the same colour (zeros are green in YUV, black in RGB).",
    ),
    _contract(
        "fence.merged-too-early",
        "A merged sync_file had signaled although one of its fences was pending.",
    ),
    _contract(
        "fence.merged-too-late",
        "A merged sync_file was pending although all its fences had signaled.",
    ),
    _contract(
        "fence.not-opted-in",
        "A buffer of a driver that did not opt in showed a fence of a producer.",
    ),
    _accounting(
        "exercise.no-fence",
        "INCONCLUSIVE",
        "Fewer fences were published than this workload must publish.",
    ),
    _accounting(
        "trace.lost",
        "INCONCLUSIVE",
        "The trace is missing or has holes, so fences cannot be accounted for.",
    ),
    _accounting(
        "fence.never-signaled",
        "DIRTY",
        "A fence was made and had not been signaled when the case ended.",
    ),
    _accounting("fence.signaled-twice", "DIRTY", "A fence was signaled more than once."),
    _accounting(
        "fence.never-published",
        "DIRTY",
        "A fence was made and not published, or published and not made.",
    ),
    _accounting(
        "fence.out-of-order",
        "DIRTY",
        "Fences of one context signaled in another order than that of their numbers.",
    ),
    _accounting(
        "fence.uncommitted",
        "DIRTY",
        "A fence was published while its driver had nothing to work on.",
    ),
    _accounting(
        "fence.leaked",
        "DIRTY",
        "A fence was still there when everything that could refer to it had gone.",
    ),
    _accounting(
        "leak.dmabuf",
        "DIRTY",
        "A dma-buf was left when every process that knew it had gone.",
    ),
    _unsure(
        "run.driver-not-judged",
        "run",
        "The series changes a driver that no case of this run judges.",
    ),
    _unsure(
        "hardware.lost-evidence",
        "mock hardware",
        "The guest did not deliver the whole record of what its imitated hardware did.",
    ),
    _unsure(
        "hardware.violation",
        "mock hardware",
        "The imitated hardware was asked for what real hardware would not survive, and no "
        "injected fault led there.",
    ),
    _unsure(
        "hardware.unbalanced",
        "mock hardware",
        "Jobs of the imitated hardware, their ends, its clock or its faults do not add up.",
    ),
    _unsure(
        "hardware.idle",
        "mock hardware",
        "The imitated hardware was given fewer jobs than expected, or did nothing wrong where it "
        "was to.",
    ),
    _unsure(
        "hardware.clocks-differ",
        "mock hardware",
        "The trace and the record of the hardware cannot be about the same time.",
    ),
    _hardware(
        "fence.signaled-before-hardware",
        "A fence signaled while the hardware was still at work on its job.",
    ),
    _hardware(
        "fence.wrong-error",
        "A fence signaled another error than the one that its job ended with.",
    ),
    _hardware("fence.missing-for-job", "The hardware ran a job for which no fence was published."),
    _hardware(
        "fence.without-job",
        "A fence was published, and the hardware was never started.",
    ),
    _unsure(
        "known.not-seen",
        "known issues",
        "A defect that is on record was not seen: it is gone, or this case no longer gets there.",
    ),
    _unsure(
        "run.none-judged",
        "run",
        "A claim was to be judged, but no case of this run looks at it.",
    ),
    _unsure(
        "rig.patch-missing",
        "build",
        "One of the rig's own patches does not apply to this kernel, so its oracle was blind.",
    ),
)

# An id that begins like this is a kind of splat.
_SPLAT = "splat."

KINDS = {kind.id: kind for kind in _TABLE}


def is_id(id: str) -> bool:
    """Whether a reason can have this id."""
    return "*" not in id and (id in KINDS or (id.startswith(_SPLAT) and id != _SPLAT))


def require_ids(ids: Iterable[str], where: str) -> None:
    """See that a file names only reasons that there are.

    Raises:
        InputError: it names another; `where` says which file that is.
    """
    for id in ids:
        if not is_id(id):
            near = did_you_mean(id, KINDS)
            raise InputError(
                f"{where}: there is no reason {id!r}", hint=f"{near}docs/reference/verdicts.md"
            )


def worst(reasons: tuple[Reason, ...], claim: str) -> Outcome:
    """The verdict on one claim that these reasons amount to."""
    effects: list[Outcome] = ["CLEAN"]
    effects += [effect for reason in reasons if (effect := reason.effect(claim))]
    return max(effects, key=ORDER.index)
