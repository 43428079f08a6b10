# SPDX-License-Identifier: GPL-2.0-only
"""One seed, one history, to the byte."""

import dataclasses
from pathlib import Path

import pytest

from rig.base.paths import SCENARIOS
from rig.commands.pytest_plugin import GuestOutcome, GuestSession
from rig.evidence.record import RunDir
from rig.model.scenario import Shape, load

EXPORT = load(SCENARIOS / "vim2m-export.m2m.yaml")
FILES = ("serial.log", "results.ktap", "dump.tar")


def run(guest: GuestSession, folder: Path, cpus: int, seed: int) -> GuestOutcome:
    session = GuestSession(dataclasses.replace(guest.gate, directory=RunDir(folder)))
    scenario = dataclasses.replace(EXPORT, machine=Shape(cpus=cpus, turns="fine"))
    return session.run(scenario, seed)


def content(outcome: GuestOutcome) -> dict[str, bytes]:
    return {name: (outcome.folder / name).read_bytes() for name in FILES}


@pytest.mark.parametrize("cpus", [1, 2])
def test_same_seed_same_bytes(guest: GuestSession, tmp_path: Path, cpus: int) -> None:
    first = content(run(guest, tmp_path / "first", cpus, 5))
    second = content(run(guest, tmp_path / "second", cpus, 5))
    assert [name for name in FILES if first[name] != second[name]] == []
    assert len(first["serial.log"]) > 8000


def test_another_seed_is_another_schedule(guest: GuestSession, tmp_path: Path) -> None:
    first = run(guest, tmp_path / "first", 2, 5)
    second = run(guest, tmp_path / "second", 2, 6)
    assert first.evidence.record.periods != second.evidence.record.periods
    assert first.evidence.results.turns != second.evidence.results.turns
    assert content(first)["serial.log"] != content(second)["serial.log"]


def test_uncut_turns_are_noticed(guest: GuestSession, tmp_path: Path) -> None:
    """A schedule that was not carried out is not the one that the seed stands for."""
    outcome = run(guest, tmp_path, 2, 5)
    case = outcome.evidence.record
    claimed = dataclasses.replace(case, periods=(1, 3))
    from rig.evidence.record import save

    save(claimed, outcome.folder / "case.json")
    session = GuestSession(dataclasses.replace(guest.gate, directory=RunDir(tmp_path)))
    again = session.judge(claimed)
    assert "schedule.uncut" in again.reason_ids()
