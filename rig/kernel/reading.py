# SPDX-License-Identifier: GPL-2.0-only
"""Patches from what users have: a patch file, a mailbox, a directory of either."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from rig.base.errors import InputError
from rig.kernel.mail import b4, diff, mbox
from rig.kernel.mail.choice import Chosen, choose
from rig.kernel.mail.message import Mail, read
from rig.kernel.mail.subject import Tag
from rig.kernel.patch import Patch, Variant
from rig.model.release import PATTERN, Span

# What git-format-patch(1) puts between what is said and the diff.
_CUT: Final = re.compile(rb"^---[ \t]*$", re.MULTILINE)
_WHO: Final = re.compile(rb"\A\s*(?:From|Subject|Date): [^\n]*\n(?:[A-Z][\w-]*: [^\n]*\n)*\s*\n")

# since-7.2, since-7.2-until-7.3, until-6.18: variants of patches for these kernels.
_SPAN: Final = re.compile(rf"(?=.)(?:since-({PATTERN}))?-?(?:until-({PATTERN}))?")
_NUMBER: Final = re.compile(r"(?:v\d+-)?(\d{1,5})(?=[-_.])")

# Says why there is no patch.
_NONE: Final = ".txt"

SUFFIXES: Final = (".patch", ".diff", ".eml", ".mbox", ".mbx", ".mail", ".mbox.gz")


@dataclass(frozen=True, slots=True)
class Reading:
    """Patches in order, and what was decided on the way.

    Args:
        title: of the letter before them; empty if there is none.
        notes: for people: what was chosen, what was left out.
    """

    patches: tuple[Patch, ...]
    title: str = ""
    notes: tuple[str, ...] = ()


def of_file(file: Path) -> Reading:
    """The series in a mailbox, a mail or a patch file.

    Raises:
        InputError: there is no patch in it, it is damaged, or some of the series is not there.
    """
    mails = mails_of(file)
    chosen = choose(mails, str(file))
    patches = tuple(patch_of(mail, file) for mail in chosen.mails)
    return Reading(patches, chosen.title, (*chosen.notes, *_second_opinion(file, mails, chosen)))


def _second_opinion(file: Path, mails: Sequence[Mail], chosen: Chosen) -> Iterator[str]:
    """Whether b4 takes something else out of a thread; it knows mails by their ids."""
    if len(mails) < 2 or not all(mail.id for mail in mails):
        return
    other = b4.diffs(mbox.unpacked(file.read_bytes()))
    if other is not None and other != tuple(mail.diff.text for mail in chosen.mails):
        yield f"b4 takes other patches out of {file}: compare with `b4 am -m {file}`"


def of_files(files: Iterable[Path]) -> Reading:
    """Files given one by one: a patch file may be one of many; errors as those of `of_file`."""
    patches: list[Patch] = []
    notes: list[str] = []
    for file in files:
        mails = mails_of(file)
        if len(mails) == 1 and mails[0].diff.sound and not mails[0].tag.answer:
            patches.append(patch_of(mails[0], file))
        else:
            found = of_file(file)
            patches += found.patches
            notes += found.notes
    return Reading(tuple(patches), notes=tuple(notes))


def plain(directory: Path, *, anew: bool = False) -> tuple[Patch, ...]:
    """The patches of a directory that the rig itself keeps or has written, sorted by name.

    Args:
        anew: only what counts of them, written in one way.
    """
    files = sorted(file for file in directory.glob("*") if file.suffix in (".patch", _NONE))
    require_replacing(directory, files)
    return tuple(patch for file in files for patch in _of_ours(file, anew))


def _of_ours(file: Path, anew: bool) -> Iterator[Patch]:
    """A file of `plain`; a text says why no kernel needs anything but those with variants."""
    if file.suffix == _NONE:
        yield replace(Patch.parse(file.name, b""), variants=tuple(_variants(file)))
        return
    for mail in mails_of(file):
        yield patch_of(mail, file, anew=anew)


def require_replacing(directory: Path, files: Iterable[Path]) -> None:
    """Each variant in the folders of a directory replaces one of its patches.

    Raises:
        InputError: one does not.
    """
    known = {_place_of(file) for file in files}
    for folder, _ in _spans(directory):
        for file in sorted(folder.iterdir()):
            if _place_of(file) not in known:
                raise InputError(
                    f"{file}: there is no patch {_place_of(file)} in {directory}, in whose place "
                    "this could be",
                    hint="variants have the numbers of the patches that they replace",
                )


def _spans(directory: Path) -> Iterator[tuple[Path, Span]]:
    """The folders of variants, and the kernels that each is for."""
    for folder in sorted(directory.glob("*-*/")):
        if match := _SPAN.fullmatch(folder.name):
            yield folder, Span(*match.groups())


def _place_of(file: Path) -> str:
    """What a patch and its variants share: the number, else the name."""
    match = _NUMBER.match(file.name)
    return match[1] if match else file.stem


def _variants(file: Path) -> Iterator[Variant]:
    """What other kernels have in the place of a patch; a text says why they need none."""
    for folder, span in _spans(file.parent):
        for other in sorted(folder.iterdir()):
            if _place_of(other) != _place_of(file):
                continue
            if other.suffix == _NONE:
                yield Variant(span, None, " ".join(other.read_text().split()))
            for mail in mails_of(other) if other.suffix == ".patch" else ():
                yield Variant(span, patch_of(mail, other))


def mails_of(file: Path) -> tuple[Mail, ...]:
    """The mails of a file; a diff alone is one without a subject.

    Raises:
        InputError: it cannot be read.
    """
    try:
        content = mbox.unpacked(file.read_bytes())
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}") from error
    if mbox.is_mailbox(content) or mbox.is_mail(content):
        return read(content, file.name)
    found = diff.find(content)
    text = b"\n".join(content.split(b"\n")[: found.line])
    return (Mail(file.name, Tag(""), "", "", text, found, raw=content),)


def patch_of(mail: Mail, file: Path, *, anew: bool = False) -> Patch:
    """A mail as a patch.

    A file that is a patch as it stands is kept, so that its hash is that of the file; what came
    encoded, or with others, is written anew.
    """
    found = Patch.parse(
        mail.name,
        mail.raw if _stands(mail, file) and not anew else _written(mail),
        subject=mail.tag.title,
        origin=str(file.resolve()),
    )
    return replace(found, variants=tuple(_variants(file))) if mail.name == file.name else found


def _stands(mail: Mail, file: Path) -> bool:
    return mail.name == file.name and mail.diff.text in mail.raw


def _written(mail: Mail) -> bytes:
    said = mail.text.replace(b"\r\n", b"\n")
    said = _CUT.split(_WHO.sub(b"", said), maxsplit=1)[0].strip(b"\n")
    head = f"From: {mail.author}\n" if mail.author else ""
    head += f"Subject: {mail.tag.title}\n\n" if mail.tag.title else ""
    return head.encode() + (said + b"\n" if said else b"") + b"---\n" + mail.diff.text
