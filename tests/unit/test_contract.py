# SPDX-License-Identifier: GPL-2.0-only
import re

import pytest

from rig.base.paths import ROOT
from rig.evidence.ktap import Observation
from rig.judge.oracles.contract import ORACLE
from rig.judge.oracles.contract.rules import CONTROL, RULES, broken_rules


def observe(line: str) -> Observation:
    name, *words = line.split()
    return Observation(name, dict(word.split("=", 1) for word in words), (), 1)


PENDING = "seen=fence fence-driver=videobuf2 status=0"
SIGNALED = "seen=fence fence-driver=videobuf2 status=1"
FOREIGN = "seen=fence fence-driver=sw_sync status=0"
BOTH = "seen=fence fence-driver=sw_sync members=sw_sync:0,videobuf2:0 status=0"
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
        (f"fence id=1 when=after-dqbuf error-flag=0 {PENDING}", "C7"),
        ("fence id=1 when=after-dqbuf error-flag=0 fence-driver=videobuf2 status=-5", "C7"),
        ("dequeueable buffer=0 seen=timeout begin=1 end=2", "C7"),
        ("flood frames=9 published=9 seen=8 pending=1", "C7"),
        (f"probe state=done api=export-write {PENDING}", "C8"),
        ("probe state=done api=poll seen=busy", "C8"),
        (f"probe state=queued api=export-read foreign=pending {BOTH}", "C2"),
        ("wait state=queued api=sync seen=timeout", "C3"),
        ("probe state=active api=export-read seen=fence fence-driver=sw_sync status=0", "C4"),
        ("wait state=active api=sync seen=ready begin=1 end=5 running=9", "C6"),
        ("fence id=1 when=after-dqbuf error-flag=1 fence-driver=videobuf2 status=1", "C9"),
        (f"fence id=1 when=after-streamoff {PENDING}", "C10"),
        ("fence id=1 when=after-close use=poll status=0", "C13"),
        ("fence id=1 when=after-close use=merge errno=22", "C13"),
        ("probe state=active api=attach-read seen=ready", "C5"),
        ("probe state=queued api=attach-write seen=busy", "C3"),
        ("probe state=done api=attach-write seen=busy", "C8"),
        ("wait state=active api=scanout seen=ready begin=1 end=5 running=9", "C6"),
        ("pixels buffer=0 at=signal wrong-bytes=153600", "C14"),
        ("pixels buffer=0 at=signal wrong-bytes=7 looks=torn", "C14"),
        ("pixels buffer=0 at=signal wrong-bytes=153600 looks=one-colour colour=0x00000000", "C14"),
        (f"probe state=active api=export-write foreign=pending {PENDING}", "C19"),
        (f"probe state=queued api=export-write foreign=pending {STUB}", "C19"),
        (f"source state=active api=export-read {PENDING}", "C21"),
        ("source state=unsure api=poll seen=busy", "C21"),
        (f"probe state=active api=export-read {PENDING} usage=kernel", "C22"),
        (f"probe state=unsure api=export-write {PENDING} usage=read", "C22"),
        (f"probe state=active api=export-write {PENDING} usage=unknown", "C22"),
        (f"fence id=1 when=after-request {PENDING}", "C23"),
        ("merge members=2 pending-before=1 status=1 pending-after=1", "C16"),
        ("merge members=2 pending-before=0 status=0 pending-after=0", "C16"),
        ("merge members=2 pending-before=1 seen=ready status=0 pending-after=1", "C16"),
        ("merge members=2 pending-before=0 seen=busy status=1 pending-after=0", "C16"),
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
        f"probe state=active api=export-read {PENDING} usage=write",
        f"source state=active api=export-read {STUB}",
        f"source state=active api=export-read {SIGNALED}",
        "source state=active api=poll seen=ready",
        f"fence id=1 when=after-request {SIGNALED}",
        "probe state=active api=poll seen=busy",
        "wait state=active api=poll seen=ready",
        f"fence id=1 when=after-dqbuf error-flag=0 {SIGNALED}",
        "fence id=1 when=after-dqbuf error-flag=1 fence-driver=videobuf2 status=-5",
        f"fence id=1 when=after-dqbuf error-flag=0 {FOREIGN}",
        "fence id=1 when=after-dqbuf error-flag=0 "
        "fence-driver=sw_sync members=sw_sync:0,videobuf2:1 status=0",
        "dequeueable buffer=0 seen=ready begin=1 end=2",
        "probe state=done api=poll foreign=pending seen=busy",
        "probe state=queued api=poll foreign=pending seen=busy",
        "wait state=queued api=sync foreign=pending seen=timeout",
        f"probe state=active api=export-read foreign=pending {BOTH}",
        f"probe state=active api=export-write foreign=pending {BOTH}",
        f"probe state=queued api=export-write foreign=pending {FOREIGN}",
        f"probe state=queued api=export-write foreign=signaled {STUB}",
        "probe state=queued api=export-write foreign=pending seen=error errno=24",
        "wait state=active api=sync seen=ready begin=1 end=9 running=5",
        "fence id=1 when=after-streamoff fence-driver=videobuf2 status=-125",
        "fence id=1 when=after-close use=info status=1",
        "pixels buffer=0 at=signal wrong-bytes=0",
        "pixels buffer=0 at=signal wrong-bytes=0 looks=whole",
        "probe state=active api=attach-write seen=busy",
        "probe state=queued api=attach-read foreign=pending seen=busy",
        "in-fence buffer=0 foreign=pending api=attach-write seen=ignored",
        "pixels buffer=0 at=streamoff wrong-bytes=7",
        "merge members=2 pending-before=1 status=0 pending-after=1",
        "merge members=2 pending-before=1 seen=busy status=0 pending-after=1",
        "merge members=2 pending-before=1 seen=ready status=1 pending-after=0",
        "merge members=2 pending-before=1 status=0 pending-after=0",
        "merge members=2 pending-before=1 status=1 pending-after=0",
        f"probe state=done api=export-read {SIGNALED}",
        f"probe state=unsure api=export-read {STUB}",
        "probe state=active api=poll seen=error errno=24",
    ],
)
def test_kept_rows(line: str) -> None:
    assert broken_rules([observe(line)]) == {}


