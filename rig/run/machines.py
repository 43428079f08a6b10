# SPDX-License-Identifier: GPL-2.0-only
"""Which machine a case gets: what it boots or goes on from, and what it brings along."""

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from rig.base.cache import Cache
from rig.evidence.record import CaseRecord
from rig.image.initramfs import GuestImage
from rig.image.outside import Outside
from rig.kernel.record import KernelBuild
from rig.machine.devicetree import device_tree
from rig.machine.overlay import overlay
from rig.machine.qemu import Files, MachineConfig
from rig.machine.run import Limits
from rig.machine.schedule import Schedule
from rig.model.drivers import bundled
from rig.run.drawn import history_files
from rig.run.snapshot import Ready, Snapshots

# Seconds of guest time that a program of every day may take at most.
BRISK = 120


@dataclass(frozen=True)
class Machines:
    """Makes the machines of one run.

    Args:
        snapshots: of guests that have booted, for the cases that go on from one.
        outside: programs of others, for the scenarios that ask for them.
        qemu: the program.
        limits: when a guest is given up.
    """

    kernel: KernelBuild
    image: GuestImage
    cache: Cache
    snapshots: Snapshots
    outside: Outside | None = None
    qemu: str = "qemu-system-aarch64"
    limits: Limits = Limits()

    def config(self, case: CaseRecord) -> MachineConfig:
        """The machine of a case.

        Raises:
            InputError: the plan names a module or a program that is not there.
            EnvironmentFailure: there is no dtc to describe the case's hardware.
        """
        ready = self.ready(case)
        modules = [name for name, _ in self.modules(case) if name not in ready.modules]
        programs = [program.command for program in case.scenario.programs]
        layers = case.scenario.outside
        others: dict[str, Path | bytes] = dict(
            self.outside.files(layers) if self.outside and layers else {}
        )
        others.update(history_files(case.scenario))
        payload = self.image.payload(modules, programs, others)
        config = MachineConfig(
            files=Files(self.kernel.image, self.image.initramfs, payload),
            cpus=case.scenario.machine.cpus,
            memory=case.scenario.machine.memory,
            clock=case.clock,
            schedule=Schedule(case.periods),
            seed=case.seed,
            kernel_args=(*self.kernel.arguments, *case.scenario.kernel_args),
            program=self.qemu,
        )
        if case.scenario.hardware is not None:
            blocks = bundled().blocks_of(case.scenario.modules)
            tree = device_tree(config, overlay(blocks), self.cache)
            config = replace(config, files=replace(config.files, dtb=tree))
        if case.fresh == "snapshot":
            config = self.snapshots.machine(config, ready)
        return config

    def patience(self, case: CaseRecord) -> Limits:
        """When the guest of a case is given up."""
        longest = max(program.seconds for program in case.scenario.programs)
        if case.clock == "real" or longest > BRISK:
            return self.limits
        return replace(self.limits, silence=min(self.limits.silence, self.limits.brisk))

    def modules(self, case: CaseRecord) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """File name and parameters of each module that a case loads, in this order."""
        return self.image.loaded(case.scenario.loaded(case.seed))

    def ready(self, case: CaseRecord) -> Ready:
        """What the guest of a case does before it waits; one that boots does not wait."""
        if case.fresh == "boot":
            return self._bare
        loaded = self.modules(case)
        needed = all((name, ()) in loaded for name in self._framework.modules)
        return self._framework if needed else self._bare

    @cached_property
    def _framework(self) -> Ready:
        modules = self.image.framework
        return Ready(modules, self.image.archive(modules))

    @cached_property
    def _bare(self) -> Ready:
        return Ready((), self.image.archive(()))
