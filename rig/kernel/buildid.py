# SPDX-License-Identifier: GPL-2.0-only
"""Build IDs: what the linker makes of the content of the kernel and of each module."""

import re
from pathlib import Path
from typing import Final

from rig.host import command

# The name under which the kernel proper stands beside its modules.
KERNEL: Final = "vmlinux"

_FILE: Final = re.compile(r"File: (.+)")
_BUILD_ID: Final = re.compile(r"\s+Build ID: ([0-9a-f]+)")


def read_build_ids(vmlinux: Path, modules: Path, readelf: str) -> dict[str, str]:
    """The build ID of a kernel and of all modules below a directory, by the names that the kernel
    has for them; without those that have none.

    Raises:
        EnvironmentFailure: readelf is missing, or cannot read an object.
    """
    files = {path: path.stem.replace("-", "_") for path in sorted(modules.rglob("*.ko"))}
    names = {str(path): name for path, name in {vmlinux: KERNEL, **files}.items()}
    found: dict[str, str] = {}
    # With one file only, readelf does not say which.
    current = KERNEL
    for line in command.run([readelf, "--notes", *names]).text.splitlines():
        if match := _FILE.fullmatch(line):
            current = names[match[1]]
        elif match := _BUILD_ID.match(line):
            found[current] = match[1]
    return found
