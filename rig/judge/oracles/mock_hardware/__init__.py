# SPDX-License-Identifier: GPL-2.0-only
"""The imitated hardware: whether it can be believed, and what it knows of the fences."""

from rig.judge.oracle import Oracle
from rig.judge.oracles.mock_hardware.done import fences
from rig.judge.oracles.mock_hardware.kinds import KINDS
from rig.judge.oracles.mock_hardware.sound import sound

ORACLE = Oracle(
    name="mock hardware",
    rank=110,
    looks_at="the journal of the imitated hardware (hantro, rga): jobs, registers, memory, "
    "interrupts, faults; and at the trace beside it.",
    proves="that no fence signaled before the device had ended its job, that each carries the "
    "error of its job, that there is one for each job; and that the imitation itself adds up.",
    not_proven="that real hardware behaves so. It imitates what the driver's source and public "
    "documentation say; [hardware.md](../guide/hardware.md) lists what cannot be imitated.",
    kinds=KINDS,
    looks=(sound, fences),
)
