# SPDX-License-Identifier: GPL-2.0-only
"""Scenarios that share a guest: which do, in what order, and what is expected of them."""

from collections import Counter
from dataclasses import replace

import pytest

from rig.base.errors import InputError
from rig.base.paths import SCENARIOS
from rig.model.claims import default_claims
from rig.model.claims.locks import CLAIM as LOCKS
from rig.model.claims.uapi import CLAIM as UAPI
from rig.model.hardware import Hardware
from rig.model.options import TOGETHER, Options
from rig.model.order import orders_of
from rig.model.plan import plan_bytes, plan_text
from rig.model.scenario import load, load_all
from rig.run.chosen import FIRST, chosen_scenarios
from rig.run.families import families, in_order, is_family, members, ordered, together

ALL = load_all(SCENARIOS)
FAMILIES = {family.driver: family for family in families(ALL)}


def test_scenarios_share_a_guest() -> None:
    two = [load(SCENARIOS / f"vim2m-{name}.m2m.yaml") for name in ("export", "outlive")]
    both = together("both", two)
    assert [program.name for program in both.programs] == [
        f"{scenario.name}.{program.name}" for scenario in two for program in scenario.programs
    ]
    assert len(set(both.programs)) == len(both.programs) > 1
    assert both.driver == "none"
    assert both.claims == (LOCKS, UAPI)
    assert both.modules == ("vim2m",)


def test_every_driver_with_several_scenarios_has_a_family() -> None:
    counts = Counter(scenario.driver for scenario in ALL if not scenario.control)
    assert set(FAMILIES) == {driver for driver, count in counts.items() if count > 1}
    for driver, family in FAMILIES.items():
        assert family.name == f"{driver}-{TOGETHER}"
        assert {scenario.driver for scenario in members(family, ALL)} == {driver}
        assert len(members(family, ALL)) > 1


def test_members_keep_their_own() -> None:
    """Injected faults, parameters of modules, their removal, controls and what is not judged by
    its fences stay where they suit."""
    vim2m = {scenario.name for scenario in members(FAMILIES["vim2m"], ALL)}
    usual = [each for each in ALL if all(claim.by_default for claim in each.claims)]
    others = {scenario.name for scenario in usual if scenario.driver == "vim2m"} - vim2m
    alone = {scenario.name for scenario in ALL if scenario.alone}
    rare = {scenario.name for scenario in ALL if {*scenario.claims} - {*default_claims()}}
    assert others >= {name for name in rare if name.startswith("vim2m")} >= {"vim2m-wait-busy"}
    assert others - alone - rare == {
        "vim2m-abort", "vim2m-abort-import", "vim2m-fail", "vim2m-manners", "vim2m-orphan",
        "vim2m-negotiation", "vim2m-dmabufs", "vim2m-buffers", "exercise-vim2m",
    }  # fmt: skip
    assert alone & others >= {"vim2m-hotplug", "vim2m-unload", "vim2m-unplug"}
    assert not any("fault" in scenario.name for scenario in members(FAMILIES["rga"], ALL))
    assert "vimc" not in FAMILIES


def names(options: Options) -> list[str]:
    return [scenario.name for scenario in chosen_scenarios(options)]


def test_the_first_verdict_is_a_short_one_and_families_follow() -> None:
    first, *rest = names(Options())
    assert first == FIRST
    count = len(FAMILIES)
    assert rest[:count] == [family.name for family in FAMILIES.values()]
    assert not set(rest[:count]) & set(rest[count:])


def test_as_few_guests_as_can_be() -> None:
    """Every scenario runs in one of them, and but for the first in one only."""
    _, *rest = chosen_scenarios(Options())
    parts = [part for family in FAMILIES.values() for part in members(family, ALL)]
    alone = [case for case in rest if not is_family(case)]
    assert Counter(s.name for s in (*parts, *alone)) == Counter(s.name for s in ALL)
    for driver, family in FAMILIES.items():
        chosen = names(Options(drivers=(driver,)))
        assert chosen == [
            *([FIRST] if driver == "vim2m" else []),
            family.name,
            *(case.name for case in alone if case.driver == driver),
        ]
        assert set(names(Options(names=(f"{driver}-*",)))) <= set(chosen)
    long = names(Options("soak", drivers=("hantro",)))
    assert {"hantro-together", "hantro-relay"} < set(long)


def test_each_has_a_guest_to_itself_if_that_is_asked_for() -> None:
    isolated = names(Options(isolated=True))
    assert sorted(isolated) == sorted(
        (*(s.name for s in ALL), *(family.name for family in FAMILIES.values()))
    )


