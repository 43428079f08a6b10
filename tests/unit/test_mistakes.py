# SPDX-License-Identifier: GPL-2.0-only
"""What a tired person types: one clear line, perhaps a hint, the right status, nothing written.

docs/reference/errors.md is made from the same table (`make docs`).
"""

import re
import shlex
from pathlib import Path

import pytest

from rig.commands.cli import main
from tests.unit.mistakes import MISTAKES, Mistake, prepare


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("place")
    prepare(made)
    return made


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.typed)
def test_a_mistake_is_told_and_does_nothing(
    mistake: Mistake,
    place: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    # A cache of its own: a mistake that was understood must not reach anything of value.
    monkeypatch.setenv("M2M_RIG_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(place)
    before = sorted(place.rglob("*"))
    assert main(shlex.split(mistake.typed)[1:]) == mistake.status
    shown = capsys.readouterr()
    said = shown.err.replace(str(place), "$PWD")
    pattern = ".*".join(re.escape(part) for part in mistake.says.split("…"))
    assert re.fullmatch(pattern, said), said
    assert shown.out == ""
    assert len(said.splitlines()) <= 2
    assert sorted(place.rglob("*")) == before
