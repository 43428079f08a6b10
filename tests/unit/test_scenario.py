# SPDX-License-Identifier: GPL-2.0-only
import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
import yaml

from rig.base.errors import InputError
from rig.base.paths import ROOT, SCENARIOS
from rig.model.options import Options
from rig.model.scenario import load, load_all, schema_text
from rig.run.selection import kernel_request

GOOD = """\
name: mine
title: a driver of mine
driver: mine
about: export
modules: [mine debug=1]
programs:
  - {name: export, file: export, args: [--driver=mine]}
machine: {cpus: 1}
expect:
  edges: [[a, b]]
sources: [drivers/media/platform/mine/**]
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "mine.m2m.yaml"
    path.write_text(text)
    return path


def test_loads(tmp_path: Path) -> None:
    scenario = load(write(tmp_path, GOOD))
    assert scenario.programs[0].args == ("--driver=mine",)
    assert scenario.machine.cpus == 1
    assert scenario.machine.memory == 1024
    assert scenario.expect.edges == (("a", "b"),)


@pytest.mark.parametrize(
    ("good", "bad", "message"),
    [
        ("about: export", "workloads: export", "mine.m2m.yaml:4: workloads: no such key"),
        ("about: export", "about: export\ncolour: red", "mine.m2m.yaml:5: colour: no such key"),
        ("cpus: 1", "cpus: many", "mine.m2m.yaml:8: machine.cpus: "),
        ("cpus: 1", "cpus: 99", "mine.m2m.yaml:8: machine.cpus: "),
        ("cpus: 1", "cpu: 1", "mine.m2m.yaml:8: machine.cpu: no such key"),
        ("name: mine", "name: Mine!", "mine.m2m.yaml:1: name: "),
        ("file: export", "fill: export", "mine.m2m.yaml:7: programs.0.fill: no such key"),
        ("title: a", "title: [", "mine.m2m.yaml:3: "),
    ],
)
def test_errors_name_file_line_and_key(tmp_path: Path, good: str, bad: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        load(write(tmp_path, GOOD.replace(good, bad)))
    assert message in str(error.value)


def test_missing_file_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        load(tmp_path / "none.m2m.yaml")


def test_bundled_scenarios_load_and_have_unique_names() -> None:
    scenarios = load_all(SCENARIOS)
    assert len({scenario.name for scenario in scenarios}) == len(scenarios) >= 3


OWN = ROOT / "tests" / "own_driver" / "echo.m2m.yaml"


def test_the_published_schema_is_current() -> None:
    assert (ROOT / "docs" / "scenario.schema.json").read_text() == schema_text()


@pytest.mark.parametrize(
    "path", [*sorted(SCENARIOS.glob("*.m2m.yaml")), OWN], ids=lambda path: path.name
)
def test_every_scenario_fits_the_schema(path: Path) -> None:
    validator = jsonschema.Draft202012Validator(json.loads(schema_text()))
    assert [
        error.message for error in validator.iter_errors(yaml.safe_load(path.read_text()))
    ] == []


def test_the_schema_refuses_what_the_rig_refuses() -> None:
    validator = jsonschema.Draft202012Validator(json.loads(schema_text()))
    good = yaml.safe_load(GOOD)
    assert validator.is_valid(good)
    faults: tuple[dict[str, object], ...] = (
        {"colour": "red"},
        {"name": "Mine!"},
        {"machine": {"cpus": 99}},
        {"programs": []},
    )
    for bad in faults:
        assert not validator.is_valid(good | bad)


def test_what_a_scenario_brings_along_is_found_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    scenario = load(OWN)
    assert scenario.module_sources == (str(OWN.parent / "echo"),)
    assert [program.own for program in scenario.programs] == [False, True, True]
    assert [program.command for program in scenario.programs] == ["export", "twice", "module.sh"]
    request = kernel_request(Options(), [scenario])
    assert request.modules == (OWN.parent / "echo",)
    assert [wish.line for wish in request.wanted] == [
        "CONFIG_V4L2_MEM2MEM_DEV=m",
        "CONFIG_VIDEOBUF2_VMALLOC=m",
    ]


@pytest.mark.parametrize(
    ("good", "bad", "message"),
    [
        ("file: export", "file: mine.c", "mine.m2m.yaml:7: programs.0.file: there is no mine.c"),
        (
            "modules:",
            "module-sources: [src]\nmodules:",
            "mine.m2m.yaml:5: module-sources.0: there is no src",
        ),
        (
            "modules:",
            "module-sources: [.]\nmodules:",
            "mine.m2m.yaml:5: module-sources.0: neither Kbuild nor Makefile",
        ),
        ("modules:", "config: {VIDEO: y}\nmodules:", "mine.m2m.yaml:5: config.VIDEO"),
        ("modules:", "config: {CONFIG_X: yes}\nmodules:", "mine.m2m.yaml:5: config.CONFIG_X: "),
    ],
)
def test_what_it_names_must_be_there(tmp_path: Path, good: str, bad: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        load(write(tmp_path, GOOD.replace(good, bad)))
    assert message in str(error.value)


def test_scenarios_that_cannot_share_a_kernel(tmp_path: Path) -> None:
    one = load(write(tmp_path, GOOD + "config: {CONFIG_HZ_100: y}\n"))
    other = replace(one, name="other", config={"CONFIG_HZ_100": "n"})
    with pytest.raises(InputError, match="scenario other wants CONFIG_HZ_100=n"):
        kernel_request(Options(), [one, other])
