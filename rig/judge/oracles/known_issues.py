# SPDX-License-Identifier: GPL-2.0-only
"""Defects on record that should have been seen (rig.judge.explanation looks for them)."""

from rig.judge.kinds import Kind
from rig.judge.oracle import Oracle
from rig.model.claim import Premise

NOT_SEEN = Kind(
    "known.not-seen",
    "A defect that is on record was not seen: it is gone, or this case no longer gets there.",
    premise=Premise.EXERCISED,
)

ORACLE = Oracle(
    name="known issues",
    rank=130,
    looks_at="the reasons of the others, against the defects on record in "
    "`kernel-config/known-issues/`.",
    proves="that a case with a known issue shows that and nothing else; such a case counts neither "
    "for nor against the series.",
    not_proven="anything of what comes after a splat or an oops: nothing was checked any more, and "
    "the case says so.",
    kinds=(NOT_SEEN,),
)
