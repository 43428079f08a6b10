# SPDX-License-Identifier: GPL-2.0-only
import pytest

from rig.base.errors import InputError
from rig.model.guest import PLAN_BYTES
from rig.model.plan import plan_bytes, plan_text, planned_modules, planned_runs, run_line
from rig.model.scenario import Program, Scenario, Shape


def scenario(**changes: object) -> Scenario:
    values: dict[str, object] = {
        "name": "mine",
        "title": "mine",
        "driver": "mine",
        "about": "mine",
        "programs": (Program(name="export", file="export", args=("--name=a b%",)),),
        **changes,
    }
    return Scenario(**values)  # type: ignore[arg-type]


def test_words_are_encoded() -> None:
    text = plan_text(scenario(), 7, [("vim2m.ko", ("debug=1",))], (31, 500))
    assert text.splitlines() == [
        "m2m-rig-plan 1",
        "case mine",
        "seed 7",
        "module vim2m.ko debug=1",
        "turns 4000",
        "cpu-share 6",
        "run export 30 export --name=a%20b%25",
        "canary on",
        "end",
    ]


def test_the_real_clock_has_arguments_of_its_own() -> None:
    program = Program(name="a", file="export", args=("--depth=3",), real_args=("--job-ms=400",))
    mine = scenario(programs=(program,))
    assert "run a 30 export --depth=3\n" in plan_text(mine, 1, [])
    assert "run a 30 export --depth=3 --job-ms=400\n" in plan_text(mine, 1, [], (), "real")


def test_on_the_real_clock_a_busy_host_is_no_fault_of_a_program() -> None:
    assert "cpu-share" not in plan_text(scenario(), 1, [], (), "real")


def test_one_cpu_has_no_turns_to_measure() -> None:
    assert "turns" not in plan_text(scenario(machine=Shape(cpus=1)), 1, [], (31, 500))


def test_uncut_turns_are_not_measured() -> None:
    assert "turns" not in plan_text(scenario(), 1, [])


def test_planned_runs_are_read_back() -> None:
    mine = scenario()
    text = plan_text(mine, 1, [("videodev.ko", ()), ("vim2m.ko", ("debug=1",))])
    assert planned_runs(text) == (run_line(mine.programs[0], "virtual"),)
    assert planned_modules(text) == ("videodev", "vim2m")


def test_plan_has_a_fixed_size() -> None:
    assert len(plan_bytes("m2m-rig-plan 1\nend\n")) == PLAN_BYTES
    assert plan_bytes("x").endswith(b"\0")


def test_too_long_a_plan_is_refused() -> None:
    with pytest.raises(InputError, match="16383 fit"):
        plan_bytes("x" * PLAN_BYTES)
