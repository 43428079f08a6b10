# SPDX-License-Identifier: GPL-2.0-only
"""The first lines of what a kernel prints when something is wrong.

One row for each kind of report, the more specific first.  Texts are those of Linux 6.12 and 7.3;
the file that prints a row is named with it.  A report that no row knows still falls under one of
the last rows: a new kernel's new report must not pass as silence.
"""

import re
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Final


class Ending(Enum):
    """How a report shows that it is whole."""

    LINE = "it is one line"
    TRACE = "a call trace ends it"
    END_TRACE = "a line '---[ end trace' ends it"
    HELD_LOCKS = "the list of held locks ends it"
    RULER = "a line of equals signs ends it, as one begins it"
    BACKTRACE = "the frames below a line 'backtrace' end it"
    MAYBE_TRACE = "a call trace ends it, if one follows"


@dataclass(frozen=True)
class Banner:
    """One kind of report.

    Attributes:
        kind: stable id.
        pattern: matches the start of the line, after an optional "subsystem: " or
            "driver device: ".
        source: the kernel file that prints it.
        ending: how it ends.
        kills_lockdep: the report comes with debug_locks_off(): nothing after it was checked.
        severity: "fatal": the kernel or the task died; "defect": a report on code; "notice": no
            defect by itself, but evidence that others may go unseen.
        tail: what may follow the ending and still belongs to it.
        of_device: it is about the device that the line begins with, as dev_printk() has it.
    """

    kind: str
    pattern: str
    source: str
    ending: Ending = Ending.TRACE
    kills_lockdep: bool = False
    severity: str = "defect"
    tail: str = ""
    of_device: bool = False

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """Matches the line from its start."""
        return re.compile(_SUBSYSTEM + f"(?:{self.pattern})")

    @cached_property
    def tail_regex(self) -> re.Pattern[str]:
        """Matches a line that may follow the ending."""
        return re.compile(self.tail if self.tail else r"(?!)")


# pr_fmt() of the file: "rcu: ", "watchdog: ", "videobuf2_common: [cap-0000] "; or dev_printk(): the
# names of driver and device, "somedrv 10000000.codec: ".
_SUBSYSTEM: Final = r"(?:(?:[\w.-]{1,40} )?[\w.:@-]{1,60}: (?:\[[^\]]{1,40}\] )?)?"

_LOCKDEP: Final = "kernel/locking/lockdep.c"

# lockdep's print_lock_nested_lock_not_held() goes on behind its first call trace.
_SECOND_TRACE: Final = (
    r"other info that might help us debug this:|stack backtrace:|no locks held by |"
    r"\d+ locks? held by |locks held by | #\d+: |CPU: |Tainted: \[|Hardware name: |Call trace:"
)
# debug_show_all_locks()
_ALL_LOCKS: Final = (
    r"Showing all locks held in the system:|no locks held by |\d+ locks? held by | #\d+: |=+$|"
    r"INFO: lockdep is turned off|Future hung task reports|locks held by "
    # debug_show_blocker() of later kernels shows the owner of the mutex too.
    r"|INFO: task .{1,80} is blocked on |task:|Call trace:"
)
# print_irqtrace_events(), slab_fix() and the WARN() that 6.12 has in object_err()
_SLUB_TAIL: Final = (
    r"irq event stamp|(?:hard|soft)irqs last |---\[ end trace|FIX |Disabling lock debugging|"
    r"-+\[ cut here|WARNING: |Modules linked in|CPU: |Tainted: \[|Hardware|"
    r"pstate: |pc : |lr : |sp : |x\d+ ?: |Call trace:"
)
# __report_bad_irq()
_HANDLERS: Final = r"handlers:|\[<[0-9a-f]{8,16}>\] |Disabling IRQ #"
_RCU_TAIL: Final = (
    r"rcu: |\t|task:|Call trace:|Sending NMI|NMI backtrace|CPU: |pstate: |pc : |lr : |sp : "
    r"|x\d+ ?:|Hardware name|Tainted: \[|Modules linked|irq event stamp|(?:hard|soft)irqs last "
    r"|\(detected by"
)
_WORKQUEUES: Final = (
    r"BUG: workqueue lockup|Showing (?:busy workqueues|backtraces)|workqueue |pool \d+:|"
    r"  pwq |    (?:in-flight|pending|inactive):|task:|Call trace:"
)


