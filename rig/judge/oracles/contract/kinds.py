# SPDX-License-Identifier: GPL-2.0-only
"""The reasons of the contract."""

from rig.judge.kinds import Effects, Kind
from rig.model.claims.fences import CLAIM as FENCES

_BROKEN: Effects = {FENCES: "DIRTY"}

STUB_IN_FLIGHT = Kind(
    "fence.stub-in-flight",
    "A consumer that asked for the fence of a buffer while a job was writing to it got the stub "
    "fence, which is always signaled.",
    _BROKEN,
)
READY_IN_FLIGHT = Kind(
    "fence.ready-in-flight",
    "poll, epoll or DMA_BUF_IOCTL_SYNC let a consumer read while a job was writing.",
    _BROKEN,
)
SIGNALED_IN_FLIGHT = Kind(
    "fence.signaled-in-flight",
    "The fence of a buffer was signaled while the job was still in flight.",
    _BROKEN,
)
MISSING_IN_FLIGHT = Kind(
    "fence.missing-in-flight",
    "A consumer that asked for the fence of a buffer while a job was writing to it got fences of "
    "others only.",
    _BROKEN,
)
FOREIGN_LOST = Kind(
    "fence.foreign-lost",
    "A fence that somebody else had put on a buffer was pending, and an export of all fences of "
    "the buffer did not have it.",
    _BROKEN,
)
DIFFERS = Kind(
    "fence.differs",
    "Two dma-bufs of the same plane showed different fences for the same job.",
    _BROKEN,
)
VISIBLE_TOO_EARLY = Kind(
    "fence.visible-too-early",
    "A buffer without committed work showed a pending fence of the producer: nothing promises "
    "that it will ever signal.",
    _BROKEN,
)
BUSY_TOO_EARLY = Kind(
    "fence.busy-too-early",
    "A consumer had to wait for a buffer although no work was committed for it.",
    _BROKEN,
)
WAITER_NOT_WOKEN = Kind(
    "fence.waiter-not-woken",
    "A consumer that slept on a buffer in flight was not woken by the end of the job.",
    _BROKEN,
)
PENDING_AFTER_DONE = Kind(
    "fence.pending-after-done",
    "A fence was still pending, or its buffer still busy, after the buffer had been dequeued.",
    _BROKEN,
)
BUFFER_NOT_DONE = Kind(
    "fence.buffer-not-done",
    "A fence had signaled, and its buffer could not be dequeued afterwards.",
    _BROKEN,
)
ERROR_AS_SUCCESS = Kind(
    "fence.error-as-success",
    "A job failed or was cancelled, its picture is not there, and its fence signaled success.",
    _BROKEN,
)
SUCCESS_AS_ERROR = Kind(
    "fence.success-as-error",
    "A fence signaled an error, and its buffer came back as a good one.",
    _BROKEN,
)
PENDING_AFTER_STREAMOFF = Kind(
    "fence.pending-after-streamoff",
    "A fence was still pending when VIDIOC_STREAMOFF had returned.",
    _BROKEN,
)
PENDING_AFTER_CLOSE = Kind(
    "fence.pending-after-close",
    "A fence was still pending when the file of its producer had been closed.",
    _BROKEN,
)
UNUSABLE_AFTER_CLOSE = Kind(
    "fence.unusable-after-close",
    "A sync_file could not be asked, merged or polled when the file of its producer had been "
    "closed.",
    _BROKEN,
)
TORN_DATA = Kind(
    "fence.torn-data",
    "A consumer was told that it may read a buffer, read it at once, and found pixels missing.",
    _BROKEN,
)
ONE_COLOUR = Kind(
    "fence.one-colour",
    "A consumer was told that it may read a buffer that no job had ever written to: every pixel "
    "had the same colour (zeros are green in YUV, black in RGB).",
    _BROKEN,
)
MERGED_TOO_EARLY = Kind(
    "fence.merged-too-early",
    "A merged sync_file had signaled although one of its fences was pending.",
    _BROKEN,
)
MERGED_TOO_LATE = Kind(
    "fence.merged-too-late",
    "A merged sync_file was pending although all its fences had signaled.",
    _BROKEN,
)
NOT_OPTED_IN = Kind(
    "fence.not-opted-in",
    "A buffer of a driver that did not opt in showed a fence of a producer.",
    _BROKEN,
)
ON_SOURCE = Kind(
    "fence.on-source",
    "A consumer that wanted to read a buffer which the device only reads had to wait for it.",
    _BROKEN,
)
WRONG_USAGE = Kind(
    "fence.wrong-usage",
    "A fence of a producer stood in a reservation object as something else than that of a writer: "
    "as the kernel's own it holds up even those who wait for no implicit fence, as that of a "
    "reader it lets other readers go on.",
    _BROKEN,
)
USAGE_UNKNOWN = Kind(
    "exercise.usage-unknown",
    "The kernel's list of dma-bufs did not show a pending fence that had been exported from one: "
    "it cannot be told as what it stands there.",
    {FENCES: "INCONCLUSIVE"},
)
REQUEST_TOO_EARLY = Kind(
    "fence.request-too-early",
    "A media request was complete, and the fence of its CAPTURE buffer had not signaled.",
    _BROKEN,
)
QUEUEING_WAITED = Kind(
    "fence.queueing-waited",
    "VIDIOC_QBUF waited for a fence that somebody else had put on the buffer, with the lock of "
    "the queue held.",
    _BROKEN,
)
FENCE_UNNAMED = Kind(
    "exercise.fence-unnamed",
    "The names of the fences leave no room for their numbers, so that it cannot be told whether "
    "all exports of a plane show the same one.",
    {FENCES: "INCONCLUSIVE"},
)

KINDS = (
    STUB_IN_FLIGHT,
    READY_IN_FLIGHT,
    SIGNALED_IN_FLIGHT,
    MISSING_IN_FLIGHT,
    FOREIGN_LOST,
    DIFFERS,
    VISIBLE_TOO_EARLY,
    BUSY_TOO_EARLY,
    WAITER_NOT_WOKEN,
    PENDING_AFTER_DONE,
    BUFFER_NOT_DONE,
    ERROR_AS_SUCCESS,
    SUCCESS_AS_ERROR,
    PENDING_AFTER_STREAMOFF,
    PENDING_AFTER_CLOSE,
    UNUSABLE_AFTER_CLOSE,
    TORN_DATA,
    ONE_COLOUR,
    MERGED_TOO_EARLY,
    MERGED_TOO_LATE,
    NOT_OPTED_IN,
    ON_SOURCE,
    WRONG_USAGE,
    USAGE_UNKNOWN,
    REQUEST_TOO_EARLY,
    QUEUEING_WAITED,
    FENCE_UNNAMED,
)
