# SPDX-License-Identifier: GPL-2.0-only
"""Every fence that was made was published, signaled once, in order, and given back."""

from collections.abc import Iterator

from rig.evidence.calls import Call
from rig.evidence.case import CaseEvidence
from rig.evidence.fences import FenceLife, FenceLives, published_on_output
from rig.evidence.ioctls import ioctl_name
from rig.evidence.record import CaseRecord
from rig.evidence.structures import is_output, read_int
from rig.evidence.trace import Event
from rig.judge.kinds import Effects, Kind
from rig.judge.oracle import Oracle
from rig.judge.reasons import Reason
from rig.judge.told import told
from rig.model.claims.fences import CLAIM as FENCES

_BROKEN: Effects = {FENCES: "DIRTY"}
_UNKNOWN: Effects = {FENCES: "INCONCLUSIVE"}

NO_FENCE = Kind(
    "exercise.no-fence",
    "Fewer fences were published than this workload must publish.",
    _UNKNOWN,
)
TRACE_LOST = Kind(
    "trace.lost",
    "The trace is missing or has holes, so fences cannot be accounted for.",
    _UNKNOWN,
    blinds=True,
)
NEVER_SIGNALED = Kind(
    "fence.never-signaled",
    "A fence was made and had not been signaled when the case ended.",
    _BROKEN,
)
SIGNALED_TWICE = Kind("fence.signaled-twice", "A fence was signaled more than once.", _BROKEN)
NEVER_PUBLISHED = Kind(
    "fence.never-published",
    "A fence was made and not published, or published and not made.",
    _BROKEN,
)
OUT_OF_ORDER = Kind(
    "fence.out-of-order",
    "Fences of one context signaled in another order than that of their numbers.",
    _BROKEN,
)
MANY_CONTEXTS = Kind(
    "fence.many-contexts",
    "Fences came from more contexts than streams of CAPTURE were started: fences of one stream "
    "have no order then, and whoever merges them has to keep all of them.",
    _BROKEN,
)
UNCOMMITTED = Kind(
    "fence.uncommitted",
    "A fence was published while its driver had nothing to work on.",
    _BROKEN,
)
LEAKED = Kind(
    "fence.leaked",
    "A fence was still there when everything that could refer to it had gone.",
    _BROKEN,
)
DMABUF_LEFT = Kind(
    "leak.dmabuf",
    "A dma-buf was left when every process that knew it had gone.",
    _BROKEN,
)

# enum v4l2_buf_type, as vb2 events print it.
OUTPUT_TYPES = ("2", "10")


def fences(case: CaseEvidence) -> Iterator[Reason]:
    """The lives of all fences of producers, from the trace."""
    if not _traced(case):
        if not any(seen.name == "flood" for seen in case.results.observations):
            yield Reason(TRACE_LOST, "the scenario does not trace dma_fence")
        yield from _enough(case)
        return
    lives = case.lives
    if case.trace is None or lives is None:
        yield Reason(TRACE_LOST, "the guest delivered no trace")
        return
    if lives.lost:
        yield Reason(TRACE_LOST, f"{lives.lost} events were overwritten before they were read")
        return
    yield from told(NEVER_SIGNALED, _unsignaled(lives))
    yield from told(SIGNALED_TWICE, _signaled_twice(lives))
    yield from told(OUT_OF_ORDER, _out_of_order(lives))
    yield from told(LEAKED, _kept(lives))
    yield from told(MANY_CONTEXTS, _contexts(case, lives))
    yield from told(UNCOMMITTED, _uncommitted(case))
    # Only a series with tracepoints of its own says what it publishes.
    if case.record.kernel.publishes and "vb2" in case.record.scenario.trace:
        yield from told(NEVER_PUBLISHED, _unpublished(lives))
    elif not case.record.kernel.publishes and lives.made < case.record.scenario.expect.fences:
        expected = case.record.scenario.expect.fences
        yield Reason(NO_FENCE, f"{lives.made} fences were made, {expected} expected")
    yield from _enough(case)


def published(case: CaseEvidence) -> int:
    """How many fences were published, by the trace; or as a program counted them, whose fences do
    not fit into one."""
    if _traced(case):
        return case.lives.published if case.lives else 0
    words = [
        seen.fields.get("published", "")
        for seen in case.results.observations
        if seen.name == "flood"
    ]
    return sum(int(word) for word in words if word.isdecimal())


def _traced(case: CaseEvidence) -> bool:
    return any(event.startswith("dma_fence") for event in case.record.scenario.trace)


def _enough(case: CaseEvidence) -> Iterator[Reason]:
    seen, expected = published(case), case.record.scenario.expect.fences
    if seen < expected and case.record.kernel.publishes:
        yield Reason(NO_FENCE, f"{seen} fences were published, {expected} expected")


