# SPDX-License-Identifier: GPL-2.0-only
"""README and docs as what they promise: commands that can be typed, and what they print."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rig.base.paths import ROOT

# docs/reference/errors.md is made from a table that has a test of its own.
PAGES = tuple(
    page
    for page in (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")))
    if page.name != "errors.md"
)

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`(m2m-rig [^`\n]+)`")


@dataclass(frozen=True)
class Command:
    """A command line of a page.

    Args:
        line: of the page, from 1.
        prints: what the page says that it prints; None: nothing is said.
    """

    page: Path
    line: int
    text: str
    prints: str | None = None

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}: {self.text}"


def commands(page: Path) -> Iterator[Command]:
    """The commands of the `sh` and `console` blocks of a page, in order."""
    text = page.read_text()
    for block in _FENCE.finditer(text):
        first = text.count("\n", 0, block.start(2)) + 1
        if block[1] == "sh":
            for at, line in enumerate(block[2].splitlines()):
                # A comment is after two blanks at least, so "#" in a word is none.
                if command := re.sub(r"(^|\s+)# .*$", "", line).strip():
                    yield Command(page, first + at, command)
        elif block[1] == "console":
            head, _, rest = block[2].partition("\n")
            assert head.startswith("$ "), f"{page}:{first}: a console block begins with a command"
            assert "\n$ " not in rest, f"{page}:{first}: a console block has one command"
            yield Command(page, first, head.removeprefix("$ "), rest)


def other_blocks(page: Path) -> Iterator[tuple[int, str]]:
    """Blocks that are neither, with the number of their first line."""
    text = page.read_text()
    for block in _FENCE.finditer(text):
        if block[1] not in ("sh", "console"):
            yield text.count("\n", 0, block.start(2)) + 1, block[2]


def prose(page: Path) -> Iterator[tuple[int, str]]:
    """Lines that are neither code nor rows of tables, with their numbers."""
    code = False
    for number, line in enumerate(page.read_text().splitlines(), 1):
        if line.lstrip().startswith("```"):
            code = not code
        elif not code and not line.startswith("|"):
            yield number, line


def mentioned(page: Path) -> Iterator[str]:
    """Command lines of m2m-rig within the text; they may have placeholders in capitals."""
    for found in _INLINE.finditer(_FENCE.sub("", page.read_text())):
        yield found[1]
