# SPDX-License-Identifier: GPL-2.0-only
"""The checklist for a terminal, and for a file."""

import json
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from rig.base.cache import Cache
from rig.base.console import printable
from rig.base.errors import InputError
from rig.kernel.layout import Layout
from rig.kernel.request import KernelRequest
from rig.preflight.answer import Answer, Line, exit_status
from rig.preflight.checklist import Checklist
from rig.view.output import Output

MARKS: dict[Answer, str] = {
    "yes": "[bold green]\u2714[/bold green]",
    "no": "[bold red]\u2718[/bold red]",
    "not run": "[bold yellow]-[/bold yellow]",
}

# Of one line so many findings are shown; a file has all.
SHOWN = 8


def preflight(
    request: KernelRequest, quick: bool, run: Path | None, file: Path | None, output: Output
) -> int:
    """Answer the checklist and print it; the exit status.

    Args:
        file: where all findings go; None: nowhere.

    Raises:
        RigError: the kernel cannot be had, or the file cannot be written.
    """
    checklist = Checklist(
        request,
        not quick,
        run,
        Cache.default(output.progress.note),
        Layout.bundled(),
        output.progress,
    )
    for note in request.notes:
        output.progress.note(note)
    lines: list[Line] = []
    for line in checklist.lines():
        print_line(line, output.console)
        lines.append(line)
        # Written each time: an interrupted checklist keeps its answers.
        if file:
            _write(request, lines, file)
    output.progress.close()
    where = file or "m2m-rig preflight --output FILE writes them"
    output.console.print(escape(f"\nall findings: {where}"), soft_wrap=True)
    return exit_status(tuple(lines))


def _write(request: KernelRequest, lines: list[Line], file: Path) -> None:
    document = {
        "series": request.series.name,
        "digest": request.series.digest,
        "kernel": request.source.name,
        "lines": [line.document() for line in lines],
    }
    try:
        file.write_text(json.dumps(document, indent=1) + "\n")
    except OSError as error:
        raise InputError(f"{file} cannot be written: {error.strerror}") from error


def print_line(line: Line, console: Console) -> None:
    """Print one answer; findings only where the answer is no."""
    about = line.summary if line.answer != "not run" else f"not run: {line.summary}"
    console.print(
        f"{MARKS[line.answer]} {line.question:38} {escape(printable(about))}", soft_wrap=True
    )
    if line.answer != "no":
        return
    for detail in line.details[:SHOWN]:
        console.print(f"      {escape(printable(detail))}", soft_wrap=True, style="dim")
    if len(line.details) > SHOWN:
        console.print(f"      and {len(line.details) - SHOWN} more", style="dim")
