# SPDX-License-Identifier: GPL-2.0-only
"""What this machine has of what the rig needs, and the one command that gets the rest."""

import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from rig.base.cache import ROOT_VARIABLE, Cache
from rig.base.console import console_for
from rig.base.errors import EnvironmentFailure
from rig.host import tools
from rig.host.tools import Found

# A kernel tree with its objects, one build and the compiler's cache, bytes.
_ROOM = 4 << 30


@dataclass(frozen=True, slots=True)
class Report:
    """What was found.

    Args:
        found: each tool, in the order of `rig.host.tools.table`.
        cache: where trees, builds and images are kept.
        room: bytes free there.
    """

    found: tuple[Found, ...]
    cache: Path
    room: int

    @property
    def missing(self) -> tuple[Found, ...]:
        """Needed tools that are not there."""
        return tuple(item for item in self.found if item.tool.needed and item.where is None)

    @property
    def complaints(self) -> tuple[str, ...]:
        """What is there but cannot be used, and too little room."""
        said = [f"{item.tool.name}: {item.complaint}" for item in self.found if item.complaint]
        if self.room < _ROOM:
            said.append(
                f"{self.cache}: {_gigabytes(self.room)} free, {_gigabytes(_ROOM)} are needed "
                f"for a first build (set {ROOT_VARIABLE} to use another disk)"
            )
        return tuple(said)

    @property
    def healthy(self) -> bool:
        """Whether a run can be expected to work."""
        return not self.missing and not self.complaints

    @property
    def install_line(self) -> str:
        """The one command that installs what is needed and missing; empty if nothing is."""
        names = tools.packages(item.tool for item in self.missing)
        return tools.install_line(names) if names else ""


def examine(cache: Cache | None = None) -> Report:
    """Look at the machine; nothing is changed."""
    root = (cache or Cache.default()).root
    existing = next(path for path in (root, *root.parents) if path.exists())
    found = tuple(tools.examine(tool) for tool in tools.table())
    return Report(found, root, shutil.disk_usage(existing).free)


def doctor(console: Console | None = None) -> int:
    """Examine and print; returns the exit status: 0, or 3 if a run cannot be expected to work."""
    report = examine()
    show(report, console or console_for(sys.stdout))
    return 0 if report.healthy else EnvironmentFailure.exit_status


def show(report: Report, console: Console) -> None:
    """Print the report as a table, then what to do."""
    table = Table(box=None, pad_edge=False)
    for heading in ("", "tool", "version or package", "what for"):
        table.add_column(heading, overflow="fold")
    for item in report.found:
        table.add_row(*_row(item))
    console.print(table)
    console.print(f"cache: {report.cache}, {_gigabytes(report.room)} free", highlight=False)
    for complaint in report.complaints:
        console.print(f"problem: {complaint}", style="red", markup=False, highlight=False)
    if report.install_line:
        console.print(
            f"missing, get it with:\n  {report.install_line}",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
    elif report.healthy:
        console.print("everything needed is here", style="green")


def _row(item: Found) -> tuple[str, str, str, str]:
    if item.complaint:
        return "bad", item.tool.name, item.version or item.tool.package, item.tool.purpose
    if item.where:
        number = re.search(r"\d+(?:\.\d+)+", item.version)
        version = number[0] if number else item.version or "here"
        return "ok", item.tool.name, version, item.tool.purpose
    mark = "MISSING" if item.tool.needed else "optional"
    return mark, item.tool.name, f"package {item.tool.package}", item.tool.purpose


def _gigabytes(size: int) -> str:
    return f"{size / (1 << 30):.1f} GiB"
