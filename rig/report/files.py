# SPDX-License-Identifier: GPL-2.0-only
"""What a verdict leaves in its run directory."""

import io
import json

from rig.base.console import plain_console
from rig.judge.document import document
from rig.report.html import render
from rig.report.junit import write_junit
from rig.report.page import HTML_NAME
from rig.report.run import JudgedRun
from rig.report.text import print_verdict

# Columns of report.txt.
_WIDTH = 110


def write_reports(run: JudgedRun) -> None:
    """Write verdict.json, report.txt, junit.xml and report.html, and the pictures of each case."""
    verdict, path = run.verdict, run.directory.path
    (path / "verdict.json").write_text(json.dumps(document(verdict), indent=1) + "\n")
    text = io.StringIO()
    print_verdict(verdict, plain_console(text, _WIDTH), str(path))
    (path / "report.txt").write_text(text.getvalue())
    write_junit(verdict, path / "junit.xml")
    (path / HTML_NAME).write_text(render(run), encoding="utf-8")
    for note in run.notes:
        for shot in note.screens:
            (run.directory.case(note.record.id) / shot.file).write_bytes(shot.png)
