# SPDX-License-Identifier: GPL-2.0-only
"""Programs that scenarios bring along: C, compiled with the library of ours, or shell."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from rig.base.errors import InputError
from rig.image.initramfs import GuestImage
from rig.image.programs import run_tool
from rig.kernel.record import KernelBuild


def add_own(
    image: GuestImage, files: Mapping[str, Path], kernel: KernelBuild, ours: Path, cross: str
) -> GuestImage:
    """The image with these programs.

    Args:
        files: name in the guest to the source: `.c` or `.sh`.
        ours: folder of the rig's workloads, with their Makefile and library.
        cross: prefix of the cross compiler.

    Raises:
        InputError: one has the name of a program of ours, or does not compile.
    """
    for name, path in files.items():
        if (ours / f"{name}.c").is_file():
            raise InputError(
                f"{path}: there is a program {name!r} already", hint="rename your own file"
            )
    own = {
        name: _script(image, path)
        if path.suffix == ".sh"
        else _compiled(image, path, kernel, ours, cross)
        for name, path in files.items()
    }
    return replace(image, own=own)


def _script(image: GuestImage, path: Path) -> Path:
    """A copy that can be executed, whatever the mode of the original."""
    text = path.read_bytes()
    if not text.startswith(b"#!"):
        raise InputError(
            f"{path}:1: a script begins with the program that reads it", hint="write #!/bin/sh"
        )

    def make(target: Path) -> None:
        (target / path.name).write_bytes(text)
        (target / path.name).chmod(0o755)

    key = hashlib.sha256(path.name.encode() + b"\0" + text).hexdigest()[:20]
    return image.cache.publish("programs", f"own-{key}", make) / path.name


def _compiled(image: GuestImage, path: Path, kernel: KernelBuild, ours: Path, cross: str) -> Path:
    """One program for the guest, from the cache where it is there."""
    sources = [path, *sorted(path.parent.glob("*.h"))]
    digest = hashlib.sha256(f"{path.name} {image.initramfs.parent.name}".encode())
    for source in sources:
        digest.update(f"{source.name}\0{hashlib.sha256(source.read_bytes()).hexdigest()}".encode())

    def make(target: Path) -> None:
        argv = [
            "make", "--no-print-directory", "-s", "-C", str(ours),
            f"CC={cross}gcc",
            # Paths of this machine are no part of the program.
            f"CFLAGS=-O2 -ffile-prefix-map={path.parent}=own",
            f"KHDR={kernel.headers}",
            f"KSELFTEST={kernel.kselftest}",
            f"VPATH={path.parent}",
            f"O={target}",
            f"PROGRAMS={target / path.stem}",
        ]  # fmt: skip
        run_tool(argv, f"{path} did not compile")

    return image.cache.publish("programs", f"own-{digest.hexdigest()[:20]}", make) / path.stem