def test_every_rule_is_a_row_of_the_contract_and_has_a_reason() -> None:
    rows = re.findall(
        r"^\| (C\d+) \|", (ROOT / "docs" / "reference" / "contract.md").read_text(), re.MULTILINE
    )
    assert {rule.row for rule in (*RULES, *CONTROL)} <= set(rows)
    assert {rule.kind for rule in (*RULES, *CONTROL)} <= set(ORACLE.kinds)


def test_a_driver_that_did_not_opt_in_shows_no_fence_of_videobuf2() -> None:
    fence = observe(f"probe driver=vimc state=unsure api=export-read {SIGNALED}")
    foreign = observe(f"probe driver=vimc state=unsure api=export-read {FOREIGN}")
    assert [rule.row for rule in broken_rules([fence], CONTROL)] == ["C17"]
    assert broken_rules([foreign], CONTROL) == {}
    # Linux 7.3 forgets whose a signaled fence was, and the guest knows the stub all the same.
    nameless = "api=export-read fence-driver=detached-driver timeline=signaled-timeline status=1"
    assert broken_rules([observe(f"probe seen=stub {nameless}")], CONTROL) == {}
    assert broken_rules([observe(f"probe seen=fence {nameless}")], CONTROL)


def test_a_picture_of_one_colour_is_called_that() -> None:
    line = "pixels buffer=0 at=signal wrong-bytes=9 looks="
    looks = {look: broken_rules([observe(line + look)]) for look in ("one-colour", "stale", "torn")}
    assert {look: [rule.kind.id for rule in rules] for look, rules in looks.items()} == {
        "one-colour": ["fence.one-colour"],
        "stale": ["fence.torn-data"],
        "torn": ["fence.torn-data"],
    }
