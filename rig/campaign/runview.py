# SPDX-License-Identifier: GPL-2.0-only
"""A run that is remembered, as pages about several runs show it."""

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from rig.judge.verdict import Judgement
from rig.report.page import HTML_NAME, MARKS
from rig.report.summary import Remembered, RunSummary


@dataclass(frozen=True, slots=True)
class RunView:
    """A run as a page shows it; `link`: its report, seen from the page; "": there is none."""

    run: RunSummary
    name: str
    link: str

    @property
    def day(self) -> str:
        """YYYY-MM-DD."""
        return self.run.date[:10]

    @property
    def when(self) -> str:
        """The day with the time, to the minute."""
        return self.run.date[:16].replace("T", " ")

    @property
    def verdict(self) -> Judgement:
        """As the page has a mark for it."""
        return judgement(self.run.verdict)

    @property
    def red(self) -> int:
        """How many of its cases are red."""
        return sum(case.red for case in self.run.cases)


def view_of(each: Remembered, place: Path) -> RunView:
    """A run, seen from a page.

    Args:
        place: the directory in which the page will lie.
    """
    link = ""
    if each.directory is not None and (each.path / HTML_NAME).is_file():
        link = quote(os.path.relpath(each.path / HTML_NAME, place))
    return RunView(each.run, each.path.resolve().name, link)


def judgement(word: str) -> Judgement:
    """A word of a file that may be another version's."""
    return next((mark for mark in MARKS if mark == word), "INCONCLUSIVE")
