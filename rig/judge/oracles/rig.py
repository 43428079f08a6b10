# SPDX-License-Identifier: GPL-2.0-only
"""The other oracles (rig.judge.case asks them)."""

from rig.judge.kinds import Kind
from rig.judge.oracle import Oracle
from rig.model.claim import Premise

CRASHED = Kind(
    "rig.crashed",
    "An oracle could not cope with the evidence: a defect of the rig, or of what it was given.",
    premise=Premise.RIG,
)

ORACLE = Oracle(
    name="rig",
    rank=150,
    looks_at="the other oracles.",
    proves="that none of them stumbled over the evidence.",
    not_proven="that they are right; the corpus of recorded runs and `m2m-rig selfcheck` are for "
    "that.",
    kinds=(CRASHED,),
)
