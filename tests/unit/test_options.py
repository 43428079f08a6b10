# SPDX-License-Identifier: GPL-2.0-only
"""The command line: what it chooses, and that a run says how to choose the same again."""

import dataclasses
import json
import shlex
from pathlib import Path

import pytest

from rig.base.errors import InputError
from rig.commands.choice import parse_options
from rig.commands.cli import main
from rig.evidence.record import RunDir, RunRecord, save
from rig.model.claims.locks import CLAIM as LOCKS


@pytest.mark.parametrize(
    ("words", "seeds"),
    [
        ("run", (1,)),
        ("run --seed 7 --seed 3 --seed 7", (7, 3)),
        ("run --seeds 3", (1, 2, 3)),
        ("soak --seeds 2", (1, 2)),
        ("soak", tuple(range(1, 21))),
        ("soak --seed 9", (9,)),
    ],
)
def test_seeds(words: str, seeds: tuple[int, ...]) -> None:
    assert parse_options(words.split()).seeds == seeds


@pytest.mark.parametrize(
    "words",
    ["run --seed 1 --seeds 3", "run --seeds x", "run --shard 3/2", "run --shard 0/2",
     "run --shard 2", "run -j 0", "run -j many", "run --seeds 0", "run --seed -1"],
)  # fmt: skip
def test_bad_choices_are_refused(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words.split()) == 4
    assert len(capsys.readouterr().err.splitlines()) <= 2


@pytest.mark.parametrize(
    "words",
    [
        "run --series none",
        "run --series none --driver vim2m --workload W1 --seed 7 --seed 9",
        "run --series none --seeds 3 --clock real --claim fences",
        "run --kernel '/my kernel' --series none --patch a.patch --shard 2/3",
        "run --series producer-fence --fault F06",
        "run --series producer-fence --strict",
        "soak --series producer-fence",
        "soak --series producer-fence --seeds 4 --real-seeds 0 --shard 1/2",
        "soak --series none --seed 6 --real-seeds 2 --driver vim2m --cumulative",
    ],
)
def test_a_run_says_how_to_repeat_it(words: str) -> None:
    options = parse_options(shlex.split(words))
    again = shlex.split(options.whole_command())
    assert again[0] == "m2m-rig"
    assert parse_options(again[1:]) == options


def made_by(folder: Path, words: str) -> Path:
    record = RunRecord(("a-s1",), (LOCKS,), "none", "6.12", "virtual", (1,), f"m2m-rig {words}")
    folder.mkdir()
    save(record, RunDir(folder).run)
    return folder


def test_a_run_is_resumed_as_it_was_begun(tmp_path: Path) -> None:
    words = "soak --series none --seeds 4 --real-seeds 1 --shard 1/2"
    folder = made_by(tmp_path / "run", words)
    resumed = parse_options(["soak", "--resume", str(folder), "-j", "3", "--fail-fast"])
    begun = parse_options(words.split())
    assert resumed == dataclasses.replace(begun, resume=folder, jobs=3, fail_fast=True)


@pytest.mark.parametrize("words", ["run", "soak --seeds 5", "soak --series producer-fence"])
def test_a_resumed_run_is_no_other_run(tmp_path: Path, words: str) -> None:
    folder = made_by(tmp_path / "run", "soak --series none --seeds 4")
    with pytest.raises(InputError, match="is another run"):
        parse_options([*words.split(), "--resume", str(folder)])


def test_what_is_no_run_is_not_resumed(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"run\.json is missing"):
        parse_options(["run", "--resume", str(tmp_path)])
    (tmp_path / "run.json").write_text(json.dumps({"schema": 99}))
    with pytest.raises(InputError, match="version 99"):
        parse_options(["run", "--resume", str(tmp_path)])