def _lockdep(kind: str, pattern: str, tail: str = "") -> Banner:
    return Banner(kind, pattern, _LOCKDEP, kills_lockdep=True, tail=tail)


def _warning(kind: str, pattern: str, source: str, *, kills_lockdep: bool = False) -> Banner:
    return Banner(kind, pattern, source, Ending.END_TRACE, kills_lockdep)


_LOCKDEP_REPORTS: Final = (
    _lockdep("circular-locking", "WARNING: possible circular locking dependency detected"),
    _lockdep(
        "irq-lock-order",
        r"WARNING: (?:HARD|SOFT)IRQ(?:-READ)?-safe -> (?:HARD|SOFT)IRQ(?:-READ)?-unsafe lock order",
    ),
    _lockdep("irq-inversion", "WARNING: possible irq lock inversion dependency detected"),
    _lockdep("recursive-locking", "WARNING: possible recursive locking detected"),
    _lockdep("inconsistent-lock-state", "WARNING: inconsistent lock state"),
    _lockdep("invalid-wait-context", r"\[ BUG: Invalid wait context \]"),
    _lockdep("nested-lock-not-held", "WARNING: Nested lock was not taken", tail=_SECOND_TRACE),
    _lockdep("bad-unlock-balance", "WARNING: bad unlock balance detected!"),
    _lockdep("bad-contention", "WARNING: bad contention detected!"),
    _lockdep("held-lock-freed", "WARNING: held lock freed!"),
    _lockdep("still-locks-held", r"WARNING: .{1,40}/\d+ still has locks held!"),
    Banner(
        "lock-held-on-return",
        "WARNING: lock held when returning to user space!",
        _LOCKDEP,
        Ending.HELD_LOCKS,
        kills_lockdep=True,
    ),
    # Once for each place; lockdep goes on.
    Banner("suspicious-rcu", "WARNING: suspicious RCU usage", _LOCKDEP),
    _lockdep("chain-key-collision", "WARNING: chain_key collision"),
    _lockdep("non-static-key", r"INFO: trying to register non-static key\."),
    _lockdep("key-not-registered", r"BUG: key \S+ has not been registered!"),
    _lockdep("invalid-subclass", "BUG: looking up invalid subclass"),
    _lockdep(
        "lockdep-table-full",
        r"BUG: MAX_(?:STACK_TRACE_ENTRIES|LOCKDEP_KEYS|LOCKDEP_ENTRIES|LOCKDEP_CHAINS|"
        r"LOCKDEP_CHAIN_HLOCKS|LOCK_DEPTH) too low!",
    ),
    _warning("lockdep-bfs", r"lockdep bfs error:|Increase LOCKDEP_CIRCULAR_QUEUE_BITS", _LOCKDEP,
             kills_lockdep=True),
    _warning("lockdep-warn", r"DEBUG_LOCKS_WARN_ON\(", "include/linux/debug_locks.h",
             kills_lockdep=True),
    _warning("chain-key-mismatch", r"hm#[12], depth:", _LOCKDEP, kills_lockdep=True),
    Banner("irqs-left-enabled", r"CPU \d+ left hardirqs enabled!", _LOCKDEP, Ending.MAYBE_TRACE),
    _warning("same-name-class", 'Looking for class "', _LOCKDEP),
    _warning("rwsem-warn", r"DEBUG_RWSEMS_WARN_ON\(", "kernel/locking/rwsem.c",
             kills_lockdep=True),
    Banner(
        "spinlock-debug",
        r"BUG: (?:spinlock|rwlock) (?:bad magic|recursion|cpu recursion|already unlocked|wrong "
        r"owner|wrong CPU|lockup suspected|trylock failure on UP) on CPU#",
        "kernel/locking/spinlock_debug.c",
        kills_lockdep=True,
    ),
)  # fmt: skip

