# SPDX-License-Identifier: GPL-2.0-only
"""Mails that know each other by what they answer."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from rig.kernel.mail.message import Mail


class Thread:
    """Mails that know each other by what they answer."""

    def __init__(self, mails: Sequence[Mail], where: str) -> None:
        self.mails = mails
        self.where = where
        self.place = {mail.name: number for number, mail in enumerate(mails)}
        self._by_id = {mail.id: mail for mail in reversed(mails) if mail.id}

    def parent(self, mail: Mail) -> Mail | None:
        """The nearest mail of the thread that this one answers."""
        known = (self._by_id[name] for name in mail.parents if name in self._by_id)
        return next(known, None)

    def above(self, mail: Mail) -> Iterator[Mail]:
        """What it answers, what that answers, and so on."""
        seen = {mail.id}
        while (above := self.parent(mail)) is not None and above.id not in seen:
            yield above
            seen.add(above.id)
            mail = above

    def root(self, mail: Mail) -> str:
        """What the mails of one thread have in common; empty for what was never sent."""
        top = [mail, *self.above(mail)][-1]
        return top.parents[-1] if top.parents else top.id

    def is_post(self, mail: Mail) -> bool:
        """Whether it is a patch that was sent as one, or the letter before patches."""
        tag = mail.tag
        if not tag.patch or tag.answer:
            return False
        if tag.number is None and not mail.diff.text and not mail.diff.fault:
            return False
        return not self._echoes(mail) and not self._is_aside(mail)

    def _echoes(self, mail: Mail) -> bool:
        """An answer whose program took the mark of answers away."""
        above = self.parent(mail)
        if above is None or above.tag.number != mail.tag.number or not above.tag.patch:
            return False
        same = (above.tag.total, above.tag.revision) == (mail.tag.total, mail.tag.revision)
        return same and (above.sender != mail.sender or not mail.diff.text)

    def _is_aside(self, mail: Mail) -> bool:
        """A patch that somebody else sent in the midst of a series."""
        above = self.parent(mail)
        if mail.tag.numbered or above is None:
            return False
        series = next((up for up in (above, *self.above(above)) if up.tag.numbered), None)
        return series is not None and series.sender != mail.sender

    def numbered(self, mail: Mail) -> Mail:
        """With what its subject does not say and the mail that it answers does: the version of the
        letter before the series, the number of the one patch that it comes in place of."""
        above, tag = self.parent(mail), mail.tag
        if above is None or above.tag.answer or above.sender != mail.sender:
            return mail
        over = above.tag
        if tag.numbered and not tag.stated and over.stated and over.total == tag.total:
            return replace(mail, tag=replace(tag, revision=over.revision))
        instead = over.numbered and over.number and over.revision < tag.revision
        if instead and tag.number is None and tag.title == over.title:
            return replace(mail, tag=replace(tag, number=over.number, total=over.total))
        return mail


def once(mails: Sequence[Mail]) -> tuple[Mail, ...]:
    """Without what came twice, as over two lists; the copy that a list spoilt is the second."""
    found: dict[object, Mail] = {}
    for mail in mails:
        key: object = mail.id or (mail.tag, mail.diff.text, mail.text)
        if key not in found or (mail.diff.sound and not found[key].diff.sound):
            found[key] = mail
    return tuple(found.values())


def moment(thread: Thread, mails: Sequence[Mail]) -> tuple[float, int]:
    """When something was sent; the place in the file where nobody says."""
    dates = [mail.date for mail in mails if mail.date is not None]
    return max(dates, default=0.0), max(thread.place[mail.name] for mail in mails)


def day(mail: Mail) -> str:
    if mail.date is None:
        return ""
    try:
        return f", of {datetime.fromtimestamp(mail.date, UTC):%Y-%m-%d}"
    except (ValueError, OverflowError, OSError):
        return ""
