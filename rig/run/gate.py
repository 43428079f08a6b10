# SPDX-License-Identifier: GPL-2.0-only
"""The life of one case: planned, run in a guest of its own, its evidence kept on disk."""

import asyncio
import contextlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rig.base.errors import InputError
from rig.evidence.loaded import KERNEL
from rig.evidence.record import (
    CaseRecord,
    RunDir,
    RunRecord,
    encode,
    load,
    save,
)
from rig.machine.process import STDERR
from rig.machine.qemu import Files, MachineConfig, command_by_hand
from rig.machine.run import live
from rig.model.guest import Clock, GuestRun
from rig.model.options import Options
from rig.model.plan import plan_bytes, plan_text
from rig.model.scenario import Scenario
from rig.run.directory import write_down
from rig.run.lookups import Lookups
from rig.run.machines import Machines
from rig.run.planning import Planner

GUEST = "guest.json"

# How often a case of a gate is tried if its QEMU goes away.
ATTEMPTS = 2


@dataclass(frozen=True)
class Gate:
    """Takes cases through a run.

    Args:
        lookups: in the objects of the same kernel that the machines run.
        directory: where the evidence goes.
    """

    planner: Planner
    machines: Machines
    lookups: Lookups
    directory: RunDir

    @property
    def options(self) -> Options:
        """What the user chose."""
        return self.planner.options

    def with_options(self, options: Options) -> "Gate":
        """The same, as if the user had chosen these."""
        return replace(self, planner=replace(self.planner, options=options))

    def plan(self, scenario: Scenario, seed: int, clock: Clock | None = None) -> CaseRecord:
        """As `Planner.plan`."""
        return self.planner.plan(scenario, seed, clock)

    def open(
        self,
        cases: Sequence[CaseRecord],
        drivers: Sequence[str] = (),
        places: Sequence[int] = (),
        apart: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        """Write down what is planned; arguments as those of `Planner.record` and of `RunRecord`."""
        planned = self.planner.record(cases, drivers)
        record = replace(
            planned, mended=self._mended(), places=tuple(places), apart=dict(apart or {})
        )
        write_down(record, self.machines.kernel.build_json, self.directory)

    def note_mended(self) -> None:
        """Write down what of the cache has been made anew since `open`."""
        record = load(self.directory.run, RunRecord)
        save(replace(record, mended=self._mended()), self.directory.run)

    def _mended(self) -> tuple[str, ...]:
        """All that this run knows of, also before it was resumed."""
        known: tuple[str, ...] = ()
        # What another version wrote is run again, and told by nobody.
        with contextlib.suppress(InputError):
            known = load(self.directory.run, RunRecord).mended
        return tuple(dict.fromkeys((*known, *self.machines.cache.mended)))

    def run(self, case: CaseRecord, attempts: int = 1) -> GuestRun:
        """`live`, for a caller that has nothing else to do meanwhile."""
        return asyncio.run(self.live(case, attempts))

    async def live(self, case: CaseRecord, attempts: int = 1) -> GuestRun:
        """Run one case in a guest of its own; its evidence is on disk afterwards.

        Args:
            attempts: how often to try if QEMU goes away, as when the host runs out of memory.  The
                guest is not to blame for that; that it happened is in the evidence all the same.

        Raises:
            GuestError: QEMU did not start.
            InputError: the plan names a module or a program that is not there.
            EnvironmentFailure: there is no dtc to describe the case's hardware.
        """
        folder = self.directory.case(case.id)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        config = self.machines.config(case)
        for name, content in self._inputs(case, config).items():
            (folder / name).write_bytes(content)
        guest = await self._once(case, config, folder)
        lost: list[str] = []
        while guest.end == "lost" and len(lost) + 1 < attempts:
            lost.append(guest.cause)
            _set_aside(folder, config.files)
            guest = await self._once(case, config, folder)
        await asyncio.to_thread(self.lookups.keep, folder)
        if where := self.lookups.places(folder, guest) if guest.places else "":
            guest = replace(guest, cause=f"{guest.cause}: {where}")
        guest = replace(guest, lost=tuple(lost))
        save(guest, folder / GUEST)
        return guest

    async def _once(self, case: CaseRecord, config: MachineConfig, folder: Path) -> GuestRun:
        # The rest was looked over when the machine was made.
        for entry in (self.machines.kernel.directory, self.machines.image.initramfs.parent):
            await asyncio.to_thread(self.machines.cache.check, entry)
        snapshot = ""
        if config.state:
            ready = self.machines.ready(case)
            snapshot = await self.machines.snapshots.begin(config, ready, folder)
        return replace(await live(config, folder, self.machines.patience(case)), snapshot=snapshot)

    def finished(self, case: CaseRecord) -> bool:
        """Whether the evidence of just this case is on disk, to its end."""
        folder = self.directory.case(case.id)
        config = self.machines.config(case)
        inputs = self._inputs(case, config)
        try:
            same = all((folder / name).read_bytes() == inputs[name] for name in inputs)
            guest = load(folder / GUEST, GuestRun)
            # One that is gone, or is not what was written, says nothing of what went on from it.
            goes_on = self.machines.snapshots.kept(config) if config.state else ""
            return same and guest.end != "lost" and guest.snapshot == goes_on
        except (OSError, InputError):
            return False

    def _inputs(self, case: CaseRecord, config: MachineConfig) -> dict[str, bytes]:
        """The files that say all that goes into a case: kernel, image, machine, plan."""
        modules = self.machines.modules(case)
        plan = plan_text(case.scenario, case.seed, modules, case.periods, case.clock)
        argv = json.dumps(command_by_hand(config), indent=1) + "\n"
        names = (KERNEL, *(Path(file).stem for file, _ in modules))
        # From the record of the build: what lies in the cache now may be another build's.
        built = self.machines.kernel.build_ids
        expected = {name: built[name] for name in names if name in built}
        return {
            "plan": plan_bytes(plan),
            "argv.json": argv.encode(),
            "case.json": encode(replace(case, build_ids=expected)),
        }


def _set_aside(folder: Path, files: Files) -> None:
    """Keep what a guest left that was lost, out of the way of the next one."""
    aside = folder / "lost"
    aside.mkdir(exist_ok=True)
    for name in (files.serial, files.results, files.dump, STDERR):
        if (folder / name).exists():
            (folder / name).replace(aside / name)
