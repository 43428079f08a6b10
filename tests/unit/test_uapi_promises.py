# SPDX-License-Identifier: GPL-2.0-only
"""Rules that bugs of the past showed to be missing: each holds for what real drivers answered, and
is seen broken in the same history with one answer changed."""

from dataclasses import replace
from errno import EBUSY, ENODEV, ENOENT, ENOMEM, ENOTTY

import pytest

from rig.evidence.calls import Call
from rig.evidence.structures import Flag
from rig.judge.oracles.uapi.program import Step
from tests.unit.histories import (
    Red,
    Which,
    broken,
    by_id,
    exercised,
    leaving,
    nth,
    program,
    put,
    recorded,
    returning,
)

SECOND = 1_000_000_000

# Where things are in a v4l2_buffer, its first plane, a v4l2_format, a pollfd, a sync_file_info and
# the first fence behind it.
FLAGS, STAMP, USED, RESERVED, TOLD = 12, 24, 88, 193, 6
STATUS, TIMESTAMP = 32, 56 + 72

# Where a v4l2_event says how many more there are.
PENDING = 72

TIMELINES, DISORDER, ENDINGS = "vim2m-timelines", "visl-disorder", "hantro-endings"


def polled(events: int, *, told: int | None = None) -> Which:
    """A poll() of something that asked for these events, and was told that."""

    def which(step: Step) -> bool:
        if step.name != "poll" or len(step.call.after) != 8:
            return False
        return step.call.after[4] == events and told in (None, step.call.after[TOLD])

    return which


def freed(step: Step) -> bool:
    """A queue that does not stream gave its buffers back."""
    idle = step.known is not None and step.known.streaming is False
    return step.name == "VIDIOC_REQBUFS" and step.done and idle and not any(step.call.before[:4])


def refused(step: Step) -> bool:
    """A call on a file without a device."""
    return step.name == "VIDIOC_STREAMOFF" and step.error == ENODEV


def asleep(step: Step) -> Call:
    """A poll() that nothing woke."""
    return replace(step.call, ended=step.call.ended + 5 * SECOND)


def created(step: Step) -> bool:
    return step.name == "VIDIOC_CREATE_BUFS" and bool(step.error) and any(step.call.before[4:8])


def misnamed(step: Step) -> bool:
    """A call that named something for a request that is none."""
    return step.request is not None and step.request.kind == "video"


def read(step: Step) -> bool:
    """The values of a request were read."""
    return step.name == "VIDIOC_G_EXT_CTRLS" and step.done


def heard(step: Step) -> bool:
    """Something of a video device was waited for by epoll, and came."""
    return step.name == "epoll_wait" and step.call.result > 0 and step.call.request > 0


def deaf(step: Step) -> Call:
    """As if nothing had come for long."""
    return replace(step.call, result=0, began=step.call.began - 2 * SECOND)


def failed(step: Step) -> Call:
    """The job has failed, and nobody says which."""
    flags = int.from_bytes(step.call.after[FLAGS : FLAGS + 4], "little") | Flag.ERROR
    after = put(step.call.after, FLAGS, int(flags).to_bytes(4, "little"))
    return replace(step.call, after=put(after, STAMP, bytes(16)))


def picture(step: Step) -> bool:
    return step.name == "VIDIOC_DQBUF" and step.done and not step.output


def fed(step: Step) -> bool:
    return step.name == "VIDIOC_DQBUF" and step.done and step.output


def prepared(step: Step) -> bool:
    return step.name == "VIDIOC_PREPARE_BUF" and step.done and step.output


def erred(step: Step) -> bool:
    """A fence that failed said so."""
    status = step.call.after[STATUS : STATUS + 4]
    return step.name == "SYNC_IOC_FILE_INFO" and status[3:] == b"\xff"


def dated(step: Step) -> bool:
    """A fence said when it signaled."""
    return step.name == "SYNC_IOC_FILE_INFO" and any(step.call.after[TIMESTAMP:])


