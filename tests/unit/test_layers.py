# SPDX-License-Identifier: GPL-2.0-only
"""Programs of others: layers are files found by their names, and what they must show is known."""

from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock

import pytest

from rig.base.errors import InputError
from rig.base.paths import LAYERS, SCENARIOS
from rig.image.outside import Outside, with_libraries
from rig.model.layer import beside, check, load
from rig.model.scenario import load as load_scenario
from rig.model.scenario import load_all
from tests.clients import ZonePlate

NAMES = sorted(path.stem for path in LAYERS.glob("*.yaml"))


@pytest.mark.parametrize("name", NAMES)
def test_a_layer_is_a_file_that_is_called_as_it_is(name: str) -> None:
    assert load(name).name == name


@pytest.mark.parametrize("name", NAMES)
def test_a_layer_is_used(name: str) -> None:
    scenarios = [
        each for folder in SCENARIOS.iterdir() if folder.is_dir() for each in load_all(folder)
    ]
    assert any(name in scenario.outside for scenario in scenarios)


def test_a_layer_that_is_not_there_is_named() -> None:
    with pytest.raises(InputError, match="'gstremer'") as caught:
        check(("gstremer",))
    assert "gstreamer" in caught.value.hint


def test_a_file_that_says_another_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(
        "name: yours\ntitle: t\npackages: [p]\nprograms: [usr/bin/p]\n"
    )
    with pytest.raises(InputError, match="'yours' is not what its file is called"):
        load("mine", tmp_path)


def test_a_scenario_with_an_unknown_layer_is_refused_with_its_line(tmp_path: Path) -> None:
    scenario = SCENARIOS / "clients" / "gstreamer-vepu.m2m.yaml"
    path = tmp_path / "mine.m2m.yaml"
    path.write_text(scenario.read_text().replace("outside: [gstreamer]", "outside: [gst]"))
    with pytest.raises(InputError, match=r"mine\.m2m\.yaml:\d+: outside: .*'gst'"):
        load_scenario(path)


def test_files_beside_a_layer_are_those_of_its_folder(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "stream").write_bytes(b"")
    assert beside("mine", tmp_path) == (tmp_path / "mine" / "stream",)
    assert beside("yours", tmp_path) == ()


def test_two_suites_of_debian_share_no_guest() -> None:
    outside = Outside(Mock(), Mock(), "", Mock(), Mock())
    with pytest.raises(InputError, match="two suites"):
        outside.files(("v4l-utils", "v4l-utils-new"))


def test_a_library_that_is_named_is_found_where_it_lies(tmp_path: Path) -> None:
    folder, place = "usr/lib/aarch64-linux-gnu", "usr/lib/aarch64-linux-gnu/weston"
    needs = {
        "usr/bin/weston": "libexec.so.0",
        f"{place}/libexec.so.0": "libc.so.6",
        f"{folder}/libc.so.6": "",
        "lib/ld-linux-aarch64.so.1": "",
    }
    for name, soname in needs.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"(NEEDED) [{soname}]" if soname else "")
    # What prints a file as it is.
    (readelf := tmp_path / "readelf").write_text('#!/bin/sh\ncat "$2"\n')
    readelf.chmod(0o755)
    layer = replace(load("weston"), programs=("usr/bin/weston",), files=(f"{place}/libexec.so.0",))
    found = with_libraries(layer, tmp_path, str(readelf))
    assert sorted(found) == [
        "lib/ld-linux-aarch64.so.1", "lib/libc.so.6", "usr/bin/weston", f"{place}/libexec.so.0",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("place", "frames"),
    [("clients/gstreamer-rga-convert", 30), ("soak/gstreamer-rga-playback", 900)],
)
def test_what_a_pipeline_must_give_is_what_the_host_computes(place: str, frames: int) -> None:
    scenario = load_scenario(SCENARIOS / f"{place}.m2m.yaml")
    (program,) = (program for program in scenario.programs if program.file == "pipeline")
    plate = ZonePlate(1920, 1080, 20)
    assert f"--first={plate.rgb_sum(0, 1280, 720)}" in program.args
    assert f"--last={plate.rgb_sum(frames - 1, 1280, 720)}" in program.args
    other = replace(plate, curve=21)
    assert f"--first={other.rgb_sum(0, 1280, 720)}" not in program.args
