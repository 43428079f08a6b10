# SPDX-License-Identifier: GPL-2.0-only
"""Many runs, in the order of their days."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from rig.campaign.trend import changes, flakes, tracks
from rig.campaign.trendpage import HEIGHT, Chart, trend_page
from rig.commands.cli import main
from rig.report.summary import CaseSummary, Remembered
from tests.unit.runs import OOPS, TORN, case, run
from tests.unit.workshop import CLEAN

GOOD, BAD = case("a"), case("a", "DIRTY", OOPS)


def day(number: int, *cases: CaseSummary, **more: object) -> Remembered:
    date = f"2026-01-{number:02}T02:00:00+00:00"
    verdict = "DIRTY" if any(each.red for each in cases) else "CLEAN"
    path = f"run-{number}-{more.get('kernel', '')}"
    return run(*cases, path=path, date=date, verdict=verdict, **more)


def test_updates_of_a_kernel_follow_each_other_and_lines_stand_apart() -> None:
    found = tracks([
        day(3, GOOD, kernel="6.12.9"), day(1, GOOD, kernel="6.12.8"), day(2, GOOD, kernel="7.1.0"),
        day(2, GOOD, kernel="6.12.8, strict"), day(4, GOOD, kernel="6.12.9", series="other"),
        day(4, GOOD, kernel="6.9.1"),
    ])  # fmt: skip
    assert [(each.kernel, each.series) for each in found] == [
        ("6.9", "mine"), ("6.12", "mine"), ("6.12", "other"), ("6.12, strict", "mine"),
        ("7.1", "mine"),
    ]  # fmt: skip
    assert [each.run.date[8:10] for each in found[1].runs] == ["01", "03"]


def test_the_first_bad_run_of_a_change_is_found() -> None:
    other = replace(BAD, id="b")
    runs = [
        day(1, GOOD, case("b")),
        # A run that does not have the case says nothing of it.
        day(2, case("b")),
        day(3, BAD, other),
        day(4, BAD, other),
        day(5, GOOD, other),
        day(6, GOOD, case("b")),
        day(7, case("a", "DIRTY", TORN), case("b")),
    ]
    torn, oops_a, oops_b = changes(tracks(runs)[0])
    assert torn.reason == TORN
    assert (torn.first_bad, torn.last_good, torn.mended) == (runs[6], runs[5], None)
    # Of the same reason in the same run, but not good in the same one before.
    assert (oops_a.first_bad, oops_a.last_good) == (runs[2], runs[1])
    assert [each.id for each in oops_a.cases] == ["b"]
    assert oops_a.mended is runs[5]
    assert (oops_b.first_bad, oops_b.last_good, oops_b.mended) == (runs[2], runs[0], runs[4])


def test_what_was_red_at_once_was_never_good() -> None:
    runs = [day(1, BAD), day(2, BAD)]
    [found] = changes(tracks(runs)[0])
    assert (found.first_bad, found.last_good, found.reason) == (runs[0], None, OOPS)


def test_what_ran_alone_because_its_guest_was_red_was_good_with_it() -> None:
    red = (case("all", "DIRTY", OOPS), case("a", "DIRTY", OOPS, family="all"))
    runs = [day(1, case("all")), day(2, *red), day(3, *red), day(4, case("all"))]
    [found] = changes(tracks(runs)[0])
    assert [each.id for each in found.cases] == ["all", "a"]
    assert (found.first_bad, found.last_good, found.mended) == (runs[1], runs[0], runs[3])


def test_cases_of_one_reason_are_one_change() -> None:
    runs = [day(1, GOOD, case("b")), day(2, BAD, replace(BAD, id="b"))]
    [found] = changes(tracks(runs)[0])
    assert [each.id for each in found.cases] == ["a", "b"]


def test_flakes_are_counted() -> None:
    same = replace(GOOD, inputs="1", evidence="1")
    red = replace(BAD, inputs="1", evidence="2")
    again = flakes([day(1, same), day(2, same), day(3, replace(red, inputs="2"))])
    assert (again.found, again.pairs) == ((), 1)
    found = flakes([day(1, same), day(2, same), day(3, red)])
    assert [each.case for each in found.found] == ["a"]
    assert [word for _, word in found.found[0].runs] == ["CLEAN", "CLEAN", "DIRTY"]
    assert found.pairs == 3
    # The guest said the same: it is who judges that is another one.
    assert flakes([day(1, same), day(2, replace(red, evidence="1"))]).found == ()
    assert flakes([day(1, GOOD), day(2, BAD)]).pairs == 0


def test_a_chart_has_the_least_at_its_bottom() -> None:
    low, middle, high = Chart("x", (1.0, 2.0, 3.0)).dots
    assert low[0] < middle[0] < high[0]
    assert HEIGHT > low[1] > middle[1] > high[1] > 0
    assert {y for _, y in Chart("x", (5.0, 5.0)).dots} == {HEIGHT / 2}
    assert Chart("x", (5.0,)).range == "5"
    assert Chart("x", (5.0, 7.0, 6.0)).range == "5 to 7, now 6"


def test_the_page_tells_all_of_it(tmp_path: Path) -> None:
    same = replace(GOOD, inputs="1", evidence="1")
    red = replace(case("a", "DIRTY", replace(OOPS, text="<b>&\x1b[31m")), inputs="1", evidence="2")
    page = trend_page([day(1, same, series="<i>mine</i>"), day(2, red, series="<i>mine</i>")],
                      tmp_path)  # fmt: skip
    assert "<title>DIRTY: trend of 2 runs</title>" in page
    assert "&lt;i&gt;mine&lt;/i&gt;" in page
    assert "<i>" not in page
    assert "&lt;b&gt;&amp;" in page
    assert "2026-01-01 to 2026-01-02" in page
    assert "not yet" in page
    assert "of 1 pair of such runs" in page
    clean = trend_page([day(1, same), day(2, same)], tmp_path)
    assert "No case became worse" in clean
    assert "None: 1 pair of runs of a case had the same inputs" in clean
    assert "no case ran twice" in trend_page([day(1, GOOD)], tmp_path)


def test_the_command_links_to_the_reports(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = tmp_path / "out of it"
    shutil.copytree(CLEAN.parents[1], runs / "none-001")
    baseline = tmp_path / "gate.json"
    assert main(["judge", str(runs / "none-001")]) == 0
    assert main(["report", str(runs / "none-001"), "--format", "baseline", "--output",
                 str(baseline)]) == 0  # fmt: skip
    target = tmp_path / "trend.html"
    words = ["trend", str(runs / "none-001"), str(baseline), "--output"]
    assert main([*words, str(target)]) == 0
    assert 'href="out%20of%20it/none-001/report.html"' in target.read_text()
    capsys.readouterr()
    assert main([*words, "-"]) == 0
    assert "trend of 2 runs" in capsys.readouterr().out
