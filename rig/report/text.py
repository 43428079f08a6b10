# SPDX-License-Identifier: GPL-2.0-only
"""The verdict for a terminal, or for a file."""

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from rig.base.console import printable
from rig.judge.apart import told_of
from rig.judge.reasons import Reason
from rig.judge.verdict import CaseVerdict, Judgement, Verdict

_STYLES = {
    "CLEAN": "bold green",
    "DIRTY": "bold red",
    "INCONCLUSIVE": "bold yellow",
    "known issue": "bold cyan",
}

# More than these of one case are counted, not shown: the first is nearly always the cause.
REASONS_SHOWN = 6


def print_verdict(verdict: Verdict, console: Console, directory: str) -> None:
    """Print the table of cases, the reasons, and the verdict on each claim."""
    console.print(_table(verdict))
    for case in verdict.cases:
        if case.reasons:
            _print_reasons(case, console)
            for line in told_of(case, verdict):
                console.print(f"  {escape(line)}", soft_wrap=True)
        elif case.lost:
            console.print(f"{styled(case.outcome)} {case.id}{_again(case)}", soft_wrap=True)
    for reason in verdict.reasons:
        console.print(f"  {_reason(reason)}", soft_wrap=True)
    print_claims(verdict, console, directory)


def print_claims(verdict: Verdict, console: Console, directory: str) -> None:
    """Print the verdict on each claim, what was judged, and how to get there again."""
    console.print()
    print_outcomes(verdict, console)
    run = verdict.run
    console.print(
        f"series {escape(run.series)} on Linux {escape(run.kernel)}"
        f"{', strict' if run.strict else ''}, clock {run.clock}, "
        f"seed{'s' if len(run.seeds) > 1 else ''} {', '.join(map(str, run.seeds))}",
        soft_wrap=True,
    )
    for note in verdict.notes:
        console.print(f"note: {escape(printable(note))}", soft_wrap=True)
    print_place(verdict, console, directory)


def print_place(verdict: Verdict, console: Console, directory: str) -> None:
    """Print where the evidence of a run is, and what makes it again."""
    console.print(f"evidence: {escape(directory)}", soft_wrap=True)
    console.print(f"reproduce: {escape(verdict.run.reproduce)}", soft_wrap=True)


def print_outcomes(verdict: Verdict, console: Console) -> None:
    """Print the verdict on each claim, and nothing else."""
    for claim in verdict.told:
        console.print(f"{claim.title}: {styled(verdict.claims[claim])}")


def case_line(case: CaseVerdict, took: str = "") -> str:
    """One line for one case as it ends, with rich markup; `took`: how long it took, in words."""
    why = ""
    if case.reasons:
        first = case.reasons[0]
        why = f"  {escape(first.id)}: {escape(printable(first.text))}"
    if case.outcome == "known issue":
        why = "  " + "; ".join(escape(f"{seen.name}: {seen.title}") for seen in case.known.seen)
    spent = f"  [dim]{took}[/dim]" if took else ""
    return f"{styled(case.outcome)}  {case.id}{spent}{_again(case)}{why}"


def _again(case: CaseVerdict) -> str:
    """That the guest had to be started again: not its fault, and not to be hidden."""
    return f" [yellow](started again: {escape('; '.join(case.lost))})[/yellow]" if case.lost else ""


def first_reason(verdict: Verdict) -> str:
    """The id of the first reason of the worst case; empty if there is none."""
    worst = [case for case in verdict.cases if case.outcome == verdict.outcome]
    reasons = [reason for case in worst for reason in case.reasons] + list(verdict.reasons)
    return reasons[0].id if reasons else ""


def _table(verdict: Verdict) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("scenario", "seed"):
        table.add_column(column)
    for claim in verdict.told:
        table.add_column(claim.title)
    table.add_column("first reason", overflow="ellipsis", no_wrap=True)
    for case in verdict.cases:
        first = case.reasons[0].id if case.reasons else ""
        table.add_row(
            case.scenario,
            f"{case.seed} (real clock)" if case.clock == "real" else str(case.seed),
            *(styled(case.claims[claim]) for claim in verdict.told),
            escape(first),
        )
    return table


def _print_reasons(case: CaseVerdict, console: Console) -> None:
    console.print(f"\n{styled(case.outcome)} {case.id}{_again(case)}", soft_wrap=True)
    for issue in case.known.seen:
        console.print(
            f"  known issue [bold]{issue.name}[/bold]: {escape(issue.title)}", soft_wrap=True
        )
        console.print(f"    in {escape(issue.source)}", soft_wrap=True)
    if case.known.blind:
        console.print("  what came after it was not watched: this case judges nothing else")
    for reason in case.reasons[:REASONS_SHOWN]:
        mark = " (known)" if reason in case.known.explained else ""
        console.print(f"  {_reason(reason)}{mark}", soft_wrap=True)
    if len(case.reasons) > REASONS_SHOWN:
        console.print(f"  and {len(case.reasons) - REASONS_SHOWN} more in verdict.json")
    console.print(f"  reproduce: {escape(case.reproduce)}", soft_wrap=True)


def _reason(reason: Reason) -> str:
    place = f" at {reason.file}:{reason.line}" if reason.file else ""
    serial = f" (serial.log:{reason.serial})" if reason.serial else ""
    return (
        f"[bold]{escape(reason.id)}[/bold]  {escape(printable(reason.text))}{escape(place)}{serial}"
    )


def styled(outcome: Judgement) -> str:
    """A verdict with rich markup."""
    return styled_word(outcome)


def styled_word(word: str) -> str:
    """The same of what was read from a file: it may be any word."""
    style = _STYLES.get(word)
    return f"[{style}]{word}[/{style}]" if style else escape(word)
