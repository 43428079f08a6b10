# SPDX-License-Identifier: GPL-2.0-only
"""The keys of a scenario file."""

from rig.model.scenario import Scenario
from tests.tools.keys import keys


def made() -> str:
    return keys(Scenario)
