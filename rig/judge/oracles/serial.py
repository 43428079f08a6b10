# SPDX-License-Identifier: GPL-2.0-only
"""What the kernel printed: reports of defects, and signs of such."""

import re
from collections.abc import Iterator

from rig.evidence.case import CaseEvidence, FoundSplat, guest_config
from rig.judge.kinds import Kind
from rig.judge.oracle import Oracle
from rig.judge.reasons import Reason
from rig.model.claim import Premise
from rig.model.claims.fences import CLAIM as FENCES
from rig.model.claims.locks import CLAIM as LOCKS
from rig.model.release import Span

UNKNOWN = Kind(
    "splat.unknown",
    "The kernel printed a call trace, or became tainted, without a report that is known.",
    premise=Premise.SOUND,
)
SPLAT = Kind(
    "splat.*",
    "The kernel reported a defect on the path of the code under test; * is the kind of report.",
    {LOCKS: "DIRTY", FENCES: "DIRTY"},
    premise=Premise.SOUND,
)
ELSEWHERE = Kind(
    "splat.elsewhere",
    "The kernel reported a defect in code that is not under test; most such reports also turn "
    "lockdep off, so nothing after them was checked.",
    premise=Premise.SOUND,
)
UNATTRIBUTED = Kind(
    "splat.unattributed",
    "The kernel reported a defect and no frame of it could be traced to source.",
    premise=Premise.SOUND,
)
OUT_OF_MEMORY = Kind(
    "guest.out-of-memory",
    "The guest had too little memory for the workload, so that the kernel killed programs.",
    premise=Premise.WATCHED,
)

# mm/oom_kill.c, dump_header(): the first line of its report.
_OOM = re.compile(r" invoked oom-killer: gfp_mask=")

# mm/page_alloc.c, warn_alloc(): by itself worth a look, after the OOM killer more of the same.
_FAILURE = re.compile(r": page allocation failure: order:")

# mm/vmalloc.c: what it needs for its own book-keeping, some bytes from a slab.  It cannot be had
# when a workload lets allocations fail; of a size that nobody can have it says something else.
_BOOKKEEPING = re.compile(
    r": vmalloc error: size \d+, (?:align 0x[0-9a-f]+, )?"
    r"(?:vm_struct allocation failed|failed to allocated page array)"
)

# There too: single pages, which a workload lets fail only if the kernel can (profile pages).
_PAGES = re.compile(r": vmalloc error: size \d+, failed to allocate pages")
_FAIL_PAGES = b"CONFIG_FAIL_PAGE_ALLOC=y"

# Bits of /proc/sys/kernel/tainted that something bad sets (Documentation/admin-guide).
TAINTS = {5: "bad page", 7: "died", 9: "warning", 14: "soft lockup"}

# Where each fence that sw_sync makes sets it, too (drivers/dma-buf/sw_sync.c). A real soft lockup
# prints its report before it sets the bit, so nothing is lost.
_SOFT_LOCKUP = 14
_SW_SYNC_TAINTS = Span(since="7.0")


def splats(case: CaseEvidence) -> Iterator[Reason]:
    """Every report of the kernel, in the order of the log."""
    for found in case.splats:
        yield _splat(found)


def memory(case: CaseEvidence) -> Iterator[Reason]:
    """The guest had too little memory: whatever failed then, failed because of that."""
    for line in case.serial:
        if _OOM.search(line.text):
            yield Reason(OUT_OF_MEMORY, line.text.strip(), serial=line.number)
            return


def _explained_by_want(case: CaseEvidence) -> set[int]:
    """Numbers of the lines that begin the traces in the reports of the OOM killer, in those of
    allocations that failed after it had to be called, and in those of vmalloc() about itself."""
    found: set[int] = set()
    reporting: set[str | None] = set()
    short = False
    pages_fail = _FAIL_PAGES in guest_config(case.dump).splitlines()
    for line in case.serial:
        if _OOM.search(line.text):
            short = True
            reporting.add(line.caller)
        elif (
            (short and _FAILURE.search(line.text))
            or _BOOKKEEPING.search(line.text)
            or (pages_fail and _PAGES.search(line.text))
        ):
            reporting.add(line.caller)
        elif line.text.strip() == "Call trace:" and line.caller in reporting:
            found.add(line.number)
            reporting.discard(line.caller)
    return found


def unknown(case: CaseEvidence) -> Iterator[Reason]:
    """Signs of a report that no banner stands for: a trace of its own, a taint without a cause."""
    reports = [found.splat for found in case.splats]
    reports += case.canaries.all
    known = {number for splat in reports for number in splat.lines} | _explained_by_want(case)
    for line in case.serial:
        if line.text.strip() == "Call trace:" and line.number not in known:
            yield Reason(UNKNOWN, "a call trace without a known report", serial=line.number)
    before, after = (_taint(case, when) for when in ("start", "end"))
    if _SW_SYNC_TAINTS.has(case.record.kernel.release):
        after &= ~(1 << _SOFT_LOCKUP)
    new = [name for bit, name in TAINTS.items() if after & ~before & (1 << bit)]
    if new and not case.splats:
        yield Reason(UNKNOWN, f"the kernel became tainted ({', '.join(new)}): why is not said")


def _taint(case: CaseEvidence, when: str) -> int:
    words = case.dump.files.get(f"{when}/tainted", b"").split()
    return int(words[0]) if words and words[0].isdigit() else 0


def _splat(found: FoundSplat) -> Reason:
    splat, where = found.splat, found.where
    text = splat.banner
    if where.function:
        text += f", in {where.function}"
    if splat.truncated:
        text += f" (cut short: {splat.truncated})"
    kind = {True: SPLAT, False: ELSEWHERE, None: UNATTRIBUTED}[where.in_scope]
    return Reason(
        kind, text, file=where.file, line=where.line, serial=splat.first_line, part=splat.kind
    )


ORACLE = Oracle(
    name="serial",
    rank=10,
    looks_at="the kernel's console, byte for byte, for the kernel's reports: lockdep, lockups, "
    "RCU, debug objects, refcounts, lists, slabs, oopses, warnings, and what the kernel says in "
    "one line: runtime PM out of balance, a DMA pool that is busy, a softirq that leaves another "
    "preempt count, an interrupt that nobody cared for. Each frame is looked up in the line "
    "tables of the kernel that ran; a report counts against the series if a frame lies in its "
    "files, in the scenario's `scope`, or in `drivers/media` and `drivers/dma-buf`, and one "
    "without frames if such a file printed it or if it names a device of the driver under test. "
    "Blamed is the first frame that does more than lock, wait, check or dispatch for its caller; "
    "a link that lockdep was taught at boot on purpose counts for nobody.",
    proves="that the kernel reported nothing on the path of the code under test, and nothing that "
    "the rig does not know: a call trace or a new taint without a known report is a reason, too. "
    "A test reads the texts of `pr_warn()`, `dev_err()` and their like out of the source of each "
    "kernel in the cache: each begins a known report, or is listed with the reason why it does "
    "not.",
    not_proven="that there is no defect: the kernel reports what its detectors see. The profile "
    "`lockdep` has no KASAN and no KCSAN (`lockdep+kasan` and `lockdep+kcsan` have): a use after "
    "free is seen in the scenarios that poison freed memory (`slub_debug` in `kernel_args`), "
    "elsewhere only if it breaks something.",
    kinds=(UNKNOWN, SPLAT, ELSEWHERE, UNATTRIBUTED, OUT_OF_MEMORY),
    looks=(splats, unknown, memory),
)
