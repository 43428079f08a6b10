# SPDX-License-Identifier: GPL-2.0-only
"""The keys of what a scenario expects."""

from rig.model.scenario import Expectations
from tests.tools.keys import keys


def made() -> str:
    return keys(Expectations)
