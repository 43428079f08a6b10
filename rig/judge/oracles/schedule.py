# SPDX-License-Identifier: GPL-2.0-only
"""Whether the virtual CPUs took turns as the seed asks."""

import re
from collections.abc import Iterator

from rig.evidence.case import CaseEvidence
from rig.judge.kinds import Kind
from rig.judge.oracle import Oracle
from rig.judge.reasons import Reason
from rig.model.claim import Premise
from rig.model.plan import TURN_METER_US

UNCUT = Kind(
    "schedule.uncut",
    "Turns of the virtual CPUs were not cut as the seed asks: the schedule was not the one that "
    "the seed stands for.",
    premise=Premise.SCHEDULE,
)

NOT_DELAYED = Kind(
    "schedule.no-delays",
    "Nobody was held up, although the run asks for delays.",
    premise=Premise.SCHEDULE,
)

_DELAYS = re.compile(rb"\bdelays=(\d+)")


def held_up(case: CaseEvidence) -> Iterator[Reason]:
    """Where delays are asked for, somebody was delayed."""
    if not case.record.scenario.delays or not case.dump.complete:
        return
    told = _DELAYS.search(case.dump.files.get("delays", b""))
    if told is None or not int(told[1]):
        yield Reason(NOT_DELAYED, "no delays were told" if told is None else "none of the hits was")


def cut(case: CaseEvidence) -> Iterator[Reason]:
    """The turns of the virtual CPUs were cut as often as the seed asks."""
    if not case.record.periods or case.record.scenario.machine.cpus < 2:
        return
    if case.results.turns is None:
        yield Reason(UNCUT, "the guest did not count its turns")
        return
    changes, microseconds = case.results.turns
    if microseconds < TURN_METER_US:
        yield Reason(UNCUT, f"turns were counted for {microseconds} us only")
        return
    # Two spinning threads change hands at every cut, give or take the ends of the count.
    wanted = sum(microseconds / period for period in case.record.periods)
    if changes < wanted / 2:
        yield Reason(
            UNCUT,
            f"{changes} changes of turn in {microseconds} us, about {wanted:.0f} expected",
        )


ORACLE = Oracle(
    name="schedule",
    rank=40,
    looks_at="how often two spinning threads changed turns at the start of a case under the "
    "virtual clock; how often threads were held up, if the run asks for delays.",
    proves="that virtual CPUs took turns as often as the seed asks; another seed is another "
    "history.",
    not_proven="that all schedules were met, or the one that matters. Two virtual CPUs never run "
    "at the same instant under the virtual clock; `--clock real` and `soak` let them.",
    kinds=(UNCUT, NOT_DELAYED),
    looks=(cut, held_up),
)
