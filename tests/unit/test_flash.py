# SPDX-License-Identifier: GPL-2.0-only
"""What a display showed at each refresh, as the report has it."""

import base64
import struct
import zlib
from types import SimpleNamespace
from typing import Any

import pytest

from rig.evidence.ktap import Observation
from rig.report.flash import displays

RED, BLUE = "f800", "001f"


def case(*lines: str) -> Any:
    """A case in which a program said these lines."""
    seen = []
    for number, line in enumerate(lines, 1):
        name, *words = line.split()
        fields = dict(word.split("=", 1) for word in words)
        seen.append(Observation(name, fields, ("flash",), number))
    return SimpleNamespace(results=SimpleNamespace(observations=tuple(seen)))


def shot(number: int, *rows: str) -> list[str]:
    """A picture, a row in each line."""
    width, height = len(rows[0]) // 4, len(rows)
    return [
        f"shot number={number} width={width} height={height} row={row} pixels={pixels}"
        for row, pixels in enumerate(rows)
    ]


def refresh(after: int, shot: int, changed: int, reader: str = "pending") -> str:
    return f"refresh after={after} shot={shot} changed={changed} reader={reader}"


def pixels(uri: str) -> tuple[int, int, bytes]:
    """Width, height, and for each row a filter and its pixels, of a PNG that is whole."""
    kind, _, text = uri.partition(",")
    assert kind == "data:image/png;base64"
    data = base64.b64decode(text)
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, at = {}, 8
    while at < len(data):
        (size,) = struct.unpack_from(">I", data, at)
        name, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + size]
        assert struct.unpack_from(">I", data, at + 8 + size) == (zlib.crc32(name + body),)
        chunks[name] = body
        at += 12 + size
    assert list(chunks) == [b"IHDR", b"IDAT", b"IEND"]
    width, height, *how = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert how == [8, 2, 0, 0, 0]
    return width, height, zlib.decompress(chunks[b"IDAT"])


def test_a_buffer_that_is_written_to_while_it_is_shown() -> None:
    [screen] = displays(
        case(
            *shot(1, RED + RED, RED + BLUE),
            refresh(1_000, 1, 0),
            *shot(2, BLUE + BLUE, BLUE + BLUE),
            refresh(16_000_000, 2, 7),
            refresh(32_000_000, 2, 7, "signaled"),
        )
    )
    assert (screen.program, screen.width, screen.height) == ("flash", 2, 2)
    assert [refresh.flashes for refresh in screen.refreshes] == [False, True, False]
    assert [refresh.after_us for refresh in screen.refreshes] == [1, 16_000, 32_000]
    first, second, third = (refresh.image for refresh in screen.refreshes)
    red, blue = b"\xff\0\0", b"\0\0\xff"
    assert pixels(first) == (2, 2, b"\0" + red + red + b"\0" + red + blue)
    assert second == third != first


@pytest.mark.parametrize(
    "lines",
    [
        shot(1, RED + RED, RED + BLUE)[:1],
        ["shot number=1 width=1 height=1 row=0 pixels=f8"],
        ["shot number=1 width=1 height=1 row=0 pixels=gggg"],
        ["shot number=1 width=x height=1 row=0 pixels=f800"],
        ["shot number=1"],
        [],
    ],
)
def test_a_picture_that_is_not_whole_is_none(lines: list[str]) -> None:
    [screen] = displays(case(*lines, refresh(1, 1, 0)))
    assert [refresh.image for refresh in screen.refreshes] == [""]


def test_who_shows_nothing_has_no_screen() -> None:
    assert displays(case("probe state=active")) == ()
