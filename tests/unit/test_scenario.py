# SPDX-License-Identifier: GPL-2.0-only
from pathlib import Path

import pytest

from rig.errors import InputError
from rig.paths import SCENARIOS
from rig.scenario import Selection, load, load_all, select

GOOD = """\
name: mine
title: a driver of mine
driver: mine
workload: W1
modules: [mine debug=1]
programs:
  - {name: export, file: export, args: [--driver=mine]}
machine: {cpus: 1}
expect:
  edges: [[a, b]]
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
        ("workload: W1", "workloads: W1", "mine.m2m.yaml:4: workloads: no such key"),
        ("workload: W1", "workload: W1\ncolour: red", "mine.m2m.yaml:5: colour: no such key"),
        ("cpus: 1", "cpus: many", "mine.m2m.yaml:8: machine.cpus: "),
        ("cpus: 1", "cpus: 99", "mine.m2m.yaml:8: machine.cpus: "),
        ("cpus: 1", "cpu: 1", "mine.m2m.yaml:8: machine.cpu: no such key"),
        ("name: mine", "name: Mine!", "mine.m2m.yaml:1: name: "),
        ("file: export", "fill: export", "mine.m2m.yaml:7: programs.0.fill: no such key"),
        ("title: a", "title: [", "mine.m2m.yaml:3: expected ',' or ']'"),
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


def test_selects_by_driver_and_workload() -> None:
    scenarios = load_all(SCENARIOS)
    chosen = select(scenarios, Selection(drivers=("vim2m",)))
    assert chosen
    assert all(scenario.driver == "vim2m" for scenario in chosen)
    assert select(scenarios, Selection(workloads=("export",)))


def test_unknown_driver_suggests_the_nearest() -> None:
    with pytest.raises(InputError, match=r"unknown driver 'vim2n'\n  did you mean 'vim2m'"):
        select(load_all(SCENARIOS), Selection(drivers=("vim2n",)))