_CONTEXT_REPORTS: Final = (
    Banner(
        "sleeping-in-atomic",
        "BUG: sleeping function called from invalid context at ",
        "kernel/sched/core.c",
    ),
    Banner("scheduling-while-atomic",
           "BUG: scheduling (?:while atomic|in a non-blocking section): ", "kernel/sched/core.c"),
    Banner("scheduling-from-idle", "bad: scheduling from the idle thread!", "kernel/sched/idle.c",
           Ending.MAYBE_TRACE),
    Banner("softirq-preempt-leak", r"huh, entered softirq \d+ \S+ \S+ with preempt_count ",
           "kernel/softirq.c", Ending.LINE),
    Banner("softirq-pending",
           "NOHZ tick-stop error: (?:Non-RCU )?local softirq work is pending, handler",
           "kernel/time/tick-sched.c", Ending.LINE),
    Banner("wrong-timeout", r"\w{1,60}: wrong timeout value ",
           "kernel/time/sleep_timeout.c", Ending.MAYBE_TRACE),
    Banner("rtmutex-depth", r"Maximum lock depth \d+ reached task: ", "kernel/locking/rtmutex.c",
           Ending.LINE),
    Banner("rcu-double-free", r"\w+\(\): Double-freed CB ", "kernel/rcu/tree.c", Ending.LINE),
    Banner("percpu-ref", r"(?:%s: )?\w+\(\): percpu_ref underflow", "lib/percpu-refcount.c",
           Ending.LINE),
    Banner("irq-nobody-cared", r"irq (?:\d+: nobody cared|event \d+: bogus return value) ",
           "kernel/irq/spurious.c", tail=_HANDLERS),
    Banner("irq-misuse",
           r"exiting task \".{1,40}\" \(\d+\) is an active IRQ thread|IRQ \d+ device .{1,80} "
           r"returned IRQ_WAKE_THREAD but no thread|Threaded irq requested with handler=NULL and "
           r"!ONESHOT|Flags mismatch irq \d+", "kernel/irq/manage.c", Ending.MAYBE_TRACE),
    Banner("csd-lock", r"csd: .{1,40} non-responsive CSD lock", "kernel/smp.c", Ending.MAYBE_TRACE,
           tail=r"smp: \t?csd: |Sending NMI"),
    Banner("flush-system-workqueue", "WARNING: Flushing system-wide workqueues",
           "kernel/workqueue.c", Ending.MAYBE_TRACE),
    Banner("workqueue-not-drained", r"workqueue .{1,40}: \w+\(\) isn't complete after \d+ tries",
           "kernel/workqueue.c", Ending.LINE),
    _warning("blocking-while-not-running", "do not call blocking ops when !TASK_RUNNING",
             "kernel/sched/core.c"),
    Banner("assumed-context", "BUG: assuming (?:atomic|non migratable) context at",
           "kernel/sched/core.c"),
    Banner("preemptible-cpu-id", r"BUG: using \S+\(\) in preemptible",
           "lib/smp_processor_id.c"),
    _warning("rcu-context-switch", "Voluntary context switch within RCU read-side critical section",
             "kernel/rcu/tree_plugin.h"),
    Banner("workqueue-lockup", "BUG: workqueue lockup - pool", "kernel/workqueue.c", Ending.LINE,
           tail=_WORKQUEUES),
    Banner("workqueue-leak", "BUG: workqueue leaked ", "kernel/workqueue.c"),
    _warning("reclaim-flush", r".{0,200}is flushing !WQ_MEM_RECLAIM", "kernel/workqueue.c"),
    Banner("hung-task", r"INFO: task .{1,40}:\d+ (?:is )?blocked( in I/O wait)? for more than \d+ ",
           "kernel/hung_task.c", tail=_ALL_LOCKS),
    Banner("rcu-stall", r"INFO: \w{1,40} (?:self-detected stall|detected (?:expedited )?stall)",
           "kernel/rcu/tree_stall.h", tail=_RCU_TAIL),
    Banner("soft-lockup", r"BUG: soft lockup - CPU#\d+ stuck", "kernel/watchdog.c"),
    Banner("hard-lockup", r"(?:CPU\d+: )?Watchdog detected hard LOCKUP on cpu",
           "kernel/watchdog.c"),
)  # fmt: skip

