# SPDX-License-Identifier: GPL-2.0-only
"""A patch as text, with what can be known without a tree."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from email import policy
from email.parser import BytesHeaderParser

from rig.model.release import Span, numbers

_TOUCHED = re.compile(rb"^(?:---|\+\+\+) (?:[ab]/)?([^\t\r\n]+)", re.MULTILINE)
_TARGET = re.compile(r"\+\+\+ (?:b/)?([^\t\r]+)")
_ADDED_SYMBOL = re.compile(r"^\+(?:menu)?config\s+(\w+)", re.MULTILINE)
_ADDED_SELECT = re.compile(r"^\+\s+(?:select|imply)\s+(\w+)", re.MULTILINE)
_SUBJECT_PREFIX = re.compile(r"^(?:\[[^]]*\]\s*)+")


@dataclass(frozen=True, slots=True)
class Variant:
    """What some kernels have in the place of a patch.

    Args:
        span: these kernels.
        patch: None: they need none.
        why: they need none; else empty.
    """

    span: Span
    patch: "Patch | None"
    why: str = ""


@dataclass(frozen=True, slots=True)
class Patch:
    """One patch.

    Args:
        name: the file name, or for a mailbox its name and the number in it.
        text: the diff, with or without a mail around it; empty: only variants do anything.
        subject: without ``[PATCH 1/3]``; the name if there is none.
        sha256: of the text; two patches with the same digest do the same.
        files: paths that it touches, sorted.
        origin: the file that it was read from, absolute.
        variants: what other kernels than the one that it was made for have in its place.
    """

    name: str
    text: bytes
    subject: str
    sha256: str
    files: tuple[str, ...]
    origin: str = ""
    variants: tuple[Variant, ...] = ()

    @classmethod
    def parse(cls, name: str, text: bytes, *, subject: str = "", origin: str = "") -> "Patch":
        """Read a patch; line ends of DOS are undone if all lines have them."""
        if text.count(b"\r\n") == text.count(b"\n") > 0:
            text = text.replace(b"\r\n", b"\n")
        return cls(
            name=name,
            text=text,
            subject=_SUBJECT_PREFIX.sub("", subject or _subject(text)) or name,
            sha256=hashlib.sha256(text).hexdigest(),
            files=tuple(sorted(_touched(text))),
            origin=origin,
        )

    def on(self, release: str) -> "Patch | None":
        """What a kernel of this release has of it: of its variants the one of the latest kernels,
        else itself, without variants; None if it needs none."""
        if chosen := self._variant(release):
            return chosen.patch
        return replace(self, variants=()) if self.text else None

    def why_not(self, release: str) -> str:
        """Why a kernel of this release has nothing of it, as the text in its place says."""
        chosen = self._variant(release)
        return chosen.why if chosen else ""

    def _variant(self, release: str) -> Variant | None:
        fitting = (variant for variant in self.variants if variant.span.has(release))
        return max(fitting, key=lambda each: numbers(each.span.since or "0"), default=None)

    @property
    def symbols(self) -> tuple[str, ...]:
        """Configuration symbols that it defines or selects, without ``CONFIG_``."""
        text = self.text.decode(errors="replace")
        found = {*_ADDED_SYMBOL.findall(text), *_ADDED_SELECT.findall(text)}
        return tuple(sorted(found))

    @property
    def added(self) -> Iterator[tuple[str, str]]:
        """Each line that it adds, with the path of its file."""
        path = ""
        for line in self.text.decode(errors="replace").split("\n"):
            if match := _TARGET.match(line):
                path = match[1]
            elif line.startswith("+"):
                yield path, line[1:]


def patches_on(release: str, patches: Iterable[Patch]) -> tuple[Patch, ...]:
    """What a kernel of this release has of these patches."""
    return tuple(found for patch in patches if (found := patch.on(release)) is not None)


def symbols_of(patches: Iterable[Patch]) -> frozenset[str]:
    """The symbols of several patches (``CONFIG_…``)."""
    return frozenset(f"CONFIG_{symbol}" for patch in patches for symbol in patch.symbols)


def _touched(text: bytes) -> set[str]:
    paths = {match.decode(errors="replace") for match in _TOUCHED.findall(text)}
    return paths - {"/dev/null", ""}


def _subject(text: bytes) -> str:
    head = text.split(b"\n\n", 1)[0]
    if b"Subject:" not in head:
        return ""
    # format-patch begins with a line of an mbox, which is no header.
    if head.startswith(b"From "):
        head = head.partition(b"\n")[2]
    message = BytesHeaderParser(policy=policy.default).parsebytes(head + b"\n\n")
    return " ".join(str(message.get("Subject", "")).split())
