# SPDX-License-Identifier: GPL-2.0-only
"""Programs that people run: what comes out of GStreamer's pipelines is what goes in, converted."""

import json
import re
from pathlib import Path

import pytest

from rig.base.paths import LAYERS
from rig.evidence.case import read_case
from rig.evidence.ktap import KtapTest
from tests.clients import ZonePlate
from tests.guest.conftest import M2mRig
from tests.streams import sums

SERIES = ("none", "producer-fence")
# What the VDPU2 has behind a picture of 320 by 240 pixels: 64 bytes a macroblock, and 32.
MOTION = 300 * 64 + 32
DRIVERS = ("rga-convert", "rga-dmabuf", "rga-manners", "vicodec", "vepu", "vdpu", "decode-convert")

_FRAME = re.compile(r"frame \d+: crc32 ([0-9a-f]{8})")


def frames(test: KtapTest) -> list[str]:
    """CRC-32 of all frames that the program of a case was handed."""
    below = [each for child in test.children for each in frames(child)]
    return [match[1] for remark in test.diagnostics if (match := _FRAME.match(remark))] + below


def of_case(folder: Path) -> dict[str, list[str]]:
    """The frames of each program."""
    return {test.name: frames(test) for test in read_case(folder).results.tests}


def run(m2m_rig: M2mRig, scenario: str, series: str) -> dict[str, list[str]]:
    """What a client's programs were handed, in a case of which nothing bad can be said."""
    done = m2m_rig("run", scenario, "--series", series)
    assert done.status == 0, done.output + done.errors
    assert done.directory is not None
    (folder,) = (done.directory / "cases").iterdir()
    seconds = json.loads((folder / "guest.json").read_text())["seconds"]
    print(f"{scenario}, {series}: {seconds} s")
    return of_case(folder)


@pytest.mark.outside
@pytest.mark.parametrize("series", SERIES)
@pytest.mark.parametrize(("name", "length"), [("convert", 30), ("playback", 900)])
def test_each_frame_is_the_one_that_the_host_computes(
    m2m_rig: M2mRig, series: str, name: str, length: int
) -> None:
    seen = run(m2m_rig, f"gstreamer-rga-{name}", series)["convert"]
    plate = ZonePlate(1920, 1080, 20)
    assert seen == [plate.rgb_sum(frame, 1280, 720) for frame in range(length)]


@pytest.mark.outside
@pytest.mark.parametrize("series", SERIES)
def test_each_decoded_picture_is_in_its_place(m2m_rig: M2mRig, series: str) -> None:
    seen = run(m2m_rig, "gstreamer-vdpu", series)
    for name in ("plain", "reordered"):
        stream = (LAYERS / "gstreamer" / f"{name}.h264").read_bytes()
        assert seen[f"{name}-h264"] == sums(stream, 320, 240, MOTION)


@pytest.mark.outside
@pytest.mark.parametrize("name", DRIVERS)
def test_a_series_changes_no_frame(m2m_rig: M2mRig, name: str) -> None:
    without, with_it = (run(m2m_rig, f"gstreamer-{name}", series) for series in SERIES)
    # How far an endless pipeline has come when it is interrupted is a matter of time.
    endless = {"interrupt", "kill"}
    assert without.keys() == with_it.keys()
    for program in without.keys() - endless:
        assert without[program] == with_it[program], program
