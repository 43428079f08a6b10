# SPDX-License-Identifier: GPL-2.0-only
"""A planted splat of each kind, in scope and elsewhere; parsers meet the kernel that was built."""

import dataclasses
from pathlib import Path

import pytest

from rig.commands.pytest_plugin import GuestOutcome, GuestSession
from rig.evidence.record import RunDir
from rig.model.scenario import Program, Scenario, Shape

# Where the rig's own modules are compiled, as line tables name it.
SOURCES = "rig-modules/modules/"


def plant(guest: GuestSession, folder: Path, kind: str, scope: tuple[str, ...]) -> GuestOutcome:
    session = GuestSession(dataclasses.replace(guest.gate, directory=RunDir(folder)))
    return session.run(
        Scenario(
            name=f"splat-{kind}",
            title="a mistake on purpose",
            driver="none",
            about="splat",
            programs=(Program(name="idle", file="idle", args=("--seconds=1",)),),
            modules=(f"m2m_splat kind={kind}",),
            machine=Shape(turns="coarse"),
            scope=scope,
        )
    )


@pytest.mark.parametrize(
    ("kind", "reason", "file"),
    [
        ("abba", "splat.circular-locking", "splat_locks.c"),
        ("irq-inversion", "splat.irq-inversion", "splat_irq.c"),
        ("held-return", "splat.lock-held-on-return", "splat_locks.c"),
        ("sleep-atomic", "splat.sleeping-in-atomic", "splat_context.c"),
        ("warn", "splat.warn", "splat_data.c"),
        ("oops", "splat.oops", "splat_data.c"),
        ("fence-alloc", "splat.circular-locking", "splat_fence.c"),
    ],
)
def test_in_scope_is_dirty(
    guest: GuestSession, tmp_path: Path, kind: str, reason: str, file: str
) -> None:
    outcome = plant(guest, tmp_path, kind, (SOURCES,))
    assert outcome.verdict.outcome == "DIRTY", outcome.verdict.reasons
    first = outcome.verdict.reasons[0]
    assert first.id == reason
    assert first.file == SOURCES + file
    assert first.line > 0
    assert first.serial > 0


def test_the_same_splat_elsewhere_is_inconclusive(guest: GuestSession, tmp_path: Path) -> None:
    outcome = plant(guest, tmp_path, "warn", ())
    assert outcome.verdict.outcome == "INCONCLUSIVE"
    assert outcome.reason_ids()[0] == "splat.elsewhere"


def test_lockdep_goes_on_after_a_warning(guest: GuestSession, tmp_path: Path) -> None:
    """A WARN neither stops lockdep nor hides the canary; a lock report does both."""
    assert plant(guest, tmp_path / "warn", "warn", ()).evidence.canary is not None
    assert plant(guest, tmp_path / "abba", "abba", ()).evidence.canary is None
