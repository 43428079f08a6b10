# SPDX-License-Identifier: GPL-2.0-only
"""The paragraphs that a submitter pastes into a cover letter: no more than the evidence holds."""

import textwrap
from collections import Counter
from collections.abc import Sequence
from typing import Final

from rig.base.console import printable, printable_lines
from rig.base.errors import InputError
from rig.judge.oracles.accounting import ORACLE as ACCOUNTING
from rig.judge.verdict import CaseVerdict, Verdict
from rig.model.claims import claims
from rig.report.accounts import Account
from rig.report.coverage import bundled_names, left_out
from rig.report.origins import Origins, require_origins
from rig.report.run import JudgedRun

# As wide as mail is.
_WIDTH: Final = 75


def cover_letter(run: JudgedRun) -> str:
    """The verdict of a run as plain text.

    Raises:
        InputError: the evidence does not hold what the text would have to say: what was built is
            not known, or a planned case left nothing.
    """
    verdict, path = run.verdict, run.directory.path
    origins = require_origins(path, "nothing can be said about what was tested")
    ran = {case.id for case in verdict.cases}
    if lost := [id for id in verdict.run.cases if id not in ran]:
        raise InputError(
            f"{path}: {len(lost)} of {len(verdict.run.cases)} planned cases left "
            f"nothing, {lost[0]} first",
            hint="run them again: a letter about the others would hide it",
        )
    records = [note.record for note in run.notes]
    for record in records:
        if record.kernel.release != origins.release:
            raise InputError(
                f"{path}: {record.id} ran on {record.kernel.release}, built was {origins.release}",
                hint="do not mix the cases of two runs",
            )
    parts = [
        _tested(verdict, origins),
        _judged(verdict, [note.account for note in run.notes]),
        *_findings(verdict),
        "Not covered:\n" + _bullets(left_out(verdict, records, origins, bundled_names())),
        f"Reproduce with:\n\n  {verdict.run.reproduce}",
    ]
    return printable_lines("\n\n".join(parts)) + "\n"


def _tested(verdict: Verdict, origins: Origins) -> str:
    run = verdict.run
    patches = []
    if origins.series:
        digest = f"patchset sha256 {origins.digest[:16]}"
        patches.append(f"{_count(len(origins.series), 'patch', 'es')} ({run.series}, {digest})")
    if origins.user:
        each = ", ".join(f"{patch.name} sha256 {patch.sha256[:16]}" for patch in origins.user)
        patches.append(f"{_count(len(origins.user), 'patch', 'es')} of its own ({each})")
    what = f"{' and '.join(patches) or 'no patch'} on top of it"
    cut = f" The rig itself changed {', '.join(origins.changed_by_rig)}."
    return _fill(
        f"Tested with m2m-rig: {origins.base} (tree {origins.tree[:12]}), {what}, arm64, profile "
        f"{origins.profile}, {origins.compiler}, in QEMU under the {run.clock} clock, "
        f"seed{'s' if len(run.seeds) > 1 else ''} {_numbers(run.seeds)}."
        + (cut if origins.changed_by_rig else "")
    )


def _judged(verdict: Verdict, accounts: Sequence[Account]) -> str:
    drivers = sorted({case.driver for case in verdict.cases} - {"none"})
    scenarios = {case.scenario for case in verdict.cases}
    sentences = [
        f"{_count(len(verdict.cases), 'case')} ({_count(len(scenarios), 'scenario')} on "
        f"{', '.join(drivers) or 'no driver'})."
    ]
    for claim in verdict.told:
        judged = [case for case in verdict.cases if case.claims[claim] != "not judged"]
        if verdict.claims[claim] == "not judged":
            sentences.append(f"{claim.title.capitalize()}: not judged.")
        else:
            often = Counter(case.claims[claim] for case in judged)
            counts = ", ".join(f"{number} {word}" for word, number in sorted(often.items()))
            sentences.append(f"{claim.title.capitalize()}: {verdict.claims[claim]} ({counts}).")
    alive = [row for row in accounts if row.lockdep and row.canary and not row.gaps]
    sentences.append(
        f"Lockdep was shown alive to the end, on a whole log, in {len(alive)} of {len(accounts)}."
    )
    fences = [row.fences for row in accounts if row.fences]
    if fences and any(map(ACCOUNTING.judges, verdict.judged)):
        published = [each.published for each in fences if each.published is not None]
        sentences.append(
            f"{sum(each.made for each in fences)} fences made, "
            + (f"{sum(published)} published, " if published else "")
            + f"{sum(each.signaled for each in fences)} signaled; consumers looked into "
            f"{sum(row.jobs for row in accounts)} jobs in flight."
        )
    return _fill(" ".join(sentences))


def _findings(verdict: Verdict) -> list[str]:
    """The first reason of every kind that decides a verdict, with its line and its command."""
    found: dict[str, tuple[CaseVerdict, str]] = {}
    often: Counter[str] = Counter()
    for case in verdict.cases:
        deciding = [
            reason
            for reason in case.known.rest
            if any(reason.effect(claim) == verdict.claims[claim] for claim in claims())
        ]
        for id in {reason.id for reason in deciding}:
            often[id] += 1
        for reason in deciding:
            place = f", {reason.file}:{reason.line}" if reason.file else ""
            found.setdefault(reason.id, (case, printable(f"{reason.text}{place}")))
    known = {issue.name: issue for case in verdict.cases for issue in case.known.seen}
    titles = [f"{issue.title} ({issue.source})" for issue in known.values()]
    parts = ["Known issues met, not counted above:\n" + _bullets(titles)] if titles else []
    if verdict.outcome == "CLEAN" or not found:
        return parts
    lines = [
        f"{id} ({_count(often[id], 'case')}, first {case.id}): {text}"
        for id, (case, text) in found.items()
    ]
    return ["Found:\n" + _bullets(lines), *parts]


def _fill(text: str) -> str:
    return textwrap.fill(text, _WIDTH, break_long_words=False, break_on_hyphens=False)


def _bullets(lines: Sequence[str]) -> str:
    wrapper = textwrap.TextWrapper(
        _WIDTH,
        initial_indent="  - ",
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(wrapper.fill(line) for line in lines)


def _numbers(seeds: Sequence[int]) -> str:
    """ "1 to 8", or all of them if they are not in a row."""
    if len(seeds) > 2 and list(seeds) == list(range(seeds[0], seeds[0] + len(seeds))):
        return f"{seeds[0]} to {seeds[-1]}"
    return ", ".join(map(str, seeds))


def _count(number: int, noun: str, plural: str = "s") -> str:
    return f"{number} {noun}{plural if number != 1 else ''}"
