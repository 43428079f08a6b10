# SPDX-License-Identifier: GPL-2.0-only
"""What a display showed at each refresh, as small pictures: the observations `shot` and `refresh`
of docs/reference/protocol.md."""

import base64
import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rig.evidence.case import CaseEvidence
from rig.evidence.ktap import Observation
from rig.report.png import png

# A guest may write what it likes; no display of the rig is as large.
_LARGEST = 1 << 16
_PIXELS = re.compile(r"(?:[0-9a-f]{4})*", re.ASCII)
_NUMBER = re.compile(r"\d{1,18}", re.ASCII)

# Who said it, and which of his pictures.
_Key = tuple[tuple[str, ...], str]


@dataclass(frozen=True, slots=True)
class Refresh:
    """What was on the screen at one moment.

    Args:
        after_us: microseconds since the next picture was queued.
        reading: the fence of the display was pending.
        changed: bytes that are not what they were then.
        image: the picture as a `data:` URI; "": it was not delivered.
    """

    after_us: float
    reading: bool
    changed: int
    image: str

    @property
    def flashes(self) -> bool:
        """Somebody wrote to what the display shows."""
        return self.reading and self.changed > 0


@dataclass(frozen=True, slots=True)
class Display:
    """All that one program saw; pictures of `width` by `height` pixels."""

    program: str
    width: int
    height: int
    refreshes: tuple[Refresh, ...]


def displays(case: CaseEvidence) -> tuple[Display, ...]:
    """What displays showed in this case; what is not whole is left out."""
    observations = case.results.observations
    rows: dict[_Key, list[Observation]] = {}
    told: dict[tuple[str, ...], list[Observation]] = {}
    for seen in observations:
        if seen.name == "shot":
            rows.setdefault((seen.path, seen.fields.get("number", "")), []).append(seen)
        elif seen.name == "refresh":
            told.setdefault(seen.path, []).append(seen)
    shots = {key: shot for key, parts in rows.items() if (shot := _shot(parts))}
    return tuple(_display(path, refreshes, shots) for path, refreshes in told.items())


@dataclass(frozen=True, slots=True)
class _Shot:
    width: int
    height: int
    image: str


def _shot(parts: Sequence[Observation]) -> _Shot | None:
    """One picture of its rows; None if one is missing."""
    width, height = (_number(parts[0].fields, name) for name in ("width", "height"))
    texts = [part.fields.get("pixels", "") for part in parts]
    whole = all(_PIXELS.fullmatch(text) for text in texts)
    data = bytes.fromhex("".join(texts)) if whole else b""
    words = struct.unpack(f">{len(data) // 2}H", data)
    if not 0 < width * height <= _LARGEST or len(words) != width * height:
        return None
    picture = png(width, height, b"".join(map(_rgb, words)))
    return _Shot(
        width, height, f"data:image/png;base64,{base64.b64encode(picture).decode('ascii')}"
    )


def _display(
    path: tuple[str, ...], refreshes: Sequence[Observation], shots: Mapping[_Key, _Shot]
) -> Display:
    found = [shots.get((path, seen.fields.get("shot", ""))) for seen in refreshes]
    first = next((shot for shot in found if shot), None)
    return Display(
        program="/".join(path),
        width=first.width if first else 0,
        height=first.height if first else 0,
        refreshes=tuple(
            Refresh(
                after_us=_number(seen.fields, "after") / 1000,
                reading=seen.fields.get("reader") == "pending",
                changed=_number(seen.fields, "changed"),
                image=shot.image if shot else "",
            )
            for seen, shot in zip(refreshes, found, strict=True)
        ),
    )


def _number(fields: Mapping[str, str], name: str) -> int:
    value = fields.get(name, "")
    return int(value) if _NUMBER.fullmatch(value) else 0


def _rgb(pixel: int) -> bytes:
    """Red, green and blue of a pixel in RGB565."""
    red, green, blue = pixel >> 11, pixel >> 5 & 63, pixel & 31
    return bytes((red * 255 // 31, green * 255 // 63, blue * 255 // 31))
