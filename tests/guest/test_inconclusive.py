# SPDX-License-Identifier: GPL-2.0-only
"""Nothing that was not proven is called clean."""

import dataclasses
import os
import signal
import threading
import time
from pathlib import Path

import pytest

from rig.commands.pytest_plugin import GuestOutcome, GuestSession
from rig.evidence.record import RunDir
from rig.model.scenario import Program, Scenario, Shape
from tests.qemu import wrapped_qemu

IDLE = Scenario(
    name="idle",
    title="nothing",
    driver="none",
    about="the rig itself",
    programs=(Program(name="idle", file="idle", args=("--seconds=1",)),),
    modules=("vim2m",),
    machine=Shape(turns="coarse"),
)


def variant(**changes: object) -> Scenario:
    return dataclasses.replace(IDLE, **changes)  # type: ignore[arg-type]


@pytest.fixture
def own(guest: GuestSession, tmp_path: Path) -> GuestSession:
    """Guests whose evidence may be tampered with."""
    return GuestSession(dataclasses.replace(guest.gate, directory=RunDir(tmp_path)))


def inconclusive(outcome: GuestOutcome) -> None:
    assert outcome.verdict.outcome == "INCONCLUSIVE", outcome.reason_ids()


def test_the_untampered_case_is_clean(own: GuestSession) -> None:
    outcome = own.run(IDLE)
    assert outcome.verdict.by_name["locks"] == "CLEAN", outcome.verdict.reasons


def test_a_driver_that_did_nothing(own: GuestSession) -> None:
    outcome = own.run(variant(driver="vim2m"))
    inconclusive(outcome)
    assert outcome.reason_ids() == ("exercise.driver-idle", "exercise.class-idle")


def test_lockdep_not_proving(own: GuestSession) -> None:
    outcome = own.run(variant(sysctl={"kernel/prove_locking": "0"}))
    inconclusive(outcome)
    assert "lockdep.not-proving" in outcome.reason_ids()
    # Without checks the inversion is not noticed: what prove_locking=0 would hide is real.
    assert "lockdep.canary-silent" in outcome.reason_ids()


def test_splat_from_elsewhere(own: GuestSession) -> None:
    outcome = own.run(variant(modules=("vim2m", "m2m_splat kind=abba")))
    inconclusive(outcome)
    assert outcome.reason_ids()[0] == "splat.elsewhere"
    assert "lockdep.off" in outcome.reason_ids()


def test_proprietary_module(own: GuestSession) -> None:
    outcome = own.run(variant(modules=("vim2m", "m2m_proprietary")))
    inconclusive(outcome)
    assert "lockdep.off" in outcome.reason_ids()


def test_canary_switched_off(own: GuestSession) -> None:
    outcome = own.run(variant(canary=False))
    inconclusive(outcome)
    assert outcome.reason_ids() == ("lockdep.no-canary",)


def test_workload_missing_from_the_results(own: GuestSession) -> None:
    outcome = own.run(IDLE)
    results = outcome.folder / "results.ktap"
    lines = results.read_text().splitlines(keepends=True)
    results.write_text("".join(line for line in lines if " idle" not in line))
    again = own.judge(outcome.evidence.record)
    inconclusive(again)
    assert "results.missing" in again.reason_ids()


def test_canary_removed_from_the_log(own: GuestSession) -> None:
    outcome = own.run(IDLE)
    serial = outcome.folder / "serial.log"
    text = serial.read_bytes()
    at = text.index(b"WARNING: possible circular locking dependency detected")
    serial.write_bytes(text[: text.rindex(b"\n", 0, at) + 1])
    again = own.judge(outcome.evidence.record)
    inconclusive(again)
    assert "lockdep.canary-silent" in again.reason_ids()


@pytest.mark.parametrize("place", [0.1, 0.5, 0.9])
def test_one_line_lost_from_the_log(own: GuestSession, place: float) -> None:
    outcome = own.run(IDLE)
    serial = outcome.folder / "serial.log"
    lines = serial.read_bytes().splitlines(keepends=True)
    del lines[int(len(lines) * place)]
    serial.write_bytes(b"".join(lines))
    again = own.judge(outcome.evidence.record)
    inconclusive(again)
    assert "log.gap" in again.reason_ids()


def test_qemu_killed_half_way(own: GuestSession, tmp_path: Path) -> None:
    pid = tmp_path / "qemu.pid"
    wrapper = wrapped_qemu(tmp_path, f"echo $$ > {pid}")
    machines = dataclasses.replace(own.gate.machines, qemu=str(wrapper))
    killed = GuestSession(dataclasses.replace(own.gate, machines=machines))
    log = killed.gate.directory.case("idle-s1") / "serial.log"

    def kill_when_booting() -> None:
        while not (log.exists() and log.stat().st_size > 4096):
            time.sleep(0.01)
        os.kill(int(pid.read_text()), signal.SIGKILL)

    killer = threading.Thread(target=kill_when_booting)
    killer.start()
    outcome = killed.run(IDLE)
    killer.join()
    inconclusive(outcome)
    assert outcome.reason_ids()[0] == "guest.lost"
    assert "SIGKILL" in outcome.verdict.reasons[0].text
