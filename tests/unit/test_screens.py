# SPDX-License-Identifier: GPL-2.0-only
"""Pictures that workloads kept: out of the dump, into the run directory and the report."""

import base64
import re
import shutil
import struct
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from rig.base.paths import ROOT
from rig.evidence.dump import parse_dump
from rig.evidence.record import RunDir
from rig.evidence.screens import Screen, parse_screens
from rig.report.files import write_reports
from rig.report.html import render
from rig.report.png import png
from rig.report.run import judge_directory
from rig.report.screens import shots
from tests.unit.test_dump import stream

# Two lines of three pixels.
PIXELS = bytes(range(18))
PICTURE = b"P6\n3 2\n255\n" + PIXELS
GREEN = b"P6\n3 2\n255\n" + b"\0\x87\0" * 6


def chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The chunks of a PNG, whose checksums are right."""
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    at = 8
    while at < len(data):
        (size,) = struct.unpack_from(">I", data, at)
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + size]
        (check,) = struct.unpack_from(">I", data, at + 8 + size)
        assert check == zlib.crc32(kind + body)
        yield kind, body
        at += 12 + size


def screens(*members: tuple[str, bytes]) -> tuple[Screen, ...]:
    return parse_screens(parse_dump(stream(*members, ("end", b""))), ["one", "two"])


def test_a_picture_is_known_by_its_program_and_name() -> None:
    found = screens(("screens/2/vkms.ppm", PICTURE), ("kmsg", b"x"))
    assert found == (Screen("two", "vkms", 3, 2, PIXELS),)


@pytest.mark.parametrize(
    ("member", "data"),
    [
        ("screens/2/vkms.ppm", PICTURE[:-1]),
        ("screens/2/vkms.ppm", PICTURE + b"\0"),
        ("screens/2/vkms.ppm", b"P5\n3 2\n255\n" + PIXELS),
        ("screens/2/vkms.ppm", b"P6\n0 2\n255\n"),
        ("screens/2/vkms.ppm", b""),
        ("screens/3/vkms.ppm", PICTURE),
        ("screens/0/vkms.ppm", PICTURE),
        ("screens/2/../../vkms.ppm", PICTURE),
        ("screens/2/vkms.png", PICTURE),
    ],
)
def test_what_is_damaged_is_no_picture(member: str, data: bytes) -> None:
    assert screens((member, data)) == ()


def test_a_png_holds_every_pixel() -> None:
    parts = dict(chunks(png(3, 2, PIXELS)))
    assert list(parts) == [b"IHDR", b"IDAT", b"IEND"]
    assert parts[b"IHDR"] == struct.pack(">IIBBBBB", 3, 2, 8, 2, 0, 0, 0)
    lines = zlib.decompress(parts[b"IDAT"])
    assert (lines[:1] + lines[10:11], lines[1:10] + lines[11:]) == (b"\0\0", PIXELS)


def test_colours_are_counted() -> None:
    both = screens(("screens/1/a.ppm", PICTURE), ("screens/1/b.ppm", GREEN))
    assert [shot.colours for shot in shots(both)] == [6, 1]


@pytest.fixture
def run(tmp_path: Path) -> RunDir:
    """A recorded run, one case of which has two pictures, of which one is green."""
    shutil.copytree(ROOT / "tests" / "corpus" / "clean", tmp_path / "run")
    directory = RunDir(tmp_path / "run")
    path = next((tmp_path / "run" / "cases").iterdir()) / "dump.tar"
    members = [("screens/1/vkms.ppm", PICTURE), ("screens/1/green.ppm", GREEN)]
    with tarfile.open(path) as old:
        for member in old:
            if reader := old.extractfile(member):
                members.append((member.name, reader.read()))
    path.write_bytes(stream(*members))
    return directory


def test_a_run_has_its_pictures_as_files(run: RunDir) -> None:
    write_reports(judge_directory(run))
    (case,) = run.path.glob("cases/*")
    found = sorted(path.name.partition("-")[2] for path in case.glob("*.png"))
    assert found == ["green.png", "vkms.png"]
    (vkms,) = case.glob("*-vkms.png")
    assert vkms.read_bytes() == png(3, 2, PIXELS)


def test_the_report_shows_them_and_says_which_has_one_colour(run: RunDir) -> None:
    page = render(judge_directory(run))
    found = [base64.b64decode(data) for data in re.findall(r"data:image/png;base64,([^\"]+)", page)]
    assert found == [png(3, 2, PIXELS), png(3, 2, GREEN[11:])]
    assert len(re.findall("one colour", page)) == 1
