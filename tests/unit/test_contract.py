# SPDX-License-Identifier: GPL-2.0-only
import re

import pytest

from rig.evidence.ktap import Observation
from rig.oracles.contract import RULES, broken_rules
from rig.paths import ROOT
from rig.reasons import KINDS


def observe(line: str) -> Observation:
    name, *words = line.split()
    return Observation(name, dict(word.split("=", 1) for word in words), (), 1)


PENDING = "seen=fence fence-driver=videobuf2 status=0"
SIGNALED = "seen=fence fence-driver=videobuf2 status=1"
FOREIGN = "seen=fence fence-driver=sw_sync status=0"
STUB = "seen=stub fence-driver=stub status=1"


@pytest.mark.parametrize(
    ("line", "row"),
    [
        (f"probe state=queued api=export-read {PENDING}", "C2"),
        ("probe state=queued api=poll seen=busy", "C3"),
        (f"probe state=active api=export-read {STUB}", "C4"),
        (f"probe state=active api=export-write {SIGNALED}", "C4"),
        ("probe state=active api=epoll seen=ready", "C5"),
        ("wait state=active api=poll seen=timeout", "C6"),
        ("fence id=1 when=after-dqbuf status=0", "C7"),
        (f"probe state=done api=export-write {PENDING}", "C8"),
    ],
)
def test_broken_row(line: str, row: str) -> None:
    assert [rule.row for rule in broken_rules([observe(line)])] == [row]


@pytest.mark.parametrize(
    "line",
    [
        f"probe state=dequeued api=export-read {STUB}",
        f"probe state=queued api=export-read {STUB}",
        f"probe state=queued api=export-read {SIGNALED}",
        f"probe state=queued api=export-read {FOREIGN}",
        "probe state=queued api=poll seen=ready",
        f"probe state=active api=export-read {PENDING}",
        "probe state=active api=poll seen=busy",
        "wait state=active api=poll seen=ready",
        "fence id=1 when=after-dqbuf status=1",
        "fence id=1 when=after-dqbuf status=-5",
        f"probe state=done api=export-read {SIGNALED}",
        f"probe state=unsure api=export-read {STUB}",
        "probe state=active api=poll seen=error errno=24",
    ],
)
def test_kept_rows(line: str) -> None:
    assert broken_rules([observe(line)]) == {}


def test_every_rule_is_a_row_of_the_contract_and_has_a_reason() -> None:
    rows = re.findall(r"^\| (C\d+) \|", (ROOT / "docs" / "contract.md").read_text(), re.MULTILINE)
    assert {rule.row for rule in RULES} <= set(rows)
    assert {rule.reason for rule in RULES} <= set(KINDS)
