# SPDX-License-Identifier: GPL-2.0-only
"""Which m2m-rig this is."""

import subprocess
from pathlib import Path

from rig import __version__

_TOP = Path(__file__).resolve().parents[2]


def described() -> str:
    """The version; in a checkout also the commit, and whether files of it were changed."""
    if not (_TOP / ".git").exists():
        return __version__
    try:
        done = subprocess.run(
            ["git", "-C", str(_TOP), "describe", "--always", "--dirty", "--exclude=*"],
            capture_output=True,
            text=True,
        )
    except OSError:
        return __version__
    return f"{__version__} (commit {done.stdout.strip()})" if done.returncode == 0 else __version__
