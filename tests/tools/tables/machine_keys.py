# SPDX-License-Identifier: GPL-2.0-only
"""The keys of the machine of a scenario."""

from rig.model.scenario import Shape
from tests.tools.keys import keys


def made() -> str:
    return keys(Shape)
