# SPDX-License-Identifier: GPL-2.0-only
"""Who is still at work when somebody was stopped."""

import time
from pathlib import Path


def working_in(folder: Path) -> list[int]:
    """The processes whose current directory is below a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if folder in (process / "cwd").readlink().parents:
                found.append(int(process.name))
        except OSError:
            continue
    return found


def all_gone(folder: Path) -> bool:
    """Whether nobody works below a folder any more, who may still be on the way out."""
    end = time.monotonic() + 20
    while working_in(folder):
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