_MEMORY_REPORTS: Final = (
    # TAINT_BAD_PAGE with LOCKDEP_NOW_UNRELIABLE
    Banner("kasan", "BUG: KASAN: ", "mm/kasan/report.c", kills_lockdep=True,
           tail=r"Allocated by task|Freed by task|The buggy |Last potentially|Memory state|page: |"
                r"page_type: |head: |flags: |raw: |page dumped|[ >][0-9a-f]{16}: |\s*\^|=+$|"
                r" which belongs| (?:freed|allocated) \d+-byte region| and is located|"
                r"This frame has| \[\d+, \d+\)|Disabling lock debugging"),
    Banner("kfence", "BUG: KFENCE: ", "mm/kfence/report.c", Ending.RULER),
    Banner("kcsan", "BUG: KCSAN: ", "kernel/kcsan/report.c", Ending.RULER),
    _warning("usercopy", "usercopy: Kernel memory .{1,20} attempt detected ", "mm/usercopy.c"),
    Banner("page-poison", "pagealloc: (?:single bit error|memory corruption)", "mm/page_poison.c",
           Ending.MAYBE_TRACE),
    Banner("mempool", "BUG: mempool element poison mismatch", "mm/mempool.c", Ending.MAYBE_TRACE),
    Banner("unexpected-gfp", r"Unexpected gfp: \S+ \(", "mm/slab_common.c", Ending.MAYBE_TRACE),
    Banner("bad-page", "BUG: Bad page (?:state|map|cache) ?(?:in process|:)", "mm/page_alloc.c",
           Ending.MAYBE_TRACE, kills_lockdep=True),
    Banner("mm-accounting", "BUG: (?:Bad rss-counter state|non-zero pgtables_bytes)",
           "kernel/fork.c", Ending.LINE),
    Banner("dma-pool",
           r"(?:dma_pool_\w+|pool_\w+) .{1,80}(?: busy$|\(corrupted\)|\(bad dma\)|already free)",
           "mm/dmapool.c", Ending.LINE, of_device=True),
    Banner("ref-tracker", "ref_tracker: reference already released|"
           r"ref_tracker: .{1,60} has \d+/\d+ users at", "lib/ref_tracker.c", Ending.MAYBE_TRACE),
    Banner("kobject-misuse",
           r"kobject .{0,60}tried to (?:init an initialized|add an uninitialized) object",
           "lib/kobject.c", Ending.MAYBE_TRACE),
    Banner("kobject-twice", "cannot create duplicate filename|"
           r".{1,60} failed for .{1,60} with -EEXIST, don't try", "fs/sysfs/dir.c",
           Ending.MAYBE_TRACE),
    Banner("debugfs-twice",
           r"(?:Directory|File) '.{1,80}' (?:with parent|in directory) '.{1,80}' already present!|"
           r"'.{1,80}' already exists in '", "fs/debugfs/inode.c", Ending.LINE),
    Banner("bad-count", r"(?:fill_read_buffer|dev_attr_show): \S+ returned bad count",
           "fs/sysfs/file.c", Ending.LINE),
    Banner("runtime-pm",
           r"Runtime PM usage count underflow!|Unbalanced \w{1,40}!|Enabling runtime PM for "
           r"inactive device|Attempt to enable runtime PM when it is blocked|runtime PM trying to |"
           r"parent .{1,60} should not be sleeping",
           "drivers/base/power/runtime.c", Ending.LINE, of_device=True),
    Banner("dpm-timeout", r"\*\*\*\* DPM device timeout", "drivers/base/power/main.c",
           Ending.MAYBE_TRACE, of_device=True),
    Banner("devres-left", "Resources present before probing", "drivers/base/dd.c", Ending.LINE,
           of_device=True),
    Banner("clk-unregister",
           "clk_unregister: (?:unregistering (?:prepared|protected)|unregistered) clock",
           "drivers/clk/clk.c", Ending.LINE),
    _warning("ubsan", "UBSAN: ", "lib/ubsan.c"),
    Banner("slub", r"BUG [\w-]+ \((?:Not tainted|Tainted.{0,80})\): ", "mm/slub.c",
           kills_lockdep=True, tail=_SLUB_TAIL),
    Banner("mmio", "BUG: MMIO: ", "images/detectors/mmio/mmio.c"),
    # Both come with kmemleak.verbose=1; the count ends a scan, and says nothing new then.
    Banner("kmemleak", r"unreferenced object(?: \(\w{1,20}\))? 0x[0-9a-f]+ \(size \d+\):",
           "mm/kmemleak.c", Ending.BACKTRACE,
           tail=r"kmemleak: (?:\d+ new suspected memory leaks|  )"),
    Banner("kmemleak-count", r"\d+ new suspected memory leaks", "mm/kmemleak.c", Ending.LINE),
    _warning("debug-objects", "ODEBUG: (?!Out of memory)", "lib/debugobjects.c"),
    _warning("refcount", "refcount_t: ", "lib/refcount.c"),
    _warning("list-corruption", "list_(?:add|del)(?:_valid)?(?: corruption| double add)",
             "lib/list_debug.c"),
    _warning("fence-pending-release", r"Fence .{0,80}released with pending signals!",
             "drivers/dma-buf/dma-fence.c"),
)  # fmt: skip

