# SPDX-License-Identifier: GPL-2.0-only
"""What a tired person types: a place full of things that are not what they seem."""

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from rig.base.paths import ROOT
from rig.evidence.record import RUN_SCHEMA
from tests.unit.kernel.conftest import git
from tests.unit.kernel.mails import diff, mailbox, of_parts, patch, text, whole

SCENARIO = """\
name: mine
title: a driver of mine
driver: mine
about: export
modules: [mine]
programs:
  - name: export
    file: export
sources: [drivers/media/platform/mine/**]
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
    (place / "damaged" / "run.json").write_text(f'{{"schema": {RUN_SCHEMA}, "cases": "many"}}\n')
    (place / "old").mkdir()
    (place / "old" / "run.json").write_text('{"schema": 2, "reproduce": "m2m-rig run"}\n')
    (place / "future").mkdir()
    (place / "future" / "run.json").write_text('{"schema": 99}\n')
    for name, old, new in (
        ("mine", "", ""),
        ("typo", "about:", "abuot:"),
        ("missing", "driver: mine\n", ""),
        ("whose", "sources: [drivers/media/platform/mine/**]\n", ""),
        ("gone", "file: export", "file: export.c"),
        ("tabs", "  - name", "\t- name"),
        ("many", "modules: [mine]", "machine: {cpus: 64}"),
    ):
        (place / f"{name}.m2m.yaml").write_text(SCENARIO.replace(old, new) if old else SCENARIO)
    _prepare_mails(place)
    linux = place / "linux"
    linux.mkdir()
    git(linux, "init", "-q")
    (linux / "Makefile").write_text("VERSION = 6\nPATCHLEVEL = 12\n")
    git(linux, "add", "-A")
    git(linux, "commit", "-qm", "base")
    git(linux, "checkout", "-q", "-b", "topic")
    (linux / "Makefile").write_text("VERSION = 6\nPATCHLEVEL = 13\n")
    git(linux, "commit", "-qam", "next")
    git(linux, "config", "uploadpack.allowFilter", "true")
    for name, option in (("shallow", "--depth=1"), ("partial", "--filter=blob:none")):
        git(place, "clone", "-q", option, f"file://{linux}", name)
    (linux / "Makefile").write_text("VERSION = 6\nPATCHLEVEL = 14\n")


def _prepare_mails(place: Path) -> None:
    """Series that are none: patches that are not there, or are no patches."""
    single = patch(1, prefix="[PATCH]", parents=())
    (place / "gap").mkdir()
    for number in (1, 3):
        (place / "gap" / f"{number:04}-x.patch").write_bytes(single.raw())
    (place / "short.mbox").write_bytes(mailbox(*whole()[:3]))
    (place / "newer.mbox").write_bytes(mailbox(*whole(), *whole(2)[:2]))
    (place / "answer.eml").write_bytes(single.answer(diff(1, 99)).raw())
    (place / "html.eml").write_bytes(of_parts(single, text("<pre>x</pre>", "html")))
    wrapped = single.body.replace("\treturn 10;", "\treturn\n10;")
    (place / "wrapped.eml").write_bytes(replace(single, body=wrapped).raw())


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
