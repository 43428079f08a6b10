# SPDX-License-Identifier: GPL-2.0-only
"""Dma-bufs: how they are mapped, and what is asked of them."""

from collections.abc import Iterator
from errno import EINVAL
from struct import unpack_from

from rig.evidence.descriptors import Thing
from rig.judge.oracles.uapi.pages import whole_pages
from rig.judge.oracles.uapi.program import Program, Step
from rig.judge.oracles.uapi.rule import Rule, Seen, expect

# DMA_BUF_SYNC_RW: who exports or imports fences says which of both; _END: what SYNC takes besides.
_ACCESS = 0x3
_END = 0x4


def _fits(program: Program) -> Iterator[Seen]:
    sizes: dict[Thing, int] = {}
    for step in program.steps:
        if step.name == "DMA_HEAP_IOCTL_ALLOC" and step.made:
            [length] = unpack_from("<Q", step.call.before)
            sizes[step.made] = whole_pages(length)
        size = sizes.get(step.about) if step.about else None
        if step.name != "mmap" or size is None or len(step.call.before) < 32:
            continue
        length, _prot, _flags, offset = unpack_from("<4Q", step.call.before)
        if step.call.returned and offset + length > size:
            told = f"{step} of {length} bytes at {offset}, where {size} are, returned {step.answer}"
            yield expect(step, not step.done, told)


def _flags(step: Step, at: int, size: int) -> int:
    return int.from_bytes(step.call.before[at : at + size], "little")


def _announced(program: Program) -> Iterator[Seen]:
    for step in program.ioctls("DMA_BUF_IOCTL_SYNC"):
        flags = _flags(step, 0, 8)
        if flags & ~(_ACCESS | _END):
            told = f"{step} with the flags {flags:#x} returned {step.answer}, EINVAL was due"
            yield expect(step, step.error == EINVAL, told)


def _exported(program: Program) -> Iterator[Seen]:
    for step in program.ioctls("DMA_BUF_IOCTL_EXPORT_SYNC_FILE", "DMA_BUF_IOCTL_IMPORT_SYNC_FILE"):
        flags = _flags(step, 0, 4)
        if flags & ~_ACCESS or not flags:
            told = f"{step} with the flags {flags:#x} returned {step.answer}, EINVAL was due"
            yield expect(step, step.error == EINVAL, told)


_HEADER = "include/uapi/linux/dma-buf.h"

RULES = (
    Rule(
        "dmabuf-map-fits",
        "documented",
        "No more of a dma-buf can be mapped than there is.",
        "driver-api/dma-buf.rst, Userspace Interface Notes: its size can be asked for; "
        "include/linux/dma-buf.h, mmap",
        _fits,
    ),
    Rule(
        "announced-access",
        "documented",
        "An access of the CPU that is none cannot be announced.",
        f"{_HEADER}, struct dma_buf_sync, flags",
        _announced,
    ),
    Rule(
        "fences-of-an-access",
        "documented",
        "Fences are exported and imported for reading, for writing, or for both.",
        f"{_HEADER}, struct dma_buf_export_sync_file and dma_buf_import_sync_file, flags",
        _exported,
    ),
)
