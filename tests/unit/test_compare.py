# SPDX-License-Identifier: GPL-2.0-only
"""What a run says that an earlier one did not."""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from html import escape
from pathlib import Path
from urllib.parse import quote

import pytest

from rig.base.errors import InputError
from rig.campaign.compare import Comparison, compare
from rig.campaign.comparepage import compare_page
from rig.commands.cli import main
from rig.evidence.record import RunDir
from rig.judge.run import judge_run
from rig.judge.verdict import Verdict
from rig.locks.compact import compact, expand
from rig.locks.graph import read_run
from rig.model.options import Options
from rig.report import summary
from rig.report.summary import CaseSummary, ReasonSummary, baseline_text, inputs_digest, remember
from rig.run.runner import run_gate
from tests.unit.runs import KNOWN, OOPS, TORN, case, run
from tests.unit.workshop import CLEAN, output, workshop


def compared(old: CaseSummary, new: CaseSummary) -> Comparison:
    return compare(run(old), run(new))


@pytest.mark.parametrize(
    ("old", "new", "worse"),
    [
        (case("a"), case("a"), False),
        (case("a"), case("a", "known issue", KNOWN), True),
        (case("a"), case("a", "INCONCLUSIVE", OOPS), True),
        (case("a", "INCONCLUSIVE", OOPS), case("a", "DIRTY", OOPS), True),
        (case("a", "DIRTY", OOPS), case("a", "INCONCLUSIVE", TORN), False),
        (case("a", "DIRTY", OOPS), case("a"), False),
        (case("a", "DIRTY", OOPS), case("a", "DIRTY", OOPS, TORN), True),
        (case("a", "DIRTY", OOPS), case("a", "DIRTY", OOPS, KNOWN), False),
        (case("a", "DIRTY", OOPS), case("a", "DIRTY", replace(OOPS, text="at 6b", line=3)), False),
        (case("a", "DIRTY", OOPS), case("a", "DIRTY", replace(OOPS, file="lib/a.c")), True),
        (case("a"), case("a", claims={"locks": "not judged"}), True),
        (case("a", claims={"locks": "not judged"}), case("a"), False),
        (case("a", claims={}), case("a", "DIRTY", claims={"locks": "DIRTY"}), False),
    ],
)
def test_a_case_is_worse_or_not(old: CaseSummary, new: CaseSummary, worse: bool) -> None:
    found = compared(old, new)
    assert bool(found.why_worse) == worse == bool(found.exit_status)
    assert found.both[0].worse == worse


def test_cases_that_came_and_went() -> None:
    red = case("b", "DIRTY", OOPS)
    assert compare(run(case("a")), run(case("a"), case("b"))).exit_status == 0
    assert compare(run(case("a")), run(case("a"), red)).why_worse == ("b is new, and DIRTY",)
    found = compare(run(case("a"), red), run(case("a")))
    assert found.why_worse == ("b did not run",)
    # Who chose less has chosen less.
    assert compare(found.old, run(case("a"), chosen=("run", "a"))).exit_status == 0


def test_a_family_that_is_mended_is_not_taken_apart_again() -> None:
    """What showed its red alone is not missed then, but in its guest."""
    member = case("b", "DIRTY", OOPS, family="all")
    before = run(case("all", "DIRTY", OOPS), member)
    mended = compare(before, run(case("all")))
    assert (mended.exit_status, mended.lost) == (0, ())
    worse = compare(mended.new, before)
    assert worse.why_worse == ("all is worse", "b is new, and DIRTY")
    assert compare(before, run(case("b"))).why_worse == ("all did not run",)


def test_a_reason_of_the_whole_run_is_worse() -> None:
    lost = ReasonSummary("guest.lost", "case b was planned and never ran")
    assert compare(run(case("a")), run(case("a"), reasons=(lost,))).exit_status == 1
    assert compare(run(case("a"), reasons=(lost,)), run(case("a"))).exit_status == 0


def test_a_flake_is_told() -> None:
    old = case("a", inputs="1", evidence="1")
    assert not compared(old, replace(old, verdict="DIRTY")).both[0].flaky
    assert compared(old, replace(old, evidence="2")).both[0].flaky
    assert not compared(old, replace(old, inputs="2", evidence="2")).both[0].flaky
    assert not compared(case("a"), case("a", evidence="2")).both[0].flaky


