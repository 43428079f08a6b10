# SPDX-License-Identifier: GPL-2.0-only
"""The life of one guest: from its plan to the files it leaves behind."""

import asyncio
import contextlib
import os
import socket
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rig.base.errors import GuestError
from rig.host.tools import qemu_too_old
from rig.machine.control import GONE, Control
from rig.machine.process import exit_text, last_words, qemu
from rig.machine.qemu import Files, MachineConfig, turn_cutters
from rig.machine.silence import Silence
from rig.machine.threads import let_qmp_run, let_qmp_wait
from rig.model.guest import End, GuestRun


@dataclass(frozen=True)
class _Ended:
    """How a guest ended; as `GuestRun` has it."""

    end: End
    cause: str
    places: tuple[int, ...] = ()


_CAUSES: dict[str, End] = {"guest-shutdown": "off", "guest-reset": "reset", "guest-panic": "reset"}


@dataclass(frozen=True)
class Limits:
    """When a guest is given up.  They guard the host, they judge nothing.

    What exceeds its size is cut there: whoever reads it must have room for it.

    Args:
        silence: seconds of host time in which no output file grew, and a CPU was to be had.
        brisk: as `silence`, for a guest that has nothing long to do: one on the virtual clock, none
            of whose programs may take more than `rig.run.machines.BRISK` of its own seconds.
        first: such seconds until the kernel prints its first line, which it does at once.
        idle: seconds of host time in which QEMU used no CPU and did not wait for one either.  The
            clock of a guest that is counted in instructions stands still meanwhile.
        log_bytes: size of the serial log, and of the results.  The kernel's own record, without
            which a log is not proven whole, holds 16 MiB.
        dump_bytes: size of the dump.
    """

    silence: float = 180.0
    brisk: float = 60.0
    first: float = 30.0
    idle: float = 30.0
    log_bytes: int = 32 << 20
    dump_bytes: int = 256 << 20

    def sizes(self, files: Files) -> dict[str, int]:
        """The size that each file of the guest may have."""
        return {
            files.serial: self.log_bytes,
            files.results: self.log_bytes,
            files.dump: self.dump_bytes,
        }


def run_guest(config: MachineConfig, folder: Path, limits: Limits = Limits()) -> GuestRun:
    """`live`, for a caller that has nothing else to do meanwhile."""
    return asyncio.run(live(config, folder, limits))


async def live(config: MachineConfig, folder: Path, limits: Limits = Limits()) -> GuestRun:
    """Run a machine to its end; its files are in `folder` afterwards.

    The plan must be there already, exactly `PLAN_BYTES` long.  Cancelling it kills QEMU.

    Raises:
        GuestError: QEMU ended before its guest could start; its own words are in the message.
    """
    date = datetime.now(UTC).isoformat(timespec="seconds")
    began = time.monotonic()
    try:
        async with qemu(config, folder) as (process, connection):
            end, version = await _watch(process, connection, config, folder, limits)
    finally:
        _cut(folder, limits.sizes(config.files))
    if end.end == "lost" and version == "":
        raise GuestError(
            f"QEMU ended before the guest started: {last_words(folder)}",
            hint="the command line is in argv.json beside the log",
        )
    return GuestRun(
        end=end.end,
        cause=end.cause,
        qemu=version,
        seconds=round(time.monotonic() - began, 3),
        exit_status=process.returncode,
        places=end.places,
        began=date,
    )


async def _watch(
    process: asyncio.subprocess.Process,
    connection: socket.socket,
    config: MachineConfig,
    folder: Path,
    limits: Limits,
) -> tuple[_Ended, str]:
    """Start the guest and wait for whatever ends it: (how, QEMU's version)."""
    version = ""
    try:
        async with Control(connection) as control:
            version = await control.version()
            if complaint := qemu_too_old(version):
                raise GuestError(f"{config.program} {version} is {complaint}")
            return await _end(process, control, config, folder, limits), version
    except TimeoutError:
        raise GuestError(f"{config.program} does not answer on its control socket") from None
    except GONE:
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(process.wait(), 5)
        return _Ended("lost", exit_text(process.returncode)), version


async def _end(
    process: asyncio.subprocess.Process,
    control: Control,
    config: MachineConfig,
    folder: Path,
    limits: Limits,
) -> _Ended:
    """Let the guest run until whatever comes first: its own end, that of QEMU, or a limit."""
    exited = asyncio.ensure_future(process.wait())
    shutdown = asyncio.ensure_future(_run(control, process.pid, config))
    given_up = asyncio.ensure_future(give_up(process.pid, config, folder, limits))
    every = (exited, shutdown, given_up)
    try:
        done, _ = await asyncio.wait(every, return_when=asyncio.FIRST_COMPLETED)
        if shutdown in done:
            cause = shutdown.result()
            return _Ended(_CAUSES.get(cause, "lost"), cause)
        if given_up in done:
            let_qmp_run(process.pid)
            return _Ended(*given_up.result(), await control.places())
        return _Ended("lost", exit_text(exited.result()))
    finally:
        for task in every:
            task.cancel()


async def _run(control: Control, pid: int, config: MachineConfig) -> str:
    """Let the guest run, from its beginning or from its state; why it has ended, in QEMU's word."""
    if config.state:
        await control.load(config.state)
        for cutter in turn_cutters(config):
            await control.add(cutter)
        await control.settle()
    if config.clock == "virtual":
        let_qmp_wait(pid)
    await control.start()
    return await control.shutdown()


async def give_up(pid: int, config: MachineConfig, folder: Path, limits: Limits) -> tuple[End, str]:
    """Return when the guest of QEMU `pid` has been silent, or has written, more than is good."""
    if config.shell:
        await asyncio.Event().wait()
    limit = limits.sizes(config.files)
    silence = Silence(pid)
    while True:
        await asyncio.sleep(0.2)
        sizes = {name: _size(folder / name) for name in limit}
        for name, size in sizes.items():
            if size > limit[name]:
                return "flooded", f"{name} over {limit[name] >> 20} MiB"
        if silence.idle() > limits.idle:
            return "stalled", f"no CPU used in {limits.idle:.0f} s"
        silent = silence.seconds(sum(sizes.values()))
        if silent > limits.first and not sizes[config.files.serial]:
            return "stalled", f"not one line from the kernel in {limits.first:.0f} s"
        if silent > limits.silence:
            return "stalled", f"nothing written for {limits.silence:.0f} s"


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _cut(folder: Path, limit: dict[str, int]) -> None:
    """QEMU writes faster than anybody looks."""
    for name, size in limit.items():
        if _size(folder / name) > size:
            os.truncate(folder / name, size)
