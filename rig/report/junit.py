# SPDX-License-Identifier: GPL-2.0-only
"""The verdict as JUnit XML: DIRTY is a failure, INCONCLUSIVE an error; what is not judged, or a
known issue, is skipped.

A guest runs once for all claims of a case, so its time is that of the first judged claim alone, and
the times of a suite add up to what was spent.
"""

import io
from collections.abc import Sequence
from pathlib import Path

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from rig.base.console import printable
from rig.judge.reasons import Reason
from rig.judge.verdict import CaseVerdict, Judgement, Verdict
from rig.model.claim import Claim
from rig.model.claims import claims


def write_junit(verdict: Verdict, path: Path) -> None:
    """Write one suite with one test case per case and claim."""
    path.write_text(junit_text(verdict), encoding="utf-8")


def junit_text(verdict: Verdict) -> str:
    """The same as text."""
    suite = TestSuite("m2m-rig")
    for name, value in (
        ("series", verdict.run.series),
        ("kernel", verdict.run.kernel),
        ("clock", verdict.run.clock),
        ("reproduce", verdict.run.reproduce),
    ):
        suite.add_property(name, printable(value))
    for case in verdict.cases:
        judged = [claim for claim in claims() if case.claims[claim] != "not judged"]
        for claim in case.told:
            test = _testcase(case, claim, case.claims[claim])
            if claim in judged[:1]:
                test.time = round(case.figures.host_seconds, 3)
            suite.add_testcase(test)
    for reason in verdict.reasons:
        lost = TestCase("planned", classname="m2m-rig")
        lost.result = [Error(printable(reason.text), reason.id)]
        suite.add_testcase(lost)
    xml = JUnitXml("m2m-rig")
    xml.add_testsuite(suite)
    xml.update_statistics()  # type: ignore[no-untyped-call]
    text = io.BytesIO()
    xml.write(text, pretty=True)
    return text.getvalue().decode()


def _testcase(case: CaseVerdict, claim: Claim, outcome: Judgement) -> TestCase:
    test = TestCase(claim.name, classname=f"{case.driver}.{case.id}")
    reasons = [reason for reason in case.reasons if reason.effect(claim)]
    if outcome in ("DIRTY", "INCONCLUSIVE"):
        test.result = [_complaint(outcome, reasons, case.reproduce)]
    elif outcome == "not judged":
        test.result = [Skipped("not judged")]
    elif outcome == "known issue":
        names = ", ".join(f"{issue.name} ({issue.title})" for issue in case.known.seen)
        test.result = [Skipped(f"known issue: {names}")]
    return test


def _complaint(outcome: Judgement, reasons: Sequence[Reason], reproduce: str) -> Failure | Error:
    """The first reason as the message, all of them as the text: an attribute keeps no lines."""
    kind = Failure if outcome == "DIRTY" else Error
    # XML has no way to write what `printable` spells out.
    lines = [printable(f"{reason.id}: {reason.text}") for reason in reasons]
    result: Failure | Error = kind(*lines[:1], *(reason.id for reason in reasons[:1]))
    result.text = "\n".join((*lines, printable(f"reproduce: {reproduce}")))
    return result
