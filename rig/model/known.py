# SPDX-License-Identifier: GPL-2.0-only
"""Defects that are on record: data with which a case is told from one that shows something new.

`kernel-config/known-issues/*.yaml` holds them, `docs/reference/verdicts.md` says what they do to
a verdict.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic.dataclasses import dataclass as strict_dataclass

from rig.base import document
from rig.base.document import STRICT
from rig.base.errors import InputError
from rig.model.reason import ReasonId
from rig.model.release import PATTERN, Range, in_range, numbers


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
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
        seen_on: releases on which it was seen; on a later line of releases nobody has looked
            yet, and it may have been mended there.  Empty: it is waited for on all.
        chance: whether it shows depends on a schedule, so it is not waited for.
        strict: only strict kernels show it (docs/explain/strict.md).
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
    kernels: Range = ""
    seen_on: tuple[Annotated[str, Field(pattern=f"^{PATTERN}$")], ...] = ()
    chance: bool = False
    strict: bool = False

    def beyond(self, release: str) -> bool:
        """Whether a release is of a later line than all on which the issue was seen."""
        seen = [numbers(known)[:2] for known in self.seen_on]
        return bool(seen) and numbers(release)[:2] > max(seen)

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
            and in_range(release, self.kernels)
            and (strict or not self.strict)
        )


def load_all(folder: Path) -> tuple[KnownIssue, ...]:
    """All known issues of a folder, in the order of their file names.

    Raises:
        InputError: as `rig.base.document.load`; or a file does not have the name of its issue.
    """
    issues = []
    for path in sorted(folder.glob("*.yaml")):
        issue = document.load(path, KnownIssue)
        if issue.name != path.stem:
            raise InputError(f"{path}: the issue is called {issue.name!r}", hint="rename the file")
        issues.append(issue)
    return tuple(issues)
