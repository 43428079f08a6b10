# SPDX-License-Identifier: GPL-2.0-only
"""A move: calls that one thread makes together, drawn where they have a meaning."""

from collections.abc import Callable
from dataclasses import dataclass

from rig.model.exercise.history import Call
from rig.model.exercise.world import World


@dataclass(frozen=True, slots=True)
class Move:
    """One move.

    Args:
        name: a seed draws by it whether it takes part; a scenario may leave it out.
        weight: how often it is drawn, beside the others.
        make: its calls, in order; none: nothing that it could be about is there.
        always: every history has it.
        rare: few histories have it.
        first: only rounds begin with it: all threads start together there.
    """

    name: str
    weight: float
    make: Callable[[World], tuple[Call, ...]]
    always: bool = False
    rare: bool = False
    first: bool = False
