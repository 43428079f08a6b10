# SPDX-License-Identifier: GPL-2.0-only
"""Pages: one HTML file each, that needs nothing else."""

from collections.abc import Sequence
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from rig.base.console import printable_lines
from rig.judge.verdict import Judgement
from rig.report.timeline import duration

# What the report is called in a run directory.
HTML_NAME: Final = "report.html"

# A sign besides the colour: for those who do not see it, and for paper.
MARKS: Final[dict[Judgement, str]] = {
    "CLEAN": "●",
    "DIRTY": "■",
    "INCONCLUSIVE": "▲",
    "known issue": "◆",
    "not judged": "−",  # noqa: RUF001
}


def page(name: str, styles: Sequence[str], **values: object) -> str:
    """A filled template; what is no character is spelt out, for a page may go to a terminal.

    Args:
        name: of the template.
        styles: files that become its `style`, in this order.
        values: what the template speaks of, besides `style` and `marks`.
    """
    templates = _environment()
    style = "".join(templates.get_template(each).render() for each in styles)
    text = templates.get_template(name).render(
        style=Markup(style),  # our own files
        marks=MARKS,
        **values,
    )
    return printable_lines(text)


def _environment() -> Environment:
    """What fills templates; everything in them is escaped."""
    made = Environment(
        loader=PackageLoader("rig.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["duration"] = duration
    made.filters["css"] = lambda outcome: outcome.replace(" ", "-")
    return made
