# SPDX-License-Identifier: GPL-2.0-only
"""The diff in a text: where it begins, where it ends, and whether it is whole.

git-apply(1) passes over what it does not understand: a line too many after a hunk, a hunk without a
file.  Here both are faults, because what was passed over would silently not be tested.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_HUNK: Final = re.compile(rb"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")
# git-diff(1), "Generating patch text with -p".
_EXTENDED: Final = re.compile(
    rb"(old mode|new mode|deleted file mode|new file mode|copy from|copy to|rename from|rename to"
    rb"|similarity index|dissimilarity index|index) "
)
_MERGE: Final = re.compile(rb"diff --(?:cc|combined) |@@@+ -")
_WITHOUT_CONTENT: Final = re.compile(rb"Binary files .* differ\r?$")
_PACKED: Final = re.compile(rb"(?:literal|delta) \d+\r?$")
# What ends a mail: the signature, as git-format-patch(1) and mail programs write it.
_SIGNATURE: Final = re.compile(rb"-- ?\r?$")

_MORE: Final = "a line more than the header of its hunk says: wrapped, or edited by hand"


@dataclass(frozen=True, slots=True)
class Diff:
    """What was found in a text.

    Args:
        text: the diff alone, with line ends of its own; empty if there is none.
        line: where it begins in the text, from 0.
        fault: why it cannot be applied as it is; empty if it is whole.
    """

    text: bytes = b""
    line: int = 0
    fault: str = ""

    @property
    def sound(self) -> bool:
        """There is one, and it is whole."""
        return bool(self.text) and not self.fault


class _Fault(Exception):
    """The diff is not whole."""


def find(text: bytes) -> Diff:
    """The diff of a text; what stands before, between and after is none of it.

    Line ends of DOS are undone if every line of the diff has them: such a mail was sent so, whereas
    a patch to a file with such line ends has headers without.
    """
    walker = _Walker(text.split(b"\n"))
    fault = ""
    try:
        walker.walk()
    except _Fault as found:
        fault = str(found)
        walker.end = max(walker.end, walker.at)
    if walker.start is None:
        return Diff(fault=fault)
    lines = walker.lines[walker.start : walker.end]
    if all(line.endswith(b"\r") for line in lines):
        lines = [line[:-1] for line in lines]
    return Diff(b"".join(line + b"\n" for line in lines), walker.start, fault)


class _Walker:
    """Goes through the lines once.

    Args:
        start: the first line of the diff; None: there is none yet.
        end: the first line after it.
    """

    def __init__(self, lines: list[bytes]) -> None:
        self.lines = lines
        self.at = 0
        self.start: int | None = None
        self.end = 0

    def walk(self) -> None:
        while self.at < len(self.lines):
            if self._begins():
                self.start = self.at if self.start is None else self.start
                self._file()
                self.end = self.at
            elif _HUNK.match(self._line()):
                raise self._fault("a hunk, and nothing says of which file")
            elif _MERGE.match(self._line()):
                raise self._fault("the combined diff of a merge, which git cannot apply")
            else:
                self.at += 1

    def _line(self, ahead: int = 0) -> bytes:
        return self.lines[self.at + ahead] if self.at + ahead < len(self.lines) else b""

    def _begins(self) -> bool:
        """Whether the part of a file begins here; a sentence with the same words is none."""
        line, following = self._line(), self._line(1)
        if line.startswith(b"diff --git "):
            return bool(_EXTENDED.match(following)) or following.startswith(b"--- ")
        named = line.startswith(b"--- ") and following.startswith(b"+++ ")
        return named and _HUNK.match(self._line(2)) is not None

    def _file(self) -> None:
        """One file: its header, then its hunks or its packed content."""
        self.at += self._line().startswith(b"diff --git ")
        self._skip(lambda line: _EXTENDED.match(line) is not None)
        if self._line().startswith(b"--- ") and self._line(1).startswith(b"+++ "):
            if _path(self._line()) == _path(self._line(1)):
                raise self._fault("paths have no a/ and b/ before them (git: diff.noprefix)")
            self.at += 2
        if _WITHOUT_CONTENT.match(self._line()):
            raise self._fault("a binary file without its content; git format-patch --binary has it")
        if self._line().rstrip(b"\r") == b"GIT binary patch":
            self.at += 1
            self._packed()
        while hunk := _HUNK.match(self._line()):
            self.at += 1
            old, new = (1 if count is None else int(count) for count in hunk.groups())
            self._hunk(old, new)

    def _skip(self, wanted: Callable[[bytes], bool]) -> None:
        while self.at < len(self.lines) and wanted(self._line()):
            self.at += 1

    def _packed(self) -> None:
        """Content in base 85; each block ends with an empty line."""
        while _PACKED.match(self._line()):
            self._skip(lambda line: bool(line.strip()))
            self.at += self.at < len(self.lines)

    def _hunk(self, old: int, new: int) -> None:
        """So many lines of the old file and of the new one."""
        begin = self.at
        while old > 0 or new > 0:
            line = self._line()
            # Mail programs strip the blank of an empty line of context; git takes it so, too.
            sign = line[:1].strip(b"\r") or b" "
            if self.at >= len(self.lines) - (self.lines[-1] == b""):
                raise self._fault("it ends where more lines of a hunk are due")
            if sign not in (b" ", b"+", b"-", b"\\") or (sign == b" " and not (old and new)):
                raise self._fault(self._diagnosis(begin))
            old -= sign in (b" ", b"-")
            new -= sign in (b" ", b"+")
            self.at += 1
            if old < 0 or new < 0:
                self.at -= 1
                raise self._fault(_MORE)
        self.at += self._line().startswith(b"\\")
        if self._is_surplus(self._line()):
            raise self._fault(_MORE)

    def _is_surplus(self, line: bytes) -> bool:
        """Whether it looks like one more line of a hunk that is over.

        A signature and the mark of some lists before their own words, a lone dash, do not.
        """
        if line.startswith(b"-"):
            return not line.startswith(b"--") and line.strip() != b"-"
        return line.startswith((b"+", b" ")) and bool(line.strip())

    def _diagnosis(self, begin: int) -> str:
        """Why a line inside a hunk is none of it."""
        line = self._line()
        if _HUNK.match(line) or self._begins():
            return "here a hunk is due some more lines: was it edited by hand, or cut?"
        if self.at > begin and _SIGNATURE.match(self.lines[self.at - 1]):
            return "the mail ends where more lines of a hunk are due: it was cut"
        if line.startswith(b" ") or not line.strip():
            return _MORE
        if line.startswith(b"\t"):
            return "the blank before a line of context is gone: did a mail program strip it?"
        return "it looks as if a mail program wrapped lines"

    def _fault(self, why: str) -> _Fault:
        return _Fault(f"malformed at line {self.at + 1} of its text: {why}")


def _path(line: bytes) -> bytes:
    """Of a line that begins a file, without its time."""
    return line[4:].partition(b"\t")[0].rstrip()
