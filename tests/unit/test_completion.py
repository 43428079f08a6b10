# SPDX-License-Identifier: GPL-2.0-only
"""What the shell is told when somebody presses TAB."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("m2m-rig pre", {"preflight"}),
        ("m2m-rig run --ser", {"--series"}),
        ("m2m-rig run --series producer", {"producer-fence"}),
        ("m2m-rig run --kernel linux-6.12", {"linux-6.12"}),
        ("m2m-rig run --profile lock", {"lockdep"}),
        ("m2m-rig soak --driver vim2", {"vim2m"}),
        ("m2m-rig run vim2m-exp", {"vim2m-export"}),
        ("m2m-rig run --seed 3 hantro-un", {"hantro-unload", "hantro-unplug-busy"}),
        ("m2m-rig run vim2m-export rga-toge", {"rga-together"}),
        ("m2m-rig soak compliance-v", {"compliance-vim2m"}),
        ("m2m-rig list visl-s", {"visl-slices"}),
        ("m2m-rig run --about sle", {"sleep"}),
        ("m2m-rig run --about goi", {r"going\ away"}),
        ("m2m-rig run mi", set()),
        ("m2m-rig run --claim f", {"fences"}),
        ("m2m-rig selfcheck --fault F0", {"F01", "F02"}),
        ("m2m-rig report --format cov", {"cover-letter"}),
        ("m2m-rig run --series mi", {"mine/"}),
        ("m2m-rig run --series zz", set()),
    ],
)
def test_names_are_completed(tmp_path: Path, typed: str, offered: set[str]) -> None:
    (tmp_path / "mine").mkdir()
    answer = tmp_path / "answer"
    environment = {
        **os.environ,
        "_ARGCOMPLETE": "1",
        "_ARGCOMPLETE_IFS": "\n",
        "_ARGCOMPLETE_STDOUT_FILENAME": str(answer),
        "_ARGCOMPLETE_SUPPRESS_SPACE": "1",
        "COMP_LINE": typed,
        "COMP_POINT": str(len(typed)),
        "COMP_TYPE": "9",
    }
    done = subprocess.run(
        [sys.executable, "-m", "rig"], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.stderr == ""
    found = {word.strip() for word in answer.read_text().split("\n") if word.strip()}
    # Nothing that does not begin as typed, and what must be there.
    assert all(word.startswith(typed.rpartition(" ")[2]) for word in found), found
    assert found >= offered
    assert offered or not found
