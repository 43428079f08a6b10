# SPDX-License-Identifier: GPL-2.0-only
"""Claims are found by name: one that is added is known everywhere, and nobody speaks for it."""

import io
import json
import re
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from kcidb_io.schema import V5_3
from rich.console import Console

import rig.judge.oracles
import rig.model.claims
from rig.base.errors import InputError
from rig.base.paths import ROOT
from rig.campaign.batch import Item, Result, print_results
from rig.commands.choice import parse_options
from rig.commands.cli import main
from rig.evidence.record import CaseRecord, RunDir, RunRecord, encode, load
from rig.judge.case import judgeable, judged_claims
from rig.judge.document import document
from rig.judge.registry import has_oracle, kinds, oracles
from rig.judge.run import judge_run
from rig.judge.verdict import Verdict
from rig.kernel.series import load as load_series
from rig.model.claim import Claim, Premise, Subject
from rig.model.claims import claim_named, claims, default_claims, unasked_claims
from rig.model.claims.fences import CLAIM as FENCES
from rig.model.claims.locks import CLAIM as LOCKS
from rig.model.claims.uapi import CLAIM as UAPI
from rig.model.claims.waits import CLAIM as WAITS
from rig.model.options import Options
from rig.model.scenario import Program, Scenario
from rig.preflight.checklist import gate_lines
from rig.report.junit import junit_text
from rig.report.soak import print_soak
from rig.report.text import case_line, print_outcomes
from tests.unit.added import added
from tests.unit.outcomes import judged

RECORDED = ROOT / "tests" / "corpus" / "clean"

HEAD = "# SPDX-License-Identifier: GPL-2.0-only\nfrom rig.model.claim import Claim, Premise\n"

# Nobody knows anything about it, and it rests on nothing.
WEATHER = 'CLAIM = Claim("weather", "the weather", "Is it fine?", rank=30)\n'

# Somebody does, and it rests on something.
SKY = """\
from rig.judge.kinds import Kind
from rig.judge.oracle import Oracle
from rig.judge.reasons import Reason
from rig.model.claims.weather import CLAIM as WEATHER

RAIN = Kind("sky.rain", "It rains.", {WEATHER: "DIRTY"})
ORACLE = Oracle(
    name="sky",
    rank=5,
    looks_at="the sky.",
    proves="nothing.",
    not_proven="anything.",
    kinds=(RAIN,),
    looks=(lambda case: iter([Reason(RAIN, "drops")]),),
)
"""


@pytest.fixture
def weather(tmp_path: Path) -> Iterator[Claim]:
    """A claim that no oracle knows."""
    with added(rig.model.claims, "weather", HEAD + WEATHER, tmp_path):
        yield claim_named("weather")


@pytest.fixture
def run(tmp_path: Path) -> RunDir:
    """A run that was asked for every claim there is, in a case that makes them all."""
    shutil.copytree(RECORDED, tmp_path / "run")
    return RunDir(tmp_path / "run")


def ask(run: RunDir) -> Verdict:
    # Nothing was recorded that the others could judge.
    names = [claim.name for claim in claims() if claim.by_default and claim is not UAPI]
    edit(run.run, lambda record: record.update(claims=names))
    for case in run.path.glob("cases/*/case.json"):
        edit(case, lambda record: record.update(claims=names))
        edit(case, lambda record: record["scenario"].update(claims=names))
    return judge_run(run)


def edit(path: Path, change: Any) -> None:
    record = json.loads(path.read_text())
    change(record)
    path.write_text(json.dumps(record))


# -- what there is


def test_claims_stand_in_their_order_and_files_have_their_names() -> None:
    assert claims() == tuple(sorted(claims(), key=lambda claim: claim.rank))
    assert claims()[:3] == (LOCKS, UAPI, FENCES)
    folder = ROOT / "rig" / "model" / "claims"
    files = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    assert {claim.name for claim in claims()} == files


def test_what_few_promise_is_told_of_to_who_asked(run: RunDir) -> None:
    """A verdict on it is not missed by those whose series says nothing of it."""
    usual = judge_run(run).told
    assert set(usual) == set(default_claims())
    ask(run)
    names = [claim.name for claim in claims()]
    edit(run.run, lambda record: record.update(claims=names))
    assert judge_run(run).told == claims()


def test_a_scenario_of_a_claim_that_few_make_is_left_to_who_asks_for_it() -> None:
    plain = Scenario("s", "s", "vim2m", "about", (Program("p", "p"),))
    own = replace(plain, claims=(LOCKS, WAITS))
    assert judgeable(plain, (LOCKS, UAPI), ()) == (LOCKS, UAPI)
    assert judgeable(own, (LOCKS, UAPI), ()) == ()
    assert judgeable(own, (LOCKS, UAPI, WAITS), ("vim2m",)) == (LOCKS, WAITS)


def test_what_is_judged_rests_on_what_every_verdict_needs() -> None:
    """Else a case that was lost, or that an oracle stumbled over, would leave it CLEAN."""
    needed = {Premise.WATCHED, Premise.RIG, Premise.COVERED}
    for claim in filter(has_oracle, claims()):
        assert needed <= claim.rests_on, claim.name


