# SPDX-License-Identifier: GPL-2.0-only
"""One run of the gate: cases in, evidence on disk out."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from rig.cache import Cache
from rig.evidence.case import split_canary
from rig.evidence.klog import parse_serial
from rig.evidence.record import CaseRecord, KernelFacts, RunDir, RunRecord, save
from rig.evidence.splats import find_splats
from rig.evidence.symbolizer import Symbolizer
from rig.evidence.symbols import collect_symbols, save_symbols
from rig.image.initramfs import GuestImage
from rig.kernel.record import KernelBuild
from rig.known import KnownIssue
from rig.machine.devicetree import device_tree
from rig.machine.qemu import Clock, Files, MachineConfig, command_by_hand
from rig.machine.run import GuestRun, Limits, run_guest
from rig.machine.schedule import Schedule
from rig.paths import OVERLAY
from rig.plan import plan_bytes, plan_text
from rig.scenario import Claim, Scenario
from rig.tools import cross_prefix


@dataclass(frozen=True)
class Gate:
    """Everything that the cases of one run share.

    Args:
        facts: what judging needs to know of the kernel.
        known: defects on record, of all scenarios.
        reproduce: the command line of this run without `--seed` and `--workload`.
    """

    kernel: KernelBuild
    image: GuestImage
    facts: KernelFacts
    claims: tuple[Claim, ...]
    clock: Clock
    directory: RunDir
    reproduce: str
    known: tuple[KnownIssue, ...] = ()
    cache: Cache = field(default_factory=Cache.default)
    qemu: str = "qemu-system-aarch64"
    limits: Limits = Limits()

    def plan(self, scenario: Scenario, seed: int) -> CaseRecord:
        """The record of one case, before it has run."""
        periods = Schedule.of(seed, scenario.machine.turns).periods
        return CaseRecord(
            scenario=scenario,
            seed=seed,
            clock=self.clock,
            periods=periods if self.clock == "virtual" else (),
            claims=self.claims,
            kernel=self.facts,
            reproduce=(
                f"{self.reproduce} --driver {scenario.driver} "
                f"--workload {scenario.workload} --seed {seed}"
            ),
            known=tuple(
                issue
                for issue in self.known
                if issue.concerns(scenario.name, self.facts.series, self.facts.release)
            ),
        )

    def open(self, cases: Sequence[CaseRecord], choice: str = "") -> None:
        """Write down what is planned: a case without evidence is found missing by that.

        Args:
            choice: the options that chose these cases.
        """
        self.directory.path.mkdir(parents=True, exist_ok=True)
        record = RunRecord(
            cases=tuple(case.id for case in cases),
            claims=self.claims,
            series=self.facts.series,
            kernel=self.facts.release,
            clock=self.clock,
            seeds=tuple(sorted({case.seed for case in cases})),
            reproduce=f"{self.reproduce} {choice}".rstrip(),
        )
        save(record, self.directory.run)
        (self.directory.path / "build.json").write_bytes(self.kernel.build_json.read_bytes())

    def run(self, case: CaseRecord) -> GuestRun:
        """Run one case in a guest of its own; its evidence is on disk afterwards.

        Raises:
            GuestError: QEMU did not start.
            InputError: the plan names a module or a program that is not there.
            EnvironmentFailure: there is no dtc to describe the case's hardware.
        """
        folder = self.directory.case(case.id)
        folder.mkdir(parents=True, exist_ok=True)
        modules = self.image.modules.order(case.scenario.loaded(case.seed))
        plan = plan_text(case.scenario, case.seed, modules, case.periods)
        (folder / "plan").write_bytes(plan_bytes(plan))
        files = [program.file for program in case.scenario.programs]
        payload = self.image.payload([name for name, _ in modules], files)
        config = self.machine(case, payload)
        save(case, folder / "case.json")
        (folder / "argv.json").write_text(json.dumps(command_by_hand(config), indent=1) + "\n")
        guest = run_guest(config, folder, self.limits)
        guest.save(folder / "guest.json")
        self._keep_symbols(folder)
        return guest

    def _keep_symbols(self, folder: Path) -> None:
        """Look up the source lines of every splat now, so that judging needs no kernel."""
        serial = (folder / "serial.log").read_bytes()
        splats, _ = split_canary(find_splats(parse_serial(serial)))
        cross = cross_prefix()
        modules = self.kernel.debug_modules.rglob("*.ko")
        symbolizer = Symbolizer(
            self.kernel.vmlinux,
            {path.stem: path for path in modules},
            addr2line=f"{cross}addr2line",
            nm=f"{cross}nm",
        )
        save_symbols(symbolizer.resolve(collect_symbols(splats)), folder / "symbols.json")

    def machine(self, case: CaseRecord, payload: Path) -> MachineConfig:
        """The virtual machine of a case."""
        config = MachineConfig(
            files=Files(self.kernel.image, self.image.initramfs, payload),
            cpus=case.scenario.machine.cpus,
            memory=case.scenario.machine.memory,
            clock=self.clock,
            schedule=Schedule(case.periods),
            seed=case.seed,
            kernel_args=case.scenario.kernel_args,
            program=self.qemu,
        )
        if case.scenario.hardware is None:
            return config
        tree = device_tree(config, OVERLAY, self.cache)
        return replace(config, files=replace(config.files, dtb=tree))


def run_folder(out: Path, series: str) -> RunDir:
    """A run directory of its own below `out`: the series and the next free number."""
    out.mkdir(parents=True, exist_ok=True)
    number = 1
    while True:
        path = out / f"{series}-{number:03d}"
        try:
            path.mkdir()
        except FileExistsError:
            number += 1
            continue
        return RunDir(path)
