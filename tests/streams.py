# SPDX-License-Identifier: GPL-2.0-only
"""What the imitated decoders make of a stream of H.264, computed here (decoder_picture.h).

Only what `images/layers/gstreamer` has is understood: one slice a picture, frames, and an order of
output that is that of coding, or that each slice tells (Rec. ITU-T H.264, 7.3).
"""

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

_MASK = (1 << 64) - 1
_CODEC = 0  # H.264

_SLICE, _IDR, _SPS = 1, 5, 7


@dataclass
class _Bits:
    """Reads a NAL unit, without the bytes that keep start codes out of it."""

    value: int
    left: int

    @classmethod
    def of(cls, unit: bytes) -> "_Bits":
        plain = re.sub(b"\0\0\3", b"\0\0", unit)
        return cls(int.from_bytes(plain, "big"), len(plain) * 8)

    def u(self, size: int) -> int:
        self.left -= size
        return self.value >> self.left & (1 << size) - 1

    def ue(self) -> int:
        zeros = 0
        while not self.u(1):
            zeros += 1
        return (1 << zeros) - 1 + self.u(zeros)


@dataclass(frozen=True)
class Picture:
    """A coded picture.

    Args:
        unit: the NAL unit of its slice.
        number: frame_num.
        order: where it is shown: the number of its IDR picture, and its order from there.
    """

    unit: bytes
    number: int
    order: tuple[int, int]

    def decoded(self, width: int, height: int) -> bytes:
        """The NV12 picture that the imitated hardware writes; `width`, `height`: pixels."""
        seed = _sum(b"\0\0\1" + self.unit) + (_CODEC << 32) + self.number
        return b"".join(
            _plane(seed + (plane << 16), size)
            for plane, size in enumerate((width * height, width * height // 2))
        )


def shown(stream: bytes) -> list[Picture]:
    """The pictures of a stream in the order of their output."""
    return sorted(_pictures(stream), key=lambda picture: picture.order)


def sums(stream: bytes, width: int, height: int, behind: int) -> list[str]:
    """CRC-32 of each picture and of so many zeros behind it, in the order of output."""
    whole = (picture.decoded(width, height) + bytes(behind) for picture in shown(stream))
    return [f"{zlib.crc32(picture):08x}" for picture in whole]


def _pictures(stream: bytes) -> Iterator[Picture]:
    number_bits = order_bits = 0
    period = 0
    for place, unit in enumerate(_units(stream)):
        kind = unit[0] & 0x1F
        bits = _Bits.of(unit[1:])
        if kind == _SPS:
            bits.u(24)
            bits.ue()
            number_bits = bits.ue() + 4
            # pic_order_cnt_type: 0 has a number in each slice, 2 no order but that of coding.
            order_bits = 0 if bits.ue() == 2 else bits.ue() + 4
        elif kind in (_SLICE, _IDR):
            assert bits.ue() == 0, "the first macroblock"
            bits.ue(), bits.ue()
            number = bits.u(number_bits)
            if kind == _IDR:
                period += 1
                bits.ue()
            yield Picture(unit, number, (period, bits.u(order_bits) if order_bits else place))


def _units(stream: bytes) -> Iterator[bytes]:
    for unit in re.split(b"\0\0\1", stream)[1:]:
        yield unit.rstrip(b"\0")


def _sum(stream: bytes) -> int:
    padded = stream.ljust(-(-len(stream) // 8) * 8, b"\0")
    value = 0x6D326D2D76657075
    for (word,) in struct.iter_unpack("<Q", padded):
        value = (value ^ word) * 0x9E3779B97F4A7C15 & _MASK
        value ^= value >> 29
    return value


def _plane(seed: int, size: int) -> bytes:
    start = _mix(seed & _MASK)
    return struct.pack(f"<{size // 8}Q", *(_mix(start + i & _MASK) for i in range(size // 8)))


def _mix(value: int) -> int:
    for _ in range(2):
        value ^= value >> 32
        value = value * 0xD6E8FEB86659FD93 & _MASK
    return value ^ value >> 32
