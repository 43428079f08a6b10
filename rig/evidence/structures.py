# SPDX-License-Identifier: GPL-2.0-only
"""What V4L2 calls take and give, read from their bytes: the layouts of ``videodev2.h`` on 64 bits.

Bytes that are too few read as None: a call that failed early may have been given anything.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import Final

_BUFFER: Final = struct.Struct("<5I4xqq2I8s2I8sIii4x")
_PLANE: Final = struct.Struct("<II8sI44x")
_REQBUFS: Final = struct.Struct("<5I")
_CREATE: Final = struct.Struct("<3I4xI204xIII20x")
_EXPBUF: Final = struct.Struct("<4Ii44x")
_CAPABILITY: Final = struct.Struct("<16s32s32s3I12x")
_FORMAT: Final = struct.Struct("<I4x6I")


class BufType(IntEnum):
    """enum v4l2_buf_type, as far as mem2mem has them."""

    CAPTURE = 1
    OUTPUT = 2
    CAPTURE_MPLANE = 9
    OUTPUT_MPLANE = 10


class Flag(IntFlag):
    """V4L2_BUF_FLAG_*."""

    MAPPED = 0x1
    QUEUED = 0x2
    DONE = 0x4
    KEYFRAME = 0x8
    PFRAME = 0x10
    BFRAME = 0x20
    ERROR = 0x40
    IN_REQUEST = 0x80
    TIMECODE = 0x100
    M2M_HOLD_CAPTURE_BUF = 0x200
    PREPARED = 0x400
    TIMESTAMP_COPY = 0x4000
    TIMESTAMP_MASK = 0xE000
    LAST = 0x100000
    # Of series with explicit fences.
    IN_FENCE = 0x200000
    OUT_FENCE = 0x400000
    REQUEST_FD = 0x800000


class Memory(IntEnum):
    """enum v4l2_memory."""

    MMAP = 1
    USERPTR = 2
    OVERLAY = 3
    DMABUF = 4


@dataclass(frozen=True, slots=True)
class Plane:
    """struct v4l2_plane, or what a single-planar buffer has instead; `m`: its union."""

    bytesused: int
    length: int
    m: int
    data_offset: int


@dataclass(frozen=True, slots=True)
class Buffer:
    """struct v4l2_buffer.

    Attributes:
        timestamp: microseconds.
        timecode: its bytes.
        planes: of a multi-planar one, as far as they were recorded, else the one.
        request_fd, fence_fd: or numbers that mean nothing.
    """

    index: int
    type: int
    flags: int
    field: int
    timestamp: int
    timecode: bytes
    sequence: int
    memory: int
    planes: tuple[Plane, ...]
    request_fd: int
    fence_fd: int = 0


def read_buffer(data: bytes) -> Buffer | None:
    """With the planes behind it."""
    if len(data) < _BUFFER.size:
        return None
    index, kind, used, flags, field, sec, usec, tc_type, tc_flags, tc, sequence, memory, *rest = (
        _BUFFER.unpack_from(data)
    )
    m, length, fence_fd, request_fd = rest
    planes: tuple[Plane, ...]
    if kind in (BufType.CAPTURE_MPLANE, BufType.OUTPUT_MPLANE):
        count = min(length, (len(data) - _BUFFER.size) // _PLANE.size)
        starts = (_BUFFER.size + number * _PLANE.size for number in range(count))
        planes = tuple(_plane(data, start) for start in starts)
    else:
        planes = (Plane(used, length, _union(m, memory), 0),)
    timecode = struct.pack("<2I", tc_type, tc_flags) + tc
    return Buffer(
        *(index, kind, flags, field, sec * 1_000_000 + usec, timecode, sequence, memory),
        planes=planes,
        request_fd=request_fd,
        fence_fd=fence_fd,
    )


def _plane(data: bytes, start: int) -> Plane:
    used, length, m, offset = _PLANE.unpack_from(data, start)
    return Plane(used, length, int.from_bytes(m, "little"), offset)


def _union(m: bytes, memory: int) -> int:
    """An offset and a descriptor have 32 bits, a pointer 64."""
    size = 8 if memory == Memory.USERPTR else 4
    return int.from_bytes(m[:size], "little", signed=memory == Memory.DMABUF)


@dataclass(frozen=True, slots=True)
class BufferRequest:
    """struct v4l2_requestbuffers or v4l2_create_buffers; `index` of the first one, of the latter.

    `type`: of a format for create_buffers.
    """

    count: int
    type: int
    memory: int
    capabilities: int
    flags: int
    index: int = 0


def read_reqbufs(data: bytes) -> BufferRequest | None:
    """struct v4l2_requestbuffers."""
    if len(data) < _REQBUFS.size:
        return None
    count, kind, memory, capabilities, flags = _REQBUFS.unpack_from(data)
    return BufferRequest(count, kind, memory, capabilities, flags & 0xFF)


def read_create(data: bytes) -> BufferRequest | None:
    """struct v4l2_create_buffers."""
    if len(data) < _CREATE.size:
        return None
    index, count, memory, kind, capabilities, flags, _most = _CREATE.unpack_from(data)
    return BufferRequest(count, kind, memory, capabilities, flags, index)


@dataclass(frozen=True, slots=True)
class ExportBuffer:
    """struct v4l2_exportbuffer."""

    type: int
    index: int
    plane: int
    flags: int
    fd: int


def read_expbuf(data: bytes) -> ExportBuffer | None:
    """struct v4l2_exportbuffer."""
    return ExportBuffer(*_EXPBUF.unpack_from(data)) if len(data) >= _EXPBUF.size else None


@dataclass(frozen=True, slots=True)
class Capability:
    """struct v4l2_capability: what the whole device can do, and what this node."""

    driver: str
    capabilities: int
    device_caps: int


def read_capability(data: bytes) -> Capability | None:
    """struct v4l2_capability."""
    if len(data) < _CAPABILITY.size:
        return None
    driver, _card, _bus, _version, whole, node = _CAPABILITY.unpack_from(data)
    return Capability(driver.partition(b"\0")[0].decode(errors="backslashreplace"), whole, node)


@dataclass(frozen=True, slots=True)
class Format:
    """struct v4l2_format, as far as one of a picture goes; `sizes` and `lines`: in bytes, for each
    plane."""

    type: int
    width: int
    height: int
    pixelformat: str
    field: int
    sizes: tuple[int, ...]
    lines: tuple[int, ...] = ()

    def __str__(self) -> str:
        return f"{self.width}x{self.height} {self.pixelformat} of {self.sizes} bytes"


_SIZES_AT: Final = 8 + 20
_PLANES_AT: Final = 8 + 20 + 8 * 20


def read_format(data: bytes) -> Format | None:
    """struct v4l2_format."""
    if len(data) < 208:
        return None
    kind, width, height, code, field, line, size = _FORMAT.unpack_from(data)
    sizes: tuple[int, ...] = (size,)
    lines: tuple[int, ...] = (line,)
    if kind in (BufType.CAPTURE_MPLANE, BufType.OUTPUT_MPLANE):
        each = [_SIZES_AT + 20 * number for number in range(min(data[_PLANES_AT], 8))]
        sizes = tuple(int.from_bytes(data[at : at + 4], "little") for at in each)
        lines = tuple(int.from_bytes(data[at + 4 : at + 8], "little") for at in each)
    return Format(kind, width, height, fourcc(code), field, sizes, lines)


def fourcc(code: int) -> str:
    """A pixel format as its header calls it; what is none is a number."""
    name = code.to_bytes(4, "little").decode(errors="replace")
    return name if name.isprintable() and name.isascii() else f"{code:#010x}"


def read_int(data: bytes) -> int | None:
    """An int."""
    return int.from_bytes(data[:4], "little", signed=True) if len(data) >= 4 else None


def is_output(kind: int) -> bool:
    """Whether a type of buffer is one that programs feed."""
    return kind in (BufType.OUTPUT, BufType.OUTPUT_MPLANE)


def queue_name(kind: int) -> str:
    """OUTPUT or CAPTURE."""
    return "OUTPUT" if is_output(kind) else "CAPTURE"
