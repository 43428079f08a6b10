# SPDX-License-Identifier: GPL-2.0-only
"""Bad luck within the guest has one clear reason; nothing imitates the rig or the kernel."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from rig.commands.pytest_plugin import GuestOutcome, GuestSession
from rig.evidence.record import RunDir
from rig.machine.run import Limits
from rig.model.claims.locks import CLAIM as LOCKS
from rig.model.scenario import Program, Scenario, Shape
from rig.run.apart import hung_in

CLEAN = ("CLEAN", "")


def limited(guest: GuestSession, folder: Path, silence: float) -> GuestSession:
    machines = replace(guest.gate.machines, limits=Limits(silence=silence, brisk=silence))
    return GuestSession(replace(guest.gate, machines=machines, directory=RunDir(folder)))


@pytest.fixture
def own(guest: GuestSession, tmp_path: Path) -> GuestSession:
    """Guests whose evidence may be tampered with, given up sooner than others."""
    return limited(guest, tmp_path, 20.0)


@pytest.fixture
def patient(guest: GuestSession, tmp_path: Path) -> GuestSession:
    """Guests that have the time to tell by themselves that they spin: they need some seconds of
    their own, and the shortest loop takes QEMU five of the host's for each."""
    return limited(guest, tmp_path, 180.0)


def suffer(own: GuestSession, what: str, **changes: object) -> GuestOutcome:
    scenario = Scenario(
        name=f"mishap-{what}",
        title="bad luck",
        driver="none",
        about="mishap",
        programs=(Program(name="mishap", file="badluck", args=(f"--what={what}",), seconds=5),),
        modules=("vim2m",),
        machine=Shape(turns="coarse", memory=256),
        claims=(LOCKS,),
    )
    return own.run(replace(scenario, **changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("what", "verdict", "reason"),
    [
        ("reboot", "INCONCLUSIVE", "guest.reset: guest-reset"),
        ("power-off", "INCONCLUSIVE", "guest.unfinished: results without an end mark"),
        ("crash-init", "INCONCLUSIVE", "results.malformed: .* gave up: crashed, signal 11"),
        ("sleep", "INCONCLUSIVE", "workload.died: mishap: timeout 5 s$"),
        ("burn", "INCONCLUSIVE", "workload.died: mishap: timeout 1 s of CPU$"),
        ("burn-child", "INCONCLUSIVE", "workload.died: mishap: timeout 1 s of CPU$"),
        # Nobody else runs on its CPU, so not even the kernel's own threads. The kernel and init
        # both lose patience after 5 s; who is first depends on where turns are cut.
        (
            "spin",
            "INCONCLUSIVE",
            r"splat\.\w+: rcu: INFO: rcu_preempt .*stall|workload\.died: mishap: timeout 5 s$",
        ),
        ("flood", *CLEAN),
        ("junk", *CLEAN),
        ("junk-tty", "INCONCLUSIVE", "log.gap"),
        ("protocol", *CLEAN),
        ("report-kmsg", *CLEAN),
        # Whoever writes to the UART itself may lie, and is told that no record bears it out.
        ("report-tty", "DIRTY", "log.gap: serial only: ==="),
        ("spoil", "INCONCLUSIVE", "log.gap: serial only: half a line "),
    ],
)
def test_mishap(own: GuestSession, what: str, verdict: str, reason: str) -> None:
    outcome = suffer(own, what)
    told = [f"{found.id}: {found.text}" for found in outcome.verdict.reasons]
    assert outcome.verdict.outcome == verdict, told
    assert "rig.crashed" not in outcome.reason_ids()
    if reason:
        assert any(re.match(reason, line) for line in told), told


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("kernel-hang", "workload.died: mishap: timeout 5 s, cannot be killed"),
        ("kernel-spin", "workload.died: mishap: timeout 1 s of CPU, cannot be killed"),
        ("kernel-spin-worker", "workload.died: mishap: timeout 1 s of CPU, cannot be killed"),
        # As far as the kernel tells by itself, it knows the place.
        ("kernel-spin-atomic", r"splat.soft-lockup: .*, in make_spin_atomic"),
    ],
)
def test_a_kernel_that_is_stuck_tells_itself(patient: GuestSession, what: str, reason: str) -> None:
    scope = ("rig-modules/modules/",)
    outcome = suffer(patient, what, modules=("vim2m", "m2m_splat"), scope=scope)
    told = [f"{found.id}: {found.text}" for found in outcome.verdict.reasons]
    assert re.fullmatch(reason, told[0]), told
    assert "guest.stalled" not in outcome.reason_ids()


@pytest.mark.parametrize("how", ["relaxed", "irqs_off"])
def test_of_a_kernel_that_says_nothing_the_place_is_told(own: GuestSession, how: str) -> None:
    """A round that gives way to the other CPU takes QEMU so long that no time passes; without
    interrupts a CPU looks at no clock."""
    what = f"kernel-spin-{how}".replace("_", "-")
    outcome = suffer(own, what, modules=("vim2m", "m2m_splat"))
    told = " ".join(reason.text for reason in outcome.verdict.reasons)
    place = rf"CPU \d in make_spin_{how} \(rig-modules/modules/splat_context\.c:\d+\)"
    assert re.search(place, told), told


def test_what_comes_after_a_hang_is_not_run(own: GuestSession) -> None:
    """Each would hang as well, for its whole time."""
    hang = Program(name="hang", file="badluck", args=("--what=kernel-hang",), seconds=5)
    after = Program(name="after", file="idle", args=("--seconds=1",), seconds=60)
    outcome = suffer(
        own, "hang", programs=(hang, after, replace(after, name="last")),
        modules=("vim2m", "m2m_splat"),
    )  # fmt: skip
    told = [f"{found.id}: {found.text}" for found in outcome.verdict.reasons]
    assert told == [
        "workload.died: hang: timeout 5 s, cannot be killed",
        "workload.skipped: after skipped because hang hung",
        "workload.skipped: last skipped because hang hung",
    ]
    assert hung_in(outcome.evidence) == "hang"
    # Where it hangs is in the results; the rest of the evidence is whole.
    [stuck] = [line for line in outcome.evidence.results.tests[0].diagnostics if "thread" in line]
    assert "make_hung_task" in stuck
    assert outcome.evidence.canary is not None


def test_an_imitated_canary_proves_nothing(own: GuestSession) -> None:
    outcome = suffer(own, "report-kmsg", canary=False)
    assert outcome.verdict.outcome == "INCONCLUSIVE"
    assert outcome.reason_ids() == ("lockdep.no-canary",)


def test_the_memory_that_was_missing_is_the_first_reason(own: GuestSession) -> None:
    outcome = suffer(own, "memory")
    assert outcome.reason_ids() == ("guest.out-of-memory", "workload.died")
    assert outcome.verdict.reasons[1].text == "mishap: signal 9"


def test_a_real_report_is_seen_through_an_imitated_one(own: GuestSession) -> None:
    outcome = suffer(own, "report-kmsg", modules=("vim2m", "m2m_splat kind=abba"))
    kinds = [found.splat.kind for found in outcome.evidence.splats]
    assert kinds == ["circular-locking"]
    assert "m2m_splat_first" in outcome.evidence.splats[0].splat.locks
