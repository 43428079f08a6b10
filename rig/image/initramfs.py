# SPDX-License-Identifier: GPL-2.0-only
"""The guest's only file system, the same to the byte for the same content."""

import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rig.cache import Cache
from rig.image.modules import ModuleSet
from rig.image.programs import SETS, Toolchain, compile_programs, run_tool
from rig.kernel.build import KernelBuild

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
    modules = ModuleSet.read(kernel.modules)

    def make(target: Path) -> None:
        tools = Toolchain(cross, kernel.headers, kernel.kselftest)
        compile_programs(sources, tools, target / "programs")
        stripped = _strip(modules, cross, target / "modules")
        listing = target / "initramfs.list"
        shutil.copyfile(busybox, target / "busybox")
        listing.write_text("\n".join(_listing(target, stripped)) + "\n")
        archive = target / "initramfs.cpio"
        argv = [str(kernel.gen_init_cpio), "-t", "0", str(listing)]
        archive.write_bytes(_output(argv))
        for leftover in ("programs", "modules"):
            shutil.rmtree(target / leftover)

    folder = cache.get("images", key, make)
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


def _strip(modules: ModuleSet, cross: str, target: Path) -> dict[str, Path]:
    """Copies of all modules without debug information; the guest has no use for it."""
    target.mkdir(parents=True)
    stripped = {}
    for name, path in sorted(modules.files.items()):
        stripped[name] = target / f"{name}.ko"
        run_tool(
            [f"{cross}strip", "--strip-debug", "-o", str(stripped[name]), str(path)],
            f"cannot strip {path.name}",
        )
    return stripped


def _listing(target: Path, modules: dict[str, Path]) -> Iterator[str]:
    """The lines of a gen_init_cpio specification."""
    for folder in ("dev", "proc", "sys", "tmp", "bin", "modules", "workloads"):
        yield f"dir /{folder} 0755 0 0"
    yield "nod /dev/console 0600 0 0 c 5 1"
    yield f"file /init {target}/programs/init/init 0755 0 0"
    yield f"file /bin/busybox {target}/busybox 0755 0 0"
    yield "slink /bin/sh busybox 0777 0 0"
    for name, path in modules.items():
        yield f"file /modules/{name}.ko {path} 0644 0 0"
    for path in sorted((target / "programs" / "workloads").iterdir()):
        if path.is_file() and path.stat().st_mode & 0o111:
            yield f"file /workloads/{path.name} {path} 0755 0 0"


def _output(argv: list[str]) -> bytes:
    import subprocess

    return subprocess.run(argv, check=True, capture_output=True).stdout
