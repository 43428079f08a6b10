# SPDX-License-Identifier: GPL-2.0-only
"""QMP: start a stopped machine, hear how its guest ends, make it quit."""

import asyncio
import contextlib
import re
import shlex
import socket
import time
from pathlib import Path
from types import TracebackType
from typing import Any

from qemu.qmp import EventListener, ExecuteError, QMPClient, QMPError

from rig.base.errors import GuestError

# What a QMP call may raise when QEMU is going or gone; TimeoutError is an OSError.
GONE = (QMPError, EOFError, OSError)

# Seconds of host time that QEMU may take to say hello, which it does before it runs the guest.
HELLO = 60.0

# Seconds that it gets to obey: one that is frozen does not, and is killed.
OBEY = 5.0


# Of the registers of an arm64 CPU, as QEMU's monitor prints them.
_PLACE = re.compile(r"^ ?PC=([0-9a-f]{16}) ", re.MULTILINE | re.ASCII)

# How long a shell may take to see the end of its input, and rename a file.
SHELL_SECONDS = 20.0


class Control:
    """One QMP session over an already connected socket, as an asynchronous context."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._client = QMPClient("m2m-rig")
        self._shutdown = EventListener("SHUTDOWN")

    async def __aenter__(self) -> "Control":
        self._client.register_listener(self._shutdown)
        await asyncio.wait_for(self._client.connect(self._connection), HELLO)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Make QEMU exit; it may be gone already."""
        with contextlib.suppress(*GONE):
            await asyncio.wait_for(self._client.execute("quit"), OBEY)
        with contextlib.suppress(*GONE):
            await asyncio.wait_for(self._client.disconnect(), OBEY)

    async def version(self) -> str:
        """QEMU's version, as "7.2.22"."""
        answer: Any = await asyncio.wait_for(self._client.execute("query-version"), HELLO)
        number = answer["qemu"]
        return f"{number['major']}.{number['minor']}.{number['micro']}"

    async def start(self) -> None:
        """Let the virtual CPUs run."""
        await self._client.execute("cont")

    async def keep_memory_apart(self) -> None:
        """Leave memory that is a file out of a state that is saved or loaded."""
        capability = {"capability": "x-ignore-shared", "state": True}
        await self._client.execute("migrate-set-capabilities", {"capabilities": [capability]})

    async def load(self, file: Path) -> None:
        """Bring in the state that a machine was started to go on from, and wait until it is in."""
        await self.keep_memory_apart()
        # A machine that has moved tells its networks, several times in the first seconds, by timers
        # of the host's clock.  QEMU ends the turn of a virtual CPU for those too.
        await self._client.execute("migrate-set-parameters", {"announce-rounds": 0})
        # Read through a pipe: a file that many read and nobody can change by reading it.
        await self._client.execute(
            "migrate-incoming", {"uri": f"exec:cat {shlex.quote(str(file))}"}
        )
        while (await self._status()) == "inmigrate":
            await asyncio.sleep(0.005)

    async def _status(self) -> str:
        answer: Any = await self._client.execute("query-status")
        return str(answer["status"])

    async def add(self, properties: dict[str, Any]) -> None:
        """Make an object of QEMU's."""
        await self._client.execute("object-add", properties)

    async def settle(self) -> None:
        """Wait until QEMU has put away what loading a state has left over.

        It frees that later, in a thread of its own, and then stops a virtual CPU in the middle of
        its turn: at a moment of the host's.  No command of QMP's waits for it but `device_add`, if
        there is no such device.
        """
        with contextlib.suppress(ExecuteError):
            await self._client.execute("device_add", {"driver": "m2m-rig-no-such-device"})

    async def places(self) -> tuple[int, ...]:
        """The address that each virtual CPU executes, in their order; () if QEMU does not tell.

        It costs the guest the turn that it has: for one that is given up anyway.
        """
        asked = {"command-line": "info registers -a"}
        try:
            text: Any = await asyncio.wait_for(
                self._client.execute("human-monitor-command", asked), OBEY
            )
        except GONE:
            return ()
        return tuple(int(place, 16) for place in _PLACE.findall(str(text)))

    async def listen_for_debugger(self, name: str) -> None:
        """Have QEMU's debugger listen on a socket of this name, where QEMU runs."""
        line = f"gdbserver unix:{name},server=on,wait=off"
        await self._client.execute("human-monitor-command", {"command-line": line})

    async def save(self, file: Path) -> None:
        """Write the state of the stopped machine to a file, which appears when it is whole.

        Raises:
            GuestError: QEMU, or the shell behind it, could not write it.
        """
        scratch, target = shlex.quote(f"{file}.new"), shlex.quote(str(file))
        uri = f"exec:cat >{scratch} && mv {scratch} {target}"
        # As fast as it goes; the default is for networks.
        await self._client.execute("migrate-set-parameters", {"max-bandwidth": 1 << 40})
        await self._client.execute("migrate", {"uri": uri})
        status = ""
        while status not in ("completed", "failed", "cancelled"):
            await asyncio.sleep(0.01)
            answer: Any = await self._client.execute("query-migrate")
            status = answer.get("status", "")
        # QEMU does not look how the shell ends.
        patience = SHELL_SECONDS if status == "completed" else 0.0
        began = time.monotonic()
        while not file.exists():
            if time.monotonic() - began >= patience:
                raise GuestError(f"the state of a guest cannot be saved ({status})")
            await asyncio.sleep(0.01)

    async def shutdown(self) -> str:
        """Wait for the guest's end; QEMU's word for it (a QAPI ShutdownCause)."""
        event: Any = await self._shutdown.get()
        return str(event["data"].get("reason", "unknown"))
