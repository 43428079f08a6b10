# SPDX-License-Identifier: GPL-2.0-only
"""A section for each oracle: what it looks at, what its silence is worth, and its reasons."""

import textwrap

from rig.judge.oracle import Oracle
from rig.judge.registry import oracles


def made() -> str:
    return "\n".join(map(_section, oracles()))


def _section(oracle: Oracle) -> str:
    parts = {
        "Looks at": oracle.looks_at,
        "Proves": oracle.proves,
        "Does not prove": oracle.not_proven,
        "Reasons": " ".join(f"`{kind.id}`" for kind in oracle.kinds),
    }
    lines = "\n".join(_point(what, text) for what, text in parts.items())
    return f"## {oracle.name}\n\n{lines}\n"


def _point(what: str, text: str) -> str:
    return textwrap.fill(
        f"- **{what}** {text}",
        100,
        subsequent_indent="  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
