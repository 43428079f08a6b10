# SPDX-License-Identifier: GPL-2.0-only
"""One version of a series, as far as it is there."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from rig.base.errors import InputError
from rig.kernel.mail.message import Mail
from rig.kernel.mail.subject import Revision, Tag
from rig.kernel.mail.thread import Thread, day, moment

# Of a list so many are named.
_NAMED: Final = 4


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a series, as far as it is there.

    Args:
        mails: its patches, in order.
        total: how many there should be.
        cover: the letter before them.
        notes: what was decided on the way here.
    """

    revision: Revision
    mails: tuple[Mail, ...]
    total: int
    cover: Mail | None = None
    notes: tuple[str, ...] = ()

    @property
    def missing(self) -> list[int]:
        """The numbers that are not there."""
        there = {mail.tag.number for mail in self.mails if mail.tag.numbered}
        return [number for number in range(1, self.total + 1) if number not in there]

    @property
    def titles(self) -> set[str]:
        """Of the patches and of the letter."""
        cover = {self.cover.tag.title} if self.cover else set()
        return {mail.tag.title for mail in self.mails} | cover

    @property
    def name(self) -> str:
        """What to call it in a message."""
        tag = (self.cover or self.mails[0]).tag
        branch = f" for {tag.branch}" if tag.branch else ""
        number = max(self.total, 1)
        return f"{tag.title!r} ({tag.version}{branch}, {number} patch{'es'[: 2 * (number > 1)]})"


def pick(thread: Thread, posts: Sequence[Mail], revision: Revision) -> Version:
    """One version: all that say that they are of it, or the later posting of two."""
    own = [mail for mail in posts if mail.tag.revision == revision]
    covers = [mail for mail in own if mail.tag.number == 0]
    numbered = [mail for mail in own if mail.tag.numbered and mail.tag.number]
    single = [mail for mail in own if mail not in covers and mail not in numbered]
    if not numbered:
        return _singles(thread, revision, single, covers)
    groups = [_series(thread, group, covers) for group in _groups(thread, numbered)]
    found = groups[0] if len(groups) == 1 else _later(thread, groups)
    if strangers := [mail for mail in single if thread.parent(mail) is None]:
        raise InputError(
            f"{thread.where}: {named(strangers)} is none of {found.name}",
            hint="take it out of the file, and give it with --patch if it is meant to be on top",
        )
    return found


def _series(thread: Thread, mails: Sequence[Mail], covers: Sequence[Mail]) -> Version:
    """Numbered mails that belong together."""
    # [PATCH 4/3] is meant to be applied after the three.
    total = max(max(mail.tag.number or 0, mail.tag.total or 0) for mail in mails)
    ordered = tuple(sorted(mails, key=lambda mail: mail.tag.number or 0))
    return Version(mails[0].tag.revision, ordered, total, _cover(thread, mails, covers))


def _cover(thread: Thread, mails: Sequence[Mail], covers: Sequence[Mail]) -> Mail | None:
    """The letter that these answer, or the only one that says how many they are."""
    totals = {mail.tag.total for mail in mails}
    fitting = [cover for cover in covers if cover.tag.total in totals]
    answered = {up.name for mail in mails for up in thread.above(mail)}
    own = [cover for cover in fitting if cover.name in answered]
    return own[-1] if own else fitting[0] if len(fitting) == 1 else None


def _groups(thread: Thread, mails: Sequence[Mail]) -> list[list[Mail]]:
    """Apart by how many they say to be; and if one number is there twice, by what else differs."""
    keys: tuple[Callable[[Mail], object], ...] = (
        lambda mail: mail.tag.again,
        lambda mail: mail.tag.branch,
        thread.root,
        lambda mail: mail.sender,
    )
    groups = _parted([list(mails)], lambda mail: mail.tag.total)
    for key in keys:
        groups = [
            part
            for group in groups
            for part in (_parted([group], key) if _doubled(group) else [group])
        ]
    return [part for group in groups for part in _postings(thread, group)]


