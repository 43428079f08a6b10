# SPDX-License-Identifier: GPL-2.0-only
"""Defects that are on record: data with which a case is told from one that shows something new.

`kernel-config/known-issues/*.yaml` holds them, `docs/verdict.md` says what they do to a verdict.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version
from pydantic import AfterValidator, Field
from pydantic.dataclasses import dataclass as strict_dataclass

from rig import document
from rig.document import STRICT
from rig.errors import InputError
from rig.reasons import Reason, ReasonId

# Reasons that say that a case was not watched to its end: whatever came after was not judged.
BLINDING = (
    *("lockdep.off", "lockdep.not-proving", "lockdep.canary-silent", "lockdep.no-canary"),
    *("guest.lost", "guest.stalled", "guest.flooded", "guest.reset", "guest.unfinished"),
    *("log.gap", "log.no-record", "trace.lost", "workload.died", "results.missing"),
)


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    return value


def _range(value: str) -> str:
    try:
        SpecifierSet(value)
    except InvalidSpecifier as error:
        raise ValueError(f"{value!r} is no range like '>=6.12,<6.13'") from error
    return value


@strict_dataclass(frozen=True, config=STRICT)
class Sign:
    """One reason by which a known issue shows.

    Args:
        reason: its id, in full ("splat.circular-locking").
        text: a regular expression that matches the whole text of the reason.  For a splat that is
            its banner and ", in FUNCTION": the function to blame.
        file: the source that the reason names; "": none, or any.
    """

    reason: ReasonId
    text: Annotated[str, Field(min_length=1), AfterValidator(_pattern)]
    file: str = ""

    def fits(self, reason: Reason) -> bool:
        """Whether a reason is this one."""
        return (
            reason.id == self.reason
            and re.fullmatch(self.text, reason.text) is not None
            and self.file in ("", reason.file)
        )


@strict_dataclass(frozen=True, config=STRICT)
class KnownIssue:
    """A defect on record.

    Args:
        title: what it is, one line.
        source: where it is: file and function.
        scenarios: those that show it, by name.
        series: those that have it; empty: all, so also the kernel as it is.
        fixed_by: subjects of patches that mend it; it is not waited for where one of them is in.
        kernels: releases that have it, like ">=6.12,<6.13"; "": all.
        strict: only strict kernels show it (docs/strict.md).
        signs: all of them are seen where the issue is.
        follows: what may come with it.
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    title: Annotated[str, Field(min_length=1)]
    source: Annotated[str, Field(min_length=1)]
    scenarios: Annotated[tuple[str, ...], Field(min_length=1)]
    signs: Annotated[tuple[Sign, ...], Field(min_length=1)]
    follows: tuple[Sign, ...] = ()
    series: tuple[str, ...] = ()
    fixed_by: tuple[str, ...] = ()
    kernels: Annotated[str, AfterValidator(_range)] = ""
    strict: bool = False

    def concerns(
        self,
        scenario: str,
        series: str,
        release: str,
        patches: Iterable[str] = (),
        strict: bool = False,
    ) -> bool:
        """Whether a scenario shows it, with this series and these patches on this release."""
        return (
            scenario in self.scenarios
            and (not self.series or series in self.series)
            and not set(self.fixed_by).intersection(patches)
            and _in_range(release, self.kernels)
            and (strict or not self.strict)
        )


@dataclass(frozen=True)
class Explanation:
    """What known issues make of the reasons of a case.

    Args:
        seen: the issues that were seen.
        explained: reasons that are theirs.
        rest: what is judged as always; a known issue that was not seen is among it.
    """

    seen: tuple[KnownIssue, ...]
    explained: tuple[Reason, ...]
    rest: tuple[Reason, ...]

    @property
    def blind(self) -> bool:
        """The case was not watched to its end, so that nothing else of it was judged."""
        return any(reason.id in BLINDING for reason in self.explained)


def explain(
    issues: Iterable[KnownIssue], reasons: Sequence[Reason], claims: Sequence[str]
) -> Explanation:
    """Tell the reasons of known issues from the others.

    Args:
        issues: those that concern the case.
        reasons: all that were found.
        claims: that are judged; an issue of which none of them would show a sign is left alone,
            and what says nothing about them is not among the rest.
    """
    seen, missed = [], []
    explained: list[Reason] = []
    for issue in issues:
        signs = [sign for sign in issue.signs if _shows(sign, claims)]
        if not signs:
            continue
        absent = [sign for sign in signs if not any(sign.fits(reason) for reason in reasons)]
        if absent:
            text = f"{issue.name} ({issue.title}): no {absent[0].reason} like {absent[0].text!r}"
            missed.append(Reason("known.not-seen", text))
            continue
        seen.append(issue)
        explained += [r for r in reasons if any(s.fits(r) for s in (*issue.signs, *issue.follows))]
    rest = [r for r in reasons if r not in explained and any(map(r.effect, claims))]
    return Explanation(tuple(seen), tuple(r for r in reasons if r in explained), (*missed, *rest))


def load_all(folder: Path) -> tuple[KnownIssue, ...]:
    """All known issues of a folder, in the order of their file names.

    Raises:
        InputError: as `rig.document.load`; or a file does not have the name of its issue.
    """
    issues = []
    for path in sorted(folder.glob("*.yaml")):
        issue = document.load(path, KnownIssue)
        if issue.name != path.stem:
            raise InputError(f"{path}: the issue is called {issue.name!r}", hint="rename the file")
        issues.append(issue)
    return tuple(issues)


def _shows(sign: Sign, claims: Sequence[str]) -> bool:
    return any(Reason(sign.reason, "").effect(claim) for claim in claims)


def _in_range(release: str, kernels: str) -> bool:
    """Whether "6.12.117-m2m-rig" is in a range; what is no version at all is in none but the open
    one."""
    if not kernels:
        return True
    numbers = re.match(r"\d+(\.\d+)*", release)
    try:
        return numbers is not None and Version(numbers[0]) in SpecifierSet(kernels)
    except InvalidVersion:
        return False
