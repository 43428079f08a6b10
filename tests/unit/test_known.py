# SPDX-License-Identifier: GPL-2.0-only
"""Known issues: what they explain, what they do not, and that they must be there."""

import dataclasses
import json
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest

from rig.base.errors import InputError
from rig.base.paths import KNOWN_ISSUES, ROOT
from rig.evidence.record import CaseRecord, RunDir, encode, load
from rig.judge.explanation import explain
from rig.judge.oracles import lockdep, serial
from rig.judge.oracles.contract.kinds import STUB_IN_FLIGHT
from rig.judge.reasons import Reason
from rig.judge.verdict import Verdict
from rig.model.claims.fences import CLAIM as FENCES
from rig.model.claims.locks import CLAIM as LOCKS
from rig.model.known import KnownIssue, Sign, load_all
from rig.report.files import write_reports
from rig.report.run import judge_directory
from rig.run.chosen import bundled
from tests.unit.outcomes import judged

RECORDED = ROOT / "tests" / "corpus" / "run"

SPLAT = Reason(
    serial.SPLAT, "Unable to handle kernel, in hantro_irq", file="drivers/media/a.c", part="oops"
)
OFF = Reason(lockdep.OFF, "debug_locks was 0 at the end")
STUB = Reason(STUB_IN_FLIGHT, "C4: the stub fence")

ISSUE = KnownIssue(
    name="oops",
    title="it oopses",
    source="drivers/media/a.c, hantro_irq()",
    scenarios=("idle",),
    signs=(Sign("splat.oops", "Unable .*, in hantro_irq", "drivers/media/a.c"),),
    follows=(Sign("lockdep.off", ".*"),),
)


@pytest.fixture
def run(tmp_path: Path) -> RunDir:
    shutil.copytree(RECORDED, tmp_path / "run")
    return RunDir(tmp_path / "run")


def ids(reasons: tuple[Reason, ...]) -> list[str]:
    return [reason.id for reason in reasons]


def test_a_case_is_explained_only_by_exactly_its_signs() -> None:
    known = explain([ISSUE], (SPLAT, OFF), (LOCKS,))
    assert known.seen == (ISSUE,)
    assert known.rest == ()
    assert ids(known.explained) == ["splat.oops", "lockdep.off"]


@pytest.mark.parametrize(
    "other",
    [
        dataclasses.replace(SPLAT, text="Unable to handle kernel, in hantro_irq_done"),
        dataclasses.replace(SPLAT, text="Oops, in hantro_irq"),
        dataclasses.replace(SPLAT, file="drivers/media/b.c"),
        dataclasses.replace(SPLAT, part="warning"),
    ],
)
def test_another_splat_is_not_the_known_one(other: Reason) -> None:
    known = explain([ISSUE], (other, OFF), (LOCKS,))
    assert known.seen == ()
    assert ids(known.rest) == ["known.not-seen", other.id, "lockdep.off"]


def test_what_goes_beyond_is_judged_as_always() -> None:
    known = explain([ISSUE], (SPLAT, OFF, STUB), (LOCKS, FENCES))
    assert known.seen == (ISSUE,)
    assert known.rest == (STUB,)


def test_what_follows_explains_nothing_alone() -> None:
    known = explain([ISSUE], (OFF,), (LOCKS,))
    assert ids(known.rest) == ["known.not-seen", "lockdep.off"]


def test_an_issue_that_is_gone_is_said() -> None:
    known = explain([ISSUE], (), (LOCKS,))
    assert ids(known.rest) == ["known.not-seen"]
    assert "it oopses" in known.rest[0].text


