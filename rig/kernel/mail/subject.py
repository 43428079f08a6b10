# SPDX-License-Identifier: GPL-2.0-only
"""What the subject of a mail says: which patch of how many, of which version.

``[PATCH v2 03/12]`` is a habit, not a standard: what is in brackets comes in any order, in one
bracket or in several, and mailing lists put their own before.  (submitting-patches.rst, "The
canonical patch format".)
"""

import re
from dataclasses import dataclass
from typing import Final

# Mail programs answer in their own language: Re, AW, SV, Antw, Odp, ...  A colon of East Asia, too.
_WORD: Final = r"[^\W\d_]{2,7}(?:\s*[\[(]\d+[\])])?\s?[:\N{FULLWIDTH COLON}]\s*"
_SURE: Final = re.compile(
    r"(?:re|aw|fw|fwd|sv|vs|antw|odp|ynt|回复|答复|转发)(?:\s*[\[(]\d+[\])])?"
    r"\s?[:\N{FULLWIDTH COLON}]\s*",
    re.IGNORECASE,
)
_GUESSED: Final = re.compile(_WORD)
_BRACKET: Final = re.compile(r"\[([^\[\]]*)\]\s*:?\s*")
_NESTED: Final = re.compile(r"\[([^\[\]]*)\[([^\[\]]*)\]([^\[\]]*)\]")
_NUMBER: Final = re.compile(r"(\d{1,4})/(\d{1,4})")
# As Mercurial counts.
_OF: Final = re.compile(r"(\d{1,4}) of (\d{1,4})")
_REVISION: Final = re.compile(r"(?:PATCH|RFC)?-?v(\d{1,3})(?:\.(\d{1,2}))?", re.IGNORECASE)
_PATCH: Final = re.compile(r"(?:RFC-?)?PATCH(?:ES)?|RFC|RFT|RFCv\d+", re.IGNORECASE)
_AGAIN: Final = re.compile(r"RESEND\w*|REPOST\w*|RE-?SENT", re.IGNORECASE)

Revision = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Tag:
    """A subject, read.

    Args:
        title: without brackets and marks of answers.
        patch: it says of itself that it is a patch, or the letter before patches.
        answer: it says that it answers or forwards something.
        number, total: of ``2/3``; None if it is not numbered.
        revision: version 2 is (2, 0); 2.1 is (2, 1).
        stated: the version was written, and not taken to be the first.
        again: it says that the same was sent before.
        branch: what else is said, as the tree that it is for: ``net-next``, ``6.12``.
    """

    title: str
    patch: bool = False
    answer: bool = False
    number: int | None = None
    total: int | None = None
    revision: Revision = (1, 0)
    stated: bool = False
    again: bool = False
    branch: str = ""

    @property
    def numbered(self) -> bool:
        """One of several; 1/1 is what a patch without a number is."""
        return self.number is not None and (self.total or 0) > 1

    @property
    def version(self) -> str:
        """``v2``, or ``v2.1``."""
        return version(self.revision)


def version(revision: Revision) -> str:
    """How people write it."""
    major, minor = revision
    return f"v{major}.{minor}" if minor else f"v{major}"


def parse(subject: str) -> Tag:
    """Read a subject, on one line or folded."""
    rest = _flattened(" ".join(subject.split()))
    answer = False
    groups: list[str] = []
    while True:
        if marked := _answered(rest):
            answer, rest = True, marked
        elif match := _BRACKET.match(rest):
            groups.append(match[1])
            rest = rest[match.end() :]
        else:
            break
    return _read(rest.strip(), answer, groups)


def _flattened(subject: str) -> str:
    """Without brackets in brackets: ``[PATCH [media] 1/3]``."""
    while (flat := _NESTED.sub(r"[\1 \2 \3]", subject)) != subject:
        subject = flat
    return subject


def _answered(text: str) -> str:
    """What follows the mark of an answer; empty if there is none.

    Any short word counts before a bracket that says patch: so do mail programs that nobody listed.
    """
    if match := _SURE.match(text):
        return text[match.end() :]
    match = _GUESSED.match(text)
    if match and (bracket := _BRACKET.match(text, match.end())) and _says_patch(bracket[1]):
        return text[match.end() :]
    return ""


def _words(group: str) -> list[str]:
    counted = _OF.sub(r"\1/\2", group)
    return [word for word in re.split(r"[\s,;:]+", counted) if word]


def _says_patch(group: str) -> bool:
    kinds = (_PATCH, _NUMBER, _REVISION)
    return any(kind.fullmatch(word) for kind in kinds for word in _words(group))


def _read(title: str, answer: bool, groups: list[str]) -> Tag:
    number = total = None
    revision: Revision = (1, 0)
    stated = again = patch = False
    branch: list[str] = []
    for group in groups:
        said = _says_patch(group)
        patch |= said
        for word in _words(group):
            if match := _NUMBER.fullmatch(word):
                number, total = int(match[1]), int(match[2])
            elif match := _REVISION.fullmatch(word):
                revision, stated = (int(match[1]), int(match[2] or 0)), True
            elif _AGAIN.fullmatch(word):
                again = True
            elif said and not _PATCH.fullmatch(word):
                branch.append(word.lower())
    return Tag(title, patch, answer, number, total, revision, stated, again, " ".join(branch))
