# SPDX-License-Identifier: GPL-2.0-only
"""A guest that has booted and waits for its plan, kept to be gone on from many times.

What is kept is QEMU's migration stream: a file that any number of new QEMU processes read at once
and none can change.  An entry of the cache is named by everything that went into it.
"""

import asyncio
import hashlib
import json
import shutil
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from rig.cache import Cache
from rig.errors import GuestError, InputError
from rig.evidence.record import load, save
from rig.kernel import command
from rig.machine.control import GONE, Control
from rig.machine.process import exit_text, last_words, qemu
from rig.machine.qemu import MachineConfig, command_by_hand
from rig.machine.run import Limits, give_up
from rig.machine.schedule import Schedule
from rig.plan import WAITING, plan_bytes

KIND = "snapshots"
RECIPE = 1

STATE = "state"
RECORD = "snapshot.json"

# What init writes to its results when it has nothing left to do but to wait.
READY = b"# waiting\n"

# QEMU's main thread is still busy for a moment when a machine goes on, and may then run a timer
# that is due instead of the thread of the virtual CPUs.  If there are several, it is chance which
# of them is cut short by that.  The guest brings the others up before its workloads begin.
ONE_CPU = "maxcpus=1"


@dataclass(frozen=True)
class SnapshotRecord:
    """What an entry must hold to be used.

    Args:
        qemu: the version that wrote it, in QEMU's words.
        sha256: of each file.
    """

    qemu: str
    sha256: dict[str, str]
    schema: int = 1


class Snapshots:
    """The snapshots of one run: made when first asked for, looked over once."""

    def __init__(self, cache: Cache, limits: Limits = Limits()) -> None:
        self._cache = cache
        self._limits = limits
        self._digests: dict[tuple[Path, int, int], str] = {}
        self._versions: dict[str, str] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._good: set[str] = set()

    def state(self, config: MachineConfig) -> Path:
        """Where the state for this machine is, or will be."""
        return self._cache.path(KIND, self._key(_waiting(config))) / STATE

    async def begin(self, config: MachineConfig, folder: Path) -> None:
        """Put into `folder` what a guest that goes on from `config.state` needs there.

        The snapshot is made if it is missing, or is not what was written.

        Raises:
            GuestError: the guest did not get ready, or its state cannot be written.
            EnvironmentFailure: the disk is full.
        """
        waiting = _waiting(config)
        key = self._key(waiting)
        async with self._locks.setdefault(key, asyncio.Lock()):
            if key not in self._good:
                await self._provide(waiting, key)
                self._good.add(key)
        serial = config.files.serial
        shutil.copyfile(self._cache.path(KIND, key) / serial, folder / serial)

    async def _provide(self, config: MachineConfig, key: str) -> None:
        entry = self._cache.find(KIND, key)
        version = self._version(config.program)
        if entry:
            if await asyncio.to_thread(_is_whole, entry, version):
                return
            self._cache.remove(entry)
        with self._cache.scratch("snapshot") as scratch:
            content = scratch / "entry"
            content.mkdir()
            await self._make(config, content)
            record = SnapshotRecord(version, _file_digests(content, config.files.serial))
            save(record, content / RECORD)
            # Of two runs that make the same one, both use that of the first.
            self._cache.adopt(KIND, key, content)

    async def _make(self, config: MachineConfig, folder: Path) -> None:
        plan = folder / config.files.plan
        plan.write_bytes(plan_bytes(WAITING))
        try:
            async with (
                qemu(config, folder) as (process, connection),
                Control(connection) as control,
            ):
                await control.version()
                await control.start()
                await self._until_ready(process, config, folder)
                await control.stop()
                await control.save(folder / STATE)
        except (*GONE, GuestError) as error:
            raise GuestError(
                f"no snapshot could be made: {error}; QEMU: {last_words(folder)}",
                hint="is the disk full? --fresh boot needs no snapshot",
            ) from error

    async def _until_ready(
        self, process: asyncio.subprocess.Process, config: MachineConfig, folder: Path
    ) -> None:
        results = folder / config.files.results
        exited = asyncio.ensure_future(process.wait())
        given_up = asyncio.ensure_future(give_up(process.pid, config, folder, self._limits))
        try:
            while READY not in results.read_bytes():
                if exited.done():
                    raise GuestError(exit_text(exited.result()))
                if given_up.done():
                    raise GuestError(given_up.result()[1])
                await asyncio.sleep(0.01)
        finally:
            exited.cancel()
            given_up.cancel()

    def _key(self, config: MachineConfig) -> str:
        """A name made of everything that goes into a snapshot."""
        files = asdict(config.files)
        for name in ("kernel", "initramfs", "dtb"):
            path: Path | None = files[name]
            files[name] = self._digest(path) if path else ""
        same = replace(
            config, files=replace(config.files, kernel=Path(), initramfs=Path(), dtb=None)
        )
        words = [RECIPE, WAITING, self._version(config.program), files, command_by_hand(same)]
        return hashlib.sha256(json.dumps(words, default=str).encode()).hexdigest()[:24]

    def _digest(self, path: Path) -> str:
        status = path.stat()
        known = (path, status.st_size, status.st_mtime_ns)
        if known not in self._digests:
            self._digests[known] = _sha256(path)
        return self._digests[known]

    def _version(self, program: str) -> str:
        if program not in self._versions:
            text = command.run([program, "--version"]).text
            self._versions[program] = text.partition("\n")[0]
        return self._versions[program]


def _waiting(config: MachineConfig) -> MachineConfig:
    """The machine that waits for any case of this shape: it has no schedule and no seed."""
    # The payload is a file of the fw_cfg device too, and must be there; nobody reads this one.
    files = replace(config.files, payload=Path(config.files.plan))
    return replace(
        config,
        files=files,
        schedule=Schedule(()),
        seed=0,
        state=None,
        kernel_args=(*config.kernel_args, ONE_CPU),
    )


def _is_whole(entry: Path, version: str) -> bool:
    """Whether an entry is what was written, by this QEMU."""
    try:
        record = load(entry / RECORD, SnapshotRecord)
        return (
            record.qemu == version
            and STATE in record.sha256
            and all(_sha256(entry / name) == digest for name, digest in record.sha256.items())
        )
    except (OSError, InputError):
        return False


def _file_digests(folder: Path, serial: str) -> dict[str, str]:
    return {name: _sha256(folder / name) for name in (STATE, serial)}


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
