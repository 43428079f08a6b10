# SPDX-License-Identifier: GPL-2.0-only
"""verdict.json, as docs/reference/verdicts.md describes it."""

from typing import Any

from rig.judge.explanation import Explanation
from rig.judge.reasons import Reason
from rig.judge.verdict import NOTHING_KNOWN, CaseVerdict, Verdict
from rig.model.known import KnownIssue

SCHEMA = 2


def document(verdict: Verdict) -> dict[str, Any]:
    """A verdict as verdict.json holds it."""
    run = verdict.run
    return {
        "schema": SCHEMA,
        "verdict": verdict.outcome,
        "claims": verdict.by_name,
        "series": run.series,
        "kernel": run.kernel,
        "clock": run.clock,
        "notes": list(verdict.notes),
        "reasons": [_reason(reason, NOTHING_KNOWN) for reason in verdict.reasons],
        "reproduce": run.reproduce,
        "cases": [_case(case) for case in verdict.cases],
    }


def _case(case: CaseVerdict) -> dict[str, Any]:
    return {
        "id": case.id,
        "scenario": case.scenario,
        "about": case.about,
        "driver": case.driver,
        "seed": case.seed,
        "clock": case.clock,
        "verdict": case.outcome,
        "claims": case.by_name,
        "known": [_known(issue, case.known) for issue in case.known.seen],
        "reasons": [_reason(reason, case.known) for reason in case.reasons],
        "reproduce": case.reproduce,
        "lost": list(case.lost),
        "fences": case.figures.fences,
        "jobs": case.figures.jobs,
        "guest_seconds": case.figures.guest_seconds,
        "rules": {one.rule: one.times for one in case.exercised},
        "unsure": {"calls": case.share.unsure, "of": case.share.all},
        "differs": [
            {"rule": one.rule, "text": one.differs} for one in case.exercised if one.differs
        ],
    }


def _known(issue: KnownIssue, known: Explanation) -> dict[str, Any]:
    return {
        "name": issue.name,
        "title": issue.title,
        "source": issue.source,
        "blind": known.blind,
    }


def _reason(reason: Reason, known: Explanation) -> dict[str, Any]:
    return {
        "id": reason.id,
        "known": reason in known.explained,
        "oracle": reason.oracle,
        "text": reason.text,
        "file": reason.file,
        "line": reason.line,
        "serial": reason.serial,
    }
