# SPDX-License-Identifier: GPL-2.0-only
"""A comparison of two runs, for a terminal."""

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.markup import escape

from rig.base.console import printable
from rig.campaign.compare import CaseChange, Comparison, figures
from rig.locks.diff import LockDiff, arrow
from rig.report.summary import CaseSummary, ReasonSummary, RunSummary
from rig.report.text import styled_word

# Of one kind so many are shown; all are in the JSON.
SHOWN = 12


def print_comparison(found: Comparison, console: Console) -> None:
    """Print what changed, the answer last."""
    for line in _lines(found):
        console.print(line, soft_wrap=True, highlight=False)


def _lines(found: Comparison) -> Iterator[str]:
    yield f"old: {_headline(found.before, str(found.old.path))}"
    yield f"new: {_headline(found.after, str(found.new.path))}"
    yield ""
    for each in found.changed:
        yield from _case(each)
    yield from _reasons(found.appeared, found.gone, "the run")
    yield from _named("only in new", found.added)
    yield from _named("only in old", found.lost)
    yield from _locks(found.locks)
    for name, (then, now) in figures(found).items():
        yield f"{name}: {then:g} -> {now:g}" if then != now else f"{name}: {now:g} as before"
    yield ""
    yield escape(red_line(found))
    yield from _answer(found)


def _headline(run: RunSummary, path: str) -> str:
    claims = ", ".join(f"{escape(name)} {styled_word(word)}" for name, word in run.claims.items())
    return (
        f"{escape(path)}: series {escape(run.series)} on Linux {escape(run.kernel)}, "
        f"{escape(run.date)}, "
        f"{len(run.cases)} case{'s' if len(run.cases) != 1 else ''}, {claims}"
    )


def _case(each: CaseChange) -> Iterator[str]:
    words = [
        f"{escape(name)} {styled_word(old)} -> {styled_word(new)}"
        for name, (old, new) in each.claims.items()
    ]
    how = ": worse" if each.worse else ""
    same = "; same inputs: a flake" if each.flaky and each.claims else ""
    yield f"[bold]{escape(each.after.id)}[/bold]{how}  {', '.join(words) or 'same verdict'}{same}"
    yield from _reasons(each.appeared, each.gone)


def _reasons(
    appeared: Sequence[ReasonSummary], gone: Sequence[ReasonSummary], whose: str = ""
) -> Iterator[str]:
    if whose and (appeared or gone):
        yield f"[bold]{whose}[/bold]"
    for sign, reasons in (("+", appeared), ("-", gone)):
        for reason in reasons[:SHOWN]:
            place = f" at {reason.file}:{reason.line}" if reason.file else ""
            known = " (known)" if reason.known else ""
            yield f"  {sign} {escape(reason.id)}  {escape(printable(reason.text + place))}{known}"
        if len(reasons) > SHOWN:
            yield f"  {sign} and {len(reasons) - SHOWN} more"


def _named(what: str, cases: Sequence[CaseSummary]) -> Iterator[str]:
    if not cases:
        return
    names = ", ".join(f"{escape(case.id)} {styled_word(case.verdict)}" for case in cases[:SHOWN])
    more = f", and {len(cases) - SHOWN} more" if len(cases) > SHOWN else ""
    yield f"{what}: {names}{more}"


def _locks(found: LockDiff | None) -> Iterator[str]:
    if found is None:
        yield "lock orders: not compared, one of the two has kept none"
        return
    for what, sign, part in (("new", "+", found.added), ("lost", "-", found.removed)):
        edges = sorted(part.seen.edges, key=lambda edge: (edge not in part.certain.edges, edge))
        yield f"lock orders: {len(edges)} {what}" + (
            f", {sum(edge in part.certain.edges for edge in edges)} of them certain"
            if edges
            else ""
        )
        for edge in edges[:SHOWN]:
            mark = " " if edge in part.certain.edges else "~"
            yield f"  {sign}{mark} {escape(arrow(edge))}"
        if len(edges) > SHOWN:
            yield f"     and {len(edges) - SHOWN} more: m2m-rig diff"


def red_line(found: Comparison) -> str:
    """Whether what is red now was red before, in one line."""
    red = [case for case in found.after.cases if case.red]
    if not red:
        return "red: none"
    known = found.before.by_id
    before = [case for case in red if case.id in known and known[case.id].red]
    fresh = [case.id for case in red if case not in before]
    names = f"; not before: {', '.join(fresh[:SHOWN])}" if fresh else ""
    more = f", and {len(fresh) - SHOWN} more" if len(fresh) > SHOWN else ""
    return f"red: {len(red)}, of which {len(before)} were red before{names}{more}"


def _answer(found: Comparison) -> Iterator[str]:
    why = found.why_worse
    if not why:
        yield "[bold green]not worse[/bold green]"
        return
    more = f"; and {len(why) - SHOWN} more" if len(why) > SHOWN else ""
    yield f"[bold red]worse[/bold red]: {escape('; '.join(why[:SHOWN]))}{more}"
