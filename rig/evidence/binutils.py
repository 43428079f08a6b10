# SPDX-License-Identifier: GPL-2.0-only
"""The programs of binutils: readelf, nm, addr2line."""

import subprocess
from collections.abc import Sequence

from rig.base.errors import EnvironmentFailure


def run(argv: Sequence[str], text: str = "") -> str:
    """What a program prints that gets `text` to read.

    Raises:
        EnvironmentFailure: the program is missing, or cannot read an object.
    """
    try:
        done = subprocess.run(
            argv, input=text, capture_output=True, text=True, errors="backslashreplace"
        )
    except OSError as error:
        raise EnvironmentFailure(
            f"{argv[0]} cannot be run: {error.strerror or error}",
            hint="install binutils for the target's architecture",
        ) from error
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise EnvironmentFailure(f"{argv[0]} failed: {reason}")
    return done.stdout
