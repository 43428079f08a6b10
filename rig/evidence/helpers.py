# SPDX-License-Identifier: GPL-2.0-only
"""Functions that do something for their caller, who is to blame for what comes of it.

They lock, wait, check, print or dispatch.  Where the source of a frame is known, its file decides;
else the name does, and a name is a guess: a driver calls its functions what it likes, so nothing
in a driver's module is a helper.
"""

import re
from typing import Final

# Those who live here help whoever called them.
_FILES: Final = (
    *("kernel/locking/", "kernel/rcu/", "kernel/irq/", "kernel/time/", "kernel/sched/"),
    *("kernel/entry/", "kernel/printk/", "kernel/kcsan/", "kernel/module/", "kernel/panic.c"),
    *("kernel/workqueue.c", "kernel/softirq.c", "kernel/kthread.c", "kernel/watchdog.c"),
    *("kernel/hung_task.c", "kernel/smp.c", "kernel/exit.c", "kernel/notifier.c", "init/"),
    *("kernel/dma/", "lib/", "mm/", "arch/arm64/kernel/", "arch/arm64/mm/", "arch/arm64/lib/"),
    *("drivers/dma-buf/dma-fence.c", "drivers/dma-buf/dma-resv.c", "drivers/base/power/"),
    "drivers/base/regmap/",
    *("drivers/irqchip/", "drivers/clocksource/", "drivers/cpuidle/"),
    *("drivers/gpu/drm/drm_modeset_lock.c", "include/"),
)
# Besides those; the framework that drivers are made for is no driver, but no helper either.
_NOBODYS: Final = ("kernel/", "fs/", "arch/", "drivers/base/", "drivers/dma-buf/", "block/", "net/")

# Modules with functions that other modules lock by.
_LIBRARIES: Final = frozenset({"drm"})


def is_helper(name: str, module: str | None = None, file: str = "") -> bool:
    """Whether a function helps its caller.

    Args:
        name: without the suffixes of the compiler's clones.
        module: None for vmlinux.
        file: relative to the kernel tree; empty if nobody knows.
    """
    if module is not None and module not in _LIBRARIES:
        return False
    if file and not file.startswith((*_FILES, *_NOBODYS)):
        return False
    return file.startswith(_FILES) or _NAMES.fullmatch(name) is not None


