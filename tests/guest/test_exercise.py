# SPDX-License-Identifier: GPL-2.0-only
"""Histories in guests: what a seed draws is asked for real, and a red one is made small."""

from pathlib import Path

import pytest

from rig.base.paths import SCENARIOS
from rig.model.exercise.history import read
from rig.model.scenario import SUFFIX
from tests.guest.conftest import M2mRig

# Calls that have nothing to do with what is found.
IDLE = "".join(
    f"      - {line}\n"
    for line in ("0 v1 = open", "0 setup v1", "1 poll v1 ms=10", "0 control v1 id=1 value=1")
)


def test_what_a_seed_draws_is_asked_and_judged(m2m_rig: M2mRig) -> None:
    run = m2m_rig("run", "exercise-vim2m", "--series=none", "--claim=uapi", "--seeds=3")
    assert run.status == 0, run.output + run.errors
    for rule in ("qbuf-of-a-held-buffer", "dqbuf-flags", "timestamp-copied", "pixels"):
        often = [case["rules"][rule] for case in run.verdict["cases"]]
        # Each seed draws something else.
        assert sum(often) >= 4, (rule, often)


@pytest.mark.long
def test_a_red_history_is_made_small(m2m_rig: M2mRig, tmp_path: Path) -> None:
    file = tmp_path / "mine.m2m.yaml"
    text = (SCENARIOS / "findings" / f"visl-queued-reqbufs{SUFFIX}").read_text()
    text = text.replace("name: visl-queued-reqbufs", "name: mine")
    file.write_text(text.replace("    history:\n", f"    history:\n{IDLE}"))
    red = m2m_rig("run", f"--scenario={file}", "--series=none")
    assert red.status == 1, red.output + red.errors
    shrunk = m2m_rig("shrink", str(red.directory), "--reason=splat.circular-locking")
    assert shrunk.status == 0, shrunk.output + shrunk.errors
    assert shrunk.directory is not None
    lines = read((shrunk.directory / "mine-reqbufs.history").read_text(), "mine")
    names = [line.split()[-1] if "=" not in line.split() else line.split()[3] for line in lines]
    assert len(lines) <= 9, lines
    assert not {"control", "poll"} & set(names)
    assert "thread_0" in (shrunk.directory / "mine-reqbufs.c").read_text()
