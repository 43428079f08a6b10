# SPDX-License-Identifier: GPL-2.0-only
"""A guest that has booted and waits for its plan, kept to be gone on from many times.

What is kept is the guest's memory and QEMU's migration stream of the rest: files that any number of
new QEMU processes read at once and none can change.  An entry of the cache is named by everything
that went into it.
"""

import asyncio
import hashlib
import json
import shutil
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from rig.base.cache import Cache
from rig.base.digest import digest_of
from rig.base.errors import GuestError
from rig.host import command
from rig.machine.control import GONE, Control
from rig.machine.debugger import Debugger, debugger
from rig.machine.process import exit_text, last_words, qemu
from rig.machine.qemu import MachineConfig, command_by_hand
from rig.machine.run import Limits, give_up
from rig.machine.schedule import Schedule
from rig.machine.state import paused
from rig.model.plan import plan_bytes, waiting_plan

KIND = "snapshots"
RECIPE = 3

# So many bytes of them are kept; what was used within the hour besides.
ROOM = 4 << 30

STATE = "state"
MEMORY = "memory"

# What init writes to its results when it has nothing left to do but to wait, and the address of
# what it does then (images/init/Makefile).
READY = b"# waiting\n"
WAITING = 0x200000

# QEMU's main thread is still busy for a moment when a machine goes on, and may then run a timer
# that is due instead of the thread of the virtual CPUs.  If there are several, it is chance which
# of them is cut short by that.  The guest brings the others up before its workloads begin.
ONE_CPU = "maxcpus=1"


@dataclass(frozen=True)
class Ready:
    """What a guest does before it waits.

    Args:
        modules: file names of those that it loads, in this order.
        payload: the archive that they come in.
    """

    modules: tuple[str, ...]
    payload: Path


class Snapshots:
    """The snapshots of one run: made when first asked for, looked over each time."""

    def __init__(self, cache: Cache, limits: Limits = Limits()) -> None:
        self._cache = cache
        self._limits = limits
        self._digests: dict[tuple[Path, int, int], str] = {}
        self._versions: dict[str, str] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    def machine(self, config: MachineConfig, ready: Ready) -> MachineConfig:
        """This machine, going on from where a snapshot of it is or will be."""
        entry = self._cache.path(KIND, self._key(_waiting(config, ready), ready))
        return replace(config, state=entry / STATE, memory_file=entry / MEMORY)

    async def begin(self, config: MachineConfig, ready: Ready, folder: Path) -> str:
        """Put into `folder` what a guest that goes on from a snapshot needs there.

        The snapshot is made if it is missing, or is not what was written.

        Returns:
            What it is recognised by: the digest (`rig.base.digest`) of its memory.  The rest is
            the host's, or says whether QEMU has seen already that a timer is due.

        Raises:
            GuestError: the guest did not get ready, or its state cannot be written.
            EnvironmentFailure: the disk is full.
        """
        waiting = _waiting(config, ready)
        key = self._key(waiting, ready)
        async with self._locks.setdefault(key, asyncio.Lock()):
            await self._provide(waiting, ready, key)
        serial = config.files.serial
        shutil.copyfile(self._cache.path(KIND, key) / serial, folder / serial)
        return self._cache.digests(KIND, key)[MEMORY]

    def kept(self, config: MachineConfig) -> str:
        """As `begin` says it, of what a machine of `machine` would go on from; empty if it is yet
        to be made."""
        assert config.state is not None
        key = config.state.parent.name
        return self._cache.digests(KIND, key)[MEMORY] if self._find(key) else ""

    def _find(self, key: str) -> Path | None:
        return self._cache.find(KIND, key)

    async def _provide(self, config: MachineConfig, ready: Ready, key: str) -> None:
        if await asyncio.to_thread(self._find, key):
            return
        with self._cache.scratch("snapshot") as scratch:
            content = scratch / "entry"
            content.mkdir()
            await self._make(replace(config, memory_file=content / MEMORY), ready, content)
            # Of two runs that make the same one, both use that of the first.
            self._cache.adopt(KIND, key, content)
        # Each kernel that is tried has some, and none of another one is ever gone on from again.
        await asyncio.to_thread(self._cache.prune, ROOM, only=KIND)

    async def _make(self, config: MachineConfig, ready: Ready, folder: Path) -> None:
        plan = folder / config.files.plan
        plan.write_bytes(plan_bytes(waiting_plan(ready.modules)))
        try:
            async with (
                qemu(config, folder) as (process, connection),
                Control(connection) as control,
            ):
                await control.version()
                async with debugger(control, folder) as stops:
                    await self._until_ready(stops, process, config, folder)
                    await control.keep_memory_apart()
                    await control.save(folder / STATE)
            state = folder / STATE
            state.write_bytes(paused(state.read_bytes()))
        except (*GONE, GuestError) as error:
            raise GuestError(
                f"no snapshot could be made: {error}; QEMU: {last_words(folder)}",
                hint="is the disk full? --fresh boot needs no snapshot",
            ) from error

    async def _until_ready(
        self,
        stops: Debugger,
        process: asyncio.subprocess.Process,
        config: MachineConfig,
        folder: Path,
    ) -> None:
        """Let the guest run to where it waits, and see that it does."""
        ready = asyncio.ensure_future(stops.run_to(WAITING))
        exited = asyncio.ensure_future(process.wait())
        given_up = asyncio.ensure_future(give_up(process.pid, config, folder, self._limits))
        every = (ready, exited, given_up)
        try:
            await asyncio.wait(every, return_when=asyncio.FIRST_COMPLETED)
            if exited.done():
                raise GuestError(exit_text(exited.result()))
            if given_up.done():
                raise GuestError(given_up.result()[1])
            ready.result()
        finally:
            for task in every:
                task.cancel()
            await asyncio.wait(every)
        if READY not in (folder / config.files.results).read_bytes():
            raise GuestError("it stopped before it waited")

    def _key(self, config: MachineConfig, ready: Ready) -> str:
        """A name made of everything that goes into a snapshot."""
        files = asdict(config.files)
        for name in ("kernel", "initramfs", "payload", "dtb"):
            path: Path | None = files[name]
            files[name] = self._digest(path) if path else ""
        nowhere = replace(config.files, kernel=Path(), initramfs=Path(), payload=Path(), dtb=None)
        same = replace(config, files=nowhere)
        words = [
            RECIPE,
            waiting_plan(ready.modules),
            self._version(config.program),
            files,
            command_by_hand(same),
        ]
        return hashlib.sha256(json.dumps(words, default=str).encode()).hexdigest()[:24]

    def _digest(self, path: Path) -> str:
        status = path.stat()
        known = (path, status.st_size, status.st_mtime_ns)
        if known not in self._digests:
            self._digests[known] = digest_of(path)
        return self._digests[known]

    def _version(self, program: str) -> str:
        if program not in self._versions:
            text = command.run([program, "--version"]).text
            self._versions[program] = text.partition("\n")[0]
        return self._versions[program]


def _waiting(config: MachineConfig, ready: Ready) -> MachineConfig:
    """The machine that waits for any case of this shape: it has no schedule and no seed."""
    return replace(
        config,
        files=replace(config.files, payload=ready.payload),
        schedule=Schedule(()),
        seed=0,
        state=None,
        memory_file=None,
        kernel_args=(*config.kernel_args, ONE_CPU),
    )
