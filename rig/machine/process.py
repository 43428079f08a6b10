# SPDX-License-Identifier: GPL-2.0-only
"""QEMU as a process of ours: started with QMP on an inherited socket, never left behind."""

import asyncio
import contextlib
import shutil
import signal
import socket
from collections.abc import AsyncIterator
from pathlib import Path

from rig.base.errors import GuestError
from rig.host.cpu import host_cpu
from rig.machine.qemu import MachineConfig, command
from rig.model.guest import PLAN_BYTES

STDERR = "qemu.stderr"

# Seconds that a QEMU gets to go away that was told to quit, or whose guest has ended.
GOING = 10.0


@contextlib.asynccontextmanager
async def qemu(
    config: MachineConfig, folder: Path
) -> AsyncIterator[tuple[asyncio.subprocess.Process, socket.socket]]:
    """A stopped machine in `folder`, and the socket of its QMP; it is gone afterwards.

    The plan must be there already, exactly `PLAN_BYTES` long.

    Raises:
        GuestError: QEMU is not installed.
    """
    if shutil.which(config.program) is None:
        raise GuestError(f"{config.program} is not installed", hint="m2m-rig doctor tells how")
    assert (folder / config.files.plan).stat().st_size == PLAN_BYTES
    ours, theirs = socket.socketpair()
    argv = command(config, theirs.fileno())
    with contextlib.ExitStack() as stack:
        for resource in (ours, theirs):
            stack.enter_context(resource)
        cpu = stack.enter_context(host_cpu()) if config.clock == "virtual" else None
        stderr = stack.enter_context((folder / STDERR).open("wb"))
        process = await asyncio.create_subprocess_exec(
            *_wrapped(argv, cpu),
            cwd=folder,
            stdin=None if config.shell and config.typed else asyncio.subprocess.DEVNULL,
            stdout=None if config.shell else stderr,
            stderr=stderr,
            pass_fds=[theirs.fileno()],
            # A Ctrl-C at the terminal is for us: QEMU would end at once, as if it had died.
            start_new_session=not config.shell,
        )
        theirs.close()
        try:
            yield process, ours
        finally:
            await _stop(process)


async def _stop(process: asyncio.subprocess.Process) -> None:
    """QEMU was told to quit; see that it is gone."""
    try:
        await asyncio.wait_for(process.wait(), GOING)
    except (TimeoutError, asyncio.CancelledError):
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _wrapped(argv: list[str], cpu: int | None) -> list[str]:
    """QEMU dies with us, even when we are killed; under the virtual clock it has one host CPU.

    Virtual CPUs share one thread then anyway.  On the same CPU the main thread, which warps the
    clock when the guest is idle, has gone back to sleep before that thread goes on; on another one
    it can still be about at the end of the next turn, run the timers that are due in its place,
    and so choose another virtual CPU to go on with.
    """
    if cpu is not None and (taskset := shutil.which("taskset")):
        argv = [taskset, "--cpu-list", str(cpu), *argv]
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", "--", *argv] if setpriv else argv


def exit_text(status: int | None) -> str:
    """How a QEMU ended that was not told to, in words."""
    if status is None:
        return "QEMU closed its control socket"
    if status < 0:
        return f"QEMU was killed by {signal.Signals(-status).name}"
    return f"QEMU exited with {status}"


def last_words(folder: Path) -> str:
    """The last line that QEMU wrote to its standard error."""
    words = (folder / STDERR).read_text(errors="backslashreplace").strip()
    return words.splitlines()[-1] if words else "it said nothing"
