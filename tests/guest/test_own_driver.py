# SPDX-License-Identifier: GPL-2.0-only
"""A driver that is in no tree, under the gate by a scenario of its own.

docs/guide/own-driver.md shows it.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rig.base.paths import ROOT
from tests.guest.conftest import M2mRig
from tests.unit.outcomes import judged

pytestmark = pytest.mark.long


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Somebody's own project: nothing of the rig's is near."""
    shutil.copytree(ROOT / "tests" / "own_driver", tmp_path / "mine")
    return tmp_path / "mine"


def test_it_is_built_loaded_exercised_and_judged(m2m_rig: M2mRig, project: Path) -> None:
    run = m2m_rig("run", "--scenario", str(project / "echo.m2m.yaml"))
    assert run.status == 0, run.output + run.errors
    assert run.directory is not None
    assert judged(run.verdict["claims"]) == {"locks": "CLEAN"}
    results = (run.directory / "cases/echo-s1/results.ktap").read_text()
    for line in ("ok 1 export", "ok 2 twice", "ok 3 module"):
        assert line in results
    assert "ok 1 file0" in results


def test_a_program_that_cannot_be_run_is_named(m2m_rig: M2mRig, project: Path) -> None:
    script = project / "module.sh"
    script.write_text(script.read_text().replace("#!/bin/sh", "#!/no/such/shell"))
    run = m2m_rig("run", "--scenario", str(project / "echo.m2m.yaml"))
    assert run.status == 2, run.output + run.errors
    assert run.reason_ids() == {"workload.died"}
    assert run.directory is not None
    results = (run.directory / "cases/echo-s1/results.ktap").read_text()
    assert results.endswith(
        "ok 2 twice\nnot ok 3 module # cannot run: No such file or directory\n# end\n"
    )


def test_its_own_faults_are_found_in_its_own_lines(m2m_rig: M2mRig, project: Path) -> None:
    scenario = project / "echo.m2m.yaml"
    scenario.write_text(scenario.read_text().replace("job_ms=40", "job_ms=40 wrong=1"))
    run = m2m_rig("run", "--scenario", str(scenario))
    assert run.status == 1, run.output + run.errors
    first = run.verdict["cases"][0]["reasons"][0]
    assert first["id"] == "splat.circular-locking"
    source = (project / "echo" / "echo.c").read_text().splitlines()
    assert first["file"] == str(project / "echo" / "echo.c")
    assert source[first["line"] - 1].strip() == "spin_lock(&dev->lock);"


def test_an_expectation_that_is_not_met_is_inconclusive(m2m_rig: M2mRig, project: Path) -> None:
    scenario = project / "echo.m2m.yaml"
    scenario.write_text(scenario.read_text().replace('"&ctx->lock"]', '"&ctx->mutex"]'))
    run = m2m_rig("run", "--scenario", str(scenario))
    assert run.status == 2, run.output + run.errors
    assert run.reason_ids() == {"exercise.edge-missing"}


def test_a_module_that_does_not_compile_is_bad_input(m2m_rig: M2mRig, project: Path) -> None:
    source = project / "echo" / "echo.c"
    # A semicolon that lacks at the end of a struct is but a warning to GCC.
    source.write_text(source.read_text().replace("u64 jobs;", "u65 jobs;"))
    run = m2m_rig("run", "--scenario", str(project / "echo.m2m.yaml"))
    assert run.status == 4
    assert "own-echo/echo.c:" in run.errors


def test_a_workload_that_does_not_compile_is_bad_input(m2m_rig: M2mRig, project: Path) -> None:
    (project / "twice.c").write_text("int main(void) { return x; }\n")
    run = m2m_rig("run", "--scenario", str(project / "echo.m2m.yaml"))
    assert run.status == 4
    assert "twice.c:1:" in run.errors


def test_pytest_alone_runs_it_in_another_project(project: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--m2m-out", str(tmp_path / "out")],
        cwd=project,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
