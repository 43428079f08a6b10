# SPDX-License-Identifier: GPL-2.0-only
"""The catalogue of mistakes, and that it leaves no oracle untried."""

from dataclasses import replace
from pathlib import Path

import pytest

from rig.base.errors import InputError
from rig.base.paths import FAULTS, SCENARIOS
from rig.judge.registry import oracles
from rig.model import faults
from rig.model.scenario import SUFFIX, Program, Scenario
from rig.run.chosen import wide

CATALOGUE = faults.load(FAULTS)
WIDE = {scenario.name for scenario in wide()}

# Oracles that judge what a kernel does with its fences.
JUDGES = ("contract", "accounting", "lock graph", "fences")

# What no planted mistake shows, and why.
NOT_PLANTED = {
    "exercise.no-active-probe": "the workload's business: test_contract",
    "exercise.driver-idle": "the workload's business: test_exercised",
    "exercise.class-idle": "the workload's business: test_exercised",
    "exercise.probe-failed": "the workload's business: test_exercised",
    "trace.lost": "the guest's business: test_verdict",
    "fence.unusable-after-close": "only sync_file itself can refuse: test_contract",
    "exercise.usage-unknown": "debugfs lists what can be exported: test_contract",
    "fence.one-colour": "fences that are missing show it, so the kernel as it is: test_fences",
}

GROUP = """\
series: producer-fence
groups:
  - patches: [0001.patch]
    module: videobuf2-common fault={id}
    faults:
"""
ENTRY = "      - {id: F1, title: one, shows: {vim2m-export: [fence.differs]}}\n"


def catalogue(folder: Path, text: str) -> faults.Catalogue:
    file = folder / "faults.yaml"
    file.write_text(text)
    return faults.load(file)


def test_every_judge_of_fences_is_tried() -> None:
    planted = {
        reason
        for fault in CATALOGUE.faults
        if fault.patches
        for reasons in fault.shows.values()
        for reason in reasons
    }
    judged = {kind.id for oracle in oracles() if oracle.name in JUDGES for kind in oracle.kinds}
    assert judged - planted == set(NOT_PLANTED)


def test_everything_that_the_catalogue_names_is_there() -> None:
    for fault in CATALOGUE.faults:
        for patch in fault.patches:
            assert patch.is_file()
        # The kernel knows the name of every mistake that it can make.
        if fault.id in fault.module:
            assert f'"{fault.id}"' in "".join(patch.read_text() for patch in fault.patches)
        for scenario in fault.shows:
            assert scenario in WIDE or (SCENARIOS / f"{scenario}{SUFFIX}").is_file()


def test_what_a_profile_alone_shows_is_missed_without_it(tmp_path: Path) -> None:
    only = "      - {id: F2, title: two, profile: kasan, shows: {vim2m-export: [splat.kasan]}}\n"
    both = catalogue(tmp_path, GROUP + ENTRY + only)
    usual, more = both.seen_with("lockdep"), both.seen_with("lockdep+kasan")
    assert ([f.id for f in usual.faults], [m.id for m in usual.missed]) == (["F1"], ["F2"])
    assert (more.faults, more.missed) == (both.faults, ())
    # Who names it gets it, with a kernel of its own.
    assert both.find(["F2"])[0].kernel != both.find(["F1"])[0].kernel


def test_a_mistake_is_planted_before_the_driver_is_loaded(tmp_path: Path) -> None:
    [fault] = catalogue(tmp_path, GROUP + ENTRY).faults
    assert fault.patches == (tmp_path / "0001.patch",)
    program = Program(name="p", file="p")
    scenario = Scenario("s", "s", "vim2m", "W", (program,), modules=("vim2m",))
    planted = fault.planted(scenario)
    assert planted.modules == ("videobuf2-common fault=F1", "vim2m")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GROUP + ENTRY + ENTRY, "two faults are called 'F1'"),
        (GROUP + ENTRY.replace("fence.differs", "Fence"), "should match pattern"),
        (GROUP + ENTRY.replace("[fence.differs]", "[]"), "at least 1 item"),
        (GROUP + ENTRY.replace("title", "titel"), "no such key"),
    ],
)
def test_a_bad_catalogue_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        catalogue(tmp_path, text)


def test_an_unknown_mistake_is_named() -> None:
    with pytest.raises(InputError, match="no mistake 'F4'") as caught:
        CATALOGUE.find(["F4"])
    assert "did you mean F" in caught.value.hint


def test_a_mistake_of_a_driver_is_chosen_where_its_module_is_loaded() -> None:
    (fault,) = CATALOGUE.find(["P1"])
    program = Program(name="a", file="a")
    scenario = Scenario(
        name="x",
        title="x",
        driver="rga",
        about="x",
        programs=(program,),
        modules=("a", "rockchip_rga"),
    )
    planted = fault.planted(scenario)
    assert planted.modules == ("a", "rockchip-rga mistake=1")
    assert fault.planted(planted) == planted
    assert fault.planted(replace(scenario, modules=("a",))).modules == (fault.module, "a")