_NAMES: Final = re.compile(
    "|".join(
        (
            # printing: arch/arm64/kernel/stacktrace.c, lib/dump_stack.c, kernel/panic.c
            r"dump_backtrace|show_(?:stack|regs)|dump_stack(?:_lvl)?|__?warn\w*|v?panic|nmi_panic",
            r"print_\w*(?:bug|dependency|stall|context|report|trailer|section|description|trace)",
            r"report_bug|__report_bad_irq|__report_bug|sched_show_task|die(?:_kernel_fault)?",
            r"bug_handler|\w+_brk_handler|brk_handler",
            # the end: arch/arm64/kernel/traps.c, entry-common.c
            r"arm64_\w*(?:panic|serror)\w*|do_serror|panic_bad_stack|(?:__)?handle_bad_stack|__bad_stack",
            r"__panic_unhandled|bad_mode|bad_el0_sync|do_undefinstr|do_(?:el[01]_)?\w*abort",
            # lockdep
            r"__lock_acquire|lock_(?:acquire|release|downgrade|contended|acquired|sync)\w*",
            r"check_(?:noncircular|irq_usage|prev_add|deadlock|wait_context|usage\w*|flush_depend\w*)",
            r"validate_chain|mark_(?:lock|usage|held_locks)\w*|register_lock_class|lockdep_\w+",
            r"debug_check_no_locks_\w+|__fs_reclaim_\w+|fs_reclaim_\w+|might_alloc|look_up_lock_class",
            # lock primitives: kernel/locking/
            r"(?:__|___)?mutex_\w+|__?ww_mutex_\w+|ww_(?:mutex|acquire)_\w+|_?_?raw_(?:spin|read|write)_\w+",
            r"do_raw_\w+|(?:spin|rwlock)_(?:bug|dump)|queued_(?:spin|read|write)_\w+",
            r"_{0,2}(?:down|up)_(?:read|write)(?:_(?:nested|killable|interruptible|trylock|non_owner)\w*)?|_{0,2}down(?:_(?:killable|interruptible|timeout|trylock|common))?|up",
            r"rwsem_\w+|rwlock_\w+|rt_mutex_\w+|percpu_(?:down|up|ref|is)_\w+|__percpu_(?:down|up)_\w+",
            r"(?:drm_)?modeset_lock",
            # sleeping, preemption, RCU
            r"__might_\w+|__cant_\w+|__schedule(?:_bug|_loop)?|io_schedule\w*|preempt_\w*(?:schedule|count)\w*",
            r"schedule(?:_\w*timeout\w*|_preempt_disabled|_idle|_tail|_rtlock|_hrtimeout\w*)?",
            r"wait_for_completion\w*|__wait_(?:for_common|rcu_gp|on_bit\w*)|do_wait_\w+|__switch_to",
            r"synchronize_s?rcu\w*|__synchronize_\w+|rcu_(?:note|core|do|read|sched|gp|barrier|exp|is)_\w+",
            r"rcu_(?:core|barrier)|rcu_(?:preempt|cpu|check|lockdep|dump|nocb)_\w+|__(?:call_)?rcu_\w+",
            r"check_preemption_disabled|debug_smp_processor_id|msleep(?:_interruptible)?|usleep\w+|__const_udelay",
            r"__u?delay|udelay|watchdog_(?:timer_fn|hardlockup\w*|overflow\w*)|wq_watchdog_\w+|update_process_times|tick_(?:sched|nohz|periodic|handle)\w*",
            r"sched_tick|__queue_(?:delayed_)?work|queue_(?:delayed_|rcu_)?work(?:_on|_node)?|mod_delayed_work\w*",
            # checks: lib/, mm/
            r"(?:blocking|raw|atomic|srcu)_notifier_call_chain\w*|notifier_call_chain\w*",
            r"refcount_(?:warn|dec|inc|add|sub)\w*|__list_(?:add|del_entry)_valid\w*|debug_object\w*",
            r"debug_print_object|__debug_(?:object|check)\w*|debug_check_no_obj_freed|kobject_\w+",
            r"kmemleak_\w+|kasan_\w+|__kasan_\w+|__asan_\w+|__hwasan_\w+|kfence_\w+|__kfence_\w+|kcsan_\w+|__tsan_\w+",
            r"__ubsan_\w+|ubsan_\w+|object_err|slab_(?:err|bug|free|alloc|pad|out|fix|post|pre)\w*",
            r"__slab_(?:alloc|free|bug)\w*|___slab_\w+|check_(?:object|slab|bytes_and)\w*",
            r"(?:alloc|free)_(?:debug|consistency)\w*|free_to_partial_list|kmem_cache_\w+|__?k[mz]alloc\w*",
            r"___kmalloc\w*|kvfree\w*|kfree(?:_sensitive|_const)?|(?:kv?|v)(?:[mzc]|re)alloc(?:_(?!to_)\w+)?",
            r"__alloc_pages\w*|krealloc\w*|dma_pool_\w+|pool_block_err|devm_k\w+",
            # fences and reservations: who uses them wrongly is their caller
            r"dma_resv_\w+|dma_fence_(?!work_)\w+|__dma_fence_(?:enable|might|unwrap)_\w+|kref_put\w*|kref_get\w*",
            # power: who counts wrongly is the caller
            r"__pm_runtime_\w+|pm_runtime_\w+|rpm_(?:suspend|resume|idle|drop)\w*",
            # registers: lib/trace_readwrite.c
            r"log_(?:post_)?(?:read|write)_mmio",
            # work, timers, interrupts, entry and exit: they only dispatch
            r"process_one_work|worker_thread|kthread\w*|ret_from_fork|process_scheduled_works",
            r"__?flush_work\w*|flush_work(?:queue)?|__flush_workqueue|call_timer_fn|__run_timers",
            r"run_timer_\w+|__?hrtimer_\w+|tasklet_action\w*|handle_softirqs|_*do_softirq\w*|irq_exit\w*",
            r"call_on_irq_stack|do_interrupt_handler|\w*gic_handle_\w+|__handle_irq_event\w*",
            r"handle_(?:irq_(?:event|desc)\w*|(?:fasteoi|level|edge|simple|percpu|nested|untracked|bad)_\w*irq\w*)",
            r"note_interrupt|generic_handle_\w+|arch_timer_handler\w*|run_ksoftirqd|smpboot_thread_fn",
            r"el[01][ht]?_\w+|ret_to_user|do_el0_svc\w*|el0_svc\w*|invoke_syscall|exit_to_\w+",
            r"do_exit|do_group_exit|make_task_dead|do_notify_resume|default_idle_call|do_idle|cpu_startup\w*",
            r"start_kernel|rest_init|secondary_start_kernel|__(?:primary|secondary)_switched|cpuidle_enter\w*",
            r"cpuidle_idle_call|do_one_initcall|do_initcalls|kernel_init\w*|do_init_module|load_module",
            r"\w+_module_from_file|idempotent_init_module|cpu_do_idle|arch_cpu_idle",
            r"__arm64_sys_\w+|ksys_\w+|do_mem_abort|do_\w*_fault|do_translation_fault|__do_kernel_fault",
        )
    ),
    re.ASCII,
)
