# SPDX-License-Identifier: GPL-2.0-only
"""Kinds of reason: their ids, and what they do to each claim."""

from collections import Counter

import pytest

from rig.base.errors import InputError
from rig.judge.kinds import Kind
from rig.judge.oracles.contract.kinds import STUB_IN_FLIGHT
from rig.judge.oracles.log import GAP
from rig.judge.oracles.serial import ELSEWHERE, SPLAT
from rig.judge.reasons import Reason, worst
from rig.judge.registry import kind_of, kinds, require_ids
from rig.model.claim import Claim, Premise
from rig.model.claims import claims
from rig.model.claims.fences import CLAIM as FENCES
from rig.model.claims.locks import CLAIM as LOCKS


def test_the_worst_reason_decides_and_only_for_its_claim() -> None:
    lost = Reason(GAP, "")
    stub = Reason(STUB_IN_FLIGHT, "")
    assert worst((), LOCKS) == "CLEAN"
    assert worst((lost, stub), LOCKS) == "INCONCLUSIVE"
    assert worst((lost, stub), FENCES) == "DIRTY"


def test_a_splat_of_any_kind_in_scope_is_dirty() -> None:
    oops = Reason(SPLAT, "", part="oops")
    assert oops.id == "splat.oops"
    assert worst((oops,), LOCKS) == "DIRTY"
    assert worst((Reason(ELSEWHERE, "", part="oops"),), LOCKS) == "INCONCLUSIVE"


def test_a_kind_does_what_it_says_and_takes_premises_away() -> None:
    weather = Claim("weather", "weather", "Is it fine?", rank=1, rests_on=frozenset({Premise.RIG}))
    stone = Claim("stone", "stone", "Is it hard?", rank=2)
    rain = Kind("sky.rain", "It rains.", {LOCKS: "DIRTY"}, premise=Premise.RIG)
    assert rain.effect(LOCKS) == "DIRTY"
    assert rain.effect(weather) == "INCONCLUSIVE"
    assert rain.effect(FENCES) == "INCONCLUSIVE"
    assert rain.effect(stone) is None
    assert Kind("sky.grey", "It is grey.", {LOCKS: "DIRTY"}).effect(weather) is None


def test_ids_are_unique_and_found() -> None:
    often = Counter(kind.id for kind in kinds())
    assert {id for id, count in often.items() if count > 1} == set()
    for kind in kinds():
        assert kind_of(kind.id.replace("*", "oops")) is kind
    assert kind_of("splat.elsewhere") is ELSEWHERE
    for wrong in ("splat.*", "splat.", "splat", "fence.funny"):
        with pytest.raises(InputError, match="there is no reason"):
            kind_of(wrong)


def test_every_kind_does_something() -> None:
    for kind in kinds():
        assert any(map(kind.effect, claims())), kind.id
        # Blind is who was not watched: that never leaves a claim CLEAN.
        assert not kind.blinds or kind.premise or kind.effects


def test_a_file_that_names_a_reason_that_is_not_is_refused() -> None:
    require_ids(["fence.differs", "splat.oops"], "here")
    with pytest.raises(InputError, match=r"here: there is no reason 'fence\.difers'") as caught:
        require_ids(["fence.differs", "fence.difers"], "here")
    assert "did you mean 'fence.differs'?" in caught.value.hint
