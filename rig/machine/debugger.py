# SPDX-License-Identifier: GPL-2.0-only
"""QEMU's debugger, for one thing: a machine runs to an address and stops there.

QMP stops a machine at a moment of the host's.  A breakpoint stops it at an instruction, so that
under the virtual clock all machines that are stopped there are alike.  The protocol is the GDB
manual's "GDB Remote Serial Protocol": $PACKET#SUM, each answered by +.
"""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

from rig.base.errors import GuestError
from rig.machine.control import Control

SOCKET = "debugger"

# What a CPU says that has come to a breakpoint: signal 5, SIGTRAP.
_TRAP = "T05"


class Debugger:
    """A connection to the debugger of a machine."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def run_to(self, address: int) -> None:
        """Start a stopped machine, and wait until a CPU is about to execute `address`.

        Raises:
            GuestError: it has stopped for another reason.
            EOFError: QEMU is gone.
        """
        place = f"1,{address:x},4"
        await self._ask(f"Z{place}")
        why = await self._ask("c")
        if not why.startswith(_TRAP):
            raise GuestError(f"it stopped elsewhere ({why})")
        await self._ask(f"z{place}")

    async def _ask(self, packet: str) -> str:
        total = sum(packet.encode()) & 0xFF
        self._writer.write(f"${packet}#{total:02x}".encode())
        await self._reader.readuntil(b"$")
        answer = await self._reader.readuntil(b"#")
        await self._reader.readexactly(2)
        self._writer.write(b"+")
        return answer[:-1].decode(errors="replace")


@contextlib.asynccontextmanager
async def debugger(control: Control, folder: Path) -> AsyncIterator[Debugger]:
    """The debugger of a machine that runs in `folder`.

    Raises:
        GuestError: QEMU has none.
    """
    await control.listen_for_debugger(SOCKET)
    # A socket's path may have 107 letters, and a folder more than that.
    place = os.open(folder, os.O_PATH | os.O_DIRECTORY)
    try:
        path = f"/proc/self/fd/{place}/{SOCKET}"
        reader, writer = await asyncio.open_unix_connection(path)
    except OSError as error:
        raise GuestError(f"QEMU's debugger cannot be reached: {error.strerror}") from error
    finally:
        os.close(place)
    try:
        yield Debugger(reader, writer)
    finally:
        writer.close()
        (folder / SOCKET).unlink(missing_ok=True)