@pytest.mark.parametrize(
    ("release", "waited_for"),
    [("6.12.118-m2m-rig", True), ("7.3.9", True), ("7.4.0-rc1", False), ("", True)],
)
def test_where_nobody_has_looked_yet_it_is_not_waited_for(release: str, waited_for: bool) -> None:
    issue = dataclasses.replace(ISSUE, seen_on=("7.3.4", "6.12.117"))
    known = explain([issue], (OFF,), (LOCKS,), release)
    assert ids(known.rest) == (["known.not-seen"] if waited_for else []) + ["lockdep.off"]
    said = f"{issue.name} was not seen: it is on record for 7.3.4, 6.12.117"
    assert known.notes == (() if waited_for else (said,))
    assert explain([issue], (SPLAT, OFF), (LOCKS,), release).seen == (issue,)


def test_what_shows_by_chance_is_not_waited_for() -> None:
    issue = dataclasses.replace(ISSUE, chance=True)
    assert explain([issue], (OFF,), (LOCKS,)).rest == (OFF,)
    assert explain([issue], (SPLAT, OFF), (LOCKS,)).seen == (issue,)


def test_signs_of_claims_that_are_not_judged_are_not_waited_for() -> None:
    issue = dataclasses.replace(ISSUE, signs=(Sign("fence.torn-data", ".*"),))
    assert explain([issue], (), (LOCKS,)).rest == ()
    assert ids(explain([issue], (), (LOCKS, FENCES)).rest) == ["known.not-seen"]
    both = dataclasses.replace(ISSUE, signs=(*ISSUE.signs, *issue.signs))
    assert explain([both], (SPLAT,), (LOCKS,)).seen == (both,)
    assert explain([both], (SPLAT,), (LOCKS, FENCES)).seen == ()


def test_all_signs_must_be_seen() -> None:
    issue = dataclasses.replace(ISSUE, signs=(*ISSUE.signs, Sign("workload.failed", "x")))
    assert ids(explain([issue], (SPLAT,), (LOCKS,)).rest) == ["known.not-seen", "splat.oops"]


def test_after_a_splat_nothing_else_was_judged() -> None:
    assert explain([ISSUE], (SPLAT, OFF), (LOCKS,)).blind
    assert not explain([ISSUE], (SPLAT,), (LOCKS,)).blind


@pytest.mark.parametrize(
    ("kernels", "series", "release", "name", "concerned"),
    [
        ("", (), "6.12.117-m2m-rig", "none", True),
        (">=6.12,<6.13", (), "6.12.117-m2m-rig", "none", True),
        (">=6.12,<6.13", (), "7.3.4-m2m-rig", "none", False),
        (">=6.12,<6.13", (), "6.12", "none", True),
        (">=6.12", (), "next", "none", False),
        ("", ("none",), "6.12.117", "none", True),
        ("", ("none",), "6.12.117", "producer-fence", False),
    ],
)
def test_series_and_kernels(
    kernels: str, series: tuple[str, ...], release: str, name: str, concerned: bool
) -> None:
    issue = dataclasses.replace(ISSUE, kernels=kernels, series=series)
    assert issue.concerns("idle", name, release) is concerned
    assert not issue.concerns("other", name, release)


def test_a_patch_that_mends_it_is_not_asked_for_it() -> None:
    issue = dataclasses.replace(ISSUE, fixed_by=("media: a: check", "media: a: time out"))
    assert issue.concerns("idle", "none", "6.12.117")
    assert issue.concerns("idle", "none", "6.12.117", ["media: b: check"])
    assert not issue.concerns("idle", "none", "6.12.117", ["media: b: check", "media: a: time out"])


def test_noise_of_strict_kernels_is_theirs_alone() -> None:
    noise = dataclasses.replace(ISSUE, strict=True)
    assert not noise.concerns("idle", "none", "6.12.117")
    assert noise.concerns("idle", "none", "6.12.117", strict=True)
    assert ISSUE.concerns("idle", "none", "6.12.117", strict=True)


