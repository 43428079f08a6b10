# SPDX-License-Identifier: GPL-2.0-only
"""A row for each row of the claim request."""

from rig.judge.oracles.request.rows import ROWS


def made() -> str:
    heads = ("| rows | reason | what must be seen | source |", "|---|---|---|---|")
    lines = (
        f"| {', '.join(row.rows)} | `{row.kind.id}` | {row.what} | {row.source} |" for row in ROWS
    )
    return "\n".join((*heads, *lines))
