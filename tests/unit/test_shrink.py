# SPDX-License-Identifier: GPL-2.0-only
"""Red cases made small: only what must stay stays, whatever it is."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from rig.base.paths import SCENARIOS
from rig.campaign.shrink import shrink, smaller
from rig.model.scenario import Expectations, Scenario, load, load_all, text


def scenario(args: list[list[str]], cpus: int = 2) -> Scenario:
    programs = [{"name": f"p{at}", "file": "export", "args": a} for at, a in enumerate(args)]
    return TypeAdapter(Scenario).validate_python(
        {
            "name": "red", "title": "t", "driver": "vim2m", "about": "export",
            "programs": programs, "machine": {"cpus": cpus}, "expect": {"fences": 3},
        }
    )  # fmt: skip


def quiet(step: str) -> None:
    pass


def one_by_one(shows: Callable[[Scenario], bool]) -> Callable[[Sequence[Scenario]], int | None]:
    return lambda some: next((at for at, each in enumerate(some) if shows(each)), None)


def test_everything_that_does_not_matter_goes() -> None:
    large = scenario([["--frames=12"], ["--frames=8", "--plain"], ["--frames=4"]])
    steps: list[str] = []
    small = shrink(
        large, one_by_one(lambda s: any(p.name == "p1" for p in s.programs)), steps.append
    )
    assert [(p.name, p.args) for p in small.programs] == [("p1", ("--frames=1", "--plain"))]
    assert (small.machine.cpus, small.machine.turns) == (1, "uncut")
    assert small.expect == Expectations()
    assert steps[0] == "without expectations"
    assert "one CPU" in steps


def test_what_matters_stays() -> None:
    large = scenario([["--frames=12"], ["--frames=8"]])

    def shows(s: Scenario) -> bool:
        frames = [int(arg.partition("=")[2]) for p in s.programs for arg in p.args]
        return s.machine.cpus == 2 and s.machine.turns != "uncut" and sum(frames) >= 9

    small = shrink(large, one_by_one(shows), quiet)
    assert shows(small)
    assert small.machine.turns == "coarse"
    assert not any(shows(candidate) for _, candidate in smaller(small))


@settings(max_examples=60)
@given(
    amounts=st.lists(st.integers(1, 40), min_size=1, max_size=6),
    needed=st.sets(st.integers(0, 5), max_size=3),
    least=st.integers(1, 20),
)
def test_the_smallest_is_red_and_none_is_smaller(
    amounts: list[int], needed: set[int], least: int
) -> None:
    large = scenario([[f"--frames={amount}"] for amount in amounts])
    wanted = {f"p{at}" for at in needed if at < len(amounts)}

    def shows(s: Scenario) -> bool:
        has = {p.name: int(p.args[0].partition("=")[2]) for p in s.programs}
        most = {f"p{at}": min(least, amount) for at, amount in enumerate(amounts)}
        return all(has.get(name, 0) >= most[name] for name in wanted)

    small = shrink(large, one_by_one(shows), quiet)
    assert shows(small)
    assert not any(shows(candidate) for _, candidate in smaller(small))
    assert {p.name for p in small.programs} >= wanted


@pytest.mark.parametrize("bundled", load_all(SCENARIOS), ids=lambda each: each.name)
def test_a_scenario_is_written_as_it_is_read(bundled: Scenario, tmp_path: Path) -> None:
    file = tmp_path / "again.m2m.yaml"
    file.write_text(text(bundled))
    assert load(file) == replace(bundled, inherit=False)
