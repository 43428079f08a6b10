# SPDX-License-Identifier: GPL-2.0-only
"""The series in a directory: files of git-format-patch(1), a quilt, mails, or a Maildir."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rig.base.errors import InputError
from rig.kernel import reading
from rig.kernel.mail.choice import choose
from rig.kernel.mail.message import Mail
from rig.kernel.mail.version import listed
from rig.kernel.reading import SUFFIXES, Reading, mails_of, patch_of

# quilt(1) keeps the order here; so may anybody.
ORDER: Final = "series"

# v2-0001-media-add.patch
_NUMBERED: Final = re.compile(r"(?:v(\d+)-)?(\d{1,5})[-_.]")
_MAILDIR: Final = ("cur", "new")


@dataclass(frozen=True, slots=True)
class _File:
    """A file with its mails; the version and the number that its name says, None if it does not."""

    path: Path
    mails: tuple[Mail, ...]
    revision: int
    number: int | None

    @property
    def name(self) -> str:
        return self.path.name


def read(directory: Path) -> Reading:
    """The patches of a directory, in order.

    A file called ``series`` names them.  Else the numbers of the files do, which have no gap; else
    the numbers in the subjects; else the names.

    Raises:
        InputError: a patch is missing or damaged, or two have one number.
    """
    order = directory / ORDER
    if order.is_file():
        return _quilt(directory, order)
    files = [_file(path) for path in _paths(directory)]
    reading.require_replacing(directory, [file.path for file in files])
    thread = [mail for file in files for mail in file.mails]
    if any(file.number is not None for file in files) and all(len(f.mails) == 1 for f in files):
        return _numbered(directory, files)
    if any(len(file.mails) > 1 or file.mails[0].tag.numbered for file in files):
        place = {id(mail): file.path for file in files for mail in file.mails}
        chosen = choose(thread, str(directory))
        patches = tuple(patch_of(mail, place.get(id(mail), directory)) for mail in chosen.mails)
        return Reading(patches, chosen.title, chosen.notes)
    return _in_order(directory, [file for file in files if not _is_letter(file)])


def _paths(directory: Path) -> list[Path]:
    if (directory / "cur").is_dir():
        return sorted(
            path for name in _MAILDIR for path in (directory / name).glob("*") if path.is_file()
        )
    return sorted(p for p in directory.glob("*") if p.name.endswith(SUFFIXES) and p.is_file())


def _file(path: Path) -> _File:
    match = _NUMBERED.match(path.name)
    mails = mails_of(path)
    if not match:
        return _File(path, mails, 1, None)
    return _File(path, mails, int(match[1] or 1), int(match[2]))


def _quilt(directory: Path, order: Path) -> Reading:
    """The patches that a quilt names; -p1 is all that git knows."""
    files = []
    for number, line in enumerate(order.read_text(errors="replace").splitlines(), 1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        if any(word != "-p1" for word in words[1:]):
            raise InputError(f"{order}:{number}: {' '.join(words[1:])}: only -p1 is understood")
        if not (directory / words[0]).is_file():
            raise InputError(f"{order}:{number}: no file {words[0]}")
        files.append(_file(directory / words[0]))
    return _in_order(directory, files)


def _in_order(directory: Path, files: Sequence[_File]) -> Reading:
    for file in files:
        _require_sound(directory, file)
    return Reading(tuple(patch_of(mail, file.path) for file in files for mail in file.mails))


def _is_letter(file: _File) -> bool:
    """A letter before patches has no diff, or says that it is number 0."""
    return all(
        mail.tag.number == 0 or not (mail.diff.text or mail.diff.fault) for mail in file.mails
    )


def _numbered(directory: Path, files: Sequence[_File]) -> Reading:
    """Files that count themselves: of several versions the newest, without a gap."""
    if others := [file.name for file in files if file.number is None]:
        raise InputError(
            f"{directory}: {listed(others)} beside numbered patches: where does it belong?",
            hint=f"number it, take it out, or name the patches in order in {directory / ORDER}",
        )
    newest = max(file.revision for file in files)
    own = [file for file in files if file.revision == newest]
    revisions = {file.revision for file in files}
    patches = [file for file in own if file.number]
    cover = next((file for file in own if file.number == 0), None)
    _require_whole(directory, patches, cover)
    found = _in_order(directory, patches)
    title = cover.mails[0].tag.title if cover else ""
    many = f"v{newest} of {len(revisions)} versions in {directory}"
    return Reading(found.patches, title, (many,) if len(revisions) > 1 else ())


def _require_whole(directory: Path, patches: Sequence[_File], cover: _File | None) -> None:
    """Every number once, and those that subjects state are the same."""
    names: dict[int, str] = {}
    totals: dict[int, str] = {}
    for file in (*([cover] if cover else []), *patches):
        number, tag = file.number or 0, file.mails[0].tag
        if number in names:
            raise InputError(
                f"{directory}: two patches are number {number}: {names[number]} and {file.name}",
                hint="take the one out that is not meant",
            )
        names[number] = file.name
        if tag.numbered and tag.number != number:
            raise InputError(
                f"{directory}: {file.name} says that it is {tag.number}/{tag.total}",
                hint=f"number it anew, or name the patches in order in {directory / ORDER}",
            )
        if tag.numbered and tag.total:
            totals.setdefault(tag.total, file.name)
    last = max((*names, *totals))
    missing = [f"{number:04}" for number in range(1, last + 1) if number not in names]
    if missing:
        said = f", and {totals[last]} says that there are {last}" if last in totals else ""
        raise InputError(
            f"{directory} lacks {listed(missing)}{said}",
            hint=f"put it there, or name the patches that are meant in {directory / ORDER}",
        )


def _require_sound(directory: Path, file: _File) -> None:
    for mail in file.mails:
        if not mail.diff.sound:
            why = mail.diff.fault or f"no diff in it{': ' if mail.why else ''}{mail.why}"
            raise InputError(f"{file.path}: {why}")
