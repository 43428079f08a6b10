# SPDX-License-Identifier: GPL-2.0-only
"""Pictures of the HTML report: whole, readable, and red only where something was judged."""

import dataclasses
import json
import re
import shutil
import xml.etree.ElementTree as ET
from itertools import pairwise
from pathlib import Path

import pytest

from rig.base.paths import ROOT
from rig.evidence.case import read_case
from rig.evidence.record import RunDir
from rig.judge.case import judge_case
from rig.judge.judged import JudgedCase, judge_folder
from rig.model.claims import claim_named
from rig.report.history import History, Mark, tell_history
from rig.report.html import render
from rig.report.run import judge_directory
from rig.report.timeline import CHARACTER, WIDTH, draw

CORPUS = ROOT / "tests" / "corpus"
SIGNALED = "vim2m-import-cma-signaled-s1"


@pytest.fixture
def red(tmp_path: Path) -> RunDir:
    shutil.copytree(CORPUS / "red", tmp_path / "red")
    return RunDir(tmp_path / "red")


def pictures(directory: RunDir, kind: str) -> list[ET.Element]:
    text = render(judge_directory(directory))
    found = [ET.fromstring(each) for each in re.findall(r"<svg.*?</svg>", text, re.DOTALL)]
    return [picture for picture in found if picture.attrib["class"] == kind]


def judge_only(directory: RunDir, *claims: str) -> None:
    """Have the cases of a run judge no other claims."""
    for path in directory.path.glob("cases/*/case.json"):
        case = json.loads(path.read_text())
        path.write_text(json.dumps({**case, "claims": list(claims)}))


@pytest.mark.parametrize("name", ["red", "clean"])
def test_words_stay_in_the_picture(name: str) -> None:
    drawn = pictures(RunDir(CORPUS / name), "timeline")
    assert drawn
    for picture in drawn:
        for text in picture.iter("text"):
            x, width = float(text.attrib["x"]), len(text.text or "") * CHARACTER
            left = x - width / 2 if text.get("text-anchor") == "middle" else x
            assert left >= 0, text.text
            assert left + width <= WIDTH, text.text


def test_the_axis_says_when_it_ends_and_no_word_runs_into_another() -> None:
    # The last three moments are so near that only one of them has room for its words.
    marks = tuple(Mark(at, "application", "QBUF") for at in (0, 10, 90_000, 100_001, 100_002))
    ticks = [tick for tick in draw(History("", marks, (), True)).ticks if tick.shown]
    assert (ticks[0].label, ticks[-1].label) == ("0", "+100 ms")
    for one, other in pairwise(ticks):
        apart = other.label_x - one.label_x
        assert apart > (len(one.label) + len(other.label)) * CHARACTER / 2


def test_nothing_is_a_fault_under_a_claim_that_nobody_judged(red: RunDir) -> None:
    told = tell_history(judge_folder(red.case(SIGNALED)))
    assert told is not None
    assert "bad" in {mark.tone for mark in told.marks}
    judge_only(red, "locks")
    told = tell_history(judge_folder(red.case(SIGNALED)))
    assert told is not None
    assert "bad" not in {mark.tone for mark in told.marks} | {span.tone for span in told.spans}


def test_what_the_kernel_reports_is_a_fault_under_every_claim(red: RunDir) -> None:
    judge_only(red, "locks")
    told = tell_history(judge_folder(red.case("vim2m-import-cma-fresh-s1")))
    assert told is not None
    assert [mark.lane for mark in told.marks if mark.tone == "bad"] == ["kernel log"]


@pytest.mark.parametrize(("claims", "tone"), [(("locks", "fences"), "bad"), (("locks",), "plain")])
def test_a_fence_that_never_signals_is_a_fault_where_fences_are_judged(
    red: RunDir, claims: tuple[str, ...], tone: str
) -> None:
    case = read_case(red.case(SIGNALED))
    assert case.trace is not None
    kept = [event for event in case.trace.events if event.name != "dma_fence_signaled"]
    trace = dataclasses.replace(case.trace, events=tuple(kept))
    asked = tuple(map(claim_named, claims))
    record = dataclasses.replace(case.record, claims=asked)
    case = dataclasses.replace(case, record=record, trace=trace)
    told = tell_history(JudgedCase(red.case(SIGNALED), case, judge_case(case)))
    assert told is not None
    assert {span.tone for span in told.spans if span.lane == "fence"} == {tone}


def test_lock_orders_are_as_large_as_their_names_need() -> None:
    drawn = pictures(RunDir(CORPUS / "clean"), "orders")
    assert drawn
    for picture in drawn:
        _, _, width, height = picture.attrib["viewBox"].split()
        assert (picture.attrib["width"], picture.attrib["height"]) == (width, height)
        assert "style" not in picture.attrib
