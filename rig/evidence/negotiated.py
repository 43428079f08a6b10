# SPDX-License-Identifier: GPL-2.0-only
"""What calls about formats, selections and controls take and give, read from their bytes: the
layouts of ``videodev2.h`` on 64 bits.

Bytes that are too few read as None: a call that failed early may have been given anything.
"""

import struct
from dataclasses import dataclass
from typing import Final

from rig.evidence.structures import fourcc

_LISTED: Final = struct.Struct("<3I32s2I12x")
_SELECTION: Final = struct.Struct("<3I2i2I36x")
_KNOWN: Final = struct.Struct("<2I32s2qQq2I")
_CONTROL: Final = struct.Struct("<Ii")
_MENU: Final = struct.Struct("<2I")


@dataclass(frozen=True, slots=True)
class ListedFormat:
    """struct v4l2_fmtdesc."""

    index: int
    type: int
    pixelformat: str


def read_listed(data: bytes) -> ListedFormat | None:
    """struct v4l2_fmtdesc."""
    if len(data) < _LISTED.size:
        return None
    index, kind, _flags, _description, code, _mbus = _LISTED.unpack_from(data)
    return ListedFormat(index, kind, fourcc(code))


@dataclass(frozen=True, slots=True)
class Rectangle:
    """struct v4l2_rect, in pixels."""

    left: int
    top: int
    width: int
    height: int

    def __contains__(self, other: "Rectangle") -> bool:
        """Whether another one lies within."""
        return (
            self.left <= other.left
            and self.top <= other.top
            and other.left + other.width <= self.left + self.width
            and other.top + other.height <= self.top + self.height
        )

    def __str__(self) -> str:
        return f"{self.width}x{self.height} at {self.left},{self.top}"


@dataclass(frozen=True, slots=True)
class Selection:
    """struct v4l2_selection."""

    type: int
    target: int
    rectangle: Rectangle


def read_selection(data: bytes) -> Selection | None:
    """struct v4l2_selection."""
    if len(data) < _SELECTION.size:
        return None
    kind, target, _flags, left, top, width, height = _SELECTION.unpack_from(data)
    return Selection(kind, target, Rectangle(left, top, width, height))


@dataclass(frozen=True, slots=True)
class KnownControl:
    """struct v4l2_query_ext_ctrl."""

    id: int
    type: int
    minimum: int
    maximum: int
    default: int
    flags: int


def read_known_control(data: bytes) -> KnownControl | None:
    """struct v4l2_query_ext_ctrl."""
    if len(data) < _KNOWN.size:
        return None
    id, kind, _name, minimum, maximum, _step, default, flags, _size = _KNOWN.unpack_from(data)
    return KnownControl(id, kind, minimum, maximum, default, flags)


@dataclass(frozen=True, slots=True)
class Control:
    """struct v4l2_control."""

    id: int
    value: int


def read_control(data: bytes) -> Control | None:
    """struct v4l2_control."""
    return Control(*_CONTROL.unpack_from(data)) if len(data) >= _CONTROL.size else None


@dataclass(frozen=True, slots=True)
class MenuItem:
    """struct v4l2_querymenu, as far as it asks."""

    id: int
    index: int


def read_menu_item(data: bytes) -> MenuItem | None:
    """struct v4l2_querymenu."""
    return MenuItem(*_MENU.unpack_from(data)) if len(data) >= _MENU.size else None
