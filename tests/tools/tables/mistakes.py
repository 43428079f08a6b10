# SPDX-License-Identifier: GPL-2.0-only
"""What a command line can get wrong, and what is said then."""

from itertools import groupby

from tests.unit.mistakes import MISTAKES, Mistake


def made() -> str:
    return "\n".join(
        f"## {verb}\n\n" + "\n".join(map(_told, mistakes))
        for verb, mistakes in groupby(MISTAKES, key=_verb)
    )


def _verb(mistake: Mistake) -> str:
    words = mistake.typed.split()
    return (words[1:2] or ["m2m-rig"])[0]


def _told(mistake: Mistake) -> str:
    text = "\n".join(["```", f"$ {mistake.typed}", *mistake.says.splitlines(), "```"]) + "\n"
    return text + (f"\nExit status {mistake.status}.\n" if mistake.status != 4 else "")
