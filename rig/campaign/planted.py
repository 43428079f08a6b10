# SPDX-License-Identifier: GPL-2.0-only
"""Planted mistakes against the oracles that found them, for a terminal."""

from collections.abc import Callable, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from rig.campaign.selfcheck import Finding
from rig.evidence.banners import BANNERS
from rig.judge.registry import oracles
from rig.model.faults import Missed

# What lockdep prints, and what the kernel prints at all.
LOCKDEP = {f"splat.{banner.kind}" for banner in BANNERS.rows if "lockdep" in banner.source}
_SERIAL = "splat."

_STYLES = {"caught": "green", "clean": "green", "missed": "bold red", "not clean": "bold red"}


def finding_line(finding: Finding) -> str:
    """One line for one finding as its guest ends, with rich markup."""
    return f"{_result(finding)}  {escape(_mistake(finding))}  in {finding.scenario}"


def _mistake(finding: Finding) -> str:
    """Its id, which means nothing to anybody alone, and what it is."""
    return f"{finding.fault.id} {finding.fault.title}" if finding.fault else "no mistake"


def print_matrix(
    findings: Sequence[Finding], console: Console, unseen: Sequence[Missed] = ()
) -> None:
    """The table, for each mistake that was missed where its evidence is, and the scores.

    Args:
        unseen: mistakes that are listed and cannot be found; they count as missed.
    """
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("", "scenario", "seconds", "result", "first reason"):
        table.add_column(column, justify="right" if column == "seconds" else "left", no_wrap=True)
    table.add_column("oracles")
    table.add_column("mistake")
    for finding in findings:
        reasons = finding.verdict.reasons
        table.add_row(
            finding.fault.id if finding.fault else "-",
            finding.scenario,
            f"{finding.seconds:.1f}",
            _result(finding),
            reasons[0].id if reasons else "",
            ", ".join(o.name for o in oracles() if o.name in finding.oracles),
            escape(finding.fault.title if finding.fault else "none"),
        )
    console.print(table)
    missed = [finding for finding in findings if not finding.as_it_must]
    for finding in missed:
        wanted = " and ".join(finding.wanted) or "CLEAN"
        seen = ", ".join(dict.fromkeys(reason.id for reason in finding.verdict.reasons)) or "CLEAN"
        console.print(f"{finding_line(finding)}: {wanted} wanted, {seen} seen", soft_wrap=True)
        console.print(f"  evidence: {escape(str(finding.folder))}", soft_wrap=True)
    for entry in unseen:
        console.print(f"[{_STYLES['missed']}]missed[/]  {entry.id} {escape(entry.title)}: "
                      f"{escape(entry.why)}", soft_wrap=True)  # fmt: skip
    planted = [finding for finding in findings if finding.fault]
    seconds = sum(finding.seconds for finding in findings)
    console.print(
        f"{len(planted)} mistakes planted, {len(findings) - len(planted)} scenarios without, "
        f"{len(missed)} not as they must be; {seconds:.0f} s, had they run one by one"
    )
    console.print(f"found: {_scores(planted, len(unseen))}", soft_wrap=True)


def _scores(planted: Sequence[Finding], unseen: int) -> str:
    """How many mistakes were found; by lockdep, or by reading the serial log, alone."""

    def ids(shown: Callable[[Finding], bool]) -> set[str]:
        return {finding.fault.id for finding in planted if finding.fault and shown(finding)}

    def seen(finding: Finding) -> set[str]:
        return {reason.id for reason in finding.verdict.reasons if reason.id != "splat.elsewhere"}

    listed = ids(lambda finding: True)
    found = listed - ids(lambda finding: not finding.as_it_must)
    lockdep = ids(lambda finding: bool(seen(finding) & LOCKDEP))
    serial = ids(lambda finding: any(id.startswith(_SERIAL) for id in seen(finding)))
    total = len(listed) + unseen
    shares = (("", found), ("lockdep alone ", lockdep), ("serial log alone ", serial))
    return ", ".join(
        f"{who}{len(those)} of {total} ({100 * len(those) // max(total, 1)} %)"
        for who, those in shares
    )


def _result(finding: Finding) -> str:
    if finding.fault:
        result = "caught" if finding.as_it_must else "missed"
    else:
        result = "clean" if finding.as_it_must else "not clean"
    return f"[{_STYLES[result]}]{result}[/{_STYLES[result]}]"
