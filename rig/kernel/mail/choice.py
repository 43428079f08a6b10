# SPDX-License-Identifier: GPL-2.0-only
"""Which mails of a thread are the series: the newest version, whole, in the order of its numbers.

What is not plain is refused, and what was left out is said: a series that is not the series would
get a verdict that nobody asked for.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from rig.base.errors import InputError
from rig.kernel.mail.message import Mail
from rig.kernel.mail.subject import Revision, version
from rig.kernel.mail.thread import Thread, once
from rig.kernel.mail.version import Version, label, listed, named, pick

_COMPLETE: Final = "fetch the whole thread: b4 mbox {}, or the mailbox that the archive gives"


@dataclass(frozen=True, slots=True)
class Chosen:
    """The patches of a thread, in order.

    Args:
        title: of the letter before them; empty if there is none.
        notes: what was chosen or left out, where more than the patches was there.
    """

    mails: tuple[Mail, ...]
    title: str = ""
    notes: tuple[str, ...] = ()


def choose(mails: Sequence[Mail], where: str) -> Chosen:
    """The patches among mails.

    Args:
        where: what the mails were read from, for messages.

    Raises:
        InputError: there is none, one is missing or damaged, or it is not plain which are meant.
    """
    thread = Thread(once(mails), where)
    posts = [thread.numbered(mail) for mail in thread.mails if thread.is_post(mail)]
    if not posts:
        return _without_tags(thread)
    found = _newest(thread, posts)
    for mail in found.mails:
        _require_sound(mail, where)
    notes = [*_versions(found, thread, posts), *found.notes, *_left_out(found, thread, posts)]
    return Chosen(found.mails, found.cover.tag.title if found.cover else "", tuple(notes))


def _versions(found: Version, thread: Thread, posts: Sequence[Mail]) -> Iterator[str]:
    revisions = {mail.tag.revision for mail in posts}
    if len(revisions) > 1:
        yield f"{version(found.revision)} of {len(revisions)} versions in {thread.where}"


def _left_out(found: Version, thread: Thread, posts: Sequence[Mail]) -> Iterator[str]:
    """Mails with a diff that are neither of the series nor of what came before it."""
    before = {
        mail.name
        for mail in posts
        if mail.tag.revision != found.revision or mail.tag.numbered or not found.total
    }
    own = {mail.name for mail in found.mails}
    rest = [mail for mail in thread.mails if mail.diff.text and mail.name not in before | own]
    if rest:
        yield f"left out, with a diff that is no patch of the series: {named(rest)}"


def _newest(thread: Thread, posts: Sequence[Mail]) -> Version:
    """The newest version, completed from the one before if that is how it was sent."""
    revisions = sorted({mail.tag.revision for mail in posts}, reverse=True)
    found = pick(thread, posts, revisions[0])
    older = [mail for mail in posts if mail.tag.revision != revisions[0]]
    _refuse_strangers(thread, found, older)
    if found.missing:
        found = _completed(thread, found, older) or found
    if found.missing:
        raise _incomplete(thread, found, posts, revisions)
    return found


def _completed(thread: Thread, found: Version, older: Sequence[Mail]) -> Version | None:
    """A version of which only the changed patches were sent, each as an answer to the one that it
    replaces, with the rest of the version before; None if it was not sent so."""
    if not found.mails:
        return None
    for mail in found.mails:
        same = (mail.tag.number, mail.tag.total)
        if not any((up.tag.number, up.tag.total) == same for up in thread.above(mail)):
            return None
    revisions = sorted({mail.tag.revision for mail in older}, reverse=True)
    if not revisions:
        return None
    before = pick(thread, older, revisions[0])
    if before.missing:
        rest = [mail for mail in older if mail.tag.revision != revisions[0]]
        before = _completed(thread, before, rest) or before
    if before.missing or before.total != found.total:
        return None
    own = {mail.tag.number: mail for mail in found.mails}
    mails = tuple(own.get(mail.tag.number, mail) for mail in before.mails)
    numbers = listed([f"{number}/{found.total}" for number in sorted(filter(None, own))])
    note = f"of {version(found.revision)} only {numbers}: the rest is of {version(before.revision)}"
    return replace(found, mails=mails, cover=found.cover or before.cover, notes=(note,))


def _refuse_strangers(thread: Thread, found: Version, older: Sequence[Mail]) -> None:
    """An older version has a thread or a title in common with the newer; else it is none."""
    related: set[tuple[object, ...]] = {("title", title) for title in found.titles}
    for mail in found.mails:
        related |= _marks(thread, mail)
    rest = list(older)
    while known := [mail for mail in rest if _marks(thread, mail) & related]:
        for mail in known:
            related |= _marks(thread, mail)
        names = {mail.name for mail in known}
        rest = [mail for mail in rest if mail.name not in names]
    if rest:
        raise InputError(
            f"{thread.where} holds more than {found.name}: {named(rest)} has neither a thread "
            "nor a title in common with it",
            hint="keep the mails of one series; more patches can be given with --patch",
        )


def _marks(thread: Thread, mail: Mail) -> set[tuple[object, ...]]:
    """What mails of one series have in common."""
    marks: set[tuple[object, ...]] = {("title", mail.tag.title)}
    if root := thread.root(mail):
        marks.add(("thread", root))
    if mail.tag.numbered:
        marks.add(("version", mail.tag.revision, mail.tag.total, mail.sender))
    return marks


def _incomplete(
    thread: Thread, found: Version, posts: Sequence[Mail], revisions: Sequence[Revision]
) -> InputError:
    lacks = listed([f"{number}/{found.total}" for number in found.missing])
    known = (mail.id.strip("<>") for mail in (found.cover, *found.mails) if mail and mail.id)
    hint = _COMPLETE.format(next(known, "MESSAGE-ID"))
    whole = (revision for revision in revisions[1:] if _is_whole(thread, posts, revision))
    if older := next(whole, None):
        hint += f"; {version(older)} is whole: for that, take the newer mails out"
    return InputError(f"{thread.where}: {found.name} lacks {lacks}", hint=hint)


def _is_whole(thread: Thread, posts: Sequence[Mail], revision: Revision) -> bool:
    try:
        return not pick(thread, posts, revision).missing
    except InputError:
        return False


def _without_tags(thread: Thread) -> Chosen:
    """Nobody says PATCH: what git-show(1) or a version control of another kind wrote."""
    plain = [mail for mail in thread.mails if not mail.tag.answer and not mail.tag.patch]
    mails = tuple(mail for mail in plain if mail.diff.text or mail.diff.fault)
    for mail in mails:
        _require_sound(mail, thread.where)
    if not mails:
        raise _no_patch(thread)
    order = f"{len(mails)} mails with a diff, without numbers: in the order of the file"
    return Chosen(mails, notes=(order,) if len(mails) > 1 else ())


def _no_patch(thread: Thread) -> InputError:
    if said := [mail for mail in thread.mails if mail.tag.patch and not mail.tag.answer]:
        why = said[0].why or "it has no diff"
        return InputError(f"{thread.where}: no patch in it: {label(said[0].tag)}: {why}")
    answers = [mail for mail in thread.mails if mail.diff.text]
    if answers:
        return InputError(
            f"{thread.where}: no patch in it, only answers that hold a diff: {named(answers)}",
            hint="save the diff alone, and give it with --patch",
        )
    return InputError(f"{thread.where}: no patch in it")


def _require_sound(mail: Mail, where: str) -> None:
    if mail.diff.sound:
        return
    what = f"{label(mail.tag)} {mail.tag.title!r}" if mail.tag.patch else repr(mail.tag.title)
    why = mail.diff.fault or f"no diff in it{': ' if mail.why else ''}{mail.why}"
    raise InputError(
        f"{where}: {what}: {why}",
        hint="get it as its author sent it, from the archive of the list or as an attachment",
    )
