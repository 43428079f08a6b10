# SPDX-License-Identifier: GPL-2.0-only
"""The cases of a run together (rig.judge.run looks at them)."""

from rig.judge.kinds import Kind
from rig.judge.oracle import Oracle
from rig.judge.oracles.guest import LOST
from rig.judge.oracles.results import MALFORMED
from rig.model.claim import Premise

DRIVER_NOT_JUDGED = Kind(
    "run.driver-not-judged",
    "The series changes a driver that no case of this run judges.",
    premise=Premise.COVERED,
)
NONE_JUDGED = Kind(
    "run.none-judged",
    "A claim was to be judged, but no case of this run looks at it.",
    premise=Premise.COVERED,
)

ORACLE = Oracle(
    name="run",
    rank=140,
    looks_at="the cases of a run together.",
    proves="that every planned case left evidence, that each claim was judged by some case, and on "
    "each driver that the series changes.",
    not_proven="that all scenarios ran: who chooses drivers or workloads has chosen.",
    kinds=(DRIVER_NOT_JUDGED, NONE_JUDGED, LOST, MALFORMED),
)