def test_runs_without_a_case_in_common_are_refused() -> None:
    with pytest.raises(InputError, match="have no case in common"):
        compare(run(case("a")), run(case("b")))


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Makes runs of two scenarios."""

    def make(name: str, red: str = "none") -> Path:
        folder = tmp_path / name
        folder.mkdir()
        shop = workshop(folder)
        monkeypatch.setenv("FAKE_QEMU", str(shop.fates))
        shop.luck({red: [shop.dirty()], "*": [shop.left("good")]})
        options = Options(jobs=1, drivers=("vim2m",))
        run_gate(shop.gate, options, [shop.scenario(each) for each in ("one", "two")], output()[0])
        return shop.gate.directory.path

    return make


def test_the_day_after(
    made: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = made("old"), made("new", red="two-s1")
    baseline = tmp_path / "gate.json"
    words = ["report", str(old), "--format", "baseline", "--output", str(baseline)]
    assert main(words) == 0
    capsys.readouterr()
    for before in (str(old), str(baseline)):
        assert main(["compare", before, str(new)]) == 1
        told = capsys.readouterr().out
        assert "two-s1: worse  fences CLEAN -> DIRTY" in told
        assert "  + fence." in told
        assert "lock orders: 0 new" in told
        assert "red: 1, of which 0 were red before; not before: two-s1" in told
        assert told.endswith("worse: two-s1 is worse\n")
        assert main(["compare", str(new), before]) == 0
        assert capsys.readouterr().out.endswith("red: none\nnot worse\n")
    page = tmp_path / "worse.html"
    words = ["compare", str(baseline), str(new), "--format", "html"]
    assert main([*words, "--output", str(page)]) == 1
    assert capsys.readouterr().out == f"{page}\n"
    # The links are seen from where the page is.
    linked = f'href="{quote(str(new.relative_to(tmp_path)))}/report.html"'
    assert linked in page.read_text()
    assert main(words) == 1
    assert capsys.readouterr().out.startswith("<!doctype html>")
    assert main([*words[:3], "--output", str(tmp_path / "worse.txt")]) == 1
    assert (tmp_path / "worse.txt").read_text().endswith("worse: two-s1 is worse\n")
    capsys.readouterr()
    assert main(["compare", str(baseline), str(new), "--format", "json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert said["worse"] == ["two-s1 is worse"]
    assert said["figures"]["jobs looked into"][0] > 0
    # Cache and QEMU are others, the guest is the same: only its luck was bad.
    assert [each["same_inputs"] for each in said["changed"]] == [True]


def test_the_page_tells_all_of_it(tmp_path: Path) -> None:
    lost = ReasonSummary("guest.lost", "case c was planned and never ran")
    old = run(case("a"), case("b", "DIRTY", OOPS), case("gone"), series="<i>mine</i>")
    new = run(
        case("a", "DIRTY", replace(OOPS, text="<b>&")), case("b"), case("came", "DIRTY", TORN),
        series="<i>mine</i>", claims={"locks": "DIRTY", "other": "from afar"}, reasons=(lost,),
    )  # fmt: skip
    page = compare_page(compare(old, new), tmp_path)
    assert "<title>worse: run beside run</title>" in page
    for line in ("a is worse", "came is new, and DIRTY", "gone did not run", "the run: guest.lost"):
        assert f"<li>{line}</li>" in page
    assert "red: 2, of which 0 were red before; not before: a, came" in page
    assert "Of 2 cases that both ran, 2 are not as before" in page
    assert "&lt;b&gt;&amp;" in page
    assert "<i>" not in page
    assert page.index(">splat.oops<") < page.rindex(">splat.oops<")
    assert "case c was planned and never ran" in page
    assert "only in the old one" in page
    assert "Not compared: one of the two has kept none" in page
    same = compare_page(compare(old, old), tmp_path)
    assert "<title>not worse: run beside run</title>" in same
    assert "Each of the 3 cases that both ran has the verdict" in same
    assert "only in the" not in same


def test_a_lock_order_that_is_new_is_named(
    made: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    old = made("old")
    whole = remember(old).whole
    edges = tuple(edge for edge in whole.graphs.edges if edge != whole.graphs.edges[3])
    cases = [
        replace(each, edges=f"{_without(int(each.edges, 16), 3):x}") for each in whole.graphs.cases
    ]
    less = replace(whole, graphs=replace(whole.graphs, edges=edges, cases=tuple(cases)))
    baseline = old.parent / "less.json"
    baseline.write_text(baseline_text(less))
    assert main(["compare", str(baseline), str(old)]) == 0
    told = capsys.readouterr().out
    before, after = (whole.graphs.classes[at][0] for at in whole.graphs.edges[3])
    assert "lock orders: 1 new, 1 of them certain" in told
    assert f"  +  {before}" in told
    assert after in told
    page = compare_page(compare(remember(baseline), remember(old)), old)
    assert "<h4>1 new</h4>" in page
    assert "<h4>0 lost</h4>" in page
    assert f"<code>{escape(before)}" in page


def _without(bits: int, at: int) -> int:
    """A number without one of its bits, those above it one lower."""
    return bits & ((1 << at) - 1) | (bits >> (at + 1)) << at


def test_graphs_in_little_room_are_the_same() -> None:
    graphs = read_run(CLEAN.parents[1])
    again = expand(compact(graphs))
    for one, other in zip(graphs, again, strict=True):
        assert one.graph.classes == other.graph.classes
        assert one.graph.edges == other.graph.edges
        assert one.graph.usage == other.graph.usage


def test_a_baseline_is_read_back_and_a_case_is_a_line_of_it() -> None:
    whole = remember(CLEAN.parents[1]).whole
    text = baseline_text(whole)
    for each in whole.cases:
        [line] = [line for line in text.splitlines() if f'"id": "{each.id}"' in line]
        assert json.loads(line.rstrip(","))["verdict"] == each.verdict


def test_what_was_judged_is_not_judged_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(CLEAN.parents[1], tmp_path / "run")
    assert main(["judge", str(tmp_path / "run")]) in (0, 1, 2)
    judged = remember(tmp_path / "run").run
    often: list[RunDir] = []

    def judge(directory: RunDir) -> Verdict:
        often.append(directory)
        return judge_run(directory)

    monkeypatch.setattr(summary, "judge_run", judge)
    assert remember(tmp_path / "run").run == judged
    assert not often
    # What another version wrote, or is damaged, or of another run, is judged.
    file = tmp_path / "run" / "verdict.json"
    said = json.loads(file.read_text())
    cases = [{**each, "id": "other-s1"} for each in said["cases"]]
    for text in ("{", "[]", json.dumps(said | {"schema": 1}), json.dumps(said | {"cases": cases}),
                 json.dumps(said | {"reproduce": "m2m-rig run"})):  # fmt: skip
        file.write_text(text)
        assert remember(tmp_path / "run").run == judged
    file.unlink()
    assert remember(tmp_path / "run").run == judged
    assert len(often) == 6


def test_what_is_neither_a_run_nor_a_baseline(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("milk\n")
    (tmp_path / "future.json").write_text('{"schema": 99}')
    (tmp_path / "old.json").write_text('{"schema": 2}')
    good = json.loads(baseline_text(remember(CLEAN.parents[1]).whole))
    good["graphs"]["cases"][0]["edges"] = "none"
    (tmp_path / "bits.json").write_text(json.dumps(good))
    for name, said in (
        ("nothing", "run.json is missing"),
        ("notes.txt", "cannot be read"),
        ("future.json", "has version 99, this m2m-rig reads 2"),
        ("old.json", "is damaged"),
        ("bits.json", "is damaged"),
    ):
        with pytest.raises(InputError, match=said):
            _ = remember(tmp_path / name).graphs


def test_what_went_into_a_guest_is_known_or_not(tmp_path: Path) -> None:
    folder = shutil.copytree(CLEAN, tmp_path / "case")
    (folder / "argv.json").write_text('["qemu"]')
    known = inputs_digest(folder)
    assert known
    for name in ("case.json", "argv.json", "guest.json"):
        whole = (folder / name).read_bytes()
        for junk in (b"", b"null", b"3", b'"text"', b"\xff", whole[: len(whole) // 2]):
            (folder / name).write_bytes(junk)
            assert inputs_digest(folder) == "", (name, junk)
        (folder / name).write_bytes(whole)
    assert inputs_digest(folder) == known


@pytest.mark.parametrize("name", ["plan", "serial.log", "results.ktap", "dump.tar"])
def test_a_directory_in_the_place_of_evidence_is_none(name: str, tmp_path: Path) -> None:
    run = shutil.copytree(CLEAN.parents[1], tmp_path / "run")
    [file] = run.glob(f"cases/*/{name}")
    file.unlink()
    file.mkdir()
    assert remember(run).run.verdict == "INCONCLUSIVE"


def test_a_run_keeps_its_date_when_it_is_copied(tmp_path: Path) -> None:
    run = shutil.copytree(CLEAN.parents[1], tmp_path / "run")
    [guest] = run.glob("cases/*/guest.json")
    os.utime(run / "run.json", (1, 1))
    plain = json.loads(guest.read_text())
    for began, date in (
        ("2026-01-02T03:04:05+00:00", "2026-01-02T03:04:05+00:00"),
        ("2026-01-02T03:04:05+02:00", "2026-01-02T01:04:05+00:00"),
        # Who does not say it in a way that can be compared has not said it.
        ("2026-01-02T03:04:05", "1970-01-01T00:00:01+00:00"),
        ("yesterday", "1970-01-01T00:00:01+00:00"),
        ("", "1970-01-01T00:00:01+00:00"),
    ):
        guest.write_text(json.dumps(plain | {"began": began}))
        assert remember(run).run.date == date


def test_a_run_without_its_evidence_is_still_remembered(tmp_path: Path) -> None:
    shutil.copytree(CLEAN.parents[1], tmp_path / "run")
    main(["judge", str(tmp_path / "run")])
    judged = remember(tmp_path / "run").run
    assert all(each.evidence for each in judged.cases)
    shutil.rmtree(tmp_path / "run" / "cases")
    os.utime(tmp_path / "run" / "run.json", (1, 1))
    bare = remember(tmp_path / "run")
    assert [each.verdict for each in bare.run.cases] == [each.verdict for each in judged.cases]
    assert bare.run.date == "1970-01-01T00:00:01+00:00"
    assert bare.graphs == ()
    assert RunDir(tmp_path / "run") == bare.directory
