# SPDX-License-Identifier: GPL-2.0-only
"""README and docs show what m2m-rig really prints, and `make run` and `make test` do what they say.

`make test-docs`; minutes.
"""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from rig.base.paths import ROOT
from tests.documents import PAGES, Command, commands

pytestmark = pytest.mark.long

COMMANDS = [command for page in PAGES for command in commands(page)]

# How long a case took.
_SECONDS = re.compile(r"(?<=  )\d+( min \d\d)? s(?=  |$)", re.MULTILINE)


def comparable(text: str) -> str:
    """Without times, and without the blanks that end a line of a table."""
    lines = (line.rstrip() for line in _SECONDS.sub("N s", text).splitlines())
    return "\n".join(lines).strip()


@pytest.mark.parametrize("command", COMMANDS, ids=str)
def test_a_command_prints_what_the_page_shows(command: Command, tmp_path: Path) -> None:
    if command.prints is None:
        pytest.skip("the page does not show what it prints; tests/unit/test_docs.py tries it")
    program, *words = shlex.split(command.text)
    assert program == "m2m-rig"
    done = subprocess.run(
        [sys.executable, "-m", "rig", *words], cwd=tmp_path, capture_output=True, text=True
    )
    parts = comparable(command.prints).split("…")
    pattern = ".*".join(re.escape(part) for part in parts)
    printed = comparable(done.stdout)
    assert re.fullmatch(pattern, printed, re.DOTALL), done.stdout + done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("run", "ARGS=vim2m-export"),
        ("test", "ARGS=-n 0 tests/unit/test_workers.py"),
    ],
    ids=lambda words: words[0],
)
def test_the_two_commands(words: tuple[str, ...], tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
    done = subprocess.run(
        ["make", *words], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
