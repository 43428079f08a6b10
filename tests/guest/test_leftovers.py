# SPDX-License-Identifier: GPL-2.0-only
"""What a kernel leaves behind without a word is found, by place and by owner."""

import dataclasses
from pathlib import Path

import pytest

from rig.commands.pytest_plugin import GuestOutcome, GuestSession
from rig.evidence.record import RunDir
from rig.model.claims.locks import CLAIM as LOCKS
from rig.model.scenario import Program, Scenario, Shape

# Where the rig's own modules are compiled, as the kernel names it.
SOURCES = "rig-modules/modules/"


def leave(guest: GuestSession, folder: Path, what: str, scope: tuple[str, ...]) -> GuestOutcome:
    session = GuestSession(dataclasses.replace(guest.gate, directory=RunDir(folder)))
    return session.run(
        Scenario(
            name=f"left-{what}",
            title="something is left",
            driver="none",
            about="mishap",
            programs=(Program(name="mishap", file="badluck", args=(f"--what=left-{what}",)),),
            modules=("vim2m", "m2m_splat"),
            machine=Shape(turns="coarse"),
            scope=scope,
            claims=(LOCKS,),
        )
    )


@pytest.mark.parametrize(
    ("what", "reason", "text"),
    [
        ("memory", "left.memory", "make_left_memory: 1 more allocations than before (0, then 1)"),
        ("reference", "left.held", "vim2m.0 (vim2m): references: "),
        ("awake", "left.held", "vim2m.0 (vim2m): requests to stay awake: "),
        ("module", "left.held", "module m2m_splat: references: 0 before, 1 after"),
    ],
)
def test_what_is_left_is_dirty(
    guest: GuestSession, tmp_path: Path, what: str, reason: str, text: str
) -> None:
    outcome = leave(guest, tmp_path, what, (SOURCES,))
    assert outcome.verdict.outcome == "DIRTY"
    [found] = outcome.verdict.reasons
    assert found.id == reason
    assert found.text.startswith(text)


def test_memory_that_others_leave_is_theirs(guest: GuestSession, tmp_path: Path) -> None:
    assert leave(guest, tmp_path, "memory", ()).verdict.outcome == "CLEAN"