_DEATHS: Final = (
    Banner("kernel-bug", "[kK]ernel BUG at ", "lib/bug.c", Ending.END_TRACE, True, "fatal"),
    Banner("serror", "SError Interrupt on CPU|Unhandled .{1,40} exception on CPU",
           "arch/arm64/kernel/traps.c", Ending.END_TRACE, True, "fatal"),
    Banner("stack-overflow", "Insufficient stack space to handle exception!",
           "arch/arm64/kernel/traps.c", Ending.END_TRACE, True, "fatal"),
    Banner("oops", "Unable to handle kernel |Internal error: |Unhandled fault|Bad mode in ",
           "arch/arm64/mm/fault.c", Ending.END_TRACE, True, "fatal"),
    Banner("panic", "Kernel panic - not syncing", "kernel/panic.c", Ending.TRACE, True, "fatal"),
)  # fmt: skip

_DRIVER_REPORTS: Final = (
    Banner("vb2-leaves-buffer", "driver bug: stop_streaming operation is leaving buffer",
           "drivers/media/common/videobuf2/videobuf2-core.c", Ending.LINE),
    Banner("vb2-unbalanced", "unbalanced counters for queue",
           "drivers/media/common/videobuf2/videobuf2-core.c", Ending.LINE,
           tail=r"(?:videobuf2_common: )?\s+\w+: \d+"),
)  # fmt: skip

_NOTICES: Final = (
    Banner("lockdep-off", r"INFO: lockdep is turned off\.|turning off the locking correctness",
           _LOCKDEP, Ending.LINE, severity="notice"),
    Banner("taint-disables-lockdep", "Disabling lock debugging due to kernel taint",
           "kernel/panic.c", Ending.LINE, True, "notice"),
    Banner("debug-objects-off", "Out of memory. ODEBUG disabled", "lib/debugobjects.c",
           Ending.LINE, severity="notice"),
    Banner("dma-debug-off", "DMA-API: (?:debugging out of memory|cacheline tracking ENOMEM)",
           "kernel/dma/debug.c", Ending.LINE, severity="notice"),
    Banner("kmemleak-off", "kmemleak: (?:Kernel memory leak detector disabled|Memory pool empty)",
           "mm/kmemleak.c", Ending.LINE, severity="notice"),
    Banner("log-dropped", r"\*\* \d+ printk messages dropped \*\*", "kernel/printk/printk.c",
           Ending.LINE, severity="notice"),
)  # fmt: skip

_OTHERS: Final = (
    # 6.12 "WARNING: CPU: 1 PID: 7 at file:1 func", 7.3 "WARNING: file:1 at func, CPU#1: comm/7"
    _warning("warn", r"WARNING: (?:CPU: \d+ PID: \d+ at |at |(?:\[[^\]]{0,40}\] )?\S{1,200}:\d+ "
             "at )", "kernel/panic.c"),
    Banner("unknown-warning", "WARNING: ", "", Ending.MAYBE_TRACE),
    Banner("unknown-bug", r"(?:\[ )?BUG(?:: | \S+ ?\()", "", Ending.MAYBE_TRACE),
)  # fmt: skip


@dataclass(frozen=True)
class BannerTable:
    """All kinds of reports; the first row that matches a line is its kind."""

    rows: tuple[Banner, ...]

    @cached_property
    def _any(self) -> re.Pattern[str]:
        return re.compile(_SUBSYSTEM + "(?:" + "|".join(row.pattern for row in self.rows) + ")")

    @cached_property
    def by_kind(self) -> dict[str, Banner]:
        """The rows by their ids."""
        return {row.kind: row for row in self.rows}

    def match(self, text: str) -> Banner | None:
        """The kind of report that this line begins, if it begins one."""
        # Almost no line of a log does; one look settles those.
        if self._any.match(text) is None:
            return None
        return next((row for row in self.rows if row.regex.match(text)), None)


BANNERS: Final = BannerTable(
    _LOCKDEP_REPORTS
    + _CONTEXT_REPORTS
    + _MEMORY_REPORTS
    + _DEATHS
    + _DRIVER_REPORTS
    + _NOTICES
    + _OTHERS
)
