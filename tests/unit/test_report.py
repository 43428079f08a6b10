# SPDX-License-Identifier: GPL-2.0-only
"""Reports of recorded runs: one that is red in two ways, one that is clean."""

import json
import re
import shutil
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path

import pytest
from kcidb_io.schema import V5_3

from rig.base.paths import ROOT
from rig.commands.cli import main
from rig.evidence.case import read_case
from rig.evidence.record import RunDir
from rig.judge.judged import judge_folder
from rig.judge.run import judge_run
from rig.report.files import write_reports
from rig.report.history import tell_history
from rig.report.html import render
from rig.report.layers import BOX, lay_out
from rig.report.locks import CORE, lock_orders, seen_orders
from rig.report.run import judge_directory
from rig.report.timeline import draw, duration

CORPUS = ROOT / "tests" / "corpus"
FRESH, SIGNALED = "vim2m-import-cma-fresh-s1", "vim2m-import-cma-signaled-s1"
CLEAN = "vim2m-signal-s1"

# HTML elements that have no end tag.
VOID = {"meta", "br", "link", "img", "hr", "input"}


@pytest.fixture
def red(tmp_path: Path) -> RunDir:
    shutil.copytree(CORPUS / "red", tmp_path / "red")
    return RunDir(tmp_path / "red")


@pytest.fixture
def clean(tmp_path: Path) -> RunDir:
    shutil.copytree(CORPUS / "clean", tmp_path / "clean")
    return RunDir(tmp_path / "clean")


def html(directory: RunDir, base: RunDir | None = None) -> str:
    return render(judge_directory(directory), base=base)


def report(directory: RunDir, format: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["report", str(directory.path), "--format", format, "--output", "-"]) == 0
    return capsys.readouterr().out


