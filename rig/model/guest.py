# SPDX-License-Identifier: GPL-2.0-only
"""A guest, as plans and records speak of it."""

from dataclasses import dataclass
from typing import Literal

# Which time it lives in.  "virtual": counted in instructions, the same in every run; "real": that
# of the host.
Clock = Literal["virtual", "real"]

# How finely the turns of its virtual CPUs are cut.
Turns = Literal["fine", "coarse", "uncut"]

# What ends a delay of a thread (images/delays): a time that is drawn, or that another thread comes
# to a partner of the place where the first one is.
Delays = Literal["random", "rendezvous"]

# Where a case gets it from.
Fresh = Literal["boot", "snapshot"]

# "off": it powered itself off.  "reset": it rebooted, as a panic makes it do.  "lost": QEMU went
# away.  "stalled": nothing was written, or no CPU used, for too long.  "flooded": too much was
# written.
End = Literal["off", "reset", "lost", "stalled", "flooded"]

# Size of the file that holds its plan.
PLAN_BYTES = 16384

# Of its memory, kept for what a case brings along: MiB.
PAYLOAD_MIB = 48


@dataclass(frozen=True)
class GuestRun:
    """How one guest lived.

    Args:
        end: how it ended; `cause` in QEMU's words, or the signal that QEMU died of.
        began: the start of QEMU by the host's clock, ISO 8601, UTC; "": older rigs did not say.
        seconds: host time from there to its exit.
        lost: why earlier attempts at the same case were lost, in QEMU's words.
        snapshot: SHA-256 of the memory of the snapshot that it went on from; "": it was booted.
        places: the address that each virtual CPU executed when it was given up; () if it was not,
            or if QEMU did not tell.
    """

    end: End
    cause: str
    qemu: str
    seconds: float
    exit_status: int | None
    lost: tuple[str, ...] = ()
    snapshot: str = ""
    places: tuple[int, ...] = ()
    began: str = ""
    schema: int = 1
