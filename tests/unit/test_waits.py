# SPDX-License-Identifier: GPL-2.0-only
"""The contract of consumers, row by row, on what programs say."""

import re
from types import SimpleNamespace
from typing import Any

import pytest

from rig.base.paths import ROOT
from rig.evidence.ktap import Observation
from rig.judge.oracles.waits import ORACLE, RULES, came_back, exercised, kept


def case(*lines: str) -> Any:
    """A case in which programs said these lines."""
    seen = []
    for number, line in enumerate(lines, 1):
        name, *words = line.split()
        fields = dict(word.split("=", 1) for word in words)
        seen.append(Observation(name, fields, ("program",), number))
    return SimpleNamespace(results=SimpleNamespace(observations=tuple(seen)))


def held(*changes: str, queue: str = "output", by: str = "writer") -> str:
    """A round in which everything went as it must."""
    words = {
        "queue": queue, "by": by, "added": "before", "ends": "signal", "seen": "left",
        "changed": "0", "then": "done", "order": "kept", "error-flag": "0", "wrong": "0",
    }  # fmt: skip
    words |= dict(change.split("=") for change in changes)
    return " ".join(("held", *(f"{key}={value}" for key, value in words.items())))


@pytest.mark.parametrize(
    ("line", "row", "kind"),
    [
        (held("seen=used"), "W1", "wait.ignored"),
        (held("seen=used", queue="capture"), "W2", "wait.ignored"),
        (held("seen=used", queue="capture", by="reader"), "W2", "wait.ignored"),
        (held(by="reader"), "W3", "wait.needless"),
        ("in-fence api=chain seen=ignored", "W4", "wait.ignored"),
        (held("then=timeout"), "W5", "wait.not-woken"),
        (held("order=changed"), "W7", "wait.reordered"),
        ("stopped how=streamoff took=9000000000", "W9", "wait.slow-to-stop"),
        ("again how=close seen=timeout", "W9", "wait.not-again"),
        ("beside seen=timeout", "W10", "wait.held-up"),
        (held("ends=error"), "W12", "wait.error-lost"),
        (held("ends=error", "error-flag=1", queue="capture"), "W13", "wait.error-invented"),
        (held("error-flag=1"), "W13", "wait.error-invented"),
        (held("changed=9", queue="capture", by="reader"), "W14", "wait.overwritten"),
        (held("wrong=1"), "W14", "wait.unfinished"),
        ("in-fence api=chain seen=respected wrong-bytes=7", "W14", "wait.unfinished"),
        ("not-opted-in queue=output by=writer seen=left", "W15", "wait.not-opted-in"),
    ],
)
def test_what_breaks_a_row_is_told_with_it(line: str, row: str, kind: str) -> None:
    [reason] = kept(case(line))
    assert (reason.id, reason.text.partition(":")[0]) == (kind, row)


@pytest.mark.parametrize(
    "line",
    [
        held(),
        held("ends=error", "error-flag=1", "wrong=1"),
        # It was not seen to wait for the fence that failed.
        held("seen=used", "changed=9", by="reader"),
        held("ends=error", queue="capture", by="reader"),
        "in-fence api=chain seen=respected",
        "stopped how=streamoff took=1000000",
        "again how=streamoff seen=done",
        "beside seen=done",
        "not-opted-in queue=output by=writer seen=used",
    ],
)
def test_what_keeps_the_contract_is_silent(line: str) -> None:
    assert list(kept(case(line))) == []


def test_a_program_that_hangs_is_heard_by_its_silence() -> None:
    [reason] = came_back(case("holding queue=output by=writer"))
    assert (reason.id, reason.text[:2]) == ("wait.stuck", "W8")
    [reason] = came_back(case("stopping how=close", "stopped how=close", "stopping how=kill"))
    assert reason.text == "W9: program: no end of how kill"
    assert list(came_back(case("holding queue=output", held()))) == []
    assert list(came_back(case("holding queue=output", "let-go"))) == []


def test_where_nobody_held_anything_nothing_is_known() -> None:
    assert [reason.id for reason in exercised(case("probe state=active"))] == [
        "exercise.nothing-held"
    ]
    assert list(exercised(case(held()))) == []


def test_every_row_is_in_the_page_and_every_reason_is_declared() -> None:
    page = (ROOT / "docs" / "reference" / "waits.md").read_text()
    rows = set(re.findall(r"^\| (W\d+) \|", page, re.MULTILINE))
    assert {rule.row for rule in RULES} <= rows
    assert {rule.kind for rule in RULES} <= set(ORACLE.kinds)
