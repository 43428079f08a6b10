# SPDX-License-Identifier: GPL-2.0-only
"""What a series says about itself decides what is asked of it."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from rig.base.paths import ROOT
from rig.evidence.record import RunDir
from rig.judge.run import judge_run
from rig.kernel import series

IDLE = ROOT / "tests" / "corpus" / "run"
FENCES = ROOT / "tests" / "corpus" / "clean"


@pytest.fixture
def run(tmp_path: Path) -> RunDir:
    shutil.copytree(FENCES, tmp_path / "run")
    return RunDir(tmp_path / "run")


def change(path: Path, **changes: Any) -> None:
    data = json.loads(path.read_text())
    for key, value in changes.items():
        data[key] = {**data[key], **value} if isinstance(value, dict) else value
    path.write_text(json.dumps(data))


@pytest.mark.parametrize(
    ("drivers", "control", "fences"),
    [
        ([], False, "CLEAN"),
        (["vim2m"], False, "CLEAN"),
        (["rga"], False, "not judged"),
        ([], True, "not judged"),
        # The recorded run does show fences, and a control must not.
        (["rga"], True, "DIRTY"),
        (["vim2m"], True, "not judged"),
    ],
)
def test_fences_are_judged_where_the_series_has_opted_in(
    run: RunDir, drivers: list[str], control: bool, fences: str
) -> None:
    case = run.case("vim2m-signal-s1") / "case.json"
    change(case, scenario={"control": control}, kernel={"drivers": drivers})
    [verdict] = judge_run(run).cases
    assert verdict.by_name["locks"] == "CLEAN"
    assert verdict.by_name["fences"] == fences


@pytest.mark.parametrize("publishes", [True, False])
def test_edges_of_fences_are_expected_where_fences_are_published(
    tmp_path: Path, publishes: bool
) -> None:
    shutil.copytree(IDLE, tmp_path / "run")
    run = RunDir(tmp_path / "run")
    case = run.case("idle-s1") / "case.json"
    expect = {**json.loads(case.read_text())["scenario"]["expect"], "edges": [["a", "b"]]}
    change(case, scenario={"expect": expect}, kernel={"publishes": publishes})
    reasons = [reason.id for case in judge_run(run).cases for reason in case.reasons]
    assert reasons == (["exercise.edge-missing"] if publishes else [])


def test_series_say_what_they_opt_in(tmp_path: Path) -> None:
    (tmp_path / "series.yaml").write_text("publishes: true\ndrivers: [vim2m, rga]\n")
    patch = "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n"
    (tmp_path / "0001-x.patch").write_text(patch)
    found = series.load(str(tmp_path), ROOT / "kernel-config" / "series")
    assert found.publishes
    assert found.drivers == ("vim2m", "rga")
