# SPDX-License-Identifier: GPL-2.0-only
"""What a profile is besides its fragment: what make is told, and modules that only it has.

All of it is found by the name of the profile: ``kernel-config/NAME.make`` and
``images/detectors/NAME``.  Neither need be there.
"""

import re
from pathlib import Path

from rig.base.errors import InputError
from rig.kernel.layout import Layout

_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*=.*")


def parts(profile: str) -> list[str]:
    """The profiles that are joined."""
    return profile.split("+")


def variables(directory: Path, profile: str) -> tuple[str, ...]:
    """``NAME=VALUE`` for each variable of make's, in the order of the profiles.

    Args:
        directory: ``kernel-config``.

    Raises:
        InputError: a line of a file is neither that nor a comment.
    """
    files = (directory / f"{name}.make" for name in parts(profile))
    return tuple(word for file in files if file.is_file() for word in _read(file))


def modules(layout: Layout, profile: str) -> tuple[Path, ...]:
    """The directories with modules that a kernel of this profile has: the rig's own, and its."""
    own = (layout.detectors / name for name in parts(profile))
    return (*layout.modules, *(directory for directory in own if directory.is_dir()))


def _read(file: Path) -> list[str]:
    found = []
    for number, line in enumerate(file.read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if not _VARIABLE.fullmatch(line):
            raise InputError(
                f"{file}:{number}: not a variable of make's: {line[:60]!r}",
                hint="write NAME=VALUE",
            )
        found.append(line)
    return found
