# SPDX-License-Identifier: GPL-2.0-only
"""What stands between two locks in a strict kernel, and in no other."""

from dataclasses import replace
from pathlib import Path

import pytest

from rig.base.paths import ROOT
from rig.evidence.case import CaseEvidence, read_case
from rig.evidence.lockgraph import parse_lock_graph
from rig.judge.oracles.lock_graph import edges
from rig.model.scenario import Expectations

CASE = ROOT / "tests" / "corpus" / "run" / "cases" / "idle-s1"


def case(strict: bool, graph: bytes) -> CaseEvidence:
    evidence = read_case(Path(CASE))
    scenario = replace(
        evidence.record.scenario, expect=Expectations(base_edges=(("work", "inner"),))
    )
    kernel = replace(evidence.record.kernel, strict=strict)
    record = replace(evidence.record, scenario=scenario, kernel=kernel)
    return replace(evidence, record=record, graph=parse_lock_graph(graph))


def lines(*pairs: tuple[str, str]) -> bytes:
    """A graph of these orders as /proc/lockdep prints it."""
    names = sorted({name for pair in pairs for name in pair})
    keys = {name: f"{number:016x}" for number, name in enumerate(names, 1)}
    text = "all lock classes:\n"
    for name in names:
        text += f"{keys[name]} OPS:       1 FD:    1 BD:    1 ....: {name}\n"
        text += "".join(f" -> [{keys[to]}] {to}\n" for of, to in pairs if of == name) + "\n"
    return text.encode()


@pytest.mark.parametrize(
    ("strict", "pairs", "missing"),
    [
        (False, [("work", "inner")], 0),
        (False, [("work", "m2m_job"), ("m2m_job", "inner")], 1),
        (True, [("work", "other"), ("m2m_job", "inner")], 0),
        (True, [("work", "other"), ("m2m_job", "other")], 1),
    ],
)
def test_a_job_stands_between(strict: bool, pairs: list[tuple[str, str]], missing: int) -> None:
    reasons = [reason.id for reason in edges(case(strict, lines(*pairs)))]
    assert reasons == ["exercise.edge-missing"] * missing