class Page(HTMLParser):
    """Checks that tags are balanced; collects ids and links."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loads: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            elif name == "href":
                self.links.append(value or "")
            elif name in ("src", "srcset", "poster", "data"):
                self.loads.append(value or "")
        assert tag not in ("link", "script", "iframe", "img"), "needs something else to be read"

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("name", ["red", "clean", "run"])
def test_the_page_is_whole_and_needs_nothing_else(name: str) -> None:
    text = html(RunDir(CORPUS / name))
    page = Page(text)
    assert page.open == []
    assert len(page.ids) == len(set(page.ids))
    assert page.loads == []
    assert "url(http" not in text
    assert "@import" not in text
    inner = {link[1:] for link in page.links if link.startswith("#")}
    assert inner <= set(page.ids)
    for link in page.links:
        if not link.startswith(("#", "https://")):
            assert (CORPUS / name / link).is_file()


def test_the_same_evidence_gives_the_same_page(red: RunDir) -> None:
    assert html(red) == html(red)


def test_what_is_printed_by_a_guest_stays_text(red: RunDir) -> None:
    log = red.case(FRESH) / "serial.log"
    log.write_bytes(
        log.read_bytes().replace(b"Internal error: Oops", b"<script>alert(1)</script> Oops")
    )
    text = html(red)
    assert "&lt;script&gt;alert(1)" in text
    assert "<script" not in text


def test_a_red_case_shows_splat_source_and_command(red: RunDir) -> None:
    text = html(red)
    assert "Unable to handle kernel NULL pointer dereference" in text
    # The source line of a frame stands beside it.
    assert re.search(r"vb2_buffer_attach_release_fence\+0x[^<]*</td><td>drivers/media/", text)
    assert "12 lines of registers" in text
    for case in judge_run(red).cases:
        assert case.reproduce in text
        for reason in case.reasons:
            assert reason.id in text


def test_a_claim_has_no_reasons_of_cases_that_do_not_judge_it(
    red: RunDir, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "fence.busy-too-early" in html(red)
    edit(red.case(SIGNALED) / "case.json", lambda case: case.update(claims=["locks"]))
    text = html(red)
    assert "splat.oops" in text
    assert "fence.busy-too-early" not in text
    letter = report(red, "cover-letter", capsys)
    assert "splat.oops" in letter
    assert "fence.busy-too-early" not in letter


def test_pictures_are_drawings(red: RunDir, clean: RunDir) -> None:
    for directory in (red, clean):
        pictures = re.findall(r"<svg.*?</svg>", html(directory), re.DOTALL)
        assert len(pictures) >= 2
        for picture in pictures:
            drawing = ET.fromstring(picture)
            _, _, width, height = (float(word) for word in drawing.attrib["viewBox"].split())
            for dot in drawing.iter("circle"):
                assert 0 <= float(dot.attrib["cx"]) <= width
                assert 0 <= float(dot.attrib["cy"]) <= height


def test_the_history_of_a_good_buffer() -> None:
    case = judge_folder(CORPUS / "clean" / "cases" / CLEAN)
    history = tell_history(case)
    assert history is not None
    assert history.title == "vim2m capture, buffer 0 plane 0 sequence 0"
    told = [(mark.lane, mark.label) for mark in history.marks if mark.lane != "poll"]
    assert told[:5] == [
        ("application", "QBUF"),
        ("driver", "queued"),
        ("fence", "made"),
        ("fence", "published"),
        ("sync_file", "pending"),
    ]
    order = [label for lane, label in told if lane in ("fence", "driver", "sleeper", "application")]
    assert order[4:] == ["signaled", "done", "woken", "DQBUF", "destroyed"]
    assert all(mark.tone != "bad" for mark in history.marks)


def test_the_history_begins_with_the_first_fault() -> None:
    case = judge_folder(CORPUS / "red" / "cases" / SIGNALED)
    history = tell_history(case)
    assert history is not None
    bad = [mark for mark in history.marks if mark.tone == "bad"]
    # C2 and C3: a fence that is there while no work is committed.
    assert {(mark.lane, mark.label) for mark in bad} == {
        ("sync_file", "pending"),
        ("poll", "busy"),
    }
    assert all("buffer queued" in mark.detail for mark in bad)


def test_a_guest_that_died_has_no_trace_and_the_picture_says_so(red: RunDir) -> None:
    history = tell_history(judge_folder(red.case(FRESH)))
    assert history is not None
    assert not history.traced
    assert history.marks[-1].lane == "kernel log"
    assert "did not live to deliver its trace" in html(red)


def test_time_runs_to_the_right() -> None:
    history = tell_history(judge_folder(CORPUS / "clean" / "cases" / CLEAN))
    assert history is not None
    picture = draw(history)
    by_label: dict[str, float] = {}
    for dot in picture.dots:
        by_label.setdefault(dot.label, dot.x)
    assert by_label["QBUF"] < by_label["published"] < by_label["signaled"] < by_label["DQBUF"]
    words = [
        (dot.label_x, dot.label_x + 5 * len(dot.label), dot.label_y)
        for dot in picture.dots
        if dot.label_x is not None
    ]
    for at, (left, right, y) in enumerate(words):
        for other_left, other_right, other_y in words[at + 1 :]:
            assert y != other_y or right < other_left or other_right < left


@pytest.mark.parametrize(
    ("microseconds", "text"), [(0, "0 µs"), (999.4, "999 µs"), (1500, "1.5 ms"), (2.5e6, "2.5 s")]
)
def test_durations(microseconds: float, text: str) -> None:
    assert duration(microseconds) == text


def test_boxes_do_not_overlap_and_arrows_point_down() -> None:
    case = read_case(CORPUS / "clean" / "cases" / CLEAN)
    orders = lock_orders(seen_orders(case))
    assert orders is not None
    drawing = lay_out((order.before, order.after) for order in orders.orders)
    boxes = {box.name: box for box in drawing.boxes}
    assert set(CORE) & set(boxes)
    for arrow in drawing.arrows:
        assert boxes[arrow.before].y + BOX < boxes[arrow.after].y
    for one in drawing.boxes:
        assert one.x - one.width / 2 >= 0
        assert one.x + one.width / 2 <= drawing.width
        for other in drawing.boxes:
            if one.name < other.name and one.y == other.y:
                assert abs(one.x - other.x) >= (one.width + other.width) / 2


def test_an_edge_that_closes_a_circle_points_up() -> None:
    drawing = lay_out([("a", "b"), ("b", "c"), ("c", "a")])
    rows = {box.name: box.y for box in drawing.boxes}
    up = [
        (each.before, each.after) for each in drawing.arrows if rows[each.before] > rows[each.after]
    ]
    assert up == [("c", "a")]


def test_lock_orders_that_the_base_lacks_are_new(clean: RunDir) -> None:
    case = read_case(clean.case(CLEAN))
    assert case.graph is not None
    base = case.graph.edges_by_name() - {("reservation_ww_class_mutex", "dma_fence_map")}
    orders = lock_orders(seen_orders(case), base)
    assert orders is not None
    new = [(order.before, order.after) for order in orders.orders if order.standing == "new"]
    assert new == [("reservation_ww_class_mutex", "dma_fence_map")]
    assert orders.elsewhere == ()


def test_the_letter_says_what_ran_and_what_did_not(
    red: RunDir, clean: RunDir, capsys: pytest.CaptureFixture[str]
) -> None:
    letter = report(red, "cover-letter", capsys)
    flat = " ".join(letter.split())
    assert "patchset sha256 e3c150447b888b07" in flat
    assert "Producer fences: DIRTY (2 DIRTY)" in flat
    assert "alive to the end, on a whole log, in 1 of 2" in flat
    assert "Not covered:" in letter
    assert "no case judged the locks and producer fences of" in flat
    assert "of its own" not in flat
    patch = {"name": "mine.patch", "subject": "s", "sha256": "0123456789abcdef" * 4, "applied": ""}
    edit(red.path / "build.json", lambda build: build["patches"].update(user=[patch]))
    patched = " ".join(report(red, "cover-letter", capsys).split())
    assert "07) and 1 patch of its own (mine.patch sha256 0123456789abcdef)" in patched
    assert max(map(len, letter.splitlines())) <= 78 or "m2m-rig run" in letter
    flat = " ".join(report(clean, "cover-letter", capsys).split())
    assert (
        "Locks: CLEAN (1 CLEAN). User space: not judged. Producer fences: CLEAN (1 CLEAN)." in flat
    )
    assert "8 fences made, 8 published, 8 signaled" in flat
    assert "Found:" not in flat


def test_the_letter_claims_nothing_that_was_not_judged(
    clean: RunDir, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(clean.run, lambda run: run.update(claims=["locks"]))
    edit(clean.case(CLEAN) / "case.json", lambda case: case.update(claims=["locks"]))
    flat = " ".join(report(clean, "cover-letter", capsys).split())
    assert "Producer fences: not judged." in flat
    assert "Claim not judged: producer fences." in flat
    assert "fences made" not in flat


@pytest.mark.parametrize("fault", ["no build", "no case", "other kernel"])
def test_the_letter_refuses_what_the_evidence_does_not_hold(
    clean: RunDir, fault: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if fault == "no build":
        (clean.path / "build.json").unlink()
    elif fault == "no case":
        edit(clean.run, lambda run: run["cases"].append("vim2m-gone-s1"))
    else:
        edit(clean.path / "build.json", lambda build: build.update(release="6.13.0"))
    assert main(["report", str(clean.path), "--format", "cover-letter"]) == 4
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("m2m-rig: ")


def edit(path: Path, change: object) -> None:
    document = json.loads(path.read_text())
    assert callable(change)
    change(document)
    path.write_text(json.dumps(document))


def kcidb(directory: RunDir, capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    """Status by path; the document is valid."""
    document = json.loads(report(directory, "kcidb", capsys))
    V5_3.validate(document)
    ids = [test["id"] for test in document["tests"]]
    assert len(ids) == len(set(ids))
    assert {test["build_id"] for test in document["tests"]} == {document["builds"][0]["id"]}
    return {test["path"]: test["status"] for test in document["tests"]}


def test_kcidb_knows_every_verdict(
    red: RunDir, clean: RunDir, capsys: pytest.CaptureFixture[str]
) -> None:
    assert kcidb(clean, capsys) == {
        "m2m-rig.locks.vim2m-signal": "PASS",
        "m2m-rig.uapi.vim2m-signal": "SKIP",
        "m2m-rig.fences.vim2m-signal": "PASS",
    }
    assert kcidb(red, capsys) == {
        "m2m-rig.locks.vim2m-import-cma-fresh": "FAIL",
        "m2m-rig.uapi.vim2m-import-cma-fresh": "SKIP",
        "m2m-rig.fences.vim2m-import-cma-fresh": "FAIL",
        "m2m-rig.locks.vim2m-import-cma-signaled": "PASS",
        "m2m-rig.uapi.vim2m-import-cma-signaled": "SKIP",
        "m2m-rig.fences.vim2m-import-cma-signaled": "FAIL",
    }
    results = clean.case(CLEAN) / "results.ktap"
    results.write_bytes(results.read_bytes().replace(b"# end\n", b""))
    assert set(kcidb(clean, capsys).values()) == {"ERROR", "SKIP"}
    edit(clean.case(CLEAN) / "guest.json", lambda guest: guest.update(end="lost", cause="signal 9"))
    assert set(kcidb(clean, capsys).values()) == {"MISS", "SKIP"}
    edit(clean.run, lambda run: run["cases"].append("vim2m-gone-s1"))
    assert kcidb(clean, capsys)["m2m-rig.case.vim2m-gone-s1"] == "MISS"


def test_kcidb_skips_what_is_not_judged(clean: RunDir, capsys: pytest.CaptureFixture[str]) -> None:
    edit(clean.run, lambda run: run.update(claims=["locks"]))
    edit(clean.case(CLEAN) / "case.json", lambda case: case.update(claims=["locks"]))
    assert kcidb(clean, capsys)["m2m-rig.fences.vim2m-signal"] == "SKIP"


def test_other_formats(red: RunDir, capsys: pytest.CaptureFixture[str]) -> None:
    text = report(red, "text", capsys)
    assert "producer fences: DIRTY" in text
    suite = ET.fromstring(report(red, "junit", capsys).encode())
    assert len(list(suite.iter("failure"))) == 3


def test_html_lands_in_the_run_directory(red: RunDir, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(red.path)]) == 0
    assert capsys.readouterr().out.strip() == str(red.path / "report.html")
    assert (red.path / "report.html").read_text() == html(red)


# -- one row for each scenario


def edit_case(folder: Path, change: dict[str, object]) -> None:
    edit(folder / "case.json", lambda case: case.update(change))


@pytest.fixture
def three(red: RunDir) -> RunDir:
    """Three scenarios of one driver and one topic, each with a verdict of its own; one has a
    second seed and a run on the real clock."""
    names = {FRESH: "vim2m-one", SIGNALED: "vim2m-two", CLEAN: "vim2m-three"}
    shutil.copytree(CORPUS / "clean" / "cases" / CLEAN, red.case(CLEAN))
    for id, name in names.items():
        folder = red.case(id).rename(red.case(f"{name}-s1"))
        called = {"name": name, "title": f"about {name}", "about": "import"}
        edit(folder / "case.json", lambda case, called=called: case["scenario"].update(called))
        results = folder / "results.ktap"
        former = id.removesuffix("-s1").encode()
        results.write_bytes(results.read_bytes().replace(former, name.encode(), 1))
    again = shutil.copytree(red.case("vim2m-three-s1"), red.case("vim2m-three-s2"))
    edit_case(again, {"seed": 2})
    real = shutil.copytree(red.case("vim2m-three-s1"), red.case("vim2m-three-r1"))
    edit_case(real, {"clock": "real"})
    ids = [path.name for path in sorted((red.path / "cases").iterdir())]
    edit(red.run, lambda run: run.update(cases=ids, seeds=[1, 2]))
    return red


def test_three_scenarios_of_a_driver_are_three(
    three: RunDir, capsys: pytest.CaptureFixture[str]
) -> None:
    verdict = judge_run(three)
    text = report(three, "text", capsys).splitlines()
    rows = [re.split("  +", line.strip())[:2] for line in text if line.startswith("vim2m-")]
    assert sorted(rows) == [
        ["vim2m-one", "1"], ["vim2m-three", "1"], ["vim2m-three", "1 (real clock)"],
        ["vim2m-three", "2"], ["vim2m-two", "1"],
    ]  # fmt: skip
    page = html(three)
    seen = re.findall(r'<tr><th><a href="#case-([^"]+)">([^<]+)</a></th><td class="dim">', page)
    assert [scenario for _, scenario in seen] == ["vim2m-one", "vim2m-three", "vim2m-two"]
    assert dict((scenario, id) for id, scenario in seen)["vim2m-two"] == "vim2m-two-s1"
    assert page.count(" seeds</td>") == 1
    assert "3 seeds</td>" in page
    document = json.loads(report(three, "kcidb", capsys))
    V5_3.validate(document)
    paths = {test["path"] for test in document["tests"]}
    assert paths == {
        f"m2m-rig.{claim}.{case.scenario}"
        for case in verdict.cases
        for claim in ("locks", "uapi", "fences")
    }
    statuses = {
        path: {test["status"] for test in document["tests"] if test["path"] == path}
        for path in paths
    }
    assert statuses["m2m-rig.fences.vim2m-one"] == statuses["m2m-rig.fences.vim2m-two"] == {"FAIL"}
    assert statuses["m2m-rig.locks.vim2m-two"] == {"PASS"}
    assert "FAIL" not in statuses["m2m-rig.fences.vim2m-three"]
    suite = ET.fromstring(report(three, "junit", capsys).encode())
    names = [(test.get("classname"), test.get("name")) for test in suite.iter("testcase")]
    assert len(set(names)) == len(names) == 3 * len(verdict.cases)
    letter = " ".join(report(three, "cover-letter", capsys).split())
    assert "5 cases (3 scenarios on vim2m)" in letter


def test_the_machine_readable_verdict(three: RunDir) -> None:
    write_reports(judge_directory(three))
    document = json.loads((three.path / "verdict.json").read_text())
    # Who reads it asks for a number: another one where a key is changed or dropped.
    assert document["schema"] == 2
    case = next(case for case in document["cases"] if case["id"] == "vim2m-three-r1")
    assert {key: case[key] for key in ("scenario", "about", "driver", "seed", "clock")} == {
        "scenario": "vim2m-three", "about": "import", "driver": "vim2m", "seed": 1, "clock": "real",
    }  # fmt: skip
    assert set(case) == {
        "id", "scenario", "about", "driver", "seed", "clock", "verdict", "claims", "known",
        "reasons", "reproduce", "lost", "fences", "jobs", "guest_seconds", "rules", "differs",
        "unsure",
    }  # fmt: skip
