# SPDX-License-Identifier: GPL-2.0-only
"""Every kind of reason, who gives it, and what it does to each claim."""

from rig.judge.registry import givers, kinds
from rig.model.claims import claims
from tests.tools.made import table


def made() -> str:
    return table(
        ("id", "given by", *(claim.name for claim in claims()), "takes away", "meaning"),
        (
            (
                f"`{kind.id}`",
                ", ".join(oracle.name for oracle in givers(kind)),
                *(kind.effect(claim) or "-" for claim in claims()),
                kind.premise.name.lower() if kind.premise else "-",
                kind.meaning,
            )
            for kind in kinds()
        ),
    )
