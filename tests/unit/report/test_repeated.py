# SPDX-License-Identifier: GPL-2.0-only
"""The same evidence gives the same reports to the byte, in whatever order a process keeps sets."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from rig.base.paths import ROOT
from rig.commands.cli import main

# Judges a run, and writes what else there is to read of it.
REPORTS = """
import sys
from rig.commands.cli import main
main(["judge", "run"])
for format in ("text", "html", "junit", "kcidb", "cover-letter"):
    main(["report", "run", "--format", format, "--output", f"{format}.out"])
"""

WRITTEN = (
    *(f"run/{name}" for name in ("verdict.json", "report.txt", "junit.xml", "report.html")),
    *(f"{format}.out" for format in ("text", "html", "junit", "kcidb", "cover-letter")),
)


def reports(run: Path, place: Path, seed: str) -> dict[str, bytes]:
    """Everything that a fresh process with a hash seed makes of a run, by name."""
    shutil.copytree(run, place / "run")
    done = subprocess.run(
        [sys.executable, "-c", REPORTS],
        cwd=place,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    printed = {"standard output": done.stdout.encode()}
    return printed | {name: (place / name).read_bytes() for name in WRITTEN}


def test_reports_do_not_know_the_order_of_sets(much: Path, tmp_path: Path) -> None:
    one, other = (reports(much, tmp_path / seed, seed) for seed in ("0", "1"))
    assert one.keys() == other.keys()
    assert all(one.values())
    assert [name for name in one if one[name] != other[name]] == []


# The keys of each part of verdict.json under the version that they belong to: who changes one gives
# it another number, for the programs that read it.
SHAPE = {
    2: {
        "verdict": {
            *("schema", "verdict", "claims", "series", "kernel", "clock", "notes", "reasons"),
            *("reproduce", "cases"),
        },
        "case": {
            *("id", "scenario", "about", "driver", "seed", "clock", "verdict", "claims", "known"),
            *("reasons", "reproduce", "lost", "fences", "jobs", "guest_seconds"),
            *("rules", "unsure", "differs"),
        },
        "reason": {"id", "known", "oracle", "text", "file", "line", "serial"},
    }
}


def test_the_version_of_verdict_json_belongs_to_its_shape(much: Path, tmp_path: Path) -> None:
    shutil.copytree(much, tmp_path / "run")
    assert main(["judge", str(tmp_path / "run")]) == 1
    verdict = json.loads((tmp_path / "run" / "verdict.json").read_text())
    shape = SHAPE[verdict["schema"]]
    assert verdict.keys() == shape["verdict"]
    assert verdict["cases"]
    assert verdict["reasons"]
    for case in verdict["cases"]:
        assert case.keys() == shape["case"]
    for reason in (*verdict["reasons"], *(r for case in verdict["cases"] for r in case["reasons"])):
        assert reason.keys() == shape["reason"]
