# SPDX-License-Identifier: GPL-2.0-only
"""A machine is stopped at an instruction, by a debugger that answers as QEMU's does."""

import asyncio
import contextlib
from pathlib import Path
from typing import cast

import pytest

from rig.base.errors import GuestError
from rig.machine.control import Control
from rig.machine.debugger import debugger

OK = "OK"


class Machine:
    """Its debugger, and what that was asked.

    Args:
        stop: what it says when it has run; "": it goes away.
    """

    def __init__(self, folder: Path, stop: str) -> None:
        self._folder = folder
        self._stop = stop
        self.asked: list[str] = []
        self.server: asyncio.Server | None = None

    async def listen_for_debugger(self, name: str) -> None:
        # As QEMU, which runs there: no path of a socket may be as long as that of a folder.
        with contextlib.chdir(self._folder):
            self.server = await asyncio.start_unix_server(self._serve, name)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                await reader.readuntil(b"$")
                packet = (await reader.readuntil(b"#"))[:-1]
                total = int(await reader.readexactly(2), 16)
                assert total == sum(packet) & 0xFF
                self.asked.append(packet.decode())
                answer = self._stop if packet == b"c" else OK
                if not answer:
                    break
                writer.write(f"+${answer}#{sum(answer.encode()) & 0xFF:02x}".encode())
        except asyncio.IncompleteReadError:
            pass
        writer.close()


def run(folder: Path, stop: str) -> list[str]:
    """What a machine is asked that is to run to an address."""

    async def main() -> list[str]:
        machine = Machine(folder, stop)
        try:
            async with debugger(cast(Control, machine), folder) as stops:
                await stops.run_to(0x200000)
        finally:
            assert machine.server is not None
            machine.server.close()
        return machine.asked

    return asyncio.run(main())


def test_it_runs_to_a_breakpoint_that_is_gone_afterwards(tmp_path: Path) -> None:
    deep = tmp_path / ("a" * 120)
    deep.mkdir()
    assert run(deep, "T05thread:01;") == ["Z1,200000,4", "c", "z1,200000,4"]
    assert list(deep.iterdir()) == []


def test_it_may_stop_elsewhere(tmp_path: Path) -> None:
    """As a guest does that powers off: signal 3."""
    with pytest.raises(GuestError, match=r"it stopped elsewhere \(T03thread:01;\)"):
        run(tmp_path, "T03thread:01;")


def test_it_may_go_away(tmp_path: Path) -> None:
    with pytest.raises(EOFError):
        run(tmp_path, "")


def test_a_machine_without_a_debugger(tmp_path: Path) -> None:
    class Bare:
        async def listen_for_debugger(self, name: str) -> None: ...

    async def main() -> None:
        async with debugger(cast(Control, Bare()), tmp_path):
            pass

    with pytest.raises(GuestError, match="QEMU's debugger cannot be reached: No such file"):
        asyncio.run(main())
