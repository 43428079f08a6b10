# SPDX-License-Identifier: GPL-2.0-only
"""A guest is silent only while the host has a CPU for it."""

import os
import subprocess
import time

import pytest

from rig.machine import silence
from rig.machine.silence import Silence, queued, used


class Host:
    """A host whose clock, and the line for whose CPUs, are ours."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        self.waits = {"7": 50.0, "8": 3.0}
        self.used = 2.0
        patch.setattr(silence, "monotonic", lambda: self.now)
        patch.setattr(silence, "queued", lambda pid: dict(self.waits))
        patch.setattr(silence, "used", lambda pid: self.used)

    def passes(self, seconds: float, **waits: float) -> None:
        self.now += seconds
        for thread, wait in waits.items():
            self.waits[thread[1:]] = self.waits.get(thread[1:], 0.0) + wait


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Host:
    return Host(monkeypatch)


def test_silence_begins_anew_with_every_byte(host: Host) -> None:
    heard = Silence(7)
    assert heard.seconds(10) == 0
    host.passes(100)
    assert heard.seconds(10) == 100
    assert heard.seconds(11) == 0
    host.passes(1)
    assert heard.seconds(11) == 1


def test_standing_in_line_is_no_silence(host: Host) -> None:
    heard = Silence(7)
    heard.seconds(10)
    host.passes(100, t7=90)
    assert heard.seconds(10) == pytest.approx(10)


def test_threads_in_line_side_by_side_hold_up_no_longer_than_the_first(host: Host) -> None:
    heard = Silence(7)
    heard.seconds(10)
    # Two that spin on one CPU, which others have, too; one that is new counts from its beginning.
    host.used += 10
    host.passes(100, t7=90, t8=85, t9=60)
    assert heard.seconds(10) == pytest.approx(10)
    # On more CPUs than one they use more than the time that passes.
    host.used += 200
    host.passes(100, t7=5, t8=5)
    assert heard.seconds(10) == pytest.approx(105)


def test_threads_that_hand_on_a_cpu_stand_in_line_in_turn(host: Host) -> None:
    """An idle guest on the virtual clock, on a busy host: seen, 39 s of a wait for a hung task."""
    heard = Silence(7)
    heard.seconds(10)
    host.used += 14.5
    host.passes(39, t7=20.2, t8=12.5)
    assert heard.seconds(10) == pytest.approx(14.5)
    # Whoever neither runs nor stands in line sleeps, and that is silence.
    host.passes(39)
    assert heard.seconds(10) == pytest.approx(78 - 20.2 - 12.5)


def test_who_does_nothing_is_idle_by_the_clock_of_the_host(host: Host) -> None:
    heard = Silence(7)
    assert heard.idle() == 0
    host.passes(50)
    # As little as the kernel counts, and from then on as much as before.
    host.used += silence.NOTHING
    host.passes(10)
    assert heard.idle() == 60
    host.used += silence.NOTHING
    assert heard.idle() == 0


def test_who_stands_in_line_is_not_idle(host: Host) -> None:
    heard = Silence(7)
    heard.idle()
    host.passes(100, t7=1)
    assert heard.idle() == 0
    host.passes(100)
    assert heard.idle() == 100


def test_what_a_process_uses_is_counted() -> None:
    before = used(os.getpid())
    while used(os.getpid()) <= before:
        pass
    with subprocess.Popen(["sleep", "60"]) as process:
        assert used(process.pid) <= before
        process.kill()
    assert used(process.pid) == 0


def test_who_shares_a_cpu_stands_in_line() -> None:
    if not queued(os.getpid()):
        pytest.skip("this kernel does not count it")
    cpu = str(min(os.sched_getaffinity(0)))
    argv = ["taskset", "--cpu-list", cpu, "sh", "-c", "while :; do :; done"]
    busy = [subprocess.Popen(argv) for _ in range(2)]
    try:
        while not all(sum(queued(process.pid).values()) > 0.05 for process in busy):
            time.sleep(0.01)
    finally:
        for process in busy:
            process.kill()
            process.wait()
    assert queued(busy[0].pid) == {}


def test_who_wants_only_idle_time_stands_in_no_line() -> None:
    if not queued(os.getpid()):
        pytest.skip("this kernel does not count it")
    with subprocess.Popen(["sleep", "60"]) as process:
        assert str(process.pid) in queued(process.pid)
        os.sched_setscheduler(process.pid, os.SCHED_IDLE, os.sched_param(0))
        assert queued(process.pid) == {}
        process.kill()
