# SPDX-License-Identifier: GPL-2.0-only
"""A finished kernel: where its parts are, and what it was made of."""

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rig.base.errors import InputError

RECORD = "build.json"

# Of the layout of an entry and of build.json.
FORMAT = 2

# What detectors that are built in need on the command line, by their symbols.  KASAN is silent
# after its first report otherwise, and the canary's is the last of all; kmemleak counts what it
# found, and says nothing of it.
_ARGUMENTS = {
    "CONFIG_KASAN=y": "kasan_multi_shot",
    "CONFIG_DEBUG_KMEMLEAK=y": "kmemleak.verbose=1",
}


@dataclass(frozen=True, slots=True)
class KernelBuild:
    """A kernel in the cache; nothing in it changes any more.

    Args:
        directory: the cache entry.
        key: its name there: a digest of everything that went in.
        release: what ``uname -r`` says in the guest.
        image: the bootable ``Image``.
        vmlinux: the same with symbols and line tables.
        system_map: addresses and names.
        config: the final configuration.
        modules: holds ``lib/modules/<release>``, without debug information, for the guest.
        debug_modules: the same modules with line tables, all in one directory, for addr2line.
        rig_modules: the rig's own modules, paths below ``modules``.
        headers: an include directory with the kernel's interface to programs.
        kselftest: an include directory with ``kselftest.h`` and ``kselftest_harness.h``.
        gen_init_cpio: a program of the host that makes initramfs archives.
        build_json: the record of the build.
        record: its content.
    """

    directory: Path
    key: str
    release: str
    image: Path
    vmlinux: Path
    system_map: Path
    config: Path
    modules: Path
    debug_modules: Path
    rig_modules: tuple[Path, ...]
    headers: Path
    kselftest: Path
    gen_init_cpio: Path
    build_json: Path
    record: Mapping[str, Any]

    @property
    def build_ids(self) -> Mapping[str, str]:
        """Of the kernel and of each module, as they were when they had been built."""
        return dict(self.record["build_ids"])

    @property
    def arguments(self) -> tuple[str, ...]:
        """What this kernel must be told on its command line."""
        configured = self.config.read_text().splitlines()
        return tuple(text for symbol, text in _ARGUMENTS.items() if symbol in configured)

    @property
    def missing_rig_patches(self) -> tuple[str, ...]:
        """Names of rig patches that this kernel does not have: their oracles are inconclusive."""
        return tuple(entry["name"] for entry in self.record["patches"]["missing"])

    @property
    def missing_files(self) -> Mapping[str, tuple[str, ...]]:
        """The files that each of them would have touched, if the record says so."""
        missing = self.record["patches"]["missing"]
        return {entry["name"]: tuple(entry.get("files", ())) for entry in missing}


def records(kernels: Path) -> Iterator[dict[str, Any]]:
    """What is written down of each kernel in a cache."""
    for file in kernels.glob(f"*/{RECORD}"):
        try:
            record = json.loads(file.read_text())
        except (OSError, ValueError):
            # Pruned while this looks.
            continue
        yield record


def steps_of_first_builds(kernels: Path, profile: str, version: str) -> int | None:
    """How many steps the last build from scratch of a profile and release had; None if unknown."""
    known = []
    for record in records(kernels):
        # It may be another version's.
        with contextlib.suppress(KeyError):
            if record["first"] and record["profile"] == profile:
                known.append(
                    (record["base"]["version"] == version, record["started"], record["steps"])
                )
    return int(max(known)[2]) if known else None


def load_build(directory: Path) -> KernelBuild:
    """Read a finished build.

    Raises:
        InputError: there is none in this directory, or one of another version of the rig.
    """
    file = directory / RECORD
    try:
        record = json.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise InputError(f"{file}: not the record of a kernel build: {error}") from error
    if record.get("format") != FORMAT:
        raise InputError(f"{file}: written by another version of the rig", hint="build it again")
    modules = directory / "modules"
    return KernelBuild(
        directory=directory,
        key=record["key"],
        release=record["release"],
        image=directory / "Image",
        vmlinux=directory / "vmlinux",
        system_map=directory / "System.map",
        config=directory / "config",
        modules=modules,
        debug_modules=directory / "debug-modules",
        rig_modules=tuple(modules / path for path in record["rig_modules"]),
        headers=directory / "headers" / "include",
        kselftest=directory / "kselftest",
        gen_init_cpio=directory / "gen_init_cpio",
        build_json=file,
        record=record,
    )
