# SPDX-License-Identifier: GPL-2.0-only
"""One run of the gate: cases in, evidence on disk out."""

import asyncio
import contextlib
import functools
import json
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from rig.base.cache import Cache
from rig.base.errors import InputError
from rig.base.paths import OVERLAY
from rig.evidence.case import read_loaded, read_splats
from rig.evidence.dump import read_dump
from rig.evidence.loaded import KERNEL
from rig.evidence.lockgraph import parse_lock_graph
from rig.evidence.lockkeys import Variables, locate, save_keys
from rig.evidence.objects import DataSymbol, read_data_symbols
from rig.evidence.record import (
    CaseRecord,
    KernelFacts,
    RunDir,
    RunRecord,
    encode,
    load,
    save,
)
from rig.evidence.symbolizer import Symbolizer
from rig.evidence.symbols import collect_symbols, save_symbols
from rig.host.tools import cross_prefix
from rig.image.initramfs import GuestImage
from rig.image.outside import Outside
from rig.kernel.record import KernelBuild
from rig.machine.devicetree import device_tree
from rig.machine.process import STDERR
from rig.machine.qemu import Files, MachineConfig, command_by_hand
from rig.machine.run import Limits, live
from rig.machine.schedule import Schedule
from rig.model.claims import Claim
from rig.model.faults import Fault
from rig.model.guest import Clock, Fresh, GuestRun
from rig.model.known import KnownIssue
from rig.model.plan import plan_bytes, plan_text
from rig.model.scenario import Scenario
from rig.run.snapshot import Ready, Snapshots

GUEST = "guest.json"

# How often a case of a gate is tried if its QEMU goes away.
ATTEMPTS = 2


