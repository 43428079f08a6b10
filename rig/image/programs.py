# SPDX-License-Identifier: GPL-2.0-only
"""The guest's programs, compiled: init and the workloads."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rig.base.errors import EnvironmentFailure, InputError
from rig.host import command


@dataclass(frozen=True)
class Toolchain:
    """What compiles for the guest.

    Args:
        cross: prefix of the compiler, as in CROSS_COMPILE.
        headers: the kernel's own user-space headers (make headers_install).
        kselftest: folder with the kernel's kselftest.h.
    """

    cross: str
    headers: Path
    kselftest: Path


def compile_programs(sources: Path, tools: Toolchain, target: Path) -> None:
    """Run the Makefile of a folder of sources; what it makes is in `target` afterwards.

    Raises:
        InputError: the compiler refused; its first words are in the message.
        EnvironmentFailure: make is missing, or the disk is full.
    """
    argv = [
        "make", "--no-print-directory", "-s", "-j2", "-C", str(sources),
        f"CC={tools.cross}gcc",
        f"KHDR={tools.headers}",
        f"KSELFTEST={tools.kselftest}",
        f"O={target}",
    ]  # fmt: skip
    target.mkdir(parents=True, exist_ok=True)
    run_tool(argv, f"the guest's {sources.name} did not compile")


def run_tool(argv: Sequence[str], what: str) -> str:
    """Run a tool to its end, and its children; its standard output.

    Raises:
        InputError: it failed; `what` and its first words of complaint.
        EnvironmentFailure: it failed for want of room, or is not installed.
    """
    with command.group(argv, stderr=subprocess.PIPE) as process:
        out, err = (text.decode(errors="backslashreplace") for text in process.communicate())
    if process.returncode:
        lines = (err or out).strip().splitlines()
        if hint := command.disk_hint(err):
            raise EnvironmentFailure(f"{what}: no space left on the disk", hint=hint)
        raise InputError(f"{what}: " + "\n  ".join(lines[:8]), hint="command: " + " ".join(argv))
    return out
