# SPDX-License-Identifier: GPL-2.0-only
"""C24: VIDIOC_QBUF does not wait for the fences of others, from the records of calls."""

from collections.abc import Iterator, Sequence

from rig.evidence.calls import Call
from rig.evidence.case import CaseEvidence
from rig.evidence.ioctls import ioctl_name
from rig.evidence.structures import Memory, read_buffer
from rig.judge.oracles.contract import kinds
from rig.judge.reasons import Reason

# Whatever else queueing does is over by then; of virtual time, nanoseconds.
_LONG = 1_000_000_000


def waited(case: CaseEvidence) -> Iterator[Reason]:
    """Buffers with a fence that somebody put there are queued, and the call returns at once."""
    for program, log in case.calls.items():
        stuck = program in _timed_out(case)
        for call in _with_others_fence(log.calls):
            if _alone(call, log.calls) and _is_long(call, stuck):
                took = f"took {call.ended - call.began} ns" if call.returned else "never returned"
                where = f"call {call.begin} of {program}"
                yield Reason(
                    kinds.QUEUEING_WAITED,
                    f"C24: VIDIOC_QBUF {took} of a buffer with a fence of others ({where})",
                )
                break


def _timed_out(case: CaseEvidence) -> frozenset[str]:
    """Programs that were killed because their time was over."""
    return frozenset(test.name for test in case.results.tests if test.directive == "TIMEOUT")


def _with_others_fence(calls: Sequence[Call]) -> Iterator[Call]:
    """Those that queue memory into which the same program put a fence before."""
    put: set[int] = set()
    for call in calls:
        name = ioctl_name(call.request) if call.name == "ioctl" else call.name
        if name == "DMA_BUF_IOCTL_IMPORT_SYNC_FILE" and call.done:
            put.add(call.fd)
        elif name == "close":
            put.discard(call.fd)
        elif name == "VIDIOC_QBUF" and put.intersection(_memory(call)):
            yield call


def _memory(call: Call) -> tuple[int, ...]:
    """Descriptors of the dma-bufs that a buffer is in; none if it is in memory of the driver."""
    buffer = read_buffer(call.before)
    if buffer is None or buffer.memory != Memory.DMABUF:
        return ()
    return tuple(plane.m for plane in buffer.planes)


def _is_long(call: Call, stuck: bool) -> bool:
    return call.ended - call.began >= _LONG if call.returned else stuck


def _alone(call: Call, calls: Sequence[Call]) -> bool:
    """No other call, which may hold the lock of the queue, was made on the file meanwhile."""
    return all(
        other is call
        or other.fd != call.fd
        or other.name == "poll"
        or 0 < other.end < call.begin
        or (other.begin > call.end > 0)
        for other in calls
    )
