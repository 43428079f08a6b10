# SPDX-License-Identifier: GPL-2.0-only
"""Several scenarios in one guest that was red: which of them show the same alone."""

from collections.abc import Iterable, Iterator, Sequence

from rig.judge.verdict import CaseVerdict, Verdict


def to_show(family: CaseVerdict) -> tuple[str, ...]:
    """The ids of the reasons for which the guilty are wanted.

    Those that make it DIRTY, if any do; else the first: the others may be what follows from them.
    """
    judged = [claim for claim, outcome in family.claims.items() if outcome != "not judged"]
    reasons = [reason for reason in family.reasons if reason not in family.known.explained]
    dirty = [
        reason for reason in reasons if any(reason.effect(claim) == "DIRTY" for claim in judged)
    ]
    return tuple(dict.fromkeys(reason.id for reason in dirty or reasons[:1]))


def guilty(family: CaseVerdict, alone: Iterable[CaseVerdict]) -> dict[str, tuple[str, ...]]:
    """Reason by reason the scenarios that show it in a guest of their own; none: only several do.

    Args:
        alone: those that the family is made of, as far as they ran alone.
    """
    shown = {case.scenario: {reason.id for reason in case.reasons} for case in alone}
    return {
        id: tuple(name for name, reasons in shown.items() if id in reasons)
        for id in to_show(family)
    }


def told(family: CaseVerdict, alone: Iterable[CaseVerdict]) -> Iterator[str]:
    """The same in words, a line for each reason."""
    for id, names in guilty(family, alone).items():
        shows = "shows" if len(names) < 2 else "show"
        yield f"alone, {_listed(names) or 'none of its scenarios'} {shows} {id}"


def told_of(family: CaseVerdict, run: Verdict) -> tuple[str, ...]:
    """The same of a run; nothing if the case was not taken apart."""
    alone = run.run.apart.get(family.id, ())
    return tuple(told(family, [case for case in run.cases if case.id in alone])) if alone else ()


def _listed(names: Sequence[str]) -> str:
    *others, last = names or ("",)
    return f"{', '.join(others)} and {last}" if others else last
