# SPDX-License-Identifier: GPL-2.0-only
"""Splats in a module of the user's own name the file where the user has it."""

import json
import shutil
from pathlib import Path

import pytest

from rig.base.paths import ROOT
from rig.evidence.record import RunDir
from rig.judge.run import judge_run
from rig.model.sources import OWN_SOURCES
from rig.report.html import render
from rig.report.run import judge_directory

FRESH = "vim2m-import-cma-fresh-s1"
KERNELS = "drivers/media/test-drivers/vim2m.c"


@pytest.fixture
def own(tmp_path: Path) -> RunDir:
    """A run whose splat is in a module that the user brought along as ~/mine/echo."""
    shutil.copytree(ROOT / "tests" / "corpus" / "red", tmp_path / "run")
    run = RunDir(tmp_path / "run")
    name = "drivers/media/"
    move(run.case(FRESH) / "symbols.json", f'"{name}', f'"{OWN_SOURCES}echo/{name}')
    case = json.loads((run.case(FRESH) / "case.json").read_text())
    case["scenario"]["module_sources"] = ["/home/me/other", "/home/me/mine/echo"]
    case["kernel"]["series_files"] = [f"{OWN_SOURCES}echo/"]
    (run.case(FRESH) / "case.json").write_text(json.dumps(case))
    return run


def move(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_a_reason_names_it(own: RunDir) -> None:
    [first, *_] = judge_run(own).cases[0].reasons
    assert first.id == "splat.oops"
    assert first.file.startswith("/home/me/mine/echo/drivers/media/")
    assert first.line > 0


def test_the_report_shows_it_as_code_under_test(own: RunDir) -> None:
    text = render(judge_directory(own))
    assert OWN_SOURCES not in text
    frame = "<td>183</td><td> vim2m_buf_queue+0x54/0x60 [vim2m]</td>"
    assert f'<tr class="scope">{frame}<td>/home/me/mine/echo/{KERNELS}:' in text


def test_a_module_of_another_name_is_not_meant(own: RunDir) -> None:
    move(own.case(FRESH) / "symbols.json", f"{OWN_SOURCES}echo/", f"{OWN_SOURCES}echo2/")
    assert judge_run(own).cases[0].reasons[0].file.startswith(f"{OWN_SOURCES}echo2/")
