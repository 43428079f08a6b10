# SPDX-License-Identifier: GPL-2.0-only
"""The verdict as JUnit XML: DIRTY is a failure, INCONCLUSIVE an error; what is not judged, or a
known issue, is skipped."""

import io
from pathlib import Path

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

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
        suite.add_property(name, value)
    for case in verdict.cases:
        for claim in claims():
            suite.add_testcase(_testcase(case, claim, case.claims[claim]))
    for reason in verdict.reasons:
        lost = TestCase("planned", classname="m2m-rig")
        lost.result = [Error(reason.text, reason.id)]
        suite.add_testcase(lost)
    xml = JUnitXml("m2m-rig")
    xml.add_testsuite(suite)
    text = io.BytesIO()
    xml.write(text, pretty=True)
    return text.getvalue().decode()


def _testcase(case: CaseVerdict, claim: Claim, outcome: Judgement) -> TestCase:
    test = TestCase(claim.name, classname=f"{case.driver}.{case.id}")
    reasons = [reason for reason in case.reasons if reason.effect(claim)]
    text = "\n".join(
        [*(f"{reason.id}: {reason.text}" for reason in reasons), f"reproduce: {case.reproduce}"]
    )
    first = reasons[0].id if reasons else ""
    if outcome == "DIRTY":
        test.result = [Failure(text, first)]
    elif outcome == "INCONCLUSIVE":
        test.result = [Error(text, first)]
    elif outcome == "not judged":
        test.result = [Skipped("not judged")]
    elif outcome == "known issue":
        names = ", ".join(f"{issue.name} ({issue.title})" for issue in case.known.seen)
        test.result = [Skipped(f"known issue: {names}")]
    return test
