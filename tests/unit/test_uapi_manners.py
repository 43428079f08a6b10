# SPDX-License-Identifier: GPL-2.0-only
"""The rules about what no friendly program does: each holds for what real drivers answered, and is
seen broken in the same history with one answer changed."""

from dataclasses import replace
from errno import EINVAL
from struct import unpack_from

import pytest

from rig.judge.oracles.uapi.program import Step
from tests.unit.histories import (
    Change,
    Which,
    broken,
    by_id,
    changed,
    exercised,
    put,
    recorded,
    returning,
)

# Where the status is in a sync_file_info, and the length in a v4l2_buffer.
STATUS, LENGTH = 32, 72


def refused(name: str) -> Which:
    """A call of that name that failed."""
    return lambda step: step.name == name and bool(step.error)


def told(status: int, nth: int) -> Which:
    """The nth time, from 0, that a sync_file said this status."""
    left = [nth]

    def which(step: Step) -> bool:
        if step.name != "SYNC_IOC_FILE_INFO" or step.call.after[STATUS] != status:
            return False
        left[0] -= 1
        return left[0] < 0

    return which


def saying(status: int) -> Change:
    """A sync_file that said another status."""
    data = status.to_bytes(4, "little")
    return lambda step: replace(step.call, after=put(step.call.after, STATUS, data))


def without_length(step: Step) -> bool:
    return (
        step.name == "VIDIOC_QBUF"
        and step.done
        and not int.from_bytes(step.call.before[LENGTH : LENGTH + 4], "little")
        and step.given is not None
        and step.given.memory == 4
    )


def given_after(tried: str) -> Which:
    """A command that could be tried."""
    could: list[bytes] = []

    def which(step: Step) -> bool:
        if step.name == f"VIDIOC_TRY_{tried}" and step.done:
            could.append(step.call.before[:4])
        return step.name == f"VIDIOC_{tried}" and step.call.before[:4] in could

    return which


def beyond(step: Step) -> bool:
    """A part of a dma-buf that there is not."""
    if step.name != "mmap" or step.done:
        return False
    length, _prot, _flags, offset = unpack_from("<4Q", step.call.before)
    return bool(offset + length > 16 * 4096)


def no_access(step: Step) -> bool:
    """DMA_BUF_IOCTL_SYNC with flags that there are not."""
    return step.name == "DMA_BUF_IOCTL_SYNC" and step.call.before == b"\xff" * 8


REDS: dict[str, tuple[str, Which, Change]] = {
    "dmabuf-map-fits": ("vim2m-dmabufs", beyond, returning(0)),
    "announced-access": ("bystander", no_access, returning(0)),
    "fences-of-an-access": (
        "vim2m-dmabufs",
        refused("DMA_BUF_IOCTL_EXPORT_SYNC_FILE"),
        returning(0),
    ),
    "mmap-fits": ("vim2m-mappings", refused("mmap"), returning(0)),
    "mapping-stays-within": ("vim2m-mappings", refused("mremap"), returning(0)),
    "dmabuf-without-length": ("vim2m-lies", without_length, returning(-EINVAL)),
    "streamon-without-buffers": ("vim2m-lies", refused("VIDIOC_STREAMON"), returning(0)),
    "command-as-tried": ("hantro-commands", given_after("ENCODER_CMD"), returning(-EINVAL)),
    "fence-stays-signaled": ("bystander", told(1, 1), saying(0)),
    "put-fence-stands": ("bystander", told(0, 4), saying(1)),
}


@pytest.mark.parametrize("id", REDS)
def test_it_holds_for_what_was_recorded(id: str) -> None:
    log = recorded(REDS[id][0])
    assert exercised(by_id(id), log)
    assert broken(by_id(id), log) == []


@pytest.mark.parametrize("id", REDS)
def test_it_is_seen_broken(id: str) -> None:
    history, which, change = REDS[id]
    assert broken(by_id(id), changed(recorded(history), which, change))
