# SPDX-License-Identifier: GPL-2.0-only
"""What is looked up in the objects of a build, so that judging needs no kernel."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from rig.evidence.case import read_loaded, read_splats
from rig.evidence.dump import Dump, read_dump
from rig.evidence.lockgraph import parse_lock_graph
from rig.evidence.lockkeys import Variables, locate, save_keys
from rig.evidence.objects import DataSymbol, read_data_symbols
from rig.evidence.places import tell_places
from rig.evidence.symbolizer import Symbolizer
from rig.evidence.symbols import collect_symbols, save_symbols
from rig.kernel.record import KernelBuild
from rig.model.guest import GuestRun


@dataclass(frozen=True)
class Lookups:
    """Looks up, and remembers what every case of a kernel asks for.

    Args:
        cross: prefix of the binutils for the guest's architecture.
    """

    kernel: KernelBuild
    cross: str

    def keep(self, folder: Path) -> None:
        """Write symbols.json and locks.json into the folder of a case whose guest is gone.

        Raises:
            EnvironmentFailure: a program of binutils is missing, or cannot read an object.
        """
        dump = read_dump(folder / "dump.tar")
        self._keep_symbols(folder, dump)
        self._keep_keys(folder, dump)

    def places(self, folder: Path, guest: GuestRun) -> str:
        """What the CPUs of a guest were at when it was given up; "" if nobody has asked them."""
        loaded = read_loaded(read_dump(folder / "dump.tar"))
        return tell_places(guest.places, loaded, self._symbolizer)

    @property
    def _symbolizer(self) -> Symbolizer:
        return Symbolizer(
            self.kernel.vmlinux,
            self._debug_modules,
            addr2line=f"{self.cross}addr2line",
            nm=f"{self.cross}nm",
        )

    def _keep_symbols(self, folder: Path, dump: Dump) -> None:
        """The source lines of every splat."""
        addresses = collect_symbols(read_splats(folder, dump))
        save_symbols(self._symbolizer.resolve(addresses), folder / "symbols.json")

    def _keep_keys(self, folder: Path, dump: Dump) -> None:
        """The keys of all lock classes."""
        loaded = read_loaded(dump)
        graph = parse_lock_graph(dump.files.get("lockdep", b""))
        owners = {module for module, _ in loaded.sections} & self._debug_modules.keys()
        modules = {owner: self._module_symbols(owner) for owner in owners}
        keys = locate(graph, self._kernel_variables, Variables.of_modules(loaded, modules))
        save_keys(keys, folder / "locks.json")

    @property
    def _readelf(self) -> str:
        return f"{self.cross}readelf"

    @cached_property
    def _debug_modules(self) -> dict[str, Path]:
        files = self.kernel.debug_modules.rglob("*.ko")
        return {path.stem.replace("-", "_"): path for path in files}

    @cached_property
    def _module_symbols(self) -> Callable[[str], tuple[DataSymbol, ...]]:
        """What reads the variables of a module, when a case has loaded it for the first time."""
        return functools.cache(
            lambda module: read_data_symbols(self._debug_modules[module], self._readelf)
        )

    @cached_property
    def _kernel_variables(self) -> Variables:
        return Variables.of_kernel(read_data_symbols(self.kernel.vmlinux, self._readelf))
