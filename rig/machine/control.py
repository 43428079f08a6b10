# SPDX-License-Identifier: GPL-2.0-only
"""QMP: start a stopped machine, hear how its guest ends, make it quit."""

import contextlib
import socket
from types import TracebackType
from typing import Any

from qemu.qmp import EventListener, QMPClient, QMPError

# What a QMP call may raise when QEMU is going or gone.
GONE = (QMPError, EOFError, OSError)


class Control:
    """One QMP session over an already connected socket, as an asynchronous context."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._client = QMPClient("m2m-rig")
        self._shutdown = EventListener("SHUTDOWN")

    async def __aenter__(self) -> "Control":
        self._client.register_listener(self._shutdown)
        await self._client.connect(self._connection)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Make QEMU exit; it may be gone already."""
        with contextlib.suppress(*GONE):
            await self._client.execute("quit")
        with contextlib.suppress(*GONE):
            await self._client.disconnect()

    async def version(self) -> str:
        """QEMU's version, as "7.2.22"."""
        answer: Any = await self._client.execute("query-version")
        number = answer["qemu"]
        return f"{number['major']}.{number['minor']}.{number['micro']}"

    async def start(self) -> None:
        """Let the virtual CPUs run."""
        await self._client.execute("cont")

    async def shutdown(self) -> str:
        """Wait for the guest's end; QEMU's word for it (a QAPI ShutdownCause)."""
        event: Any = await self._shutdown.get()
        return str(event["data"].get("reason", "unknown"))
