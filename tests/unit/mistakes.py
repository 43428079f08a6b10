# SPDX-License-Identifier: GPL-2.0-only
"""What a tired person types: a place full of things that are not what they seem."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import yaml

from rig.base.paths import ROOT
from rig.evidence.record import SCHEMA
from tests.unit.kernel.conftest import git

SCENARIO = """\
name: mine
title: a driver of mine
driver: mine
about: W1
modules: [mine]
programs:
  - name: export
    file: export
"""


def prepare(place: Path) -> None:
    """Put what the mistakes need into an empty directory."""
    (place / "empty").mkdir()
    (place / "notes.txt").write_text("remember the milk\n")
    (place / "x86.config").write_text("CONFIG_X86_64=y\n")
    (place / "typo.config").write_text("CONFIG_KASAN=y\nKASAN_INLINE=y\n")
    (place / "bare.config").write_text("# CONFIG_PROC_FS is not set\n")
    (place / "old.config").write_text("# m2m-rig: if defined\nCONFIG_SYSCTL=y\n")
    shutil.copytree(ROOT / "tests" / "corpus" / "red", place / "run")
    shutil.copytree(ROOT / "tests" / "corpus" / "clean", place / "unbuilt")
    (place / "unbuilt" / "build.json").unlink()
    (place / "damaged").mkdir()
    (place / "damaged" / "run.json").write_text(f'{{"schema": {SCHEMA}, "cases": "many"}}\n')
    (place / "future").mkdir()
    (place / "future" / "run.json").write_text('{"schema": 99}\n')
    for name, old, new in (
        ("mine", "", ""),
        ("typo", "workload:", "workloads:"),
        ("missing", "driver: mine\n", ""),
        ("gone", "file: export", "file: export.c"),
        ("tabs", "  - name", "\t- name"),
        ("many", "modules: [mine]", "machine: {cpus: 64}"),
    ):
        (place / f"{name}.m2m.yaml").write_text(SCENARIO.replace(old, new) if old else SCENARIO)
    linux = place / "linux"
    linux.mkdir()
    git(linux, "init", "-q")
    (linux / "Makefile").write_text("VERSION = 6\nPATCHLEVEL = 12\n")
    git(linux, "add", "-A")
    git(linux, "commit", "-qm", "base")
    git(linux, "checkout", "-q", "-b", "topic")
    (linux / "Makefile").write_text("VERSION = 6\nPATCHLEVEL = 13\n")
    git(linux, "commit", "-qam", "next")
    (linux / "Makefile").write_text("VERSION = 6\nPATCHLEVEL = 14\n")


@dataclass(frozen=True)
class Mistake:
    """A command line and what must come of it; "…" in `says` stands for anything."""

    typed: str
    status: int
    says: str


def _read() -> tuple[Mistake, ...]:
    rows = yaml.safe_load((Path(__file__).parent / "mistakes.yaml").read_text())
    return tuple(Mistake(**row) for row in rows)


MISTAKES = _read()

_MEANS = {3: "the machine lacks something", 4: "the input cannot be used"}


def document() -> str:
    """docs/reference/errors.md."""
    lines = [
        "# What goes wrong at the keyboard",
        "",
        "Made from `tests/unit/mistakes.yaml`, which a test types line by line. Every complaint is "
        "one line, with a hint",
        "below it where there is something to do about it; nothing has been written then. The exit "
        "status is never one of a",
        f"verdict: {', '.join(f'{status} means that {what}' for status, what in _MEANS.items())}.",
    ]
    verb = ""
    for mistake in MISTAKES:
        words = mistake.typed.split()
        if (words[1:2] or ["m2m-rig"])[0] != verb:
            verb = (words[1:2] or ["m2m-rig"])[0]
            lines += ["", f"## {verb}"]
        lines += ["", "```", f"$ {mistake.typed}", *mistake.says.splitlines(), "```"]
        if mistake.status != 4:
            lines += ["", f"Exit status {mistake.status}."]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(document(), end="")
