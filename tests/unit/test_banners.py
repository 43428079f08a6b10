# SPDX-License-Identifier: GPL-2.0-only
"""Which line begins which kind of report, in two generations of kernels."""

import pytest

from rig.evidence.banners import BANNERS, Ending

# As 6.12 and 7.3 print them.
LINES = [
    ("circular-locking", "WARNING: possible circular locking dependency detected"),
    ("irq-lock-order", "WARNING: HARDIRQ-safe -> HARDIRQ-unsafe lock order detected"),
    ("irq-lock-order", "WARNING: SOFTIRQ-READ-safe -> SOFTIRQ-READ-unsafe lock order detected"),
    ("irq-inversion", "WARNING: possible irq lock inversion dependency detected"),
    ("recursive-locking", "WARNING: possible recursive locking detected"),
    ("inconsistent-lock-state", "WARNING: inconsistent lock state"),
    ("invalid-wait-context", "[ BUG: Invalid wait context ]"),
    ("nested-lock-not-held", "WARNING: Nested lock was not taken"),
    ("bad-unlock-balance", "WARNING: bad unlock balance detected!"),
    ("bad-contention", "WARNING: bad contention detected!"),
    ("held-lock-freed", "WARNING: held lock freed!"),
    ("still-locks-held", "WARNING: kworker/0:1/12 still has locks held!"),
    ("lock-held-on-return", "WARNING: lock held when returning to user space!"),
    ("suspicious-rcu", "WARNING: suspicious RCU usage"),
    ("chain-key-collision", "WARNING: chain_key collision"),
    ("non-static-key", "INFO: trying to register non-static key."),
    ("key-not-registered", "BUG: key ffffff80035650c0 has not been registered!"),
    ("invalid-subclass", "BUG: looking up invalid subclass: 8"),
    ("lockdep-table-full", "BUG: MAX_LOCKDEP_CHAINS too low!"),
    ("lockdep-table-full", "BUG: MAX_LOCKDEP_CHAIN_HLOCKS too low!"),
    ("lockdep-table-full", "BUG: MAX_STACK_TRACE_ENTRIES too low!"),
    ("lockdep-table-full", "BUG: MAX_LOCKDEP_KEYS too low!"),
    ("lockdep-table-full", "BUG: MAX_LOCKDEP_ENTRIES too low!"),
    ("lockdep-table-full", "BUG: MAX_LOCK_DEPTH too low!"),
    ("lockdep-bfs", "lockdep bfs error:-1"),
    ("lockdep-bfs", "Increase LOCKDEP_CIRCULAR_QUEUE_BITS to avoid this warning:"),
    ("lockdep-warn", "DEBUG_LOCKS_WARN_ON(lock->magic != lock)"),
    ("chain-key-mismatch", "hm#1, depth: 3 [2], 00aa != 00bb"),
    ("irqs-left-enabled", "CPU 1 left hardirqs enabled!"),
    ("same-name-class", 'Looking for class "x" with key y, but found a different class "x"'),
    ("rwsem-warn", "DEBUG_RWSEMS_WARN_ON(sem->magic != sem): count = 0x0"),
    ("spinlock-debug", "BUG: spinlock bad magic on CPU#1, init/1"),
    ("spinlock-debug", "BUG: rwlock wrong CPU on CPU#0, a b/17"),
    ("sleeping-in-atomic",
     "BUG: sleeping function called from invalid context at kernel/locking/mutex.c:586"),
    ("scheduling-while-atomic", "BUG: scheduling while atomic: init/1/0x00000002"),
    ("scheduling-while-atomic", "BUG: scheduling in a non-blocking section: init/1/1"),
    ("scheduling-from-idle", "bad: scheduling from the idle thread!"),
    ("softirq-preempt-leak", "softirq: huh, entered softirq 6 TASKLET 00000000a1b2c3d4 with "
     "preempt_count 00000100, exited with 00000101?"),
    ("softirq-pending",
     "NOHZ tick-stop error: local softirq work is pending, handler #08!!!"),
    ("wrong-timeout", "schedule_timeout: wrong timeout value ffffffffffffffff"),
    ("rtmutex-depth", "Maximum lock depth 1024 reached task: a (1)"),
    ("rcu-double-free",
     "rcu: __call_rcu_common(): Double-freed CB 00000000a1b2c3d4->f+0x0/0x10()!!!   slab x"),
    ("percpu-ref", "%s: percpu_ref_switch_to_atomic_rcu(): percpu_ref underflow"),
    ("irq-nobody-cared", 'irq 45: nobody cared (try booting with the "irqpoll" option)'),
    ("irq-nobody-cared", "irq event 45: bogus return value 4"),
    ("irq-misuse", 'genirq: exiting task "irq/45-x" (7) is an active IRQ thread (irq 45)'),
    ("irq-misuse", "IRQ 45 device x returned IRQ_WAKE_THREAD but no thread function available."),
    ("irq-misuse",
     "genirq: Threaded irq requested with handler=NULL and !ONESHOT for x (irq 45)"),
    ("irq-misuse", "genirq: Flags mismatch irq 45. 00000004 (a) vs. 00000004 (b)"),
    ("csd-lock", "smp: csd: Detected non-responsive CSD lock (#1) on CPU#1, waiting 5000 ns"),
    ("flush-system-workqueue",
     "WARNING: Flushing system-wide workqueues will be prohibited in near future."),
    ("workqueue-not-drained", "workqueue x: drain_workqueue() isn't complete after 10 tries"),
    ("usercopy", "usercopy: Kernel memory exposure attempt detected from SLUB object 'x' "
     "(offset 1, size 2)!"),
    ("page-poison", "pagealloc: memory corruption"),
    ("mempool", "BUG: mempool element poison mismatch"),
    ("unexpected-gfp", "Unexpected gfp: 0x4 (GFP_DMA32). Fixing up to gfp: 0xcc0 (GFP_KERNEL)."),
    ("bad-page", "BUG: Bad page state in process init  pfn:12345"),
    ("bad-page", "BUG: Bad page map in process init  pte:0 pmd:0"),
    ("mm-accounting", "BUG: Bad rss-counter state mm:00000000a1b2c3d4 type:MM_ANONPAGES val:1"),
    ("dma-pool", "somedrv 10000000.codec: dma_pool_destroy jobs busy"),
    ("dma-pool", "somedrv 10000000.codec: pool_block_err jobs, dma 0x1000 already free"),
    ("dma-pool", "pool_check_block jobs, 00000000a1b2c3d4 (corrupted)"),
    ("ref-tracker", "ref_tracker: reference already released."),
    ("ref-tracker", "ref_tracker: x@00000000a1b2c3d4 has 1/1 users at"),
    ("kobject-misuse", "kobject: kobject (00000000a1b2c3d4): tried to init an initialized object, "
     "something is seriously wrong."),
    ("kobject-twice", "sysfs: cannot create duplicate filename '/class/x'"),
    ("kobject-twice", "kobject: kobject_add_internal failed for x with -EEXIST, don't try to "
     "register things with the same name in the same directory."),
    ("debugfs-twice", "debugfs: Directory 'somedrv' with parent '/' already present!"),
    ("debugfs-twice", "debugfs: 'somedrv' already exists in '/'"),
    ("bad-count", "fill_read_buffer: x_show+0x0/0x40 returned bad count"),
    ("runtime-pm", "somedrv 10000000.codec: Runtime PM usage count underflow!"),
    ("runtime-pm", "somedrv 10000000.codec: Unbalanced pm_runtime_enable!"),
    ("dpm-timeout", "somedrv 10000000.codec: **** DPM device timeout ****"),
    ("devres-left", "somedrv 10000000.codec: Resources present before probing"),
    ("clk-unregister", "clk_unregister: unregistering prepared clock: x"),
    ("blocking-while-not-running",
     "do not call blocking ops when !TASK_RUNNING; state=1 set at [<ffffffc079b003a8>] f+0x0/0x54"),
    ("assumed-context", "BUG: assuming atomic context at lib/x.c:12"),
    ("assumed-context", "BUG: assuming non migratable context at lib/x.c:12"),
    ("preemptible-cpu-id",
     "BUG: using smp_processor_id() in preemptible [00000000] code: init/1"),
    ("rcu-context-switch", "Voluntary context switch within RCU read-side critical section!"),
    ("workqueue-lockup",
     "BUG: workqueue lockup - pool cpus=1 node=0 flags=0x0 nice=0 stuck for 36s!"),
    ("workqueue-leak", "BUG: workqueue leaked atomic, lock or RCU: kworker/0:2[36]"),
    ("reclaim-flush",
     "workqueue: WQ_MEM_RECLAIM rwq:flusher [m] is flushing !WQ_MEM_RECLAIM nwq:nop [m]"),
    ("reclaim-flush", "workqueue: PF_MEMALLOC task 1(init) is flushing !WQ_MEM_RECLAIM w:f"),
    ("hung-task", "INFO: task kworker/1:1:34 blocked for more than 20 seconds."),
    ("hung-task", "INFO: task init:1 blocked in I/O wait for more than 20 seconds."),
    ("rcu-stall", "rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:"),
    ("rcu-stall", "rcu: INFO: rcu_preempt self-detected stall on CPU"),
    ("rcu-stall", "rcu: INFO: rcu_preempt detected expedited stalls on CPUs/tasks: { 1-... }"),
    ("soft-lockup", "watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [init:1]"),
    ("hard-lockup", "watchdog: Watchdog detected hard LOCKUP on cpu 1"),
    ("hard-lockup", "watchdog: CPU0: Watchdog detected hard LOCKUP on cpu 1"),
    ("kasan", "BUG: KASAN: slab-use-after-free in f+0x1/0x2"),
    ("kfence", "BUG: KFENCE: use-after-free read in f+0x1/0x2"),
    ("kcsan", "BUG: KCSAN: data-race in a / b"),
    ("ubsan", "UBSAN: array-index-out-of-bounds in drivers/x.c:1:2"),
    ("slub", "BUG kmalloc-64 (Tainted: G           O      ): Object corrupt"),
    ("slub", "BUG kmalloc-rnd-05-2k (Not tainted): Poison overwritten"),
    ("mmio", "BUG: MMIO: rga: register 0x10 read without power: rga-copy/77"),
    ("kmemleak", "kmemleak: unreferenced object 0xffffff8001234560 (size 128):"),
    ("kmemleak", "kmemleak: unreferenced object (percpu) 0xffffff8001234560 (size 8):"),
    ("kmemleak-count", "kmemleak: 3 new suspected memory leaks (see /sys/kernel/debug/kmemleak)"),
    ("debug-objects", "ODEBUG: free active (active state 0) object: ff object type: timer_list"),
    ("refcount", "refcount_t: underflow; use-after-free."),
    ("list-corruption", "list_add corruption. prev->next should be next (a), but was b."),
    ("list-corruption", "list_add double add: new=a, prev=b, next=a."),
    ("list-corruption", "list_del corruption, a->next is LIST_POISON1 (b)"),
    ("fence-pending-release", "Fence m2m:m2m:1:1 released with pending signals!"),
    ("kernel-bug", "kernel BUG at drivers/dma-buf/dma-resv.c:319!"),
    ("kernel-bug", "Kernel BUG at f+0x10/0x20 [verbose debug info unavailable]"),
    ("serror", "SError Interrupt on CPU0, code 0x00000000bf000000 -- SError"),
    ("serror", "Unhandled 64-bit el1h sync exception on CPU0, ESR 0x0000000002000000 -- Unknown"),
    ("stack-overflow", "Insufficient stack space to handle exception!"),
    ("oops", "Unable to handle kernel NULL pointer dereference at virtual address 10"),
    ("oops", "Unable to handle kernel paging request at virtual address 6b6b6b6b6b6b6b6b"),
    ("oops", "Internal error: Oops: 0000000096000046 [#1] PREEMPT SMP"),
    ("panic", "Kernel panic - not syncing: hung_task: blocked tasks"),
    ("vb2-leaves-buffer", "videobuf2_common: driver bug: stop_streaming operation is leaving "
     "buffer 0 in active state"),
    ("vb2-unbalanced", "videobuf2_common: unbalanced counters for queue ffffff80028a4000:"),
    ("vb2-unbalanced", "videobuf2_common: unbalanced counters for queue ff, buffer 1:"),
    ("lockdep-off", "INFO: lockdep is turned off."),
    ("taint-disables-lockdep", "Disabling lock debugging due to kernel taint"),
    ("debug-objects-off", "ODEBUG: Out of memory. ODEBUG disabled"),
    ("dma-debug-off", "DMA-API: debugging out of memory - disabling"),
    ("kmemleak-off", "kmemleak: Memory pool empty, consider increasing the size"),
    ("log-dropped", "** 12 printk messages dropped **"),
    ("warn", "WARNING: CPU: 1 PID: 1 at drivers/x.c:79 warn+0x18/0x24 [m]"),
    ("warn", "WARNING: CPU: 1 PID: 1 at warn+0x18/0x24 [m]"),
    ("warn", "WARNING: drivers/x.c:79 at warn+0x18/0x24 [m], CPU#1: init/1"),
    ("warn", "WARNING: [vb] drivers/x.c:79 at warn+0x18/0x24 [m], CPU#1: init/1"),
    ("warn", "WARNING: at warn+0x18/0x24 [m], CPU#1: init/1"),
    ("unknown-warning", "WARNING: a report that nobody has heard of"),
    ("unknown-bug", "BUG: a report that nobody has heard of"),
    ("unknown-bug", "[ BUG: a report that nobody has heard of ]"),
]  # fmt: skip

