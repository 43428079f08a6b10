# SPDX-License-Identifier: GPL-2.0-only
"""The verdict on one case: evidence to reasons to judgements, a pure function."""

from collections.abc import Iterable, Iterator, Sequence

from rig.evidence.case import CaseEvidence
from rig.evidence.record import CaseRecord
from rig.judge.explanation import Explanation, explain
from rig.judge.kinds import ORDER
from rig.judge.oracle import NOTHING, Exercised, Look, Oracle, Share
from rig.judge.oracles.accounting import published
from rig.judge.oracles.rig import CRASHED, ORACLE
from rig.judge.reasons import Reason, worst
from rig.judge.registry import has_oracle, oracles
from rig.judge.verdict import CaseVerdict, Figures, Judgement
from rig.model.claim import Claim, Subject
from rig.model.claims import claims
from rig.model.scenario import Scenario


def judge_case(case: CaseEvidence) -> CaseVerdict:
    """The verdict on one case."""
    record = case.record
    judged = judged_claims(record)
    reasons = _ranked(
        reason
        for oracle in oracles()
        for look in oracle.looks
        for reason in _asked(oracle, look, case)
    )
    known = explain(record.known, reasons, judged, record.kernel.release)
    told = _ranked((*known.rest, *known.explained))
    return CaseVerdict(
        id=record.id,
        driver=record.scenario.driver,
        scenario=record.scenario.name,
        about=record.scenario.about,
        seed=record.seed,
        claims={
            claim: _judgement(known, claim) if claim in judged else "not judged"
            for claim in claims()
        },
        reasons=tuple(reason for reason in told if any(map(reason.effect, judged))),
        reproduce=record.reproduce,
        figures=_figures(case),
        known=known,
        lost=case.guest.lost if case.guest else (),
        control=record.scenario.control,
        clock=record.clock,
        exercised=tuple(_exercised(case, judged)),
        share=sum(_shares(case, judged), NOTHING),
    )


def _shares(case: CaseEvidence, judged: Iterable[Claim]) -> Iterator[Share]:
    """Of those oracles that have a say in what is judged."""
    for oracle in oracles():
        if oracle.share is None or not any(map(oracle.judges, judged)):
            continue
        try:
            yield oracle.share(case)
        except Exception:
            continue


def _exercised(case: CaseEvidence, judged: Iterable[Claim]) -> Iterator[Exercised]:
    """Of the rules of those oracles that have a say in what is judged."""
    for oracle in oracles():
        if oracle.counts is None or not any(map(oracle.judges, judged)):
            continue
        try:
            yield from oracle.counts(case)
        except Exception:
            continue


def judged_claims(record: CaseRecord) -> tuple[Claim, ...]:
    """The claims that a case judges: asked for, made by its scenario, possible in it, and some
    oracle knows about them."""
    return judgeable(record.scenario, record.claims, record.kernel.drivers)


def judgeable(
    scenario: Scenario, asked: Sequence[Claim], drivers: Sequence[str]
) -> tuple[Claim, ...]:
    """The same of a scenario that is planned.

    Args:
        asked: the claims that are asked for.
        drivers: that the series opts in; none: all.
    """
    subject = Subject(scenario.driver, scenario.control, tuple(drivers))
    # What is there for the sake of a claim that few series make is left out for the others.
    own = [claim for claim in scenario.claims if not claim.by_default]
    if own and not any(claim in asked for claim in own):
        return ()
    return tuple(
        claim
        for claim in asked
        if claim in scenario.claims and claim.possible.holds(subject) and has_oracle(claim)
    )


def _asked(oracle: Oracle, look: Look, case: CaseEvidence) -> Sequence[Reason]:
    """An oracle that crashes has proven nothing; the others are heard all the same."""
    try:
        return oracle.asked(look, case)
    except Exception as error:
        where = f"{look.__module__}.{look.__name__}"
        return [ORACLE.reason(CRASHED, f"{where}: {type(error).__name__}: {error}")]


def _judgement(known: Explanation, claim: Claim) -> Judgement:
    """What is not explained decides; a claim that is not clean for known reasons only is known."""
    outcome = worst(known.rest, claim)
    if outcome == "CLEAN" and any(reason.effect(claim) for reason in known.explained):
        return "known issue"
    return outcome


def _figures(case: CaseEvidence) -> Figures:
    stamps = (line.time_us for line in reversed(case.serial))
    return Figures(
        fences=published(case),
        jobs=_jobs(case),
        guest_seconds=next((time / 1e6 for time in stamps if time is not None), 0.0),
        host_seconds=case.guest.seconds if case.guest else 0.0,
    )


def _jobs(case: CaseEvidence) -> int:
    probes = (seen for seen in case.results.observations if seen.name == "probe")
    active = {
        (seen.path, *(seen.fields.get(key) for key in ("driver", "buffer", "sequence")))
        for seen in probes
        if seen.fields.get("state") == "active"
    }
    return len(active)


def _ranked(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """The worst first; among equals as they were found."""

    def rank(reason: Reason) -> int:
        return -max(ORDER.index(reason.effect(claim) or "CLEAN") for claim in claims())

    return tuple(sorted(reasons, key=rank))
