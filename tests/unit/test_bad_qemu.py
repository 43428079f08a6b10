# SPDX-License-Identifier: GPL-2.0-only
"""What becomes of a run when QEMU, not the guest, has bad luck.  No guest is booted."""

import asyncio
import dataclasses
import os
import resource
from collections.abc import Callable
from pathlib import Path

import pytest

from rig.base.errors import GuestError
from rig.evidence import klog, ktap
from rig.evidence.klog import parse_serial
from rig.evidence.ktap import parse_ktap
from rig.machine import control, silence
from rig.machine import process as qemu_process
from rig.machine import run as machine_run
from rig.machine.qemu import Files, MachineConfig
from rig.machine.run import Limits
from rig.model.guest import PLAN_BYTES, GuestRun

FAKE = Path(__file__).parent / "fakeqemu"
CONFIG = MachineConfig(
    Files(Path("/k/Image"), Path("/k/initramfs"), Path("/k/payload")), program=str(FAKE)
)
LIMITS = Limits(silence=1.0)


@pytest.fixture
def live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Live":
    monkeypatch.setattr(control, "OBEY", 0.5)
    monkeypatch.setattr(qemu_process, "GOING", 0.5)
    (tmp_path / "plan").write_bytes(bytes(PLAN_BYTES))
    return Live(tmp_path, monkeypatch)


@dataclasses.dataclass(frozen=True)
class Live:
    """Runs one fake QEMU."""

    folder: Path
    patch: pytest.MonkeyPatch

    def __call__(self, luck: str, limits: Limits = LIMITS) -> GuestRun:
        self.patch.setenv("FAKE_QEMU", luck)
        return asyncio.run(machine_run.live(CONFIG, self.folder, limits))

    def left(self) -> list[str]:
        """The processes that still work in the folder of the guest."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if (process / "cwd").readlink() == self.folder:
                    found.append((process / "cmdline").read_text())
            except OSError:
                continue
        return found


@pytest.mark.parametrize(
    ("luck", "end", "cause"),
    [
        ("guest-shutdown", "off", "guest-shutdown"),
        ("guest-reset", "reset", "guest-reset"),
        ("guest-panic", "reset", "guest-panic"),
        ("host-error", "lost", "host-error"),
        ("killed", "lost", "QEMU was killed by SIGKILL"),
        ("exits", "lost", "QEMU exited with 7"),
        ("hangs-up", "lost", "QEMU exited with 0"),
        ("frozen", "stalled", "nothing written for 1 s"),
        ("silent", "stalled", "nothing written for 1 s"),
    ],
)
def test_every_end_has_a_name_and_leaves_no_process(
    live: Live, luck: str, end: str, cause: str
) -> None:
    run = live(luck)
    assert (run.end, run.cause, run.qemu) == (end, cause, "7.2.22")
    assert live.left() == []


class Jumps:
    """A clock of the host on which hours pass while a test waits for nothing."""

    def __init__(self, patch: pytest.MonkeyPatch, step: float) -> None:
        self.now = 0.0
        self.step = step
        patch.setattr(silence, "monotonic", self)

    def __call__(self) -> float:
        self.now += self.step
        return self.now


@pytest.mark.parametrize(
    ("luck", "limits", "cause"),
    [
        # Not a line, and no CPU used either: it waits for a question.
        ("silent", Limits(), "no CPU used in 30 s"),
        # Before the guest runs at all.
        ("deaf", Limits(), "no CPU used in 30 s"),
        ("silent", Limits(idle=1e9), "not one line from the kernel in 30 s"),
        ("spins", Limits(), "not one line from the kernel in 30 s"),
        ("spins-after-a-line", Limits(), "nothing written for 180 s"),
    ],
)
def test_a_guest_without_a_word_is_given_up(
    live: Live, luck: str, limits: Limits, cause: str
) -> None:
    Jumps(live.patch, 5.0)
    # What it uses is counted as it is, so it must have used some at every look.
    live.patch.setattr(silence, "NOTHING", 0.0)
    run = live(luck, limits)
    assert (run.end, run.cause) == ("stalled", cause)
    assert live.left() == []


def test_a_guest_that_is_given_up_tells_where_its_cpus_are(live: Live) -> None:
    assert live("silent").places == (0xFFFFFFC080123456, 0x401234)
    assert live("guest-shutdown").places == ()
    # One that does not answer has nothing to tell.
    assert live("frozen").places == ()


def test_a_flood_of_200_mib_is_stopped_and_cut(live: Live) -> None:
    run = live("floods-serial")
    assert (run.end, run.cause) == ("flooded", "serial.log over 32 MiB")
    assert (live.folder / "serial.log").stat().st_size == 32 << 20
    assert live.left() == []


@pytest.mark.parametrize("file", ["results.ktap", "dump.tar"])
def test_nor_may_other_files_grow_without_end(live: Live, file: str) -> None:
    limits = Limits(silence=1.0, log_bytes=1 << 20, dump_bytes=1 << 20)
    run = live(f"floods-{Path(file).stem}", limits)
    assert (run.end, run.cause) == ("flooded", f"{file} over 1 MiB")
    assert (live.folder / file).stat().st_size == 1 << 20
    assert live.left() == []


def test_an_old_qemu_is_refused_before_the_guest_runs(live: Live) -> None:
    with pytest.raises(GuestError, match=r"fakeqemu 6\.2\.22 is too old: QEMU 7\.2 or later"):
        live("old")
    assert live.left() == []


def test_a_qemu_that_says_nothing_is_given_up(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "HELLO", 0.5)
    with pytest.raises(GuestError, match="does not answer"):
        live("mute")
    assert live.left() == []


def most_memory(work: Callable[[], object]) -> int:
    """KiB that a process of its own needs for this, at most."""
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        work()
        used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        os.write(writing, str(used).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        used = int(answer.read())
    os.waitpid(pid, 0)
    return used


@pytest.mark.parametrize("line", [b"\n", b"ok 1\n", b"[    1.000000][    T1] x\r\n", b"\xff\0\n"])
@pytest.mark.parametrize("parse", [parse_serial, parse_ktap])
def test_parsers_need_no_more_memory_than_the_lines_of_a_guest_do(
    monkeypatch: pytest.MonkeyPatch, parse: Callable[[bytes], object], line: bytes
) -> None:
    """With the limit at 1/256 of what it is, junk of a quarter of a full log stays small too."""
    for module in (klog, ktap):
        monkeypatch.setattr(module, "_LINES_LIMIT", 1 << 12)
    junk = line * ((8 << 20) // len(line))
    assert most_memory(lambda: parse(junk)) < 24 << 10


def test_of_many_faults_a_few_are_told() -> None:
    results = parse_ktap(b"ok 0\n" * 1000)
    assert len(results.problems) == 21
    assert results.problems[-1] == "and 980 more faults"
