# SPDX-License-Identifier: GPL-2.0-only
"""What pages repeat of the code is as the code is; `make docs` writes it."""

from pathlib import Path

import pytest

from rig.base.paths import ROOT
from tests.tools.made import made_anew, makers, names, pages, table

PAGE = "# A page\n\n<!-- made: sums -->\nold\n<!-- end -->\n\nmore\n"


def page(folder: Path, text: str) -> Path:
    file = folder / "page.md"
    file.write_text(text)
    return file


@pytest.mark.parametrize("page", list(pages()), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_pages_are_as_the_code_is(page: Path) -> None:
    assert page.read_text() == made_anew(page, makers()), "make docs writes it anew"


def test_everything_that_is_made_is_asked_for() -> None:
    assert {name for page in pages() for name in names(page)} == set(makers())


def test_only_what_is_made_is_written(tmp_path: Path) -> None:
    file = page(tmp_path, PAGE)
    once = made_anew(file, {"sums": lambda: "2 + 2 = 4\n"})
    assert once == PAGE.replace("old", "\n2 + 2 = 4\n")
    file.write_text(once)
    assert made_anew(file, {"sums": lambda: "2 + 2 = 4\n"}) == once
    assert list(pages(tmp_path)) == [file]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (PAGE.replace("sums", "sum"), "nobody makes 'sum'; did you mean 'sums'?"),
        (PAGE.replace("<!-- end -->\n", ""), "no <!-- end --> after <!-- made: sums -->"),
        (PAGE.replace("<!-- end -->", "") + PAGE, "no <!-- end --> after <!-- made: sums -->"),
    ],
)
def test_a_page_that_asks_for_the_impossible_is_refused(
    tmp_path: Path, text: str, complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint.replace("?", r"\?")):
        made_anew(page(tmp_path, text), {"sums": lambda: ""})


def test_a_table_is_one_in_markdown() -> None:
    assert table(("a", "b"), [("1|2", "3")]) == "| a | b |\n|---|---|\n| 1\\|2 | 3 |\n"
