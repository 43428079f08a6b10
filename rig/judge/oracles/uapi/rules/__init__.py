# SPDX-License-Identifier: GPL-2.0-only
"""All rules: each module here has some, as its `RULES`."""

import sys
from functools import cache

from rig.base.discovery import discover
from rig.judge.oracles.uapi.rule import Rule


@cache
def rules() -> tuple[Rule, ...]:
    """Every rule, by module."""
    found = discover(sys.modules[__name__], "RULES", tuple)
    return tuple(rule for each in found.values() for rule in each)
