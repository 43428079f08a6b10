# SPDX-License-Identifier: GPL-2.0-only
"""The claims."""

from rig.model.claims import claims
from tests.tools.made import table


def made() -> str:
    return table(
        ("claim", "asks", "is judged"),
        ((f"`{claim}`", claim.question, claim.possible.text) for claim in claims()),
    )
