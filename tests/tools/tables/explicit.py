# SPDX-License-Identifier: GPL-2.0-only
"""A row for each row of the claim explicit."""

from rig.judge.oracles.explicit.rows import rows


def made() -> str:
    heads = ("| rows | reason | what must be seen | source |", "|---|---|---|---|")
    found = sorted(rows(), key=lambda row: int(row.rows[0][1:]))
    lines = (
        f"| {', '.join(row.rows)} | `{row.kind.id}` | {row.what} | {row.source} |" for row in found
    )
    return "\n".join((*heads, *lines))
