# SPDX-License-Identifier: GPL-2.0-only
"""The HTML report as a browser lays it out, on a desk and on a telephone.

`make test-outside`; needs Chromium.
"""

import html
import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from rig.campaign.compare import compare
from rig.campaign.comparepage import compare_page
from rig.campaign.trendpage import trend_page
from rig.evidence.record import RunDir
from rig.locks.compact import CompactCase, CompactGraphs
from rig.report.html import render
from rig.report.run import judge_directory
from tests.unit.runs import OOPS, TORN, case, run

pytestmark = [pytest.mark.outside, pytest.mark.long]

DESK, TELEPHONE = 1280, 390

# Headless windows have a least width, so the page is in a frame of the width that is asked for.
MEASURE = """
const frame = document.getElementById("page");
frame.onload = () => {
  const page = frame.contentDocument, root = page.documentElement, found = {
    spills: root.scrollWidth > root.clientWidth, scrolls: [], cut: [], letters: 99};
  for (const each of page.querySelectorAll("details")) each.open = true;
  for (const each of page.querySelectorAll(".scroll"))
    if (each.scrollWidth > each.clientWidth)
      found.scrolls.push(each.firstElementChild.getAttribute("class"));
  for (const picture of page.querySelectorAll("svg")) {
    const box = picture.getBoundingClientRect();
    for (const text of picture.querySelectorAll("text")) {
      const words = text.getBoundingClientRect();
      if (words.left < box.left - .5 || words.right > box.right + .5)
        found.cut.push(text.textContent);
      found.letters = Math.min(found.letters, words.height);
    }
  }
  const told = document.createElement("pre");
  told.id = "found";
  told.textContent = JSON.stringify(found);
  document.body.append(told);
};
"""


@dataclass(frozen=True)
class Layout:
    """What a browser made of a page.

    Args:
        spills: the whole page scrolls sideways.
        scrolls: what parts of it do, by class.
        cut: words of pictures that leave them.
        letters: height of the smallest words of a picture, in CSS pixels.
    """

    spills: bool
    scrolls: list[str]
    cut: list[str]
    letters: float


def lay_out(page: str, width: int, place: Path) -> Layout:
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if browser is None:
        pytest.skip("no Chromium: apt-get install --no-install-recommends chromium")
    outer = place / "outer.html"
    outer.write_text(
        f'<iframe id="page" width="{width}" height="2000" style="border: 0" '
        f'srcdoc="{html.escape(page)}"></iframe><script>{MEASURE}</script>'
    )
    done = subprocess.run(
        [
            browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--hide-scrollbars", f"--user-data-dir={place / 'profile'}", "--window-size=1400,2000",
            "--virtual-time-budget=10000", "--dump-dom", outer.as_uri(),
        ],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = re.search(r'<pre id="found">(.*?)</pre>', done.stdout, re.DOTALL)
    assert found, done.stderr
    return Layout(**json.loads(html.unescape(found[1])))


@pytest.fixture
def page(much: Path) -> str:
    """The report of a run with much in it."""
    return render(judge_directory(RunDir(much)))


def test_on_a_desk_nothing_scrolls_sideways(page: str, tmp_path: Path) -> None:
    layout = lay_out(page, DESK, tmp_path)
    assert not layout.spills
    assert layout.scrolls == []
    assert layout.cut == []
    assert layout.letters >= 11


def test_on_a_telephone_only_what_is_wide_scrolls_and_letters_stay_as_large(
    page: str, tmp_path: Path
) -> None:
    layout = lay_out(page, TELEPHONE, tmp_path)
    assert not layout.spills
    assert {"timeline", "orders", "accounts"} <= set(layout.scrolls)
    assert layout.cut == []
    assert layout.letters >= 11


@pytest.mark.parametrize("width", [DESK, TELEPHONE])
def test_a_trend_of_many_days_scrolls_in_its_table_alone(width: int, tmp_path: Path) -> None:
    name = "a-branch-with-a-name-that-is-longer-than-a-telephone-is-wide"
    runs = [
        run(case("a", "DIRTY" if day % 3 else "CLEAN", *([OOPS] if day % 3 else [])),
            path=f"{name}-{day}", date=f"2026-{month:02}-{day:02}T02:00:00+00:00", series=name)
        for month in (1, 2) for day in range(1, 29)
    ]  # fmt: skip
    layout = lay_out(trend_page(runs, tmp_path), width, tmp_path)
    assert not layout.spills
    assert layout.scrolls == ["trend"]


@pytest.mark.parametrize("width", [DESK, TELEPHONE])
def test_a_comparison_does_not_scroll_sideways(width: int, tmp_path: Path) -> None:
    name = "a-scenario-with-a-name-that-is-longer-than-a-telephone-is-wide-by-far-s1"
    old, new = (
        run(*cases, series="a-branch" * 12, graphs=CompactGraphs(
            (("&lock" * 30, 0, "", "", "", 0, False), ("&other" * 30, 0, "", "", "", 0, False)),
            ((0, 1), (1, 0)), (), (CompactCase(name, "vim2m", name, "3", edges, "0"),),
        ))
        for edges, *cases in (
            ("1", case(name), case("b", "DIRTY", OOPS)),
            ("2", case(name, "DIRTY", OOPS, TORN), case("b"), case(f"{name}0", "DIRTY", TORN)),
        )
    )  # fmt: skip
    page = compare_page(compare(old, new), tmp_path)
    assert "<h4>1 lost</h4>" in page
    layout = lay_out(page, width, tmp_path)
    assert not layout.spills
    assert layout.scrolls == []
