# SPDX-License-Identifier: GPL-2.0-only
"""The keys of a program of a scenario."""

from rig.model.scenario import Program
from tests.tools.keys import keys


def made() -> str:
    return keys(Program)
