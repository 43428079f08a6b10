# SPDX-License-Identifier: GPL-2.0-only
"""The guest's only file system, the same to the byte for the same content."""

import hashlib
import json
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rig.cache import Cache
from rig.image.modules import ModuleSet
from rig.image.programs import SETS, Toolchain, compile_programs
from rig.kernel.record import KernelBuild

RECIPE = 1


@dataclass(frozen=True)
class GuestImage:
    """An initramfs (uncompressed newc archive) and the key of its content."""

    initramfs: Path
    key: str
    modules: ModuleSet


def build_image(
    kernel: KernelBuild, sources: Path, busybox: Path, cross: str, cache: Cache
) -> GuestImage:
    """The image for `kernel`, from the cache where it is there.

    Args:
        sources: folder with init/ and workloads/.
        busybox: a static busybox for the guest; only the interactive shell uses it.
        cross: prefix of the cross compiler.

    Raises:
        InputError: a program did not compile.
    """
    key = _key(kernel, sources, busybox)
    modules = ModuleSet.read(kernel.modules / "lib" / "modules" / kernel.release)

    def make(target: Path) -> None:
        tools = Toolchain(cross, kernel.headers, kernel.kselftest)
        compile_programs(sources, tools, target / "programs")
        (target / "modules").mkdir()
        for name, path in modules.files.items():
            shutil.copyfile(path, target / "modules" / f"{name}.ko")
        listing = target / "initramfs.list"
        shutil.copyfile(busybox, target / "busybox")
        listing.write_text("".join(f"{line}\n" for line in _listing(target, sorted(modules.files))))
        archive = target / "initramfs.cpio"
        with archive.open("wb") as stream:
            # Names in the list are relative to here: gen_init_cpio knows no blanks in paths.
            subprocess.run(
                [kernel.gen_init_cpio, "-t", "0", listing.name],
                cwd=target,
                stdout=stream,
                check=True,
            )
        for leftover in ("programs", "modules"):
            shutil.rmtree(target / leftover)

    folder = cache.publish("images", key, make)
    return GuestImage(folder / "initramfs.cpio", key, modules)


def _key(kernel: KernelBuild, sources: Path, busybox: Path) -> str:
    digest = hashlib.sha256(json.dumps([RECIPE, kernel.key]).encode())
    for folder in SETS:
        for path in sorted((sources / folder).rglob("*")):
            if path.is_file():
                digest.update(f"{path.relative_to(sources)}\0".encode())
                digest.update(path.read_bytes())
    digest.update(busybox.read_bytes())
    return digest.hexdigest()[:20]


def _listing(target: Path, modules: Iterable[str]) -> Iterator[str]:
    """The lines of a gen_init_cpio specification; files are named relative to `target`."""
    for folder in ("dev", "proc", "sys", "tmp", "bin", "modules", "workloads"):
        yield f"dir /{folder} 0755 0 0"
    yield "nod /dev/console 0600 0 0 c 5 1"
    yield "file /init programs/init/init 0755 0 0"
    yield "file /bin/busybox busybox 0755 0 0"
    yield "slink /bin/sh busybox 0777 0 0"
    for name in modules:
        yield f"file /modules/{name}.ko modules/{name}.ko 0644 0 0"
    for path in sorted((target / "programs" / "workloads").iterdir()):
        if path.is_file() and path.stat().st_mode & 0o111:
            yield f"file /workloads/{path.name} programs/workloads/{path.name} 0755 0 0"
