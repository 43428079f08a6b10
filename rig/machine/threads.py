# SPDX-License-Identifier: GPL-2.0-only
"""The threads of a QEMU process."""

import contextlib
import os
from pathlib import Path

# With this QEMU's threads have names.
NAMED = ("-name", "m2m-rig,debug-threads=on")

_QMP = "IO mon_iothread"


def let_qmp_wait(pid: int) -> None:
    """Give QEMU's thread for QMP only the time that nobody else wants.

    At every virtual timer QEMU wakes all threads that could have one.  This one has none, and
    nothing to do until the guest has ended, but a turn that is cut wakes it: a quarter of the time
    of a guest that waits.  Wakes that it does not run for are one.  It runs when the guest stops.
    """
    _schedule_qmp(pid, os.SCHED_IDLE)


def let_qmp_run(pid: int) -> None:
    """Give it the time of any other thread again: there is something to ask."""
    _schedule_qmp(pid, os.SCHED_OTHER)


def _schedule_qmp(pid: int, policy: int) -> None:
    # Its names are QEMU's own business, and so is whether it lives.
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            if (task / "comm").read_text().strip() == _QMP:
                os.sched_setscheduler(int(task.name), policy, os.sched_param(0))
