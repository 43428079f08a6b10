# SPDX-License-Identifier: GPL-2.0-only
"""Two guests that are clean, and the inversion that only both of them together are."""

import dataclasses
from pathlib import Path

import pytest

from rig.campaign.union import judge_union
from rig.commands.pytest_plugin import GuestSession
from rig.evidence.record import RunDir
from rig.judge.run import judge_run
from rig.model.claims.locks import CLAIM as LOCKS
from rig.model.scenario import Program, Scenario, Shape

pytestmark = pytest.mark.long


def half(order: str) -> Scenario:
    return Scenario(
        name=f"pair-{order}",
        title="one half of a lock inversion",
        driver="none",
        about=f"pair-{order}",
        programs=(Program(name="idle", file="idle", args=("--seconds=1",)),),
        modules=(f"m2m_pair_{order}",),
        machine=Shape(turns="coarse"),
        claims=(LOCKS,),
    )


def test_an_inversion_in_two_halves(guest: GuestSession, tmp_path: Path) -> None:
    gate = dataclasses.replace(
        guest.gate,
        planner=dataclasses.replace(guest.gate.planner, claims=(LOCKS,)),
        directory=RunDir(tmp_path / "run"),
    )
    cases = [gate.plan(half(order), 1) for order in ("ab", "ba")]
    gate.open(cases)
    for case in cases:
        gate.run(case)
    assert judge_run(gate.directory).by_name["locks"] == "CLEAN"

    said: list[str] = []
    again = dataclasses.replace(gate, directory=RunDir(tmp_path / "again"))
    assert judge_union(tmp_path / "run", said.append, lambda: again) == 1
    assert "1 suspects" in said[0]
    assert "m2m_pair_a" in said[1]
    assert "m2m_pair_b" in said[1]
    assert said[-1].strip() == "confirmed"
