# SPDX-License-Identifier: GPL-2.0-only
"""`m2m-rig boot`: a person at a shell in the guest, or one command there."""

import asyncio
import contextlib
import json
import os
import shlex
import stat
import sys
import termios
from collections.abc import Iterator, Sequence
from pathlib import Path

from rig.base.errors import GuestError, InputError
from rig.machine.qemu import Files, MachineConfig, command_by_hand
from rig.machine.run import live
from rig.model.guest import PLAN_BYTES, GuestRun
from rig.model.plan import plan_bytes, shell_plan, shell_status
from rig.run.gate import Gate


def command_of(words: Sequence[str]) -> str | None:
    """What the guest's shell is to run; None: what somebody types.

    One word is a line for the shell, several are a command with its arguments.  Without any, what
    comes from a pipe or a file is the script: nobody could type there.
    """
    if words:
        return words[0] if len(words) == 1 else shlex.join(words)
    return None if sys.stdin.isatty() else sys.stdin.read()


def boot_shell(gate: Gate, modules: tuple[str, ...], command: str | None) -> int:
    """Boot, run the guest's shell, and return its status when the guest has powered off.

    The guest's hvc0 is standard output and, if somebody types, standard input; the kernel's console
    is in serial.log.  It runs on the real clock: a person is no part of a schedule.

    Raises:
        InputError: no such module, or the command is too long.
        GuestError: QEMU did not start, or the guest ended before the shell did.
        BrokenPipeError: nobody reads any more what the guest says.
    """
    folder = gate.directory.path
    image = gate.machines.image
    typed = command is None
    plan = shell_plan(image.modules.order(modules), command, _size() if typed else None)
    if len(plan.encode()) >= PLAN_BYTES:
        raise InputError(
            f"this command takes {len(plan.encode())} bytes in the plan, {PLAN_BYTES - 1} fit",
            hint="a program of yours is a scenario: docs/guide/own-driver.md",
        )
    (folder / "plan").write_bytes(plan_bytes(plan))
    config = MachineConfig(
        files=Files(gate.machines.kernel.image, image.initramfs, image.whole_payload()),
        clock="real",
        shell=True,
        typed=typed,
        program=gate.machines.qemu,
    )
    (folder / "argv.json").write_text(json.dumps(command_by_hand(config), indent=1) + "\n")
    if typed:
        print(f"kernel log: {folder / 'serial.log'}", file=sys.stderr)
        print("exit, or Ctrl-D, ends the guest", file=sys.stderr)
    with _raw_terminal():
        guest = asyncio.run(_live(config, folder))
    if typed:
        print(f"guest ended: {guest.cause}", file=sys.stderr)
    status = shell_status(_read(folder / config.files.results))
    if guest.end != "off" or status is None:
        raise GuestError(
            f"the guest ended before its shell did: {guest.cause}",
            hint=f"its last words are in {folder / 'serial.log'}",
        )
    return status


async def _live(config: MachineConfig, folder: Path) -> GuestRun:
    """`live`, as long as somebody reads it: a guest does not notice, and would go on for ever."""
    guest, unread = asyncio.ensure_future(live(config, folder)), asyncio.ensure_future(_unread())
    try:
        await asyncio.wait((guest, unread), return_when=asyncio.FIRST_COMPLETED)
        if guest.done():
            return guest.result()
        raise BrokenPipeError
    finally:
        for task in (guest, unread):
            task.cancel()
        # QEMU is gone before anything is told.
        await asyncio.gather(guest, unread, return_exceptions=True)


async def _unread() -> None:
    """Return when standard output is a pipe of which the reader has gone."""
    loop, gone = asyncio.get_running_loop(), asyncio.Event()
    try:
        out = sys.stdout.fileno()
        piped = stat.S_ISFIFO(os.fstat(out).st_mode)
    except OSError:
        piped = False
    if not piped:
        await gone.wait()
    # Nothing is ever to be read there, but an end without its other end is told to readers.
    loop.add_reader(out, gone.set)
    try:
        await gone.wait()
    finally:
        loop.remove_reader(out)


def _read(path: Path) -> str:
    return path.read_text(errors="replace") if path.exists() else ""


def _size() -> tuple[int, int] | None:
    """Rows and columns of the terminal; None: it does not say."""
    with contextlib.suppress(OSError):
        size = os.get_terminal_size(sys.stdout.fileno())
        if size.lines and size.columns:
            return size.lines, size.columns
    return None


@contextlib.contextmanager
def _raw_terminal() -> Iterator[None]:
    """QEMU makes the terminal raw and may die without putting it back."""
    if not sys.stdin.isatty():
        yield
        return
    before = termios.tcgetattr(sys.stdin)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
