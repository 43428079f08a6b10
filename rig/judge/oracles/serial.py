# SPDX-License-Identifier: GPL-2.0-only
"""What the kernel printed: splats, and whether the log is whole."""

import re
from collections.abc import Iterator

from rig.evidence.case import CaseEvidence, FoundSplat
from rig.judge.reasons import Reason

# A log with one hole often has many; this many are told, the rest is counted.
GAPS_TOLD = 3

# mm/oom_kill.c, dump_header(): the first line of its report.
_OOM = re.compile(r" invoked oom-killer: gfp_mask=")

# mm/page_alloc.c, warn_alloc(): by itself worth a look, after the OOM killer more of the same.
_FAILURE = re.compile(r": page allocation failure: order:")

# Bits of /proc/sys/kernel/tainted that something bad sets (Documentation/admin-guide).
TAINTS = {5: "bad page", 7: "died", 9: "warning", 14: "soft lockup"}


def splats(case: CaseEvidence) -> Iterator[Reason]:
    """Every report of the kernel, in the order of the log."""
    for found in case.splats:
        yield _splat(found)


def memory(case: CaseEvidence) -> Iterator[Reason]:
    """The guest had too little memory: whatever failed then, failed because of that."""
    for line in case.serial:
        if _OOM.search(line.text):
            yield Reason("guest.out-of-memory", line.text.strip(), serial=line.number)
            return


def _explained_by_oom(case: CaseEvidence) -> set[int]:
    """Numbers of the lines that begin the traces in the reports of the OOM killer, and in those of
    allocations that failed after it had to be called."""
    found: set[int] = set()
    reporting: set[str | None] = set()
    short = False
    for line in case.serial:
        if _OOM.search(line.text):
            short = True
            reporting.add(line.caller)
        elif short and _FAILURE.search(line.text):
            reporting.add(line.caller)
        elif line.text.strip() == "Call trace:" and line.caller in reporting:
            found.add(line.number)
            reporting.discard(line.caller)
    return found


def unknown(case: CaseEvidence) -> Iterator[Reason]:
    """Signs of a report that no banner stands for: a trace of its own, a taint without a cause."""
    reports = [found.splat for found in case.splats]
    if case.canary is not None:
        reports.append(case.canary)
    known = {number for splat in reports for number in splat.lines} | _explained_by_oom(case)
    for line in case.serial:
        if line.text.strip() == "Call trace:" and line.number not in known:
            yield Reason("splat.unknown", "a call trace without a known report", serial=line.number)
    before, after = (_taint(case, when) for when in ("start", "end"))
    new = [name for bit, name in TAINTS.items() if after & ~before & (1 << bit)]
    if new and not case.splats:
        yield Reason(
            "splat.unknown", f"the kernel became tainted ({', '.join(new)}): why is not said"
        )


def _taint(case: CaseEvidence, when: str) -> int:
    words = case.dump.files.get(f"{when}/tainted", b"").split()
    return int(words[0]) if words and words[0].isdigit() else 0


def log(case: CaseEvidence) -> Iterator[Reason]:
    """Whether serial log and the kernel's own record agree, line by line."""
    if "kmsg" not in case.dump.files:
        yield Reason("log.no-record", "the guest delivered no kmsg")
        return
    canary = case.canary
    if canary is not None and case.continuity.proven_line < canary.last_line:
        # What the kernel printed after its record was read cannot be compared: that may be the way
        # down, but nothing before the end of the canary.
        yield Reason(
            "log.gap",
            "the kernel's record ends before the canary does",
            serial=case.continuity.proven_line,
        )
    gaps = case.continuity.gaps
    for gap in gaps[:GAPS_TOLD]:
        id = "log.dropped" if gap.kind in ("dropped", "suppressed") else "log.gap"
        yield Reason(id, gap.detail, serial=gap.serial_line or 0)
    if len(gaps) > GAPS_TOLD:
        yield Reason("log.gap", f"and {len(gaps) - GAPS_TOLD} more places like these")


def _splat(found: FoundSplat) -> Reason:
    splat, where = found.splat, found.where
    text = splat.banner
    if where.function:
        text += f", in {where.function}"
    if splat.truncated:
        text += f" (cut short: {splat.truncated})"
    id = {
        True: f"splat.{splat.kind}",
        False: "splat.elsewhere",
        None: "splat.unattributed",
    }[where.in_scope]
    return Reason(id, text, file=where.file, line=where.line, serial=splat.first_line)