GOOD = """\
name: oops
title: it oopses
source: drivers/media/a.c, hantro_irq()
scenarios: [idle]
signs:
  - reason: splat.oops
    text: Unable .*
"""


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("name: oops", "name: other", "the issue is called 'other'"),
        ("splat.oops", "splat.*", "should match pattern"),
        ("splat.oops", "nonsense", "should match pattern"),
        ("Unable .*", "Unable (", "not a regular expression"),
        ("title: it oopses\n", "", "title: must be given"),
        ("scenarios: [idle]", "scenarios: []", "at least 1"),
        ("scenarios: [idle]", "scenarios: [idle]\nkernels: old", "'old' is no range"),
        ("scenarios", "scenario", "no such key"),
    ],
)
def test_a_bad_file_is_bad_input(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in GOOD
    (tmp_path / "oops.yaml").write_text(GOOD.replace(old, new, 1))
    with pytest.raises(InputError, match=message.replace("[", r"\[")):
        load_all(tmp_path)


def test_a_good_file(tmp_path: Path) -> None:
    (tmp_path / "oops.yaml").write_text(GOOD)
    (issue,) = load_all(tmp_path)
    assert issue.signs == (Sign("splat.oops", "Unable .*"),)


def test_bundled_issues_are_about_bundled_scenarios() -> None:
    names = {scenario.name for scenario in bundled().all}
    for issue in load_all(KNOWN_ISSUES):
        assert set(issue.scenarios) <= names, issue.name


def with_known(run: RunDir, *issues: KnownIssue) -> Verdict:
    path = run.case("idle-s1") / "case.json"
    record = dataclasses.replace(load(path, CaseRecord), known=issues)
    path.write_bytes(encode(record))
    judged = judge_directory(run)
    write_reports(judged)
    return judged.verdict


FAILS = KnownIssue(
    name="idle-fails",
    title="idling fails",
    source="nowhere",
    scenarios=("idle",),
    signs=(Sign("workload.failed", "idle: .* failed.*"),),
)


def let_fail(run: RunDir) -> None:
    path = run.case("idle-s1") / "results.ktap"
    text = path.read_text().replace("pass:2 fail:0", "pass:1 fail:1")
    text = text.replace("\n  ok 1", "\n  not ok 1", 1)
    path.write_text(text.replace("\nok 1 idle", "\nnot ok 1 idle # exit 1"))


def test_a_known_issue_is_shown_everywhere(run: RunDir) -> None:
    let_fail(run)
    verdict = with_known(run, FAILS)
    assert verdict.cases[0].outcome == "known issue"
    assert judged(verdict.cases[0].by_name) == {
        "locks": "known issue",
    }
    # It proves nothing about what it was to judge, either.
    assert [reason.id for reason in verdict.reasons] == ["run.none-judged"]
    assert verdict.outcome == "INCONCLUSIVE"
    case = json.loads((run.path / "verdict.json").read_text())["cases"][0]
    assert case["verdict"] == "known issue"
    assert [issue["name"] for issue in case["known"]] == ["idle-fails"]
    assert [reason["known"] for reason in case["reasons"]] == [True]
    text = (run.path / "report.txt").read_text()
    assert "known issue idle-fails: idling fails" in text
    suite = ElementTree.parse(run.path / "junit.xml").getroot()
    skipped = [node.get("message", "") for node in suite.iter("skipped")]
    assert "known issue: idle-fails (idling fails)" in skipped


def test_a_known_issue_that_is_gone_fails_the_run(run: RunDir) -> None:
    verdict = with_known(run, FAILS)
    assert verdict.outcome == "INCONCLUSIVE"
    assert [reason.id for reason in verdict.cases[0].reasons] == ["known.not-seen"]
    assert "known.not-seen" in (run.path / "report.txt").read_text()


def test_a_known_issue_hides_nothing_new(run: RunDir) -> None:
    let_fail(run)
    path = run.case("idle-s1") / "guest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "end": "stalled"}))
    verdict = with_known(run, FAILS)
    assert verdict.cases[0].outcome == "INCONCLUSIVE"
    found = [reason.id for reason in verdict.cases[0].reasons]
    assert found[-1] == "workload.failed"
    assert "guest.stalled" in found
