# SPDX-License-Identifier: GPL-2.0-only
"""Programs that run again and again in one guest."""

import pytest

from rig.model.plan import plan_text, planned_runs
from rig.model.scenario import Program, Scenario
from rig.run.drawn import EXERCISE, drawn
from rig.run.rounds import repeated


def scenario(**changes: object) -> Scenario:
    values: dict[str, object] = {
        "name": "mine",
        "title": "mine",
        "driver": "mine",
        "about": "mine",
        "programs": (Program(name="a", file="storm"), Program(name="b", file="export")),
        **changes,
    }
    return Scenario(**values)  # type: ignore[arg-type]


def test_once_is_what_a_scenario_is() -> None:
    assert repeated(scenario(), 1) == scenario()
    assert "round" not in plan_text(scenario(), 1, [])


@pytest.mark.parametrize(("rounds", "said"), [(3, 1), (1, 3), (3, 2)])
def test_programs_run_in_all_rounds(rounds: int, said: int) -> None:
    made = repeated(scenario(rounds=said), rounds)
    assert [program.name for program in made.programs] == ["a-1", "b-1", "a-2", "b-2", "a-3", "b-3"]
    text = plan_text(made, 1, [])
    assert "round-size 2\n" in text
    assert len(planned_runs(text)) == 6


def test_all_rounds_make_the_calls_that_were_drawn() -> None:
    exercise = scenario(programs=(Program(name="a", file=EXERCISE),))
    first, second = repeated(drawn(exercise, 5), 2).programs
    assert first.history
    assert first.history == second.history
