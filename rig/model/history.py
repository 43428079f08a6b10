# SPDX-License-Identifier: GPL-2.0-only
"""Real bugs, put back: `kernel-config/history/`, a YAML file and a patch for each.

Mistakes that we plant ourselves measure what we thought of.  These happened, and were mended
upstream; each patch takes one fix back.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import Field
from pydantic.dataclasses import dataclass as strict_dataclass

from rig.base import document
from rig.base.document import STRICT
from rig.base.errors import InputError, did_you_mean
from rig.model.reason import ReasonId

# What the gate was seen to say of a bug.  "cannot show": it has no effect in this kernel and
# profile, so that it counts for nothing.
Found = Literal["DIRTY", "INCONCLUSIVE", "missed", "cannot show"]

FOUND: tuple[Found, ...] = get_args(Found)

_Line = Annotated[str, Field(min_length=1)]


@strict_dataclass(frozen=True, config=STRICT)
class _Entry:
    """One bug in its file."""

    title: _Line
    upstream: _Line
    kind: _Line
    drivers: Annotated[tuple[str, ...], Field(min_length=1)]
    verdict: Found
    reasons: tuple[ReasonId, ...] = ()
    case: str = ""
    why: str = ""


@dataclass(frozen=True)
class Bug:
    """One bug.

    Args:
        id: the name of its files.
        title: what is wrong, in the words of this project.
        upstream: the subject of the patch that mended it.
        kind: what sort of mistake it is, in a word or three.
        drivers: whose gate can show it.
        found: what the gate says of it, at best.
        reasons: that must be given, if it is found.
        case: the scenario of the gate that gave them.
        why: it is missed, or cannot be shown.
        patch: puts it back.
    """

    id: str
    title: str
    upstream: str
    kind: str
    drivers: tuple[str, ...]
    found: Found
    reasons: tuple[str, ...]
    case: str
    why: str
    patch: Path

    @property
    def counts(self) -> bool:
        """Whether it can be found at all."""
        return self.found != "cannot show"


def load_all(folder: Path) -> tuple[Bug, ...]:
    """All bugs of a folder, in the order of their ids.

    Raises:
        InputError: as `rig.base.document.load`; or a bug without patch, one that is found without
            reasons, or missed without a word why.
    """
    return tuple(_load(path) for path in sorted(folder.glob("*.yaml")))


def find(bugs: Sequence[Bug], ids: Iterable[str]) -> tuple[Bug, ...]:
    """The bugs with these ids, in this order; all if none is named.

    Raises:
        InputError: there is no such bug.
    """
    known = {bug.id: bug for bug in bugs}
    wanted = list(ids)
    for id in wanted:
        if id not in known:
            guess = did_you_mean(id, known)
            raise InputError(f"no bug {id!r}", hint=f"{guess}there are: {', '.join(known)}")
    return tuple(known[id] for id in wanted) or tuple(bugs)


def kernels(
    bugs: Iterable[Bug], reach: Callable[[Bug], Collection[str]] = lambda bug: bug.drivers
) -> tuple[tuple[Bug, ...], ...]:
    """Bugs that can be in the same kernel: none is met where another one is looked for.

    Those of the most drivers come first, each in the first group that has room for it.

    Args:
        reach: the drivers that are at work where a bug is looked for.
    """
    groups: list[list[Bug]] = []
    for bug in sorted(bugs, key=lambda bug: -len(bug.drivers)):
        for group in groups:
            if not any(
                set(reach(one)) & set(other.drivers)
                for found in group
                for one, other in ((bug, found), (found, bug))
            ):
                group.append(bug)
                break
        else:
            groups.append([bug])
    return tuple(map(tuple, groups))


def _load(path: Path) -> Bug:
    entry = document.load(path, _Entry)
    patch = path.with_suffix(".patch")
    if not patch.is_file():
        raise InputError(f"{path}: there is no {patch.name} beside it")
    is_found = entry.verdict in ("DIRTY", "INCONCLUSIVE")
    if is_found and not entry.reasons:
        raise InputError(f"{path}: reasons: must be given, as the bug is found")
    if entry.case and not is_found:
        raise InputError(f"{path}: case: must not be given, as the bug is not found")
    if not is_found and not entry.why:
        raise InputError(f"{path}: why: must be given, as the bug is not found")
    return Bug(
        id=path.stem,
        title=entry.title,
        upstream=entry.upstream,
        kind=entry.kind,
        drivers=entry.drivers,
        found=entry.verdict,
        reasons=entry.reasons,
        case=entry.case,
        why=entry.why,
        patch=patch,
    )
