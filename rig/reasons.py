# SPDX-License-Identifier: GPL-2.0-only
"""Every reason that a verdict can give: one list, with stable ids.

`docs/verdict.md` shows this table to people; a test keeps the two equal.
"""

from dataclasses import dataclass
from typing import Literal

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
        return KINDS[self.id] if self.id in KINDS else KINDS["splat.*"]

    def effect(self, claim: str) -> Outcome | None:
        """What this reason does to a claim."""
        return self.kind.effect(claim)


def _both(id: str, oracle: str, effect: Outcome, meaning: str) -> Kind:
    return Kind(id, oracle, effect, effect, meaning)


_TABLE = (
    _both(
        "splat.*",
        "serial",
        "DIRTY",
        "The kernel reported a defect on the path of the code under test; * is the kind of report.",
    ),
    _both(
        "splat.elsewhere",
        "serial",
        "INCONCLUSIVE",
        "The kernel reported a defect in code that is not under test; most such reports also "
        "turn lockdep off, so nothing after them was checked.",
    ),
    _both(
        "splat.unattributed",
        "serial",
        "INCONCLUSIVE",
        "The kernel reported a defect and no frame of it could be traced to source.",
    ),
    _both(
        "lockdep.off",
        "lockdep",
        "INCONCLUSIVE",
        "debug_locks was not 1 at the start or at the end: locks were not being checked.",
    ),
    _both(
        "lockdep.not-proving",
        "lockdep",
        "INCONCLUSIVE",
        "prove_locking was not 1 at the start or at the end: lockdep looked on without checking.",
    ),
    _both(
        "lockdep.no-statistics",
        "lockdep",
        "INCONCLUSIVE",
        "The guest did not deliver what proves that lockdep was alive.",
    ),
    _both(
        "lockdep.idle",
        "lockdep",
        "INCONCLUSIVE",
        "Lockdep saw no new lock chain while the workloads ran.",
    ),
    _both(
        "lockdep.full",
        "lockdep",
        "INCONCLUSIVE",
        "A table of lockdep is full, or nearly: it stops checking when one overflows.",
    ),
    _both(
        "lockdep.canary-silent",
        "lockdep",
        "INCONCLUSIVE",
        "The deliberate lock inversion at the end was not reported: a real one would not have "
        "been either.",
    ),
    _both(
        "lockdep.no-canary",
        "lockdep",
        "INCONCLUSIVE",
        "The case ended without the deliberate lock inversion that proves lockdep alive.",
    ),
    _both(
        "log.gap",
        "log",
        "INCONCLUSIVE",
        "The serial log and the kernel's own record disagree: a line was lost or altered, and it "
        "might have been the one that mattered.",
    ),
    _both(
        "log.dropped",
        "log",
        "INCONCLUSIVE",
        "The kernel says that it dropped or suppressed messages.",
    ),
    _both(
        "log.no-record",
        "log",
        "INCONCLUSIVE",
        "The guest did not deliver the kernel's own record of its log.",
    ),
    _both(
        "guest.lost",
        "guest",
        "INCONCLUSIVE",
        "QEMU went away while the guest ran.",
    ),
    _both(
        "guest.stalled",
        "guest",
        "INCONCLUSIVE",
        "The guest wrote nothing for so long that it was given up.",
    ),
    _both(
        "guest.flooded",
        "guest",
        "INCONCLUSIVE",
        "The guest wrote more to its console than the limit.",
    ),
    _both(
        "guest.reset",
        "guest",
        "INCONCLUSIVE",
        "The guest rebooted before its case was over.",
    ),
    _both(
        "guest.unfinished",
        "guest",
        "INCONCLUSIVE",
        "The guest went down in order, but its results have no end.",
    ),
    _both(
        "guest.wrong-kernel",
        "guest",
        "INCONCLUSIVE",
        "The kernel that ran is not the one that was built: release or configuration differ.",
    ),
    _both(
        "results.missing",
        "results",
        "INCONCLUSIVE",
        "A workload of the plan has no result.",
    ),
    _both(
        "results.unplanned",
        "results",
        "INCONCLUSIVE",
        "There is a result that the plan did not ask for.",
    ),
    _both(
        "results.malformed",
        "results",
        "INCONCLUSIVE",
        "The results are not KTAP, or contradict themselves.",
    ),
    _both(
        "workload.failed",
        "results",
        "INCONCLUSIVE",
        "A workload ran to its end and found that something did not work.",
    ),
    _both(
        "workload.died",
        "results",
        "INCONCLUSIVE",
        "A workload crashed, ran out of time or could not be started.",
    ),
    _both(
        "workload.skipped",
        "results",
        "INCONCLUSIVE",
        "A workload skipped itself or a part of itself.",
    ),
    _both(
        "schedule.uncut",
        "schedule",
        "INCONCLUSIVE",
        "Turns of the virtual CPUs were not cut as the seed asks: the schedule was not the one "
        "that the seed stands for.",
    ),
    Kind(
        "exercise.edge-missing",
        "lock graph",
        "INCONCLUSIVE",
        "INCONCLUSIVE",
        "A lock order that this workload must produce is not in the graph: the code under test "
        "did not run.",
    ),
    Kind(
        "graph.forbidden-edge",
        "lock graph",
        "DIRTY",
        "DIRTY",
        "A lock was taken inside another where the rules for fences forbid it.",
    ),
    Kind(
        "exercise.no-active-probe",
        "fences",
        None,
        "INCONCLUSIVE",
        "No consumer looked at a buffer while its job was in flight: nothing can be said about "
        "its fence.",
    ),
    Kind(
        "fence.stub-in-flight",
        "contract",
        None,
        "DIRTY",
        "A consumer that asked for the fence of a buffer while a job was writing to it "
        "got the stub fence, which is always signaled.",
    ),
    Kind(
        "fence.ready-in-flight",
        "contract",
        None,
        "DIRTY",
        "poll or epoll called a buffer readable while a job was writing to it.",
    ),
    Kind(
        "fence.signaled-in-flight",
        "contract",
        None,
        "DIRTY",
        "The fence of a buffer was signaled while the job was still in flight.",
    ),
    Kind(
        "fence.visible-too-early",
        "contract",
        None,
        "DIRTY",
        "A buffer without committed work showed a pending fence of the producer: nothing "
        "promises that it will ever signal.",
    ),
    Kind(
        "fence.busy-too-early",
        "contract",
        None,
        "DIRTY",
        "poll or epoll called a buffer busy although no work was committed for it.",
    ),
    Kind(
        "fence.waiter-not-woken",
        "contract",
        None,
        "DIRTY",
        "A consumer that slept on a buffer in flight was not woken by the end of the job.",
    ),
    Kind(
        "fence.pending-after-done",
        "contract",
        None,
        "DIRTY",
        "A fence was still pending after its buffer had been dequeued.",
    ),
    Kind(
        "exercise.no-fence",
        "accounting",
        None,
        "INCONCLUSIVE",
        "Fewer fences were published than this workload must publish.",
    ),
    Kind(
        "trace.lost",
        "accounting",
        None,
        "INCONCLUSIVE",
        "The trace is missing or has holes, so fences cannot be accounted for.",
    ),
    Kind(
        "fence.never-signaled",
        "accounting",
        None,
        "DIRTY",
        "A fence was made and had not been signaled when the case ended.",
    ),
    Kind(
        "fence.signaled-twice",
        "accounting",
        None,
        "DIRTY",
        "A fence was signaled more than once.",
    ),
    Kind(
        "fence.never-published",
        "accounting",
        None,
        "DIRTY",
        "A fence was made and not published, or published and not made.",
    ),
    Kind(
        "fence.out-of-order",
        "accounting",
        None,
        "DIRTY",
        "Fences of one context signaled in another order than that of their numbers.",
    ),
    Kind(
        "fence.uncommitted",
        "accounting",
        None,
        "DIRTY",
        "A fence was published while its driver had nothing to work on.",
    ),
    Kind(
        "leak.dmabuf",
        "accounting",
        None,
        "DIRTY",
        "A dma-buf was left when every process that knew it had gone.",
    ),
    _both(
        "run.none-judged",
        "run",
        "INCONCLUSIVE",
        "A claim was to be judged, but no case of this run looks at it.",
    ),
    _both(
        "rig.patch-missing",
        "build",
        "INCONCLUSIVE",
        "One of the rig's own patches does not apply to this kernel, so its oracle was blind.",
    ),
)

KINDS = {kind.id: kind for kind in _TABLE}


def worst(reasons: tuple[Reason, ...], claim: str) -> Outcome:
    """The verdict on one claim that these reasons amount to."""
    effects: list[Outcome] = ["CLEAN"]
    effects += [effect for reason in reasons if (effect := reason.effect(claim))]
    return max(effects, key=ORDER.index)
