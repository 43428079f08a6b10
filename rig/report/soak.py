# SPDX-License-Identifier: GPL-2.0-only
"""What a soak amounts to: how much was tried, and what went red."""

from collections import Counter

from rich.console import Console
from rich.markup import escape

from rig.report.text import case_line, print_claims
from rig.verdict import CaseVerdict, Verdict


def print_soak(verdict: Verdict, console: Console, directory: str) -> None:
    """Print the red cases with their reproducers, the sums, and the verdict on each claim."""
    for case in verdict.cases:
        if not case.red:
            continue
        console.print(case_line(case), soft_wrap=True, highlight=False)
        console.print(f"  reproduce: {escape(case.reproduce)}", soft_wrap=True, highlight=False)
    console.print(sums(verdict.cases), soft_wrap=True, highlight=False)
    print_claims(verdict, console, directory)


def sums(cases: tuple[CaseVerdict, ...]) -> str:
    """One line: how many cases of which outcome, seeds, fences, guest and host time."""
    outcomes = Counter(case.outcome for case in cases)
    told = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))
    again = sum(bool(case.lost) for case in cases)
    return (
        f"{len(cases)} cases ({told}) under {len({case.seed for case in cases})} seeds, "
        f"{sum(case.figures.fences for case in cases)} fences published, "
        f"{sum(case.figures.guest_seconds for case in cases):.0f} s of guest time in "
        f"{sum(case.figures.host_seconds for case in cases):.0f} s of QEMU"
        + (f", {again} started again" if again else "")
    )
