# SPDX-License-Identifier: GPL-2.0-only
"""A row for each rule of the claim uapi."""

from rig.judge.oracles.uapi.rule import Rule
from rig.judge.oracles.uapi.rules import rules


def made() -> str:
    return "\n".join(
        ("| rule | grade | what is promised | source |", "|---|---|---|---|", *_rows())
    )


def _rows() -> list[str]:
    return [_row(rule) for rule in rules()]


def _row(rule: Rule) -> str:
    return f"| `{rule.id}` | {rule.grade} | {rule.what} | {rule.source.replace('|', '/')} |"