def leaks(case: CaseEvidence) -> Iterator[Reason]:
    """No dma-buf is left when every process of the case has gone."""
    text = case.dump.files.get("dmabuf_bufinfo", b"").decode(errors="backslashreplace")
    for line in text.splitlines():
        words = line.split()
        if words[:1] == ["Total"] and words[1] != "0":
            yield Reason(DMABUF_LEFT, f"{words[1]} dma-bufs are left at the end of the case")


def _name(life: FenceLife) -> str:
    return f"fence {life.context}:{life.seqno} {life.timeline}".rstrip()


def _unsignaled(lives: FenceLives) -> Iterator[str]:
    for life in lives.fences.values():
        if not life.signals:
            yield f"{_name(life)} was never signaled"


def _kept(lives: FenceLives) -> Iterator[str]:
    """Signaled, so nobody has a reason to keep it; its memory and its module are never free."""
    for life in lives.fences.values():
        if life.signals and not life.destroyed:
            yield f"{_name(life)} was signaled, and is still referenced"


def _signaled_twice(lives: FenceLives) -> Iterator[str]:
    for life in lives.fences.values():
        if len(life.signals) > 1:
            yield f"{_name(life)} was signaled {len(life.signals)} times"


def _unpublished(lives: FenceLives) -> Iterator[str]:
    for life in lives.fences.values():
        if not life.publishes:
            yield f"{_name(life)} was made and never published"
        elif not life.initialised:
            yield f"{_name(life)} was published and never made"


def _out_of_order(lives: FenceLives) -> Iterator[str]:
    """Merging drops the older of two fences of one context: it relies on their order."""
    last: dict[int, FenceLife] = {}
    signaled = [life for life in lives.fences.values() if life.signals]
    for life in sorted(signaled, key=lambda life: (life.signals[0], life.seqno)):
        before = last.get(life.context)
        if before is not None and before.seqno > life.seqno:
            yield f"{_name(life)} signaled after number {before.seqno} of its context"
        last[life.context] = life


def _contexts(case: CaseEvidence, lives: FenceLives) -> Iterator[str]:
    """A context is a queue, or a stream of it; only if it is known how many were started."""
    streams = _streams(case)
    contexts = {life.context for life in lives.fences.values()}
    if streams is not None and len(contexts) > streams:
        yield f"C25: {len(contexts)} contexts, and {streams} streams of CAPTURE were started"


def _streams(case: CaseEvidence) -> int | None:
    """How often VIDIOC_STREAMON of a CAPTURE queue succeeded; None if not every call of every
    program is on record, as those of programs of others never are."""
    if case.record.scenario.outside:
        return None
    programs = {program.name for program in case.record.scenario.programs}
    if programs != case.calls.keys() or not all(log.whole for log in case.calls.values()):
        return None
    return sum(
        call.done and _starts_capture(call)
        for log in case.calls.values()
        for call in log.calls
        if call.name == "ioctl"
    )


def _starts_capture(call: Call) -> bool:
    kind = read_int(call.before) if ioctl_name(call.request) == "VIDIOC_STREAMON" else None
    return kind is not None and not is_output(kind)


def _uncommitted(case: CaseEvidence) -> Iterator[str]:
    """A fence may be published only while its owner's driver has something to work on."""
    owned: dict[str, int] = {}
    for event in case.trace.events if case.trace else ():
        owner = event.fields.get("owner", "")
        if event.name in ("vb2_buf_queue", "vb2_buf_done"):
            if event.fields.get("type") in OUTPUT_TYPES:
                step = 1 if event.name == "vb2_buf_queue" else -1
                owned[owner] = owned.get(owner, 0) + step
        elif event.name == "vb2_fence_publish" and owned.get(owner, 0) <= 0:
            name = f"fence {event.fields.get('context')}:{event.fields.get('seqno')}"
            yield f"{name} was published {_why(event, case.record)}"


def _why(publish: Event, record: CaseRecord) -> str:
    """Why a fence had nothing to stand for."""
    driver, opted = record.scenario.driver, record.kernel.drivers
    if opted and driver not in opted:
        # It need not even be a mem2mem driver, which is what has OUTPUT buffers to work on.
        return f"although {driver} did not opt in"
    where = "on an OUTPUT queue " if published_on_output(publish) else ""
    return f"{where}while the driver owned no OUTPUT buffer"


ORACLE = Oracle(
    name="accounting",
    rank=100,
    looks_at="the trace: each fence from its making over its publishing to its signal and its end, "
    "and dma-bufs that are left.",
    proves="that what was made was published, signaled once, in the order of its numbers, and "
    "given back.",
    not_proven="anything of fences that the trace does not hold; if events were lost it says so. "
    "Publishing is told by a trace event that the series brings (`publishes`); without it that "
    "part is not accounted for.",
    kinds=(
        NO_FENCE,
        TRACE_LOST,
        NEVER_SIGNALED,
        SIGNALED_TWICE,
        NEVER_PUBLISHED,
        OUT_OF_ORDER,
        MANY_CONTEXTS,
        UNCOMMITTED,
        LEAKED,
        DMABUF_LEFT,
    ),
    looks=(fences, leaks),
)