@dataclass(frozen=True)
class Gate:
    """Everything that the cases of one run share.

    Args:
        facts: what judging needs to know of the kernel.
        known: defects on record, of all scenarios.
        fault: a mistake that every guest makes.
        reproduce: the command line of this run without `--seed` and `--workload`.
        outside: programs of others, for the scenarios that ask for them.
        fresh: where each case gets its guest from.
    """

    kernel: KernelBuild
    image: GuestImage
    facts: KernelFacts
    claims: tuple[Claim, ...]
    clock: Clock
    directory: RunDir
    reproduce: str
    known: tuple[KnownIssue, ...] = ()
    fault: Fault | None = None
    cache: Cache = field(default_factory=Cache.default)
    outside: Outside | None = None
    fresh: Fresh = "boot"
    snapshots: Snapshots = field(default_factory=lambda: Snapshots(Cache.default()))
    qemu: str = "qemu-system-aarch64"
    limits: Limits = Limits()

    def plan(self, scenario: Scenario, seed: int, clock: Clock | None = None) -> CaseRecord:
        """The record of one case, before it has run; `clock`: not that of the run."""
        if self.fault is not None:
            scenario = self.fault.planted(scenario)
        clock = clock or self.clock
        periods = Schedule.of(seed, scenario.machine.turns).periods
        return CaseRecord(
            scenario=scenario,
            seed=seed,
            clock=clock,
            periods=periods if clock == "virtual" else (),
            claims=self.claims,
            kernel=self.facts,
            reproduce=(
                f"{self.reproduce} --driver {scenario.driver} "
                f"--workload {scenario.workload} {self.history(seed, clock)}"
            ),
            fresh=self.fresh,
            known=tuple(
                issue
                for issue in self.known
                if issue.concerns(
                    scenario.name,
                    self.facts.series,
                    self.facts.release,
                    self.facts.patches,
                    self.facts.strict,
                )
            ),
        )

    def history(self, seed: int, clock: Clock) -> str:
        """The words of a command line that choose one history of a scenario."""
        return (
            f"--seed {seed}"
            + (" --clock real" if clock == "real" else "")
            + (" --fresh snapshot" if self.fresh == "snapshot" else "")
        )

    def open(
        self, cases: Sequence[CaseRecord], reproduce: str, drivers: Sequence[str] = ()
    ) -> None:
        """Write down what is planned: a case without evidence is found missing by that.

        Args:
            reproduce: the command line that runs all these cases.
            drivers: each of these must have a case that judges it.
        """
        self.directory.path.mkdir(parents=True, exist_ok=True)
        record = RunRecord(
            cases=tuple(case.id for case in cases),
            claims=self.claims,
            series=self.facts.series,
            kernel=self.facts.release,
            clock=" ".join(sorted({case.clock for case in cases}, reverse=True)),
            seeds=tuple(sorted({case.seed for case in cases})),
            reproduce=reproduce,
            drivers=tuple(drivers),
            changed=bool(self.facts.series_files),
            strict=self.facts.strict,
            mended=self._mended(),
        )
        save(record, self.directory.run)
        (self.directory.path / "build.json").write_bytes(self.kernel.build_json.read_bytes())

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
        return tuple(dict.fromkeys((*known, *self.cache.mended)))

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
        config = self.machine(case)
        for name, content in self._inputs(case, config).items():
            (folder / name).write_bytes(content)
        guest = await self._once(case, config, folder)
        lost: list[str] = []
        while guest.end == "lost" and len(lost) + 1 < attempts:
            lost.append(guest.cause)
            _set_aside(folder, config.files)
            guest = await self._once(case, config, folder)
        await asyncio.to_thread(self._keep_symbols, folder)
        await asyncio.to_thread(self._keep_keys, folder)
        guest = replace(guest, lost=tuple(lost))
        save(guest, folder / GUEST)
        return guest

    async def _once(self, case: CaseRecord, config: MachineConfig, folder: Path) -> GuestRun:
        # The rest was looked over when the machine was made.
        for entry in (self.kernel.directory, self.image.initramfs.parent):
            await asyncio.to_thread(self.cache.check, entry)
        snapshot = ""
        if config.state:
            snapshot = await self.snapshots.begin(config, self._ready(case), folder)
        return replace(await live(config, folder, self.limits), snapshot=snapshot)

    def finished(self, case: CaseRecord) -> bool:
        """Whether the evidence of just this case is on disk, to its end."""
        folder = self.directory.case(case.id)
        config = self.machine(case)
        inputs = self._inputs(case, config)
        try:
            same = all((folder / name).read_bytes() == inputs[name] for name in inputs)
            guest = load(folder / GUEST, GuestRun)
            # Two snapshots of the same content are two histories.
            goes_on = self.snapshots.kept(config) if config.state else ""
            return same and guest.end != "lost" and guest.snapshot == goes_on
        except (OSError, InputError):
            return False

    def _inputs(self, case: CaseRecord, config: MachineConfig) -> dict[str, bytes]:
        """The files that say all that goes into a case: kernel, image, machine, plan."""
        modules = self._modules(case)
        plan = plan_text(case.scenario, case.seed, modules, case.periods, case.clock)
        argv = json.dumps(command_by_hand(config), indent=1) + "\n"
        names = (KERNEL, *(Path(file).stem for file, _ in modules))
        # From the record of the build: what lies in the cache now may be another build's.
        built = self.kernel.build_ids
        expected = {name: built[name] for name in names if name in built}
        return {
            "plan": plan_bytes(plan),
            "argv.json": argv.encode(),
            "case.json": encode(replace(case, build_ids=expected)),
        }

    def _modules(self, case: CaseRecord) -> tuple[tuple[str, tuple[str, ...]], ...]:
        return self.image.modules.order(case.scenario.loaded(case.seed))

    def _keep_symbols(self, folder: Path) -> None:
        """Look up the source lines of every splat now, so that judging needs no kernel."""
        cross = cross_prefix()
        symbolizer = Symbolizer(
            self.kernel.vmlinux,
            self._debug_modules,
            addr2line=f"{cross}addr2line",
            nm=f"{cross}nm",
        )
        addresses = collect_symbols(read_splats(folder))
        save_symbols(symbolizer.resolve(addresses), folder / "symbols.json")

    def _keep_keys(self, folder: Path) -> None:
        """Look up the keys of all lock classes, for the same reason."""
        dump = read_dump(folder / "dump.tar")
        loaded = read_loaded(dump)
        graph = parse_lock_graph(dump.files.get("lockdep", b""))
        owners = {module for module, _ in loaded.sections} & self._debug_modules.keys()
        modules = {owner: self._module_symbols(owner) for owner in owners}
        keys = locate(graph, self._kernel_variables, Variables.of_modules(loaded, modules))
        save_keys(keys, folder / "locks.json")

    @cached_property
    def _debug_modules(self) -> dict[str, Path]:
        files = self.kernel.debug_modules.rglob("*.ko")
        return {path.stem.replace("-", "_"): path for path in files}

    @cached_property
    def _module_symbols(self) -> Callable[[str], tuple[DataSymbol, ...]]:
        """What reads the variables of a module, when a case has loaded it for the first time."""
        return functools.cache(
            lambda module: read_data_symbols(self._debug_modules[module], _readelf())
        )

    @cached_property
    def _kernel_variables(self) -> Variables:
        return Variables.of_kernel(read_data_symbols(self.kernel.vmlinux, _readelf()))

    def machine(self, case: CaseRecord) -> MachineConfig:
        """The virtual machine of a case."""
        ready = self._ready(case)
        modules = [name for name, _ in self._modules(case) if name not in ready.modules]
        files = [program.command for program in case.scenario.programs]
        layers = case.scenario.outside
        others = self.outside.files(layers) if self.outside and layers else {}
        payload = self.image.payload(modules, files, others)
        config = MachineConfig(
            files=Files(self.kernel.image, self.image.initramfs, payload),
            cpus=case.scenario.machine.cpus,
            memory=case.scenario.machine.memory,
            clock=case.clock,
            schedule=Schedule(case.periods),
            seed=case.seed,
            kernel_args=case.scenario.kernel_args,
            program=self.qemu,
        )
        if case.scenario.hardware is not None:
            tree = device_tree(config, OVERLAY, self.cache)
            config = replace(config, files=replace(config.files, dtb=tree))
        if case.fresh == "snapshot":
            config = self.snapshots.machine(config, ready)
        return config

    def _ready(self, case: CaseRecord) -> Ready:
        """What the guest of a case does before it waits; one that boots does not wait."""
        if case.fresh == "boot":
            return self._bare
        loaded = self._modules(case)
        needed = all((name, ()) in loaded for name in self._framework.modules)
        return self._framework if needed else self._bare

    @cached_property
    def _framework(self) -> Ready:
        modules = self.image.framework
        return Ready(modules, self.image.archive(modules))

    @cached_property
    def _bare(self) -> Ready:
        return Ready((), self.image.archive(()))


