# SPDX-License-Identifier: GPL-2.0-only
"""Which scenarios a user means."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from rig.base.errors import InputError
from rig.base.paths import DELAYS, ROOT, SCENARIOS
from rig.commands.cli import main
from rig.model import templates
from rig.model.options import TOGETHER, Options
from rig.model.scenario import Scenario, load, load_all
from rig.model.selection import Pool, select
from rig.run.chosen import built_for, bundled, chosen_scenarios
from rig.run.families import families, member_names
from rig.run.selection import kernel_request, suiting

POOL = bundled()
USUAL = {scenario.name for scenario in POOL.usual}
RARE = {scenario.name for scenario in POOL.rare}
OWN = ROOT / "tests" / "own_driver" / "echo.m2m.yaml"


def chosen(*names: str, **more: object) -> set[str]:
    scenarios = select(POOL, Options(names=names, **more))  # type: ignore[arg-type]
    assert len({scenario.name for scenario in scenarios}) == len(scenarios)
    return {scenario.name for scenario in scenarios}


def starting(prefix: str, names: set[str]) -> set[str]:
    return {name for name in names if name.startswith(prefix)}


def test_every_name_is_one_scenario() -> None:
    names = [scenario.name for scenario in POOL.all]
    assert len(set(names)) == len(names)
    folders = [path.stem.removesuffix(".m2m") for path in SCENARIOS.rglob("*.m2m.yaml")]
    folders += [scenario.name for scenario in templates.made()]
    assert sorted(name for name in names if not name.endswith(f"-{TOGETHER}")) == sorted(folders)
    assert not USUAL & RARE


@pytest.mark.parametrize("scenario", POOL.all, ids=lambda scenario: scenario.name)
def test_a_name_is_that_scenario_and_no_other(scenario: Scenario) -> None:
    assert chosen(scenario.name) == {scenario.name}
    assert chosen(scenario.name.upper()) == {scenario.name}


def test_nobody_chooses_what_is_not_of_every_day() -> None:
    assert chosen() == USUAL
    assert not any(scenario in POOL.rare for scenario in chosen_scenarios(Options()))


@pytest.mark.parametrize(
    ("patterns", "names"),
    [
        (("hantro-unload", "rga-copy"), {"hantro-unload", "rga-copy"}),
        (("hantro-*",), starting("hantro-", USUAL)),
        (("RGA-*", "vim2m-export"), starting("rga-", USUAL) | {"vim2m-export"}),
        (("*-unplu[fg]",), {"vicodec-unplug", "vim2m-unplug", "visl-unplug"}),
        (("*-unload",), {name for name in USUAL if name.endswith("-unload")}),
        # A pattern for what is not of every day fits nothing else, or names would be mixed.
        (("compliance-*",), starting("compliance-", RARE)),
        (("compliance-*", "hantro-import"), starting("compliance-", RARE) | {"hantro-import"}),
        (("hantro-unplug-*",), {"hantro-unplug-busy", "hantro-unplug-idle"}),
        (("vim2m-together",), {"vim2m-together"}),
        (("*-together",), {name for name in USUAL if name.endswith("-together")}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_names_and_patterns_are_joined(patterns: tuple[str, ...], names: set[str]) -> None:
    assert names
    assert chosen(*patterns) == names


def test_drivers_and_topics_narrow_down() -> None:
    assert chosen(drivers=("vimc",)) == {"vimc-stranger"}
    rga = {scenario.name for scenario in POOL.usual if scenario.driver == "rga"}
    assert chosen(drivers=("rockchip-rga",)) == rga
    assert chosen(about=("sleep",)) == {"hantro-suspend", "rga-suspend"}
    assert chosen(about=("SLEEP",), drivers=("rga",)) == {"rga-suspend"}
    assert chosen("*-s*", about=("sleep", "merging"), drivers=("rga",)) == {"rga-suspend"}
    # What only something rare is about means that.
    assert chosen(about=("programs of others",), drivers=("visl",)) == {
        "compliance-visl", "compliance-new-visl",
    }  # fmt: skip
    assert chosen("*-open", drivers=("visl",)) == {"visl-open"}


def test_the_order_is_not_that_of_the_words() -> None:
    names = [each.name for each in select(POOL, Options(names=("vim2m-export", "rga-copy")))]
    assert names == ["rga-copy", "vim2m-export"]


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (Options(names=("rga-unlaod",)), "did you mean 'rga-unload'"),
        (Options(names=("rga-unlaod",), drivers=("hantro",)), "did you mean 'hantro-unload'"),
        (Options(names=("rga-unload",), drivers=("hantro",)), "is of driver rga and about going"),
        (Options(names=("rga-unload",), about=("sleep",)), "is of driver rga and about going"),
        (Options(names=("*-nothing",)), "no scenario matches '\\*-nothing'"),
        (Options(names=("vim*",), drivers=("visl",)), "no scenario matches 'vim\\*'"),
        (Options(names=("rockchip-rga",)), "it is a driver: --driver rockchip-rga"),
        (Options(names=("Sleep",)), "--about sleep"),
        (Options(drivers=("vim2n",)), r"unknown driver 'vim2n'\n  did you mean 'vim2m'"),
        (Options(about=("slep",)), r"unknown topic 'slep'\n  did you mean 'sleep'"),
        (Options(drivers=("vimc",), about=("sleep",)), "they are about: drivers without fences"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value.names),
)
def test_what_there_is_not_is_one_line_and_what_is_meant(wanted: Options, said: str) -> None:
    with pytest.raises(InputError, match=said) as error:
        select(POOL, wanted)
    assert len(str(error.value).splitlines()) <= 2


def test_scenarios_of_the_users_are_a_pool_of_their_own() -> None:
    assert [each.name for each in chosen_scenarios(Options(scenario_files=(OWN,)))] == ["echo"]
    with pytest.raises(InputError, match="no scenario is called 'vim2m-export'"):
        chosen_scenarios(Options(names=("vim2m-export",), scenario_files=(OWN,)))


def test_a_family_of_the_users_has_to_be_named() -> None:
    files = tuple(SCENARIOS / f"vim2m-{name}.m2m.yaml" for name in ("export", "outlive"))
    options = Options(scenario_files=files)
    assert chosen_scenarios(options) == tuple(map(load, files))
    named = Options(names=("vim2m-together",), scenario_files=files)
    assert [each.name for each in chosen_scenarios(named)] == ["vim2m-together"]


def test_a_folder_is_found_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = (SCENARIOS / "idle.m2m.yaml").read_text()
    (tmp_path / "idle.m2m.yaml").write_text(one)
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "later.m2m.yaml").write_text(one.replace("name: idle", "name: later", 1))
    monkeypatch.setattr("rig.run.chosen.SCENARIOS", tmp_path)
    assert [each.name for each in chosen_scenarios(Options())] == ["idle"]
    assert [each.name for each in chosen_scenarios(Options(names=("later",)))] == ["later"]


def test_list_shows_each_scenario_below_its_topic(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    said = capsys.readouterr().out
    assert max(map(len, said.splitlines())) <= 80
    sections = {text.splitlines()[0]: text for text in said.split("\n\n")}
    for scenario in POOL.all:
        [section] = [
            text
            for heading, text in sections.items()
            if heading.partition(";")[0] == f"scenarios about {scenario.about}"
        ]
        mark = " *" if scenario.name in RARE else ""
        assert f"\n  {scenario.name}{mark} " in section
        assert scenario.title in " ".join(section.split())
    assert re.search(r"F04 +published on imported dma-bufs only", said)


def test_list_of_a_pattern(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "rga-unplug*", "vim2m-unplug"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "scenarios about going away; *: only where it is named"
    assert [line.split("  ")[1] for line in said[1:] if line[2] != " "] == [
        "rga-unplug-busy *", "rga-unplug-idle *", "vim2m-unplug",
    ]  # fmt: skip


def test_every_driver_of_a_scenario_may_be_asked_for() -> None:
    for driver in {scenario.driver for scenario in load_all(SCENARIOS)}:
        assert all(each.driver == driver for each in select(POOL, Options(drivers=(driver,))))


def test_nothing_usual_leaves_what_is_rare() -> None:
    rare = Pool((), POOL.rare)
    assert select(rare, Options(drivers=("visl",))) == tuple(
        each for each in POOL.rare if each.driver == "visl"
    )


def test_what_only_some_kernels_run_is_left_out_on_others() -> None:
    pool = {scenario.name: scenario for scenario in chosen_scenarios(Options())}
    late, usual = pool["rga3-signal"], pool["rga-signal"]
    assert late.kernels == ">=7.2"
    assert suiting((late, usual), "7.3.4-m2m-rig") == (late, usual)
    assert suiting((late, usual), "6.12.117-m2m-rig") == (usual,)
    with pytest.raises(InputError, match=r"not for Linux 6\.12\.117-m2m-rig: rga3-signal"):
        suiting((late,), "6.12.117-m2m-rig")
    assert suiting((), "6.12.117") == ()


def test_what_only_some_kernels_run_shares_no_guest() -> None:
    pool = {scenario.name: scenario for scenario in load_all(SCENARIOS)}
    usual = [pool[name] for name in ("rga-copy", "rga-merge", "rga-planes")]
    [family] = families(usual)
    assert member_names(family) == ("rga-copy", "rga-merge", "rga-planes")
    [family] = families([*usual[:2], replace(usual[2], kernels=">=7.2")])
    assert member_names(family) == ("rga-copy", "rga-merge")


def test_delays_are_a_module_that_is_built_and_loaded_last_with_the_seed() -> None:
    plain = chosen_scenarios(Options(names=("rga-copy",)))
    held = chosen_scenarios(Options(names=("rga-copy",), delays="rendezvous"))
    assert [replace(each, delays=None) for each in held] == list(plain)
    [scenario] = held
    assert scenario.loaded(7) == (*plain[0].loaded(7), "m2m_delays policy=rendezvous seed=7")
    assert kernel_request(Options(), held).modules == (DELAYS,)
    assert kernel_request(Options(), plain).modules == ()


def test_scenarios_of_the_users_are_held_up_too() -> None:
    options = Options(scenario_files=(OWN,), delays="rendezvous")
    [scenario] = built_for(options, chosen_scenarios(options))
    assert scenario.delays == "rendezvous"
