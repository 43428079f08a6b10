# SPDX-License-Identifier: GPL-2.0-only
"""What other programs read: JUnit XML, KCIDB, and a mail."""

import json
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from rig.base.paths import ROOT
from rig.evidence.record import RunDir
from rig.judge.run import judge_run
from rig.report.cover import cover_letter
from rig.report.junit import junit_text
from rig.report.kcidb import kcidb_document
from rig.report.run import judge_directory

CORPUS = ROOT / "tests" / "corpus"
FRESH = "vim2m-import-cma-fresh-s1"


@pytest.fixture
def red(tmp_path: Path) -> RunDir:
    shutil.copytree(CORPUS / "red", tmp_path / "red")
    return RunDir(tmp_path / "red")


def seconds(directory: RunDir) -> float:
    """Of all guests of a run."""
    guests = directory.path.glob("cases/*/guest.json")
    return float(sum(json.loads(guest.read_text())["seconds"] for guest in guests))


@pytest.mark.parametrize("name", ["red", "clean", "run"])
def test_times_of_junit_add_up_to_those_of_the_guests(name: str) -> None:
    directory = RunDir(CORPUS / name)
    root = ET.fromstring(junit_text(judge_run(directory)).encode())
    spent = seconds(directory)
    assert spent > 1
    cases = [float(case.get("time", 0)) for case in root.iter("testcase")]
    assert sum(cases) == pytest.approx(spent)
    for element in (root, *root.iter("testsuite")):
        assert float(element.attrib["time"]) == pytest.approx(spent)


def test_what_is_not_judged_has_no_time() -> None:
    root = ET.fromstring(junit_text(judge_run(RunDir(CORPUS / "run"))).encode())
    skipped = [case for case in root.iter("testcase") if case.find("skipped") is not None]
    assert [case.get("name") for case in skipped] == ["uapi", "fences"]
    assert all(case.get("time") is None for case in skipped)


def test_every_reason_has_a_line_of_its_own_in_junit(red: RunDir) -> None:
    verdict = judge_run(red)
    root = ET.fromstring(junit_text(verdict).encode())
    for case in verdict.cases:
        [found] = root.findall(
            f".//testcase[@classname='{case.driver}.{case.id}'][@name='fences']/failure"
        )
        told = [f"{reason.id}: {reason.text}" for reason in case.reasons]
        assert found.attrib["message"] == told[0]
        assert (found.text or "").splitlines() == [*told, f"reproduce: {case.reproduce}"]


# What a kernel may print, and no XML may hold: a bell, an escape, U+FFFE.
@pytest.mark.parametrize("printed", [b"\x07", b"\x1b[31m", b"\xef\xbf\xbe"])
def test_what_a_guest_prints_cannot_break_a_report(red: RunDir, printed: bytes) -> None:
    log = red.case(FRESH) / "serial.log"
    log.write_bytes(log.read_bytes().replace(b"kernel NULL", b"kernel " + printed + b"NULL"))
    verdict = judge_run(red)
    assert any(printed.decode() in each.text for case in verdict.cases for each in case.reasons)
    for text in (junit_text(verdict), cover_letter(judge_directory(red))):
        assert printed.decode() not in text
        assert f"kernel \\x{ord(printed.decode()[0]):02x}" in " ".join(text.split())
    ET.fromstring(junit_text(verdict).encode())


def test_kcidb_calls_the_architecture_as_the_kernel_does() -> None:
    directory = RunDir(CORPUS / "clean")
    [build] = json.loads(kcidb_document(judge_directory(directory)))["builds"]
    assert build["architecture"] == "arm64"