def test_a_claim_that_is_not_is_refused_with_one_that_is() -> None:
    with pytest.raises(InputError, match="there is no claim 'fense'") as caught:
        claim_named("fense")
    there = ", ".join(claim.name for claim in claims())
    assert caught.value.hint == f"did you mean 'fences'? there are: {there}"


def test_files_name_claims_that_there_are(tmp_path: Path) -> None:
    path = tmp_path / "case.json"
    [recorded] = RECORDED.glob("cases/*/case.json")
    record = load(recorded, CaseRecord)
    assert record.claims == (LOCKS, FENCES)
    path.write_bytes(encode(record))
    assert json.loads(path.read_text())["claims"] == ["locks", "fences"]
    assert load(path, CaseRecord) == record
    edit(path, lambda record: record.update(claims=["locks", "fense"]))
    with pytest.raises(InputError, match=r"claims\.1: there is no claim 'fense'; did you mean"):
        load(path, CaseRecord)


@pytest.mark.parametrize(
    ("driver", "control", "opted", "judged"),
    [
        ("vim2m", False, (), True),
        ("vim2m", False, ("vim2m",), True),
        ("vim2m", False, ("rga",), False),
        ("vim2m", True, (), False),
        ("vim2m", True, ("vim2m",), False),
        ("vim2m", True, ("rga",), True),
    ],
)
def test_fences_need_a_driver_that_opted_in_or_a_control(
    driver: str, control: bool, opted: tuple[str, ...], judged: bool
) -> None:
    subject = Subject(driver, control, opted)
    assert FENCES.possible.holds(subject) is judged
    assert LOCKS.possible.holds(subject)


def test_no_claim_has_a_place_in_code_that_is_not_its_own() -> None:
    """Its name is in its own file; what takes columns takes them from all that there are."""
    own = ("rig/model/claims/", "rig/judge/oracles/", "rig/scenarios/")
    other_things = {
        ("rig/base/cache.py", "locks"): "a directory",
        ("rig/campaign/compare.py", "locks"): "orders of locks",
        ("rig/evidence/descriptors.py", "request"): "what a descriptor stands for",
        ("rig/evidence/observation.py", "fences"): "a word of observations",
        ("rig/judge/document.py", "fences"): "how many were published",
        ("rig/model/exercise/cprogram.py", "request"): "what a descriptor is of",
        ("rig/model/exercise/interfaces/buffers.py", "request"): "what a descriptor is of",
        ("rig/model/exercise/interfaces/faults.py", "request"): "what a descriptor is of",
        ("rig/model/exercise/interfaces/races.py", "request"): "what a descriptor is of",
        ("rig/model/exercise/interfaces/requests.py", "request"): "what a descriptor is of",
        ("rig/report/templates/report.html", "locks"): "a style, and the place of the lock orders",
    }
    names = "|".join(claim.name for claim in claims())
    found = {
        (name, match)
        for path in sorted((ROOT / "rig").rglob("*"))
        if path.suffix in (".py", ".html", ".css")
        and not (name := path.relative_to(ROOT).as_posix()).startswith(own)
        for match in re.findall(f"[\"']({names})[\"']", path.read_text())
    }
    assert found == set(other_things)


# -- a claim that no oracle knows


def test_no_old_reason_touches_a_new_claim(weather: Claim) -> None:
    assert [kind.id for kind in kinds() if kind.effect(weather)] == []
    assert not has_oracle(weather)


def test_it_can_be_asked_for(weather: Claim, tmp_path: Path) -> None:
    options = parse_options(["run", "--claim", "weather", "--claim", "locks"])
    assert options.claims == (weather, LOCKS)
    again = shlex.split(options.command())
    assert parse_options(again[1:]) == options
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "series.yaml").write_text("claims: [locks, weather]\n")
    patch = "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n"
    (tmp_path / "mine" / "0001-x.patch").write_text(patch)
    assert load_series(str(tmp_path / "mine"), tmp_path).claims == (LOCKS, weather)
    assert weather in default_claims()
    assert weather not in unasked_claims()
    scenario = Scenario("s", "s", "vim2m", "about", (Program("p", "p"),))
    assert scenario.claims == (LOCKS, UAPI, FENCES, weather)
    with pytest.raises(InputError) as caught:
        parse_options(["run", "--claim", "wether"])
    there = ", ".join(claim.name for claim in claims())
    assert there.endswith("weather")
    assert caught.value.hint == f"did you mean 'weather'? there are: {there}"


def test_it_is_judged_nowhere(weather: Claim, run: RunDir) -> None:
    before = judge_run(run)
    verdict = ask(run)
    assert judged(verdict.by_name) == {
        "locks": "CLEAN",
        "fences": "CLEAN",
    }
    [case] = verdict.cases
    assert case.by_name == verdict.by_name
    assert (case.outcome, verdict.outcome, verdict.exit_status) == ("CLEAN", "CLEAN", 0)
    assert (verdict.reasons, case.reasons) == (before.reasons, before.cases[0].reasons) == ((), ())
    [path] = run.path.glob("cases/*/case.json")
    assert judged_claims(load(path, CaseRecord)) == (LOCKS, FENCES)
    assert weather in load(run.run, RunRecord).claims


