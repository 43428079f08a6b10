# SPDX-License-Identifier: GPL-2.0-only
"""Programs that people run: what comes out of GStreamer's pipelines is what goes in, converted."""

import json
import re
import zlib
from pathlib import Path

import pytest

from rig.base.paths import LAYERS, SCENARIOS
from rig.evidence.case import read_case
from rig.evidence.ktap import KtapTest
from rig.model.scenario import SUFFIX
from tests.clients import ZonePlate
from tests.guest.conftest import M2mRig
from tests.streams import sums

SERIES = ("none", "producer-fence")

CLIENTS = sorted(path.name.removesuffix(SUFFIX) for path in (SCENARIOS / "clients").iterdir())

# How far an endless pipeline has come when it is interrupted is a matter of time.
ENDLESS = {"interrupt", "kill"}

# Frames that are shown on vkms, too.
SHOWN = {"gstreamer-rga-kms": 8, "weston-rga": 12}

# What the VDPU2 has behind a picture of 320 by 240 pixels: 64 bytes a macroblock, and 32.
MOTION = 300 * 64 + 32

_FRAME = re.compile(r"frame \d+: crc32 ([0-9a-f]{8})")


def remarks_of(test: KtapTest) -> list[str]:
    """All that a program said."""
    below = (each for child in test.children for each in remarks_of(child))
    return [*test.diagnostics, *below]


def sums_of(test: KtapTest) -> list[str]:
    """CRC-32 of all frames that the program of a case was handed."""
    return [match[1] for remark in remarks_of(test) if (match := _FRAME.match(remark))]


def of_case(folder: Path) -> dict[str, list[str]]:
    """The frames of each program."""
    return {test.name: sums_of(test) for test in read_case(folder).results.tests}


def run(m2m_rig: M2mRig, scenario: str, series: str) -> dict[str, list[str]]:
    """What a client's programs were handed, in a case of which nothing bad can be said."""
    done = m2m_rig("run", scenario, "--series", series)
    assert done.status == 0, done.output + done.errors
    assert done.directory is not None
    (folder,) = (done.directory / "cases").iterdir()
    seconds = json.loads((folder / "guest.json").read_text())["seconds"]
    print(f"{scenario}, {series}: {seconds} s")
    return of_case(folder)


def converted(frames: int) -> list[str]:
    """What must come out of 1080p on the RGA."""
    plate = ZonePlate(1920, 1080, 20)
    return [plate.rgb_sum(frame, 1280, 720) for frame in range(frames)]


def decoded(name: str) -> list[str]:
    """What must come out of a stream on the VDPU2."""
    return sums((LAYERS / "gstreamer" / name).read_bytes(), 320, 240, MOTION)


def computed(scenario: str) -> dict[str, list[str]]:
    """What the host knows of the frames of a scenario, by program."""
    if scenario == "gstreamer-rga-convert":
        return {"convert": converted(30)}
    small = ZonePlate(640, 480, 20)
    if scenario == "gstreamer-rga-dmabuf":
        # Of every second pixel of every second one.
        return {"chain": [small.rgb_sum(frame, 160, 120) for frame in range(8)]}
    if scenario in SHOWN:
        frames = range(SHOWN[scenario])
        return {"show": [small.bgrx_sum(frame, 640, 480) for frame in frames]}
    if scenario == "gstreamer-vim2m-kms":
        return {"show": [small.rgb16_sum(frame) for frame in range(8)]}
    if scenario == "gstreamer-rga-manners":
        return {"after": [small.rgb_sum(frame, 320, 240) for frame in range(4)]}
    if scenario == "gstreamer-vdpu":
        return {f"{name}-h264": decoded(f"{name}.h264") for name in ("plain", "reordered")}
    return {}


@pytest.mark.outside
@pytest.mark.parametrize("scenario", CLIENTS)
def test_a_series_changes_no_frame(m2m_rig: M2mRig, scenario: str) -> None:
    without, with_it = (run(m2m_rig, scenario, series) for series in SERIES)
    assert without.keys() == with_it.keys()
    for program in without.keys() - ENDLESS:
        assert without[program] == with_it[program], program
    for program, frames in computed(scenario).items():
        assert without[program] == frames, program


@pytest.mark.outside
def test_what_is_shown_is_kept_and_weston_takes_no_dmabufs(m2m_rig: M2mRig) -> None:
    done = m2m_rig("run", "weston-rga", "--series", "none")
    assert done.status == 0, done.output + done.errors
    evidence = read_case(done.case("weston-rga-s1"))
    (screen,) = evidence.screens
    pixels = zip(*(screen.pixels[colour::3] for colour in range(3)), strict=True)
    shown = zlib.crc32(b"".join(bytes((*pixel[::-1], 0xFF)) for pixel in pixels))
    assert f"{shown:08x}" in computed("weston-rga")["show"]
    (offers,) = (test for test in evidence.results.tests if test.name == "offers")
    said = "\n".join(remarks_of(offers))
    assert "interface: 'wl_shm'" in said
    assert "zwp_linux_dmabuf_v1" not in said


@pytest.mark.outside
def test_a_screen_of_one_colour_is_told(m2m_rig: M2mRig, tmp_path: Path) -> None:
    text = (SCENARIOS / "clients" / f"gstreamer-rga-kms{SUFFIX}").read_text()
    green = tmp_path / f"green{SUFFIX}"
    green.write_text(
        text.replace("pattern=zone-plate kx2=20 ky2=20 kt=1", "pattern=green").replace(
            "name: gstreamer-rga-kms", "name: green"
        )
    )
    done = m2m_rig("run", f"--scenario={green}", "--series", "none")
    assert done.reason_ids() == {"workload.failed"}
    results = read_case(done.case("green-s1")).results
    (show,) = (test for test in results.tests if test.name == "show")
    assert {each.name for each in show.children if not each.ok} == {"screen.picture"}


@pytest.mark.outside
@pytest.mark.parametrize("series", SERIES)
def test_each_of_900_frames_is_the_one_that_the_host_computes(m2m_rig: M2mRig, series: str) -> None:
    assert run(m2m_rig, "gstreamer-rga-playback", series)["convert"] == converted(900)
