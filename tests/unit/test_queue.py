# SPDX-License-Identifier: GPL-2.0-only
"""The order in which cases run."""

from dataclasses import replace
from pathlib import Path

from rig.base.paths import ROOT
from rig.evidence.durations import FILE, Durations
from rig.evidence.record import CaseRecord, load
from rig.run.queue import CaseQueue

RECORDED = next((ROOT / "tests" / "corpus" / "clean" / "cases").glob("*/case.json"))


def case(name: str, seed: int = 1, programs: int = 1) -> CaseRecord:
    recorded = load(RECORDED, CaseRecord)
    scenario = replace(
        recorded.scenario, name=name, programs=recorded.scenario.programs[:1] * programs
    )
    return replace(recorded, scenario=scenario, seed=seed)


def queue(tmp_path: Path, *cases: CaseRecord, **seconds: float) -> CaseQueue:
    durations = Durations(tmp_path / FILE)
    for name, taken in seconds.items():
        durations.learn(case(name), taken)
    return CaseQueue(cases, durations)


def names(queue: CaseQueue, ways: str) -> list[str]:
    """What is taken: "n" for the next, "l" for the longest."""
    taken = (queue.longest() if way == "l" else queue.next() for way in ways)
    return [one.id if one else "" for one in taken]


def test_the_order_is_kept_but_for_the_longest(tmp_path: Path) -> None:
    cases = (case("quick"), case("usual"), case("short"), case("long"))
    waiting = queue(tmp_path, *cases, quick=1, usual=3, short=2, long=30)
    assert names(waiting, "nlnlnl") == ["quick-s1", "long-s1", "usual-s1", "short-s1", "", ""]


def test_a_round_ends_before_the_next_begins(tmp_path: Path) -> None:
    cases = (case("quick"), case("long"), case("quick", 2), case("long", 2))
    waiting = queue(tmp_path, *cases, quick=1, long=30)
    assert names(waiting, "llll") == ["long-s1", "quick-s1", "long-s2", "quick-s2"]


def test_of_what_has_never_run_the_programs_are_counted(tmp_path: Path) -> None:
    cases = (case("known"), case("alone"), case("together", programs=12))
    assert names(queue(tmp_path, *cases, known=9), "lll") == ["together-s1", "known-s1", "alone-s1"]