def test_it_stays_so_whatever_happens(weather: Claim, run: RunDir) -> None:
    [guest] = run.path.glob("cases/*/guest.json")
    edit(guest, lambda record: record.update(end="lost"))
    assert judged(ask(run).by_name) == {
        "locks": "INCONCLUSIVE",
        "fences": "INCONCLUSIVE",
    }
    shutil.rmtree(guest.parent)
    assert judge_run(run).by_name["weather"] == "not judged"


def test_verdict_json_says_so(weather: Claim, run: RunDir) -> None:
    told = document(ask(run))
    assert told["claims"]["weather"] == "not judged"
    assert told["cases"][0]["claims"]["weather"] == "not judged"
    assert json.loads(json.dumps(told)) == told


def test_the_terminal_says_so(
    weather: Claim, run: RunDir, capsys: pytest.CaptureFixture[str]
) -> None:
    verdict = ask(run)
    assert main(["judge", str(run.path)]) == 0
    shown = capsys.readouterr().out
    assert "the weather: not judged" in shown.splitlines()
    head, row = shown.splitlines()[:2]
    assert head.index("the weather") == row.rindex("not judged")
    text = io.StringIO()
    console = Console(file=text, width=200)
    print_outcomes(verdict, console)
    print_soak(verdict, console, "/out")
    assert text.getvalue().splitlines().count("the weather: not judged") == 2
    assert case_line(verdict.cases[0]).startswith("[bold green]CLEAN[/bold green]")


def test_a_table_of_runs_has_a_column_for_it(weather: Claim, run: RunDir) -> None:
    text = io.StringIO()
    verdict = ask(run)
    results = [Result(Item(("one",), Options()), verdict), Result(Item(("two",), Options()))]
    print_results(["run"], results, Console(file=text, width=200))
    head, judged, broken = text.getvalue().splitlines()[1:]
    assert head.index("the weather") == judged.rindex("not judged")
    assert broken.count("not built") == len(claims())


def test_junit_skips_it(weather: Claim, run: RunDir) -> None:
    suite = ElementTree.fromstring(junit_text(ask(run)))
    [case] = [case for case in suite.iter("testcase") if case.get("name") == "weather"]
    [skipped] = case.iter("skipped")
    assert skipped.get("message") == "not judged"


def test_kcidb_skips_it(weather: Claim, run: RunDir, capsys: pytest.CaptureFixture[str]) -> None:
    ask(run)
    report = json.loads(read(run, "kcidb", capsys))
    V5_3.validate(report)
    [test] = [test for test in report["tests"] if test["path"].startswith("m2m-rig.weather.")]
    assert test["status"] == "SKIP"
    assert test["misc"]["reasons"] == []


def test_the_page_and_the_letter_say_so(
    weather: Claim, run: RunDir, capsys: pytest.CaptureFixture[str]
) -> None:
    ask(run)
    letter = " ".join(read(run, "cover-letter", capsys).split())
    assert "The weather: not judged." in letter
    assert "Claim not judged: the weather." in letter
    page = read(run, "html", capsys)
    section = page.partition("<h3>the weather ")[2].partition("</section>")[0]
    assert "not judged" in section
    assert "It was asked for, and no oracle knows it." in section
    assert "<th>the weather</th>" in page


def test_the_checklist_says_so(weather: Claim, run: RunDir) -> None:
    lines = {line.question: line.answer for line in gate_lines(ask(run))}
    assert lines == {
        "the gate says CLEAN: locks": "yes",
        "the gate says CLEAN: uapi": "not run",
        "the gate says CLEAN: fences": "yes",
        "the gate says CLEAN: weather": "not run",
    }


def read(run: RunDir, format: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["report", str(run.path), "--format", format, "--output", "-"]) == 0
    return capsys.readouterr().out


# -- a claim that an oracle knows


def test_a_claim_and_an_oracle_are_a_file_each(run: RunDir, tmp_path: Path) -> None:
    rests = 'CLAIM = Claim("weather", "w", "?", rank=30, rests_on=frozenset({Premise.WATCHED}))\n'
    with (
        added(rig.model.claims, "weather", HEAD + rests, tmp_path),
        added(rig.judge.oracles, "sky", SKY, tmp_path),
    ):
        assert oracles()[0].name == "sky"
        verdict = ask(run)
        assert judged(verdict.by_name) == {
            "locks": "CLEAN",
            "fences": "CLEAN",
            "weather": "DIRTY",
        }
        [reason] = verdict.cases[0].reasons
        assert (reason.id, reason.oracle) == ("sky.rain", "sky")
        [guest] = run.path.glob("cases/*/guest.json")
        edit(guest, lambda record: record.update(end="lost"))
        # The worst is told first, and a reason that is older than the claim is among the others.
        told = judge_run(run).cases[0].reasons
        assert told[0].id == "sky.rain"
        assert all(r.effect(claim_named("weather")) for r in told if r.id == "guest.lost")
    assert "weather" not in {claim.name for claim in claims()}
    assert "sky" not in {oracle.name for oracle in oracles()}
