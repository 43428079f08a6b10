# SPDX-License-Identifier: GPL-2.0-only
"""b4 as a second reader: it decides nothing, and where it differs somebody is told."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from rig.host.tools import search_path
from rig.kernel import reading
from rig.kernel.mail import b4
from tests.unit.kernel.mails import Sent, diff, mailbox, patch, whole

INSTALLED = shutil.which("b4", path=search_path())

THREADS: dict[str, list[Sent]] = {
    "one version": whole(),
    "shuffled": whole()[::-1],
    "two versions and answers": [*whole(), whole()[1].answer(diff(1, 99)), *whole(2, 1)],
    "base64": [replace(mail, way="base64-crlf") for mail in whole()],
    "quoted-printable": [replace(mail, way="quoted-printable") for mail in whole()],
    "only what changed": [
        *whole(), patch(2, 77, 2, parents=("v1-0@example.org", "v1-2@example.org")),
    ],
}  # fmt: skip


def read(mails: list[Sent], place: Path) -> reading.Reading:
    box = place / "thread.mbox"
    box.write_bytes(mailbox(*mails))
    return reading.of_file(box)


@pytest.mark.skipif(INSTALLED is None, reason="b4 is not installed")
@pytest.mark.parametrize("name", THREADS)
def test_both_readers_agree(name: str, tmp_path: Path) -> None:
    assert b4.diffs(mailbox(*THREADS[name])) is not None
    assert not any("b4" in note for note in read(THREADS[name], tmp_path).notes)


@pytest.fixture
def pretended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program of this name that writes what stands in a file, and its words into another."""
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "b4"
    program.write_text(
        f'#!/bin/sh\necho "$@" "$HOME" > {tmp_path}/words\n'
        f"for last; do :; done\ncp {tmp_path}/answer $last/x.mbx\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{search_path()}")
    return tmp_path / "answer"


def test_where_it_differs_the_user_is_told(pretended: Path, tmp_path: Path) -> None:
    pretended.write_bytes(mailbox(*whole(more=5)[1:]))
    found = read(whole(), tmp_path)
    assert found.notes == (
        f"b4 takes other patches out of {tmp_path}/thread.mbox: compare with "
        f"`b4 am -m {tmp_path}/thread.mbox`",
    )
    assert b"return 10;" in found.patches[0].text
    words = (tmp_path / "words").read_text()
    assert "--offline-mode" in words
    assert str(Path.home()) not in words.split()


@pytest.mark.parametrize(
    "answer", [whole()[1:], whole(more=5)[1:3], []], ids=["the same", "not whole", "nothing"]
)
def test_where_it_does_not_differ_nothing_is_said(
    pretended: Path, tmp_path: Path, answer: list[Sent]
) -> None:
    pretended.write_bytes(mailbox(*answer))
    assert read(whole(), tmp_path).notes == ()


def test_it_is_not_asked_where_it_cannot_know(pretended: Path, tmp_path: Path) -> None:
    pretended.write_bytes(mailbox(*whole(more=5)[1:]))
    read([replace(mail, id="", parents=()) for mail in whole()], tmp_path)
    read([patch(1, prefix="[PATCH]")], tmp_path)
    assert not (tmp_path / "words").exists()
