# SPDX-License-Identifier: GPL-2.0-only
"""m2m-rig as somebody calls it, and how long that takes."""

import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

SERIES = "--series=producer-fence"


def timed(*words: str, environment: Mapping[str, str] | None = None) -> float:
    """Seconds of one call of m2m-rig; ends the program if it has no verdict."""
    begin = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "rig", *words], capture_output=True, text=True, env=environment
    )
    if done.returncode > 2:
        raise SystemExit(done.stderr)
    return time.monotonic() - begin


def runs(out: Path) -> Callable[..., Callable[[], float]]:
    """Makes calls of `m2m-rig run`."""
    return lambda *words: lambda: timed("run", SERIES, "-q", f"--out={out}", *words)
