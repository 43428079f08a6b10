# SPDX-License-Identifier: GPL-2.0-only
"""The README's figures, measured: `make figures`.  Nothing here passes or fails."""

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from rig.cache import Cache
from rig.kernel.build import KIND
from rig.kernel.record import RECORD

# A change to one driver, as an editor would make it.
TOUCH = """\
--- a/drivers/media/test-drivers/vim2m.c
+++ b/drivers/media/test-drivers/vim2m.c
@@ -27,2 +27,3 @@
 #include <media/v4l2-event.h>
+/* {stamp} */
 #include <media/videobuf2-vmalloc.h>
"""


def timed(*words: str, environment: Mapping[str, str] | None = None) -> float:
    """Seconds of one call of m2m-rig."""
    begin = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "rig", *words], capture_output=True, text=True, env=environment
    )
    if done.returncode > 2:
        raise SystemExit(done.stderr)
    return time.monotonic() - begin


def first_build() -> dict[str, object] | None:
    """The record of the newest build that began with an empty object directory."""
    records = [json.loads(file.read_text()) for file in Cache.default().root.glob(
        f"{KIND}/*/{RECORD}")]  # fmt: skip
    first = [record for record in records if record["first"]]
    return max(first, key=lambda record: str(record["started"]), default=None)


def main() -> None:
    cpus = os.cpu_count()
    print(f"{date.today()}, {cpus} CPUs ({platform.machine()}), no KVM")
    timed("build")
    cold = first_build()
    if cold is not None:
        hits, misses = cold["ccache"]["hits"], cold["ccache"]["misses"]  # type: ignore[index]
        print(f"first build: {cold['seconds']} s, {cold['steps']} steps, ccache {hits} hits, "
              f"{misses} misses")  # fmt: skip
    print(f"build that is cached: {timed('build'):.1f} s")
    with tempfile.TemporaryDirectory() as folder:
        patch = Path(folder) / "touch.patch"
        patch.write_text(TOUCH.format(stamp=time.time_ns()))
        print(f"build after a change to one driver: {timed('build', '--patch', str(patch)):.1f} s")
        timed("build")
        out = Path(folder) / "out"
        print(f"gate, all scenarios, one seed: {timed('run', '--out', str(out)):.1f} s")
        for file in sorted(out.glob("*/cases/*/guest.json")):
            guest = json.loads(file.read_text())
            print(f"  {file.parent.name}: {guest['seconds']:.1f} s from QEMU's start to its end")


if __name__ == "__main__":
    main()
