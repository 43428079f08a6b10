# SPDX-License-Identifier: GPL-2.0-only
"""Every fence that was made was published, signaled once, in order, and given back."""

from collections.abc import Iterator

from rig.evidence.case import CaseEvidence
from rig.evidence.fences import FenceLife, FenceLives, fence_lives, published_on_output
from rig.evidence.record import CaseRecord
from rig.evidence.trace import Event
from rig.judge.oracles.told import told
from rig.judge.reasons import Reason

# enum v4l2_buf_type, as vb2 events print it.
OUTPUT_TYPES = ("2", "10")


def fences(case: CaseEvidence) -> Iterator[Reason]:
    """The lives of all fences of producers, from the trace."""
    if not _traced(case):
        if not any(seen.name == "flood" for seen in case.results.observations):
            yield Reason("trace.lost", "the scenario does not trace dma_fence")
        yield from _enough(case)
        return
    if case.trace is None:
        yield Reason("trace.lost", "the guest delivered no trace")
        return
    lives = fence_lives(case.trace)
    if lives.lost:
        yield Reason("trace.lost", f"{lives.lost} events were overwritten before they were read")
        return
    yield from told("fence.never-signaled", _unsignaled(lives))
    yield from told("fence.signaled-twice", _signaled_twice(lives))
    yield from told("fence.out-of-order", _out_of_order(lives))
    yield from told("fence.leaked", _kept(lives))
    yield from told("fence.uncommitted", _uncommitted(case))
    # Only a series with tracepoints of its own says what it publishes.
    if case.record.kernel.publishes and "vb2" in case.record.scenario.trace:
        yield from told("fence.never-published", _unpublished(lives))
    elif not case.record.kernel.publishes and lives.made < case.record.scenario.expect.fences:
        expected = case.record.scenario.expect.fences
        yield Reason("exercise.no-fence", f"{lives.made} fences were made, {expected} expected")
    yield from _enough(case)


def published(case: CaseEvidence) -> int:
    """How many fences were published, by the trace; or as a program counted them, whose fences do
    not fit into one."""
    if _traced(case):
        return fence_lives(case.trace).published if case.trace else 0
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
        yield Reason("exercise.no-fence", f"{seen} fences were published, {expected} expected")


def leaks(case: CaseEvidence) -> Iterator[Reason]:
    """No dma-buf is left when every process of the case has gone."""
    text = case.dump.files.get("dmabuf_bufinfo", b"").decode(errors="backslashreplace")
    for line in text.splitlines():
        words = line.split()
        if words[:1] == ["Total"] and words[1] != "0":
            yield Reason("leak.dmabuf", f"{words[1]} dma-bufs are left at the end of the case")


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
    driver = record.scenario.driver
    if not record.kernel.opts_in(driver):
        # It need not even be a mem2mem driver, which is what has OUTPUT buffers to work on.
        return f"although {driver} did not opt in"
    where = "on an OUTPUT queue " if published_on_output(publish) else ""
    return f"{where}while the driver owned no OUTPUT buffer"
