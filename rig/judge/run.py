# SPDX-License-Identifier: GPL-2.0-only
"""The verdict on a run: what its cases amount to, and whether they are all that was to be."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rig.base.errors import InputError
from rig.evidence.case import read_case
from rig.evidence.record import RunDir, RunRecord, load
from rig.judge.case import judge_case
from rig.judge.kinds import ORDER
from rig.judge.oracles import guest, results
from rig.judge.oracles.run import DRIVER_NOT_JUDGED, NONE_JUDGED, ORACLE
from rig.judge.reasons import Reason, worst
from rig.judge.registry import has_oracle
from rig.judge.verdict import CaseVerdict, Judgement, Verdict, worst_of
from rig.model.claim import Claim
from rig.model.claims import claims
from rig.model.drivers import NO_DRIVER


def judge_run(directory: RunDir, known: Mapping[str, CaseVerdict] | None = None) -> Verdict:
    """The verdict on a run directory.

    Args:
        known: cases of it that were judged just now.

    Raises:
        InputError: this is no run directory, or another version wrote it.
    """
    run = load(directory.run, RunRecord)
    if len(set(run.cases)) != len(run.cases):
        raise InputError(f"{directory.run} names a case twice")
    found = _judge_cases(directory, run.cases, known or {})
    outcomes: dict[Claim, Judgement] = {}
    reasons = list(found.reasons)
    for claim in claims():
        if claim not in run.claims or not has_oracle(claim):
            outcomes[claim] = "not judged"
            continue
        own = tuple(_missing(claim, run, found.cases))
        reasons += own
        judged = [case.claims[claim] for case in found.cases if case.claims[claim] in ORDER]
        # Whatever the claim rests on: where nobody looked, nothing was proven.
        lacking = () if judged else ("INCONCLUSIVE",)
        outcomes[claim] = worst_of((*judged, *lacking, worst((*found.reasons, *own), claim)))
    return Verdict(outcomes, found.cases, tuple(reasons), run)


@dataclass(frozen=True)
class _Cases:
    """The cases of a run that left something, and what is to be said of the others."""

    cases: tuple[CaseVerdict, ...]
    reasons: tuple[Reason, ...]


def _judge_cases(
    directory: RunDir, planned: Sequence[str], known: Mapping[str, CaseVerdict]
) -> _Cases:
    cases: list[CaseVerdict] = []
    reasons: list[Reason] = []
    missing: list[str] = []
    for id in planned:
        if id in known:
            verdict = known[id]
        elif (directory.case(id) / "case.json").exists():
            verdict = judge_case(read_case(directory.case(id)))
        else:
            missing.append(id)
            continue
        if verdict.id != id:
            reasons.append(ORACLE.reason(results.MALFORMED, f"{verdict.id} stands for {id}"))
        cases.append(verdict)
    if missing:
        reasons.append(ORACLE.reason(guest.LOST, _never_ran(missing)))
    return _Cases(tuple(cases), tuple(reasons))


def _never_ran(missing: Sequence[str]) -> str:
    if len(missing) == 1:
        return f"case {missing[0]} was planned and never ran"
    return f"{len(missing)} cases were planned and never ran, the first is {missing[0]}"


def _missing(claim: Claim, run: RunRecord, cases: Sequence[CaseVerdict]) -> Iterator[Reason]:
    """What of a claim nobody judged."""
    if any(case.claims[claim] in ORDER for case in cases):
        yield from _overlooked(claim, run, cases)
        return
    stopped = sum(case.claims[claim] == "known issue" for case in cases)
    but = f": {stopped} of them stop at a known issue" if stopped else ""
    yield ORACLE.reason(NONE_JUDGED, f"no case of this run judges {claim}{but}")


def _overlooked(claim: Claim, run: RunRecord, cases: Sequence[CaseVerdict]) -> Iterator[Reason]:
    """What the series changes and no case judges.  A control shows only what is not there."""
    judged = {case.driver for case in cases if case.claims[claim] in ORDER and not case.control}
    for driver in run.drivers:
        if driver not in judged:
            text = f"no case of this run judges {claim} on {driver}"
            yield ORACLE.reason(DRIVER_NOT_JUDGED, text)
    if not run.drivers and run.changed and not judged - {NO_DRIVER}:
        text = f"no case of this run judges {claim} on any driver"
        yield ORACLE.reason(DRIVER_NOT_JUDGED, text)
