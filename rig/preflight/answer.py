# SPDX-License-Identifier: GPL-2.0-only
"""One line of the checklist."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

Answer = Literal["yes", "no", "not run"]


@dataclass(frozen=True)
class Line:
    """A question, its answer, and what the answer rests on.

    Args:
        question: short, so that "yes" is the good answer.
        answer: "yes" only for what was really looked at.
        summary: half a line: counts, or why it was not run.
        details: one finding each, for who wants to repair it.
    """

    question: str
    answer: Answer
    summary: str = ""
    details: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """The line as a file of findings holds it."""
        return asdict(self)


def exit_status(lines: tuple[Line, ...]) -> int:
    """1 if an answer is no, 2 if something was not run, else 0."""
    answers = {line.answer for line in lines}
    return 1 if "no" in answers else 2 if "not run" in answers else 0
