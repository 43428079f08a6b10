# SPDX-License-Identifier: GPL-2.0-only
"""A QEMU that does something else first."""

import os
import shutil
from pathlib import Path

QEMU = "qemu-system-aarch64"


def wrapped_qemu(folder: Path, before: str) -> Path:
    """A program in a new folder `bin` that runs shell commands, and QEMU with its arguments.

    Args:
        before: may change the arguments, with `set -- "$@" ...`.
    """
    wrapper = folder / "bin" / QEMU
    wrapper.parent.mkdir()
    wrapper.write_text(f'#!/bin/sh\n{before}\nexec {shutil.which(QEMU)} "$@"\n')
    wrapper.chmod(0o755)
    return wrapper


def first_in_path(program: Path) -> dict[str, str]:
    """An environment in which a program is found before others of its name."""
    return {**os.environ, "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}"}
