# SPDX-License-Identifier: GPL-2.0-only
"""`make coverage` adds up what was run, and measures what is imported early or started."""

import io
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from rig.base.paths import ROOT
from tests.tools.coverage import Count, added, by_package, read, show


def summary(lines: int, lines_run: int, branches: int, branches_run: int) -> dict[str, object]:
    return {
        "summary": {
            "num_statements": lines,
            "covered_lines": lines_run,
            "num_branches": branches,
            "covered_branches": branches_run,
        }
    }


DOCUMENT = {
    "files": {
        "rig/__main__.py": summary(2, 2, 0, 0),
        "rig/judge/verdict.py": summary(10, 5, 4, 2),
        "rig/judge/oracles/done.py": summary(30, 30, 6, 6),
        "rig/run/__init__.py": summary(0, 0, 0, 0),
    }
}


def test_modules_are_added_up_by_package() -> None:
    packages = by_package(read(DOCUMENT))
    assert packages == {
        "": Count(1, 2, 2, 0, 0),
        "judge": Count(2, 40, 35, 10, 8),
        "run": Count(1, 0, 0, 0, 0),
    }
    assert added(packages.values()) == Count(4, 42, 37, 10, 8)
    assert (packages["judge"].missed, packages["judge"].percent) == (5, 86)
    assert packages["run"].percent == 100


def test_the_table_ends_with_all_of_it() -> None:
    stream = io.StringIO()
    show(read(DOCUMENT), Console(file=stream, width=100))
    lines = [line.split() for line in stream.getvalue().splitlines()]
    assert ["rig/judge", "2", "40", "5", "10", "86.0"] in lines
    assert lines[-2] == ["all", "4", "42", "5", "10", "86.5"]
    assert lines[-1] == ["lines", "missed", "most:", "rig/judge/verdict.py", "5"]


def test_what_a_test_starts_and_what_pytest_imports_is_measured(tmp_path: Path) -> None:
    """A test in a worker of pytest-xdist that starts `python -m rig`: lines of three processes."""
    coverage = pytest.importorskip("coverage")
    (tmp_path / "test_it.py").write_text(
        "import subprocess, sys\n"
        "def test_it():\n"
        "    subprocess.run([sys.executable, '-m', 'rig', '--version'], check=True)\n"
    )
    data = f"--data-file={tmp_path / 'data'}"
    settings = f"--rcfile={ROOT / 'pyproject.toml'}"
    for words in (
        # With a place of its own: pytest clears the common one up when it ends.
        ("run", data, settings, "-m", "pytest", "-q", "-n1", f"--basetemp={tmp_path / 'temp'}",
         "--rootdir=.", "test_it.py"),
        ("combine", "-q", data, settings),
    ):  # fmt: skip
        argv = [sys.executable, "-m", "coverage", *words]
        done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    found = coverage.CoverageData(str(tmp_path / "data"))
    found.read()
    # The one has nothing but imports and the call; of the other, what runs when it is imported.
    for path, line in (
        ("__main__.py", "sys.exit(main())"),
        ("commands/pytest_plugin.py", "class Sc"),
    ):
        source = ROOT / "rig" / path
        first = next(n for n, text in enumerate(source.read_text().splitlines(), 1) if line in text)
        assert first in (found.lines(str(source)) or ()), path
