# SPDX-License-Identifier: GPL-2.0-only
"""`make coverage`: what the unit tests run of the rig, in all, by package, and where least.

    python -m tests.tools.coverage tests/unit [ARGUMENT OF PYTEST]...

`coverage run` is started before pytest is: the rig is a plugin of pytest's, so pytest-cov would
come too late for everything that a module does when it is imported.  Workers of pytest-xdist, and
each `python -m rig` that a test starts, are measured because coverage leaves word for them in the
environment, which its .pth file reads before anything else (`patch` in pyproject.toml).
"""

import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from rig.base.paths import ROOT

# So many modules are named that have the most lines that no test runs.
LEAST = 12


@dataclass(frozen=True)
class Count:
    """Lines and branches of some modules, and those that were run.

    Args:
        lines, branches: that could be run; a branch is a way out of a line that has several.
    """

    modules: int
    lines: int
    lines_run: int
    branches: int
    branches_run: int

    @property
    def percent(self) -> float:
        """As coverage counts: lines and branches are worth the same."""
        all = self.lines + self.branches
        return 100 * (self.lines_run + self.branches_run) / all if all else 100.0

    @property
    def missed(self) -> int:
        """Lines that were not run."""
        return self.lines - self.lines_run


def read(document: Mapping[str, Any]) -> dict[str, Count]:
    """The count of each module in what `coverage json` writes, by its path from the root."""
    return {
        path: Count(
            1,
            found["num_statements"],
            found["covered_lines"],
            found["num_branches"],
            found["covered_branches"],
        )
        for path, file in document["files"].items()
        for found in [file["summary"]]
    }


def added(counts: Iterable[Count]) -> Count:
    """The sum."""
    return Count(
        *(
            sum(getattr(count, name) for count in rows)
            for rows in [tuple(counts)]
            for name in Count.__dataclass_fields__
        )
    )


def by_package(modules: Mapping[str, Count]) -> dict[str, Count]:
    """The packages directly below `rig`, in the order of their names."""
    names = {path: Path(path).parts[1] if Path(path).parts[2:] else "" for path in modules}
    return {
        name: added(modules[path] for path in modules if names[path] == name)
        for name in sorted(set(names.values()))
    }


def show(modules: Mapping[str, Count], console: Console) -> None:
    """Print the table."""
    table = Table("package", box=None)
    for column in ("modules", "lines", "missed", "branches", "%"):
        table.add_column(column, justify="right")
    packages = by_package(modules)
    total = added(packages.values())
    for name, count in (*((f"rig/{name}", each) for name, each in packages.items()), ("", total)):
        numbers = (count.modules, count.lines, count.missed, count.branches)
        table.add_row(name or "all", *map(str, numbers), f"{count.percent:.1f}")
    console.print(table)
    least = Counter({path: count.missed for path, count in modules.items()}).most_common(LEAST)
    told = ", ".join(f"{path} {missed}" for path, missed in least if missed)
    console.print(f"lines missed most: {told or 'none'}", soft_wrap=True)


def measure(arguments: Sequence[str]) -> int:
    """Run tests; the exit status of pytest."""
    _coverage("erase")
    status = _coverage("run", "-m", "pytest", "-q", "-n", "auto", *arguments)
    _coverage("combine", "-q")
    return status


def _coverage(*words: str) -> int:
    return subprocess.run([sys.executable, "-m", "coverage", *words], cwd=ROOT).returncode


def main(arguments: Sequence[str]) -> int:
    """Measure and print; what fails in the tests fails here."""
    status = measure(arguments)
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        if _coverage("json", "-q", "-o", file.name):
            return 1
        show(read(json.loads(Path(file.name).read_text())), Console())
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