REDS = {
    "payload-kept": Red("visl-requests", fed, leaving(USED, 7)),
    "memory-not-mixed": Red("vim2m-lies", created, returning(0)),
    "orphans-go": Red("vim2m-lies", freed, returning(-EBUSY)),
    "reserved-zeroed": Red(
        "visl-negotiation", nth("VIDIOC_TRY_FMT", done=True), leaving(RESERVED, 0xA5, 1), 99
    ),
    "epoll-lost": Red("vim2m-listener", heard, deaf),
    "dmabuf-poll-early": Red(TIMELINES, polled(4, told=0), leaving(TOLD, 4, 2)),
    "fence-status-agrees": Red(TIMELINES, erred, leaving(STATUS, 1)),
    "fence-timestamp": Red(TIMELINES, dated, leaving(TIMESTAMP, 1 << 62, 8)),
    "request-fd-of-nothing": Red(DISORDER, misnamed, returning(-ENOENT)),
    "request-values-there": Red(DISORDER, read, returning(-ENOMEM)),
    "poll-after-last": Red(ENDINGS, polled(5, told=5), leaving(TOLD, 8, 2)),
    "poll-of-both-queues": Red(ENDINGS, polled(5, told=5), leaving(TOLD, 1, 2)),
    "failed-timestamp": Red("vim2m-cancel", picture, failed),
    "event-pending": Red(
        "vim2m-pending", nth("VIDIOC_DQEVENT", done=True), leaving(PENDING, 1), 99
    ),
    "created-index": Red("visl-requests", nth("VIDIOC_CREATE_BUFS", done=True), leaving(0, 0, 4)),
    "payload-of-nothing": Red("visl-lies", prepared, leaving(USED, 0), 99),
    "gone-refuses": Red("vim2m-unplug", refused, returning(0)),
    "gone-wakes": Red("vim2m-unplug", polled(2), asleep),
}

# No job fails in the history.
UNSEEN = {"failed-timestamp"}


@pytest.mark.parametrize("id", REDS)
def test_it_holds_for_what_was_recorded(id: str) -> None:
    log = recorded(REDS[id].history)
    assert bool(exercised(by_id(id), log)) == (id not in UNSEEN)
    assert broken(by_id(id), log) == []


@pytest.mark.parametrize("id", REDS)
def test_it_is_seen_broken(id: str) -> None:
    assert broken(by_id(id), REDS[id].log)


def test_a_picture_that_is_not_coded_has_as_many_bytes_as_its_format() -> None:
    more = Red("vim2m-cancel", fed, leaving(8, 1 << 20))
    less = Red("vim2m-cancel", fed, leaving(8, 1))
    assert broken(by_id("payload-kept"), more.log) == []
    assert broken(by_id("payload-kept"), less.log)


@pytest.mark.parametrize("id", ["memory-not-mixed", "unknown-memory"])
def test_a_driver_without_the_call_mixes_no_memory(id: str) -> None:
    without = Red("vim2m-lies", created, returning(-ENOTTY), 99)
    asked = exercised(by_id(id), recorded("vim2m-lies"))
    assert exercised(by_id(id), without.log) < asked
    assert broken(by_id(id), without.log) == []


def test_a_fence_that_was_merged_is_as_old_as_its_parts() -> None:
    """What is made of fences that are over has not signaled when it was made."""
    log = recorded(TIMELINES)
    merges = [step for step in program(log).steps if step.name == "SYNC_IOC_MERGE" and step.done]
    late = merges[2]

    def of_late(step: Step) -> bool:
        return dated(step) and step.about == late.made

    red = Red(TIMELINES, of_late, leaving(TIMESTAMP, late.call.ended, 8))
    assert broken(by_id("fence-timestamp"), red.log)


def test_a_fence_that_nobody_knows_is_not_waited_for() -> None:
    """A descriptor that came from elsewhere may stand for anything, and later for another thing."""

    def unknown(step: Step) -> Call:
        return replace(step.call, before=put(step.call.before, 4, (999).to_bytes(4, "little")))

    red = Red(TIMELINES, nth("DMA_BUF_IOCTL_IMPORT_SYNC_FILE", done=True), unknown, 99)
    assert exercised(by_id("dmabuf-poll-early"), red.log) == 0
