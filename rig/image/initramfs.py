# SPDX-License-Identifier: GPL-2.0-only
"""What every guest of a kernel boots from, the same to the byte for the same content."""

import hashlib
import json
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rig.base.cache import Cache
from rig.base.errors import InputError
from rig.host import command
from rig.image.modules import ModuleSet
from rig.image.payload import pack
from rig.image.programs import Toolchain, compile_programs
from rig.kernel.record import KernelBuild

RECIPE = 3

# The last act of a case loads them; a kernel has those of its profile.
CANARIES = ("m2m_canary", "m2m_canary_races", "m2m_canary_leak", "m2m_canary_mmio")

# Init loads them before all others (images/init/detectors.c); a kernel has those of its profile.
WATCHES = ("m2m_mmio",)

# Of the rig's workloads: all of them in one program.
MULTICALL = "multicall"

# Tells what nothing else does of what is left; it is loaded in every case.
ACCOUNTS = "m2m_accounts"

# Every mem2mem driver needs this module, and what that needs in its turn.
FRAMEWORK = "v4l2_mem2mem"


@dataclass(frozen=True)
class GuestImage:
    """What guests of one kernel are made of.

    Args:
        initramfs: init, a shell and the rig's workloads (uncompressed newc archive): what is the
            same for all cases.
        programs: names of the rig's workloads.
        modules: of this kernel.
        cache: where payloads are kept.
        own: more programs, of scenarios, by name.
    """

    initramfs: Path
    programs: tuple[str, ...]
    modules: ModuleSet
    cache: Cache
    own: Mapping[str, Path] = field(default_factory=dict)

    def payload(
        self,
        modules: Collection[str],
        programs: Collection[str],
        others: Mapping[str, Path | bytes] | None = None,
    ) -> Path:
        """The archive of one case: these modules, detectors' and programs of the scenario's own.

        Args:
            modules: their file names, as `ModuleSet.order` gives them.
            programs: names of all that the case runs.
            others: more files, or their content, by their paths in the guest.

        Raises:
            InputError: there is no such program.
        """
        own = [f"{name}.ko" for name in (*WATCHES, *CANARIES) if name in self.modules.files]
        files: dict[str, Path | bytes] = dict(others or {})
        files.update(self._module_files((*modules, *own)))
        for name in programs:
            if name in self.own:
                files[f"workloads/{name}"] = self.own[name]
            elif name not in self.programs:
                there = ", ".join(self.programs)
                raise InputError(f"no workload program {name!r}", hint=f"there are: {there}")
        return pack(files, self.cache)

    @property
    def framework(self) -> tuple[str, ...]:
        """File names of what nearly every case loads, in loading order, as far as modules."""
        there = [name for name in (FRAMEWORK, ACCOUNTS) if name in self.modules.files]
        return tuple(name for name, _ in self.modules.order(there))

    def loaded(self, modules: Collection[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """File name and parameters of each module of a case, in loading order.

        Args:
            modules: that it asks for, each with its parameters.

        Raises:
            InputError: there is no such module.
        """
        own = [ACCOUNTS] if ACCOUNTS in self.modules.files else []
        return self.modules.order((*modules, *own))

    def archive(self, modules: Collection[str]) -> Path:
        """An archive of nothing but modules; they are named as for `payload`."""
        return pack(self._module_files(modules), self.cache)

    def _module_files(self, modules: Collection[str]) -> dict[str, Path]:
        """Modules by their paths in the guest."""
        return {f"modules/{name}": self.modules.files[Path(name).stem] for name in modules}

    def whole_payload(self) -> Path:
        """The archive of everything there is, for a person at a shell."""
        modules = [f"{name}.ko" for name in self.modules.files]
        return self.payload(modules, tuple(self.own))


def build_image(
    kernel: KernelBuild, sources: Path, busybox: Path, cross: str, cache: Cache
) -> GuestImage:
    """The image for `kernel`, from the cache where it is there.

    Args:
        sources: folder with init/ and workloads/.
        busybox: a static busybox for the guest; only shells use it.
        cross: prefix of the cross compiler.

    Raises:
        InputError: a program did not compile.
    """
    tools = Toolchain(cross, kernel.headers, kernel.kselftest)
    headers = _digest(kernel.headers, kernel.kselftest)
    programs = tuple(
        sorted(path.stem for path in (sources / "workloads").glob("*.c") if path.stem != MULTICALL)
    )

    def make(target: Path) -> None:
        for name in ("init", "workloads"):
            compile_programs(sources / name, tools, target / name)
        shutil.copyfile(busybox, target / "busybox")
        listing = target / "initramfs.list"
        listing.write_text("".join(f"{line}\n" for line in _listing(programs)))
        # Names in the list are relative to here: gen_init_cpio knows no blanks in paths.
        made = command.run([kernel.gen_init_cpio, "-t", "0", listing.name], cwd=target)
        (target / "initramfs.cpio").write_bytes(made.out)
        for name in ("init", "workloads"):
            shutil.rmtree(target / name)

    key = _key(_digest(sources / "init", sources / "workloads", busybox), headers)
    return GuestImage(
        initramfs=cache.publish("images", key, make) / "initramfs.cpio",
        programs=programs,
        modules=ModuleSet.read(kernel.modules / "lib" / "modules" / kernel.release),
        cache=cache,
    )


def _key(*digests: str) -> str:
    return hashlib.sha256(json.dumps([RECIPE, *digests]).encode()).hexdigest()[:20]


def _digest(*places: Path) -> str:
    """A digest of all files in these places, and of their names."""
    digest = hashlib.sha256()
    for place in places:
        for path in sorted(place.rglob("*")) if place.is_dir() else (place,):
            if path.is_file():
                digest.update(f"{path.relative_to(place)}\0".encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _listing(programs: Iterable[str]) -> Iterator[str]:
    """The lines of a gen_init_cpio specification; files are named relative to the entry."""
    for folder in ("dev", "proc", "sys", "tmp", "bin", "workloads"):
        yield f"dir /{folder} 0755 0 0"
    yield "nod /dev/console 0600 0 0 c 5 1"
    yield "file /init init/init 0755 0 0"
    yield "file /bin/busybox busybox 0755 0 0"
    yield "slink /bin/sh busybox 0777 0 0"
    yield f"file /workloads/{MULTICALL} workloads/{MULTICALL} 0755 0 0"
    for name in programs:
        yield f"slink /workloads/{name} {MULTICALL} 0777 0 0"
