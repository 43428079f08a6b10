# SPDX-License-Identifier: GPL-2.0-only
"""What defects on record make of the reasons of a case (docs/reference/verdicts.md)."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rig.judge.oracles import known_issues
from rig.judge.reasons import Reason
from rig.judge.registry import kind_of
from rig.model.claim import Claim
from rig.model.known import KnownIssue, Sign


@dataclass(frozen=True)
class Explanation:
    """What known issues make of the reasons of a case.

    Args:
        seen: the issues that were seen.
        explained: reasons that are theirs.
        rest: what is judged as always; a known issue that was not seen is among it.
        notes: for people: what was not seen where nobody has looked yet.
    """

    seen: tuple[KnownIssue, ...]
    explained: tuple[Reason, ...]
    rest: tuple[Reason, ...]
    notes: tuple[str, ...] = ()

    @property
    def blind(self) -> bool:
        """The case was not watched to its end, so that nothing else of it was judged."""
        return any(reason.kind.blinds for reason in self.explained)


def explain(
    issues: Iterable[KnownIssue],
    reasons: Sequence[Reason],
    claims: Sequence[Claim],
    release: str = "",
) -> Explanation:
    """Tell the reasons of known issues from the others.

    Args:
        issues: those that concern the case.
        reasons: all that were found.
        claims: that are judged; an issue of which none of them would show a sign is left alone,
            and what says nothing about them is not among the rest.
        release: of the kernel; "": one on which every issue was seen.

    Raises:
        InputError: an issue shows by a reason that there is not.
    """
    seen, missed, notes = [], [], []
    explained: list[Reason] = []
    for issue in issues:
        signs = [sign for sign in issue.signs if _shows(sign, claims)]
        if not signs:
            continue
        absent = [sign for sign in signs if not any(_fits(sign, reason) for reason in reasons)]
        if absent and issue.chance:
            continue
        if absent and issue.beyond(release):
            known = ", ".join(issue.seen_on)
            notes.append(f"{issue.name} was not seen: it is on record for {known}")
            continue
        if absent:
            text = f"{issue.name} ({issue.title}): no {absent[0].reason} like {absent[0].text!r}"
            missed.append(known_issues.ORACLE.reason(known_issues.NOT_SEEN, text))
            continue
        seen.append(issue)
        explained += [
            r for r in reasons if any(_fits(s, r) for s in (*issue.signs, *issue.follows))
        ]
    rest = [r for r in reasons if r not in explained and any(map(r.effect, claims))]
    told = tuple(reason for reason in reasons if reason in explained)
    return Explanation(tuple(seen), told, (*missed, *rest), tuple(notes))


def _shows(sign: Sign, claims: Sequence[Claim]) -> bool:
    return any(map(kind_of(sign.reason).effect, claims))


def _fits(sign: Sign, reason: Reason) -> bool:
    return (
        reason.id == sign.reason
        and re.fullmatch(sign.text, reason.text) is not None
        and sign.file in ("", reason.file)
    )
