# SPDX-License-Identifier: GPL-2.0-only
"""Each real bug that can be put back, and what the gate says of it."""

from rig.base.paths import HISTORY
from rig.model.history import Bug, load_all
from tests.tools.made import table


def made() -> str:
    return table(
        ("id", "what was wrong", "mended by", "kind", "drivers", "on record"),
        (
            (bug.id, bug.title, bug.upstream, bug.kind, ", ".join(bug.drivers), _record(bug))
            for bug in load_all(HISTORY)
        ),
    )


def _record(bug: Bug) -> str:
    reasons = " and ".join(f"`{reason}`" for reason in bug.reasons)
    return f"{bug.found}: {reasons or bug.why}"
