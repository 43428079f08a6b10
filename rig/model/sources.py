# SPDX-License-Identifier: GPL-2.0-only
"""Which files of a kernel are a driver's own: globs, as a driver or a scenario says them."""

import re
from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

# From the top of the kernel tree.  "**" is any number of folders, "*" and "?" stay within one; a
# folder is all that is in it.
Glob = Annotated[str, Field(pattern=r"^[^/\s]\S*$")]

# Where drivers are alone among themselves: a file here is at most one driver's.
DRIVERS_ONLY: tuple[Glob, ...] = (
    "drivers/media/platform/**",
    "drivers/media/test-drivers/**",
    "drivers/staging/media/**",
)

# What changes no kernel that runs here.
NO_CODE: tuple[Glob, ...] = ("Documentation/**", "MAINTAINERS", "CREDITS", "arch/*/boot/dts/**")

# Where modules that are not the kernel's are compiled, and so how line tables name the sources of
# one that a scenario brings along: this, its folder.
RIG_MODULES = "rig-modules"
OWN_SOURCES = f"{RIG_MODULES}/own-"

_WILD = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def touches(sources: Iterable[Glob], files: Iterable[str]) -> bool:
    """Whether some of these files are among the sources."""
    pattern = re.compile("|".join(map(_pattern, sources)) or r"(?!)")
    return any(pattern.fullmatch(file) for file in files)


def concerns(
    sources: Iterable[Glob], files: Iterable[str], drivers_only: Iterable[Glob] = DRIVERS_ONLY
) -> bool:
    """Whether a driver is another one with these files than without: some are its own, or no
    driver's in particular.

    Nothing is known of no files at all.

    Args:
        sources: the driver's own.
        drivers_only: where each file is at most one driver's; what is elsewhere is for all.
    """
    own, others = tuple(sources), tuple(drivers_only)
    names = tuple(files)
    return not names or any(touches(own, [name]) or not touches(others, [name]) for name in names)


def _pattern(glob: Glob) -> str:
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", glob.rstrip("/"))
    return "".join(_WILD.get(part) or re.escape(part) for part in parts) + "(?:/.*)?"