HARMLESS = [
    "",
    "Booting Linux on physical CPU 0x0000000000 [0x411fd070]",
    "Lock dependency validator: Copyright (c) 2006 Red Hat, Inc., Ingo Molnar",
    "** This system shows unhashed kernel memory addresses   **",
    "rcu: \tRCU lockdep checking is enabled.",
    "m2m_splat: loading out-of-tree module taints kernel.",
    "Debug warnings are a good thing",
    "vim2m vim2m.0: Device registered as /dev/video0",
    "------------[ cut here ]------------",
    "  BUG_ON(x)",
    "INFO: task init:1 is blocked on a mutex likely owned by task x:3.",
    "hantro-vpu fdea0000.video-codec: registered as /dev/video0",
    "a device is busy",
    "genirq: irq 45 uses trigger mode 4; requested 1",
]


@pytest.mark.parametrize(("kind", "line"), LINES)
def test_a_banner_is_known(kind: str, line: str) -> None:
    row = BANNERS.match(line)
    assert row is not None
    assert row.kind == kind


@pytest.mark.parametrize("line", HARMLESS)
def test_other_lines_are_none(line: str) -> None:
    assert BANNERS.match(line) is None


def test_every_row_has_a_line_here() -> None:
    assert {row.kind for row in BANNERS.rows} == {kind for kind, _ in LINES}


def test_kinds_are_stable_ids() -> None:
    kinds = [row.kind for row in BANNERS.rows]
    assert len(kinds) == len(set(kinds))
    assert all(kind.replace("-", "").isalnum() and kind.islower() for kind in kinds)


def test_what_follows_a_report_is_only_asked_of_those_that_have_more() -> None:
    for row in BANNERS.rows:
        assert row.severity in ("fatal", "defect", "notice")
        if row.ending is Ending.END_TRACE:
            assert not row.tail
