# SPDX-License-Identifier: GPL-2.0-only
"""Kernel modules of a build: where they lie, and in which order they load."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rig.base.errors import InputError


@dataclass(frozen=True)
class ModuleSet:
    """The modules of one kernel.

    Args:
        files: name (with underscores, as the kernel has it) to the .ko file.
        needs: name to the names that must be loaded before it, in loading order.
    """

    files: dict[str, Path]
    needs: dict[str, tuple[str, ...]]

    @classmethod
    def read(cls, folder: Path) -> "ModuleSet":
        """Read `modules.dep` of a `lib/modules/<release>` folder."""
        files: dict[str, Path] = {}
        needs: dict[str, tuple[str, ...]] = {}
        for line in (folder / "modules.dep").read_text().splitlines():
            target, _, rest = line.partition(":")
            files[_name(target)] = folder / target
            # depmod lists the nearest first; the farthest must be loaded first.
            needs[_name(target)] = tuple(_name(path) for path in reversed(rest.split()))
        return cls(files, needs)

    def order(self, wanted: Iterable[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """File name and parameters of each module to load, dependencies first.

        Args:
            wanted: module names, each with parameters after blanks: "vim2m debug=1".

        Raises:
            InputError: no such module in this kernel.
        """
        order: dict[str, tuple[str, ...]] = {}
        for entry in wanted:
            name, *parameters = entry.split()
            name = name.replace("-", "_")
            if name not in self.files:
                raise InputError(
                    f"no module {name!r} in this kernel",
                    hint="is its Kconfig symbol set to m, and its driver in this series?",
                )
            for need in self.needs[name]:
                order.setdefault(need, ())
            order[name] = tuple(parameters)
        return tuple((f"{name}.ko", parameters) for name, parameters in order.items())


def _name(path: str) -> str:
    return Path(path).stem.replace("-", "_")
