# SPDX-License-Identifier: GPL-2.0-only
"""`m2m-rig report`: a judged run in one of the formats that somebody reads."""

import io
from collections.abc import Callable
from pathlib import Path

from rig.base.console import plain_console
from rig.base.errors import InputError
from rig.evidence.record import RunDir
from rig.report.cover import cover_letter
from rig.report.html import render
from rig.report.junit import junit_text
from rig.report.kcidb import kcidb_document
from rig.report.run import JudgedRun, judge_directory
from rig.report.summary import baseline_of
from rig.report.text import print_verdict


def report_text(format: str, directory: RunDir, *, base: RunDir | None, origin: str) -> str:
    """A run directory, judged now, in one format.

    Raises:
        InputError: it is no run directory, or does not hold what the format has to say.
    """
    run = judge_directory(directory)
    writers: dict[str, Callable[[], str]] = {
        "html": lambda: render(run, base=base),
        "text": lambda: _plain(run),
        "junit": lambda: junit_text(run.verdict),
        "cover-letter": lambda: cover_letter(run),
        "baseline": lambda: baseline_of(directory, run.verdict),
        "kcidb": lambda: kcidb_document(run, origin=origin),
    }
    return writers[format]()


def write_text(text: str, path: Path) -> None:
    """Write a report.

    Raises:
        InputError: the file cannot be written.
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from error


def _plain(run: JudgedRun) -> str:
    text = io.StringIO()
    print_verdict(run.verdict, plain_console(text), str(run.directory.path))
    return text.getvalue()
