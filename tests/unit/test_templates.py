# SPDX-License-Identifier: GPL-2.0-only
"""Scenarios that drivers have of templates."""

from dataclasses import replace
from pathlib import Path

import pytest

from rig.base.errors import InputError
from rig.model import templates
from rig.model.drivers import Driver, Drivers, Standard, bundled
from rig.model.hardware import Hardware

MINE = Driver(
    name="mine",
    title="a driver",
    sources=("drivers/media/platform/mine/**",),
    modules=("my-own",),
    blocks=("dma2d",),
    job_time="latency",
    hardware=Hardware(latency="dma2d:40000"),
    standard=Standard("the thing", "RGB565", ("look",)),
)

LOOK = """
name: $driver-look
title: $it looks
driver: $driver
about: looking
hardware: {faults: "$block:2:lost"}
programs:
  - {name: one, file: unload, args: [--module=$module, --format=$format, --frames=3]}
expect: {jobs: {$block: 8}}
"""


def made(folder: Path, text: str = LOOK, driver: Driver = MINE) -> str:
    (folder / "look.yaml").write_text(text)
    [scenario] = templates.made(Drivers((driver,)), folder)
    return repr(scenario)


def test_a_driver_makes_a_template_its_own(tmp_path: Path) -> None:
    (tmp_path / "look.yaml").write_text(LOOK)
    [scenario] = templates.made(Drivers((MINE,)), tmp_path)
    assert (scenario.name, scenario.title, scenario.driver) == (
        "mine-look",
        "the thing looks",
        "mine",
    )
    assert scenario.programs[0].args == ("--module=my_own", "--format=RGB565", "--frames=3")
    assert scenario.hardware == Hardware(latency="dma2d:40000", faults="dma2d:2:lost")
    assert scenario.expect.jobs == {"dma2d": 8}


def test_who_names_no_templates_has_none(tmp_path: Path) -> None:
    assert templates.made(Drivers((replace(MINE, standard=None),)), tmp_path) == ()


def test_a_template_that_there_is_not(tmp_path: Path) -> None:
    driver = replace(MINE, standard=Standard("it", "RGB565", ("loko",)))
    with pytest.raises(InputError, match="driver mine: no template 'loko'") as error:
        made(tmp_path, driver=driver)
    assert "'look'" in error.value.hint


@pytest.mark.parametrize("word", ["$nobody", "$"])
def test_a_word_that_nobody_says(tmp_path: Path, word: str) -> None:
    with pytest.raises(InputError, match=r"look\.yaml: nothing is known for") as error:
        made(tmp_path, LOOK.replace("$it", word))
    assert "$driver, $block" in error.value.hint


def test_every_template_is_made_by_somebody() -> None:
    used = {name for each in bundled().all if each.standard for name in each.standard.scenarios}
    # That one is for drivers that do no jobs yet.
    assert used == set(templates.names()) - {"present"}
