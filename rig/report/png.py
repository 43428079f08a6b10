# SPDX-License-Identifier: GPL-2.0-only
"""Pictures as PNG (ISO/IEC 15948): 8 bits a colour, no filter."""

import struct
import zlib


def png(width: int, height: int, pixels: bytes) -> bytes:
    """The file of a picture.

    Args:
        width, height: pixels, at least one of each.
        pixels: red, green and blue, a byte each, from the top left.
    """
    line = width * 3
    lines = (b"\0" + pixels[at : at + line] for at in range(0, line * height, line))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"".join(lines), 9)
    chunks = (_chunk(b"IHDR", head), _chunk(b"IDAT", body), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
