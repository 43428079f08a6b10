# SPDX-License-Identifier: GPL-2.0-only
"""Cases and whole runs, with a QEMU that runs no guest."""

from dataclasses import replace
from pathlib import Path

import pytest

from rig.evidence.record import load
from rig.model.guest import GuestRun
from rig.model.options import Options
from rig.run.gate import ATTEMPTS
from rig.run.runner import run_gate
from tests.unit.workshop import CLEAN, Workshop, output, workshop

# A run of which nobody chose a part must judge every driver of the series.
CHOSEN = Options(jobs=1, drivers=("vim2m",))


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    made = workshop(tmp_path)
    monkeypatch.setenv("FAKE_QEMU", str(made.fates))
    return made


def test_a_case_leaves_its_evidence_and_what_was_looked_up(shop: Workshop) -> None:
    case = shop.gate.plan(shop.record.scenario, 1)
    guest = shop.gate.run(case)
    assert (guest.end, guest.lost) == ("off", ())
    folder = shop.gate.directory.case(case.id)
    for name in ("results.ktap", "locks.json", "symbols.json"):
        assert (folder / name).read_bytes() == (CLEAN / name).read_bytes(), name
    assert load(folder / "guest.json", GuestRun) == guest


def test_a_run_is_planned_and_judged(shop: Workshop) -> None:
    shown, text = output()
    scenarios = [shop.scenario(name) for name in ("one", "other")]
    verdict = run_gate(shop.gate, replace(CHOSEN, seeds=(1, 2)), scenarios, shown)
    ids = [case.id for case in verdict.cases]
    assert ids == ["one-s1", "other-s1", "one-s2", "other-s2"] == shop.starts()
    assert verdict.outcome == "CLEAN", (verdict.reasons, verdict.cases)
    assert len(text.getvalue().splitlines()) == 4
    for name in ("run.json", "build.json", "verdict.json", "report.html", "junit.xml"):
        assert (shop.gate.directory.path / name).stat().st_size > 0, name


def test_a_lost_guest_is_tried_again_and_that_is_told(shop: Workshop) -> None:
    shop.luck({"*": ["killed", shop.left("again")]})
    case = shop.gate.plan(shop.record.scenario, 1)
    guest = shop.gate.run(case, ATTEMPTS)
    assert guest.end == "off"
    assert guest.lost == ("QEMU was killed by SIGKILL",)
    assert shop.starts() == [case.id] * 2
