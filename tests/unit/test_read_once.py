# SPDX-License-Identifier: GPL-2.0-only
"""The evidence of a case is read and joined once, whatever is told of it afterwards."""

import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rig.base.paths import ROOT
from rig.commands.cli import main
from rig.evidence import case
from rig.judge.judged import judge_folder
from rig.report.note import note_of
from rig.run.runner import run_gate
from tests.unit.test_done import JPEG, append
from tests.unit.test_done import case as recorded
from tests.unit.test_gate import CHOSEN
from tests.unit.workshop import output, workshop

CORPUS = ROOT / "tests" / "corpus"

# What reading a case calls once for each kind of evidence, and what joins it.
PARTS = ("load", "find_splats", "parse_ktap", "fence_lives", "join_all")


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each part of reading was called."""
    counted: Counter[str] = Counter()

    def counting(name: str, part: Callable[..., Any]) -> Callable[..., Any]:
        def call(*words: Any, **more: Any) -> Any:
            counted[name] += 1
            return part(*words, **more)

        return call

    for name in PARTS:
        monkeypatch.setattr(case, name, counting(name, getattr(case, name)))
    return counted


@pytest.mark.parametrize("format", ["html", "text", "junit", "cover-letter", "kcidb", ""])
def test_a_run_directory_is_read_once(tmp_path: Path, often: Counter[str], format: str) -> None:
    shutil.copytree(CORPUS / "red", tmp_path / "red")
    verb = ["report", "--format", format, "--output", "-"] if format else ["judge"]
    main([*verb, str(tmp_path / "red")])
    # Two cases, one of which left no trace; each has its record and that of its guest.
    assert often == {"load": 4, "find_splats": 2, "parse_ktap": 2, "fence_lives": 1}


def test_jobs_and_fences_are_joined_once(tmp_path: Path, often: Counter[str]) -> None:
    recorded(tmp_path, JPEG, append("dma_fence_signaled"))
    often.clear()
    judged = judge_folder(tmp_path)
    note = note_of(judged)
    assert note.history is not None
    assert [mark.label for mark in note.history.marks if mark.lane == "hardware"]
    jobs = {block.block: block.jobs for block in note.blocks}
    assert jobs["vepu"] == len(judged.evidence.joined["vepu"].pairs) == 30
    assert (often["fence_lives"], often["join_all"]) == (1, 1)


def test_a_run_reads_each_case_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, often: Counter[str]
) -> None:
    shop = workshop(tmp_path)
    monkeypatch.setenv("FAKE_QEMU", str(shop.fates))
    shown, _ = output()
    run_gate(shop.gate, CHOSEN, [shop.scenario(name) for name in ("one", "other")], shown)
    # The look-ups find the reports first: what they ask for is not known before.
    assert often == {"load": 4, "find_splats": 4, "parse_ktap": 2, "fence_lives": 2}
