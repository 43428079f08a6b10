# SPDX-License-Identifier: GPL-2.0-only
"""Tables in pages that repeat code: `make docs` writes them, a unit test compares.

A page says where one stands, and everything between the two lines is made:

    <!-- made: NAME -->
    <!-- end -->

`tests/tools/tables/NAME.py` makes it (with _ for each - of NAME).  To add one, write such a
module, with a function `made` that returns Markdown, put the two lines into a page and type
`make docs`.
"""

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import FunctionType

from rig.base.discovery import discover
from rig.base.errors import did_you_mean
from rig.base.paths import ROOT
from tests.tools import tables

Makers = dict[str, Callable[[], str]]

_PLACE = re.compile(
    r"^<!-- made: (?P<name>\S+) -->\n(?P<old>.*?)(?P<end>^<!-- end -->$|\Z)",
    re.MULTILINE | re.DOTALL,
)


def makers() -> Makers:
    """What can be made, by the name that pages use."""
    found = discover(tables, "made", FunctionType)
    return {name.replace("_", "-"): make for name, make in found.items()}


def pages(root: Path = ROOT) -> Iterator[Path]:
    """Every page that asks for something."""
    for page in (*sorted(root.glob("*.md")), *sorted((root / "docs").rglob("*.md"))):
        if _PLACE.search(page.read_text()):
            yield page


def names(page: Path) -> list[str]:
    """What a page asks for."""
    return [place["name"] for place in _PLACE.finditer(page.read_text())]


def made_anew(page: Path, makers: Makers) -> str:
    """The text of a page with all that is made in it as it is now.

    Raises:
        ValueError: it asks for what nobody makes, or does not say where that ends.
    """

    def fill(place: re.Match[str]) -> str:
        name = place["name"]
        if name not in makers:
            guess = did_you_mean(name, makers)
            raise ValueError(
                f"{page}: nobody makes {name!r}; {guess}there are: {', '.join(makers)}"
            )
        if not place["end"] or "<!-- made: " in place["old"]:
            raise ValueError(f"{page}: no <!-- end --> after <!-- made: {name} -->")
        return f"<!-- made: {name} -->\n\n{makers[name]().strip()}\n\n<!-- end -->"

    return _PLACE.sub(fill, page.read_text())


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown; a | in a cell is quoted."""
    quoted = [[cell.replace("|", r"\|") for cell in row] for row in rows]
    rule = "|---" * len(head) + "|\n"
    first, *rest = (f"| {' | '.join(cells)} |\n" for cells in (head, *quoted))
    return first + rule + "".join(rest)


def main() -> int:
    """Write all pages, and say which are not as they were."""
    known = makers()
    for page in pages():
        text = made_anew(page, known)
        if text != page.read_text():
            page.write_text(text)
            print(f"{page.relative_to(ROOT)} is written anew")
    return 0


if __name__ == "__main__":
    sys.exit(main())
