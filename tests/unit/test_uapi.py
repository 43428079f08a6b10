# SPDX-License-Identifier: GPL-2.0-only
"""Each rule of what user space was promised: it holds for what real drivers did, and is seen broken
in the same history with one answer changed."""

from dataclasses import dataclass

import pytest

from rig.evidence.calls import CallLog
from rig.judge.oracles.uapi import ORACLE
from rig.judge.oracles.uapi.rule import Rule
from rig.judge.oracles.uapi.rules import rules
from rig.model.claims.uapi import CLAIM as UAPI
from tests.unit.histories import Change, Which, broken, changed, exercised, recorded, returning
from tests.unit.test_uapi_manners import REDS as MANNERS


@dataclass(frozen=True)
class Red:
    """A history that keeps a rule, and the calls of it that are changed so that it does not."""

    history: str
    which: Which
    change: Change
    count: int = 1

    @property
    def log(self) -> CallLog:
        """The history with the change."""
        return changed(recorded(self.history), self.which, self.change, self.count)


CANCEL = "vim2m-cancel"

REDS = {
    "success-is-zero": Red(CANCEL, lambda step: step.name == "VIDIOC_STREAMON", returning(1)),
    "public-errno": Red(CANCEL, lambda step: step.name == "VIDIOC_QBUF", returning(-512)),
}


def by_id(id: str) -> Rule:
    [rule] = [rule for rule in rules() if rule.id == id]
    return rule


def test_every_rule_is_seen_broken_here() -> None:
    assert {rule.id for rule in rules()} == {*REDS, *MANNERS}


@pytest.mark.parametrize("id", REDS)
def test_it_holds_for_what_was_recorded(id: str) -> None:
    log = recorded(REDS[id].history)
    assert exercised(by_id(id), log)
    assert broken(by_id(id), log) == []


@pytest.mark.parametrize("id", REDS)
def test_it_is_seen_broken(id: str) -> None:
    assert broken(by_id(id), REDS[id].log)


def test_rules_have_ids_and_sources_of_their_own() -> None:
    ids = [rule.id for rule in rules()]
    assert len(set(ids)) == len(ids)
    for rule in rules():
        assert rule.what.endswith("."), rule.id
        assert rule.source, rule.id


def test_only_what_is_documented_can_be_broken() -> None:
    for rule in rules():
        assert (rule.kind in ORACLE.kinds) == (rule.grade == "documented"), rule.id
        assert rule.kind.effect(UAPI) == ("DIRTY" if rule.grade == "documented" else None)
