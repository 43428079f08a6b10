# SPDX-License-Identifier: GPL-2.0-only
"""What verdicts rest on."""

from rig.model.claim import Premise
from rig.model.claims import claims
from tests.tools.made import table


def made() -> str:
    return table(
        ("premise", "says that", "of the claims"),
        (
            (
                premise.name.lower(),
                premise.value,
                ", ".join(f"`{claim}`" for claim in claims() if premise in claim.rests_on),
            )
            for premise in Premise
        ),
    )
