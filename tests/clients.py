# SPDX-License-Identifier: GPL-2.0-only
"""What pipelines of GStreamer's must give, computed here: the bytes are known without any guest.

The source is videotestsrc's zone plate with kx2, ky2 and kt: grey, so that no filter for chroma
matters, and another picture each time.  The RGA's arithmetic is images/silicon/rga_image.h.
"""

import math
import zlib
from dataclasses import dataclass

# Grey in videotestsrc: a sine, drawn as a blend of black and white of BT.601.
_BLACK, _WHITE = 16, 235


def _sine(phase: int) -> int:
    return min(255, math.floor(128 + 128 * math.sin(2 * math.pi * phase / 256)))


def _luma(phase: int) -> int:
    share = _sine(phase)
    return (_WHITE * share + _BLACK * (255 - share) + 127) // 255


def _rgb(luma: int) -> int:
    """Red, green and blue of a grey pixel, as the imitated RGA makes them of Y."""
    return max(0, min(255, (298 * (luma - 16) + 128) >> 8))


@dataclass(frozen=True)
class ZonePlate:
    """Pictures of ``videotestsrc pattern=zone-plate kx2=K ky2=K kt=1``, NV12.

    Args:
        width, height: pixels.
        curve: K.
    """

    width: int
    height: int
    curve: int

    def grey(self, frame: int, width: int, height: int) -> bytes:
        """Red, green or blue of picture `frame` as the RGA converts it to another size; a byte for
        each pixel."""
        return self._drawn(bytes(_rgb(_luma(phase)) for phase in range(256)), frame, width, height)

    def _drawn(self, colours: bytes, frame: int, width: int, height: int) -> bytes:
        columns = bytes(self._across(x * self.width // width) for x in range(width))
        rows = (frame + self._down(y * self.height // height) for y in range(height))
        # In each row, another place of the sine is zero.
        return b"".join(columns.translate(_turned(colours, phase)) for phase in rows)

    def rgb_sum(self, frame: int, width: int, height: int) -> str:
        """CRC-32 of that in RGB, 3 bytes a pixel, as the guest's program prints it."""
        grey = self.grey(frame, width, height)
        return _sum(b"".join(grey[at : at + 1] * 3 for at in range(len(grey))))

    def bgrx_sum(self, frame: int, width: int, height: int) -> str:
        """The same of BGRx, 4 bytes a pixel: the RGA has X for an alpha, which is 255."""
        grey = self.grey(frame, width, height)
        return _sum(b"".join(grey[at : at + 1] * 3 + b"\xff" for at in range(len(grey))))

    def rgb16_sum(self, frame: int) -> str:
        """CRC-32 of the picture as videotestsrc draws it as RGB16."""
        sines = bytes(_sine(phase) for phase in range(256))
        pixels = [
            (grey >> 3 << 11 | grey >> 2 << 5 | grey >> 3).to_bytes(2, "little")
            for grey in range(256)
        ]
        drawn = self._drawn(sines, frame, self.width, self.height)
        return _sum(b"".join(pixels[grey] for grey in drawn))

    def _across(self, column: int) -> int:
        x = column - self.width // 2
        return (self.curve * x * x * (0xFFFF // self.width) >> 16) & 0xFF

    def _down(self, row: int) -> int:
        y = row - self.height // 2
        return self.curve * y * y // self.height


def _sum(picture: bytes) -> str:
    return f"{zlib.crc32(picture):08x}"


def _turned(table: bytes, by: int) -> bytes:
    by %= len(table)
    return table[by:] + table[:by]
