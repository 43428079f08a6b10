# SPDX-License-Identifier: GPL-2.0-only
"""Detectors that a profile adds: each is alive to the end, and finds what is there to be found.

Each kernel is a first build: many minutes, once.
"""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from rig.base.paths import FAULTS, HISTORY
from rig.campaign.selfcheck import check, faulty_gate
from rig.commands.pytest_plugin import GuestOutcome, GuestSession
from rig.model import faults
from rig.model.claims import claims
from rig.model.options import Options
from rig.model.scenario import Program, Scenario, Shape
from rig.run.prepare import prepare
from rig.view.output import progress_for
from tests.guest.conftest import M2mRig, bundled

pytestmark = pytest.mark.long

# Where the rig's own modules are compiled, as line tables name it.
SOURCES = "rig-modules/modules/"

CATALOGUE = faults.load(FAULTS)

Profiled = Callable[..., GuestSession]


@pytest.fixture
def profiled(tmp_path: Path) -> Profiled:
    """Guests on a kernel of some profile."""

    def session(profile: str) -> GuestSession:
        options = Options(
            series="producer-fence", profile=profile, claims=claims(), fresh="boot", out=tmp_path
        )
        return GuestSession(prepare(options, progress_for()))

    return session


def with_arguments(name: str, *words: str) -> Scenario:
    """A bundled scenario on a kernel that is told something."""
    return dataclasses.replace(bundled(name), name=f"{name}-told", kernel_args=words)


def ids(outcome: GuestOutcome) -> list[str]:
    return [f"{reason.id}: {reason.text}" for reason in outcome.verdict.reasons]


@pytest.mark.parametrize("profile", ["lockdep+kasan", "lockdep+kmemleak", "lockdep+kcsan"])
def test_a_driver_without_a_mistake_is_clean(profiled: Profiled, profile: str) -> None:
    outcome = profiled(profile).run(bundled("vim2m-export"))
    assert outcome.verdict.outcome == "CLEAN", ids(outcome)
    evidence = outcome.evidence
    assert evidence.canary is not None
    heard = (evidence.canaries.memory, evidence.canaries.leaks, evidence.canaries.races)
    names = ("kasan", "kmemleak", "kcsan")
    assert [bool(each) for each in heard] == [name in profile for name in names]


@pytest.mark.parametrize(
    ("profile", "told", "reason"),
    [
        ("lockdep+kmemleak", "kmemleak=off", "leaks.canary-silent"),
        ("lockdep+kcsan", "kcsan.skip_watch=1000000000", "races.canary-silent"),
    ],
)
def test_one_that_is_off_is_missed(
    profiled: Profiled, profile: str, told: str, reason: str
) -> None:
    outcome = profiled(profile).run(with_arguments("vim2m-export", told))
    assert outcome.verdict.outcome == "INCONCLUSIVE", ids(outcome)
    assert outcome.reason_ids() == (reason,)


@pytest.mark.parametrize("fault", [f for f in CATALOGUE.faults if f.profile], ids=lambda f: f.id)
def test_a_mistake_that_only_a_profile_shows(fault: faults.Fault, tmp_path: Path) -> None:
    gate = faulty_gate([fault], tmp_path, progress_for())
    for scenario in fault.shows:
        assert check(gate, None, scenario).as_it_must
        assert check(gate, fault, scenario).as_it_must


def test_memory_that_nothing_points_to_is_lost(profiled: Profiled) -> None:
    outcome = profiled("lockdep+kmemleak").run(
        Scenario(
            name="lost-memory",
            title="a mistake on purpose",
            driver="none",
            about="splat",
            programs=(Program(name="idle", file="idle", args=("--seconds=1",)),),
            modules=("m2m_splat kind=left-memory",),
            machine=Shape(turns="coarse"),
            scope=(SOURCES,),
        )
    )
    assert outcome.verdict.outcome == "DIRTY", ids(outcome)
    (lost,) = (each for each in outcome.verdict.reasons if each.id == "splat.kmemleak")
    assert lost.file == f"{SOURCES}splat_left.c"
    assert "make_left_memory" in lost.text


def test_a_counter_that_is_read_without_its_lock_is_a_race(m2m_rig: M2mRig) -> None:
    patch = f"--patch={HISTORY / '06.patch'}"
    run = m2m_rig("run", patch, "--profile", "lockdep+kcsan", "--driver", "vim2m")
    assert run.status == 1, run.output + run.errors
    assert "splat.kcsan" in run.reason_ids()
