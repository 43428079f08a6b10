# SPDX-License-Identifier: GPL-2.0-only
"""The gate on the kernel as it is."""

import json
import shutil
from pathlib import Path
from xml.etree import ElementTree

from tests.guest.conftest import M2mRig
from tests.unit.outcomes import judged


def test_none_keeps_its_lock_claim_and_nothing_else_is_judged(m2m_rig: M2mRig) -> None:
    drivers = ("--driver=none", "--driver=vim2m")
    run = m2m_rig("run", "--series", "none", *drivers)
    assert run.status == 0, run.output + run.errors
    assert "producer fences: not judged" in run.output
    assert run.verdict["verdict"] == "CLEAN"
    assert judged(run.verdict["claims"]) == {"locks": "CLEAN", "uapi": "CLEAN"}
    assert {case["driver"] for case in run.verdict["cases"]} == {"none", "vim2m"}


def test_none_does_not_keep_the_fence_contract(m2m_rig: M2mRig) -> None:
    run = m2m_rig("run", "vim2m-export", "--series", "none", "--claim", "fences")
    assert run.status == 1, run.output + run.errors
    assert judged(run.verdict["claims"]) == {"fences": "DIRTY"}
    assert "fence.stub-in-flight" in run.reason_ids()
    assert "the stub fence while a job was in flight" in run.output


def test_judging_again_needs_only_the_run_directory(m2m_rig: M2mRig, tmp_path: Path) -> None:
    first = m2m_rig("run", "vim2m-export")
    assert first.directory is not None
    moved = tmp_path / "elsewhere"
    shutil.move(first.directory, moved)
    before = (moved / "verdict.json").read_text()
    for name in ("verdict.json", "report.txt", "junit.xml"):
        (moved / name).unlink()
    again = m2m_rig("judge", str(moved))
    assert again.status == first.status == 0, again.output + again.errors
    assert json.loads((moved / "verdict.json").read_text()) == json.loads(before)
    suite = ElementTree.parse(moved / "junit.xml").getroot()
    assert [test.get("name") for test in suite.iter("testcase")] == [
        "locks",
        "uapi",
        "fences",
    ]


def test_a_second_run_builds_nothing(m2m_rig: M2mRig) -> None:
    m2m_rig("build")
    again = m2m_rig("build")
    assert again.status == 0
    assert "compil" not in again.output + again.errors