def _readelf() -> str:
    return f"{cross_prefix()}readelf"


def _set_aside(folder: Path, files: Files) -> None:
    """Keep what a guest left that was lost, out of the way of the next one."""
    aside = folder / "lost"
    aside.mkdir(exist_ok=True)
    for name in (files.serial, files.results, files.dump, STDERR):
        if (folder / name).exists():
            (folder / name).replace(aside / name)


def require_place(out: Path) -> None:
    """See that `out` can hold run directories; nothing is left there.

    Raises:
        InputError: it cannot.
    """
    exists = next(path for path in (out.absolute(), *out.absolute().parents) if path.exists())
    try:
        tempfile.TemporaryDirectory(dir=exists).cleanup()
    except OSError as error:
        raise _no_place(out, error) from error


def _no_place(out: Path, error: OSError) -> InputError:
    return InputError(f"{out} cannot hold run directories: {error.strerror}")


def run_folder(out: Path, series: str) -> RunDir:
    """A run directory of its own below `out`: the series and the next free number."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _no_place(out, error) from error
    # The name of a branch may have slashes in it.
    name = series.replace("/", "-").lstrip(".-") or "range"
    number = 1
    while True:
        path = out / f"{name}-{number:03d}"
        try:
            path.mkdir()
        except FileExistsError:
            number += 1
            continue
        return RunDir(path)