def _postings(thread: Thread, mails: Sequence[Mail]) -> list[list[Mail]]:
    """By when they were sent: where a number comes again, another posting begins."""
    found: list[list[Mail]] = [[]]
    for mail in sorted(mails, key=lambda mail: moment(thread, [mail])):
        same = [one for one in found[-1] if one.tag.number == mail.tag.number]
        if same and mail.date is not None and same[0].date == mail.date:
            raise InputError(
                f"{thread.where}: two different mails say that they are {label(mail.tag)}: "
                f"{named([same[0], mail])}",
                hint="take the one out that is not meant",
            )
        if same:
            found.append([])
        found[-1].append(mail)
    return found


def _parted(groups: Iterable[list[Mail]], key: Callable[[Mail], object]) -> list[list[Mail]]:
    parts: dict[tuple[int, object], list[Mail]] = {}
    for number, group in enumerate(groups):
        for mail in group:
            parts.setdefault((number, key(mail)), []).append(mail)
    return list(parts.values())


def _doubled(mails: Sequence[Mail]) -> Mail | None:
    numbers = [mail.tag.number for mail in mails]
    return next((mail for mail in mails if numbers.count(mail.tag.number) > 1), None)


def _later(thread: Thread, groups: Sequence[Version]) -> Version:
    """Of several postings of the same the last; what is not the same is refused."""
    ordered = sorted(groups, key=lambda series: moment(thread, series.mails))
    last = ordered[-1]
    branches = {mail.tag.branch for series in groups for mail in series.mails}
    if all(series.titles & last.titles for series in groups) and len(branches) == 1:
        when = day(last.mails[0])
        return replace(last, notes=(f"{_times(len(groups))}: the last posting{when}",))
    if any(series.missing for series in groups):
        numbers = [label(mail.tag) for series in groups for mail in series.mails]
        raise InputError(
            f"{thread.where}: the numbers do not fit together: {listed(numbers)}",
            hint="keep the mails of one series",
        )
    raise InputError(
        f"{thread.where} holds {len(groups)} series: {listed([one.name for one in groups])}",
        hint="keep the mails of one; the others can be given with --patch",
    )


def _singles(
    thread: Thread, revision: Revision, single: Sequence[Mail], covers: Sequence[Mail]
) -> Version:
    """Patches without numbers, as they are in the file; of two with one title the later."""
    announced = max((max(mail.tag.total or 0, 1) for mail in covers), default=0)
    if announced > len(single):
        return Version(revision, (), announced, covers[-1])
    by_title: dict[str, Mail] = {}
    notes = []
    for mail in sorted(single, key=lambda mail: moment(thread, [mail])):
        if mail.tag.title in by_title:
            notes.append(f"{mail.tag.title!r} is there twice: the later one{day(mail)}")
        by_title[mail.tag.title] = mail
    mails = tuple(sorted(by_title.values(), key=lambda mail: thread.place[mail.name]))
    if len(mails) > 1:
        notes.append(f"{len(mails)} patches without numbers: in the order of the file")
    return Version(revision, mails, 0, covers[-1] if covers else None, tuple(notes))


def label(tag: Tag) -> str:
    """``v2 1/3``."""
    number = f" {tag.number}/{tag.total}" if tag.number is not None else ""
    return f"{tag.version}{number}"


def named(mails: Sequence[Mail]) -> str:
    """The titles of some mails, for a message."""
    titles = (f"{'Re: ' * mail.tag.answer}{mail.tag.title or mail.name}" for mail in mails)
    return listed([repr(title) for title in titles])


def listed(words: Sequence[str]) -> str:
    """``a, b and c``; of many the first."""
    rest = len(words) - _NAMED
    shown = list(words[:_NAMED]) + ([f"{rest} more"] if rest > 0 else [])
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def _times(count: int) -> str:
    return "posted twice" if count == 2 else f"posted {count} times"
