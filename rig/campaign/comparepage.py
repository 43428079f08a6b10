# SPDX-License-Identifier: GPL-2.0-only
"""A comparison of two runs as one HTML file that needs nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rig.campaign.compare import CaseChange, Comparison, figures
from rig.campaign.comparison import red_line
from rig.campaign.runview import judgement, view_of
from rig.judge.verdict import Judgement
from rig.locks.diff import Difference, LockDiff, arrow
from rig.model.claims import claims
from rig.report.page import page
from rig.report.summary import CaseSummary, ReasonSummary


@dataclass(frozen=True, slots=True)
class Pair:
    """A verdict then and now; `title`: of what."""

    title: str
    old: Judgement
    new: Judgement


@dataclass(frozen=True, slots=True)
class Reasons:
    """Reasons that appeared, or that are gone; `sign`: which of both."""

    sign: str
    what: str
    reasons: tuple[ReasonSummary, ...]


@dataclass(frozen=True, slots=True)
class ChangeView:
    """A case that is not as it was."""

    change: CaseChange
    verdict: Judgement
    pairs: tuple[Pair, ...]
    reasons: tuple[Reasons, ...]


@dataclass(frozen=True, slots=True)
class Orders:
    """Lock orders that are new or lost: each with whether that is certain."""

    what: str
    edges: tuple[tuple[str, bool], ...]


def compare_page(found: Comparison, place: Path) -> str:
    """The page.

    Args:
        place: the directory in which it will lie, for its links.
    """
    names = dict.fromkeys((*found.before.claims, *found.after.claims))
    return page(
        "compare.html",
        ["report.css", "trend.css", "compare.css"],
        old=view_of(found.old, place),
        new=view_of(found.new, place),
        paths=(found.old.path, found.new.path),
        why=found.why_worse,
        red=red_line(found),
        claims=_pairs({name: (found.before.claims.get(name, "not judged"),
                              found.after.claims.get(name, "not judged")) for name in names}),
        changes=[_change(each) for each in found.changed],
        run_reasons=_reasons(found.appeared, found.gone),
        others=(("only in the new one", _words(found.added)),
                ("only in the old one", _words(found.lost))),
        locks=_locks(found.locks),
        scenarios=found.locks.scenarios if found.locks else (),
        figures=figures(found),
        both=len(found.both),
    )  # fmt: skip


def _pairs(found: dict[str, tuple[str, str]]) -> list[Pair]:
    titles = {claim.name: claim.title for claim in claims()}
    return [
        Pair(titles.get(name, name), judgement(old), judgement(new))
        for name, (old, new) in found.items()
    ]


def _change(change: CaseChange) -> ChangeView:
    return ChangeView(
        change,
        judgement(change.after.verdict),
        tuple(_pairs(change.claims)),
        _reasons(change.appeared, change.gone),
    )


def _reasons(
    appeared: tuple[ReasonSummary, ...], gone: tuple[ReasonSummary, ...]
) -> tuple[Reasons, ...]:
    both = Reasons("+", "new", appeared), Reasons("−", "gone", gone)  # noqa: RUF001
    return tuple(each for each in both if each.reasons)


def _words(cases: Sequence[CaseSummary]) -> list[tuple[str, Judgement]]:
    return [(case.id, judgement(case.verdict)) for case in cases]


def _locks(found: LockDiff | None) -> tuple[Orders, ...]:
    """None: there was nothing to compare."""
    if found is None:
        return ()
    return Orders("new", _edges(found.added)), Orders("lost", _edges(found.removed))


def _edges(part: Difference) -> tuple[tuple[str, bool], ...]:
    """What is certain first."""
    certain = part.certain.edges
    edges = sorted(part.seen.edges, key=lambda edge: (edge not in certain, edge))
    return tuple((arrow(edge), edge in certain) for edge in edges)