def test_whoever_names_a_scenario_gets_it_alone() -> None:
    assert names(Options(names=("vim2m-outlive",))) == ["vim2m-outlive"]
    assert names(Options(names=(FIRST, "rga-copy"))) == ["rga-copy", FIRST]
    assert names(Options(names=("vim2m-together",))) == ["vim2m-together"]
    both = names(Options(names=("vim2m-*", "VIM2M-outlive")))
    assert both.count("vim2m-outlive") == both.count("vim2m-together") == 1
    assert "vim2m-starve" not in both
    # What no family has as a whole.
    some = names(Options(names=("vim2m-import-*",)))
    assert "vim2m-import-cma-fresh" in some
    assert "vim2m-together" not in some
    assert "vim2m-starve" not in names(Options(about=("import",)))
    assert not any(name.endswith(TOGETHER) for name in names(Options(about=("import",))))


def test_files_share_a_guest_if_their_family_is_named() -> None:
    two = tuple(SCENARIOS / f"vim2m-{name}.m2m.yaml" for name in ("export", "outlive"))
    assert names(Options(scenario_files=two)) == ["vim2m-export", "vim2m-outlive"]
    (family,) = chosen_scenarios(Options(scenario_files=two, names=("vim2m-together",)))
    assert members(family, ALL) == tuple(map(load, two))


def test_a_family_expects_what_its_members_expect() -> None:
    for family in FAMILIES.values():
        each = [scenario.expect for scenario in members(family, ALL)]
        assert family.expect.fences == sum(expect.fences for expect in each) > 0
        assert family.expect.active_probes == sum(expect.active_probes for expect in each)
        assert set(orders_of(family.expect.edges, "6.12")) == {
            order for expect in each for order in orders_of(expect.edges, "6.12")
        }
        assert set(family.expect.forbidden_edges) == {
            order for expect in each for order in expect.forbidden_edges
        }


def test_what_one_of_them_does_no_other_forbids() -> None:
    order = FAMILIES["vim2m"].expect.edges[0]
    one, other = (load(SCENARIOS / f"vim2m-{name}.m2m.yaml") for name in ("signal", "outlive"))
    strict = replace(other, expect=replace(other.expect, forbidden_edges=(order,)))
    does = replace(one, expect=replace(one.expect, edges=(order,)))
    idle = replace(one, expect=replace(one.expect, edges=(), base_edges=()))
    [with_it], [without] = families((does, strict)), families((idle, strict))
    assert order not in with_it.expect.forbidden_edges
    assert order in without.expect.forbidden_edges


def test_the_seed_chooses_the_order() -> None:
    family = FAMILIES["vim2m"]
    one, same, other = (in_order(family, seed) for seed in (1, 1, 2))
    assert one == same != other
    assert sorted(one.programs, key=str) == sorted(family.programs, key=str)
    # Programs of one scenario stay together, in their order.
    for scenario in members(family, ALL):
        own = [p.name for p in one.programs if p.name.partition(".")[0] == scenario.name]
        at = [program.name for program in one.programs].index(own[0])
        assert [program.name for program in one.programs[at : at + len(own)]] == own
        assert own == [f"{scenario.name}.{program.name}" for program in scenario.programs]


def test_any_other_scenario_stays_as_it_is() -> None:
    scenario = load(SCENARIOS / "hantro-jpeg.m2m.yaml")
    assert in_order(scenario, 5) is scenario
    # A name of a topic makes no family.
    scenario = replace(scenario, about=TOGETHER)
    assert in_order(scenario, 5) is scenario


def test_an_order_may_be_kept() -> None:
    one = in_order(FAMILIES["vim2m"], 1)
    assert in_order(ordered(one), 2).programs == one.programs


def test_the_plan_of_a_family_fits() -> None:
    for family in FAMILIES.values():
        plan_bytes(plan_text(family, 1, [(name, ()) for name in family.modules], (100, 200)))


def test_what_cannot_share_a_guest() -> None:
    one = load(SCENARIOS / "vim2m-export.m2m.yaml")
    with pytest.raises(InputError, match="loads 'vim2m abort_jobs=1'"):
        together("both", (one, load(SCENARIOS / "vim2m-abort.m2m.yaml")))
    with pytest.raises(InputError, match="differ in sysctl"):
        together("both", (replace(one, sysctl={"a": "1"}), replace(one, sysctl={"a": "2"})))
    with pytest.raises(InputError, match="rga-copy and the others differ in hardware: latency"):
        together("both", [load(SCENARIOS / f"rga-{name}.m2m.yaml") for name in ("turn", "copy")])


def test_blocks_of_hardware_are_joined() -> None:
    """A scenario says nothing of the blocks that it does not use."""
    one, other = Hardware(latency="rga:5-10,7"), Hardware(latency="vepu:20,rga:5-10")
    assert one.joined(other).latencies == {"rga": "5-10", "": "7", "vepu": "20"}
    with pytest.raises(ValueError, match="more than the latency"):
        one.joined(replace(one, late_us=1))
