# SPDX-License-Identifier: GPL-2.0-only
"""Stacks as the kernel prints them, and which of their frames is to blame.

Symbols are printed by ``%pS`` and ``%pSb`` (lib/vsprintf.c): ``function+0xOFFSET/0xSIZE [module]``.
"""

import dataclasses
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

# No name in a kernel comes near this; a bound keeps the work on hostile lines constant.
_SYMBOL: Final = (
    r"([A-Za-z_.$][\w.$]{0,200})\+0x([0-9a-f]{1,16})/0x([0-9a-f]{1,16})"
    r"(?: \[([\w-]{1,60})(?: [0-9a-f]{1,40})?\])?"
)
# 6.13 and later mark where a frame was found: (P) program counter, (L) link register, ….
_FRAME: Final = re.compile(
    rf"\s+(?:\[<[0-9a-f]+>\] )?{_SYMBOL}(?: \([A-Z]{{1,5}}\))?\s*$", re.ASCII
)
_BARE_ADDRESS: Final = re.compile(r"\s+(?:0x)?[0-9a-f]{8,16}(?: \([A-Z]{1,5}\))?\s*$", re.ASCII)
_PROGRAM_COUNTER: Final = re.compile(rf"pc : {_SYMBOL}", re.ASCII)
# Held locks end in ", at: SYMBOL"; "Preemption disabled at:" and bad unlocks are followed by a
# line "[<address>] SYMBOL".
_POSITION: Final = re.compile(rf"(?:.{{0,400}}?, at: |\[<[0-9a-f]{{1,16}}>\] ){_SYMBOL}", re.ASCII)
# process_one_work() names the function of a work that leaks, show_one_worker_pool() the one that
# keeps a pool busy.
_WORK_FUNCTION: Final = re.compile(
    r"(?:.{0,200}\bworkfn=|    in-flight: \d{1,9}(?:\(RESCUER\))?:)([A-Za-z_][\w.$]{0,200})"
    r"(?: \[([\w-]{1,60})\])?"
)

# ".part.0" and its like are the compiler's, and change with it.
_CLONE: Final = re.compile(r"\.(?:part|constprop|isra|cold|llvm)\b.*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Address:
    """A place in the code: ``offset`` bytes from the start of ``function``.

    The offset may be -1: the call that never returns is the last instruction of its function, and
    its return address lies in the next.  The size, 0 if unknown, tells functions of the same name
    apart.
    """

    module: str | None
    function: str
    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class Frame:
    """One printed symbol.

    Attributes:
        function, offset, size: as printed; bytes.
        module: None for vmlinux.
        line_number: of the serial line.
        exact: it is the program counter; other frames are return addresses, one instruction
            behind the call.
    """

    function: str
    offset: int
    size: int
    module: str | None
    line_number: int
    exact: bool = False

    @property
    def address(self) -> Address:
        """Where to look for the source line."""
        offset = self.offset - (0 if self.exact else 1)
        return Address(self.module, self.function, offset, self.size)

    @property
    def name(self) -> str:
        """The function without the suffixes of the compiler's clones."""
        return _CLONE.sub("", self.function)


@dataclass(frozen=True, slots=True)
class Stack:
    """Frames that were printed together, innermost first.

    Attributes:
        role: "trace" (where the report was made), "history" (an earlier event, such as a link
            of a dependency chain), "position" (one place, such as where a held lock was taken).
        title: the line above the frames, or the line that holds the position.
        frames: at least one.
    """

    role: str
    title: str
    frames: tuple[Frame, ...]


def is_frame(text: str) -> bool:
    """The line belongs to a stack."""
    return _FRAME.match(text) is not None or _BARE_ADDRESS.match(text) is not None


def parse_frame(text: str, line_number: int) -> Frame | None:
    """A line of a stack; None if it is something else, or names no symbol."""
    match = _FRAME.match(text)
    return None if match is None else _frame(match, line_number)


def parse_program_counter(text: str, line_number: int) -> Frame | None:
    """The line "pc : …" of a register dump."""
    match = _PROGRAM_COUNTER.match(text)
    return None if match is None else _frame(match, line_number, exact=True)


def parse_position(text: str, line_number: int) -> Frame | None:
    """A line that says where something happened, a held lock for one."""
    if match := _POSITION.match(text):
        return _frame(match, line_number)
    if match := _WORK_FUNCTION.match(text):
        # The start of the function itself, not a return address.
        return Frame(match[1], 0, 0, match[2], line_number, exact=True)
    return None


def collect_stacks(lines: Iterable[tuple[int, str]]) -> tuple[Stack, ...]:
    """The stacks in the lines (number, text) of one report, in their order."""
    stacks: list[Stack] = []
    frames: list[Frame] = []
    title = ""
    counter: Frame | None = None
    all_locks = False
    for number, text in lines:
        if frame := parse_frame(text, number):
            frames.append(frame)
            continue
        if is_frame(text):
            continue
        stacks += _stack(title, frames, counter)
        frames, title = [], text.strip()
        # Behind this line stand the locks of tasks that have nothing to do with it.
        all_locks = all_locks or title.startswith("Showing all locks held")
        if found := parse_program_counter(text, number):
            counter = found
            stacks.append(Stack("position", title, (found,)))
        elif not all_locks and (found := parse_position(text, number)):
            stacks.append(Stack("position", title, (found,)))
    stacks += _stack(title, frames, counter)
    return tuple(stacks)


def ranked(stacks: Sequence[Stack]) -> tuple[Frame, ...]:
    """The frames of a report, the most to blame first.

    Those that merely lock, print, check or dispatch come last.  Among equals: where the report
    was made, then where locks were taken, then earlier events.
    """
    ordered = [
        frame
        for role in ("trace", "position", "history")
        for stack in stacks
        if stack.role == role
        for frame in stack.frames
        # A return address at the start of a function belongs to whatever stands before it.
        if frame.offset or frame.exact or role == "position"
    ]
    return tuple(sorted(ordered, key=is_helper))


def blame(stacks: Sequence[Stack]) -> Frame | None:
    """The frame to blame; None if there are no frames."""
    return next(iter(ranked(stacks)), None)


def is_helper(frame: Frame) -> bool:
    """The function does something for its caller, who is to blame for what comes of it."""
    return _HELPER.fullmatch(frame.name) is not None


def _frame(match: re.Match[str], line_number: int, *, exact: bool = False) -> Frame:
    return Frame(match[1], int(match[2], 16), int(match[3], 16), match[4], line_number, exact)


def _stack(title: str, frames: list[Frame], counter: Frame | None) -> list[Stack]:
    if not frames:
        return []
    first = frames[0]
    if counter and (first.function, first.offset) == (counter.function, counter.offset):
        # A trace that starts from registers begins with the program counter itself.
        frames = [dataclasses.replace(first, exact=True), *frames[1:]]
    role = "trace" if title == "Call trace:" else "history"
    return [Stack(role, title, tuple(frames))]


_HELPER: Final = re.compile(
    "|".join(
        (
            # printing: arch/arm64/kernel/stacktrace.c, lib/dump_stack.c, kernel/panic.c
            r"dump_backtrace|show_(?:stack|regs)|dump_stack(?:_lvl)?|__?warn\w*|panic|nmi_panic",
            r"(?:print|report)_\w+|sched_show_task|die\w*|bug_handler|\w+_brk_handler|brk_handler",
            # lockdep
            r"__lock_acquire|lock_(?:acquire|release|downgrade|contended|acquired|sync)\w*",
            r"check_(?:noncircular|irq_usage|prev_add|deadlock|wait_context|usage\w*|flush_depend\w*)",
            r"validate_chain|mark_(?:lock|usage|held_locks)\w*|register_lock_class|lockdep_\w+",
            r"debug_check_no_locks_\w+|__fs_reclaim_\w+|fs_reclaim_\w+|might_alloc|look_up_lock_class",
            # lock primitives: kernel/locking/
            r"(?:__|___)?mutex_\w+|__?ww_mutex_\w+|ww_(?:mutex|acquire)_\w+|_?_?raw_\w*(?:lock|spin)\w*",
            r"do_raw_\w+|(?:spin|rwlock)_(?:bug|dump)|queued_\w+|__?(?:down|up)_\w+|(?:down|up)_\w+",
            r"rwsem_\w+|rwlock_\w+|rt_mutex_\w+|percpu_\w+|__percpu_\w+|modeset_lock|drm_modeset_lock",
            # sleeping, preemption, RCU
            r"__might_\w+|__cant_\w+|__schedule\w*|schedule\w*|preempt_\w+|__switch_to|io_schedule\w*",
            r"wait_for_completion\w*|__wait_\w+|do_wait_\w+|synchronize_rcu\w*|rcu_\w+|__rcu_\w+",
            r"check_preemption_disabled|debug_smp_processor_id|msleep\w*|usleep\w+|__const_udelay|__u?delay|udelay",
            r"watchdog_timer_fn|wq_watchdog_\w+|update_process_times|tick_\w+|sched_tick|\w+_sched_\w+",
            # checks: lib/, mm/
            r"(?:blocking|raw|atomic|srcu)_notifier_call_chain\w*|notifier_call_chain",
            r"refcount_\w+|__list_\w+|list_\w+|debug_object\w*|debug_print_object|__debug_\w+",
            r"debug_check_no_obj_freed|kasan_\w+|__kasan_\w+|__asan_\w+|__hwasan_\w+|kfence_\w+",
            r"__ubsan_\w+|ubsan_\w+|object_err|slab_\w+|__slab_\w+|___slab_\w+|check_(?:object|slab|bytes)\w*",
            r"(?:alloc|free)_(?:debug|consistency)\w*|free_to_partial_list|kmem_cache_\w+|__?k[mz]alloc\w*",
            r"___kmalloc\w*|kvfree|kfree\w*|kv?[mz]alloc\w*|k?vmalloc\w*|__alloc_pages\w*|krealloc\w*",
            # fences and reservations: who uses them wrongly is their caller
            r"dma_resv_\w+|dma_fence_\w+|__dma_fence_\w+|ww_\w+|kref_put\w*|kref_get\w*",
            # work, timers, interrupts, entry and exit: they only dispatch
            r"process_one_work|worker_thread|kthread\w*|ret_from_fork|process_scheduled_works",
            r"__?flush_work\w*|flush_work(?:queue)?|__flush_workqueue|call_timer_fn|__run_timers",
            r"run_timer_\w+|__?hrtimer_\w+|tasklet_action\w*|handle_softirqs|_*do_softirq\w*|irq_exit\w*",
            r"call_on_irq_stack|do_interrupt_handler|\w*gic_handle_irq|handle_\w*irq\w*|__handle_irq\w+",
            r"generic_handle_\w+|arch_timer_handler\w*|el[01][th]?_?\w*|do_el[01]_svc\w*|invoke_syscall",
            r"do_exit|do_group_exit|make_task_dead|do_notify_resume|default_idle_call|do_idle|cpu_startup\w*",
            r"start_kernel|rest_init|secondary_start_kernel|__(?:primary|secondary)_switched|cpuidle_\w+",
            r"do_one_initcall|do_init_module|load_module|\w+_module_from_file|idempotent_init_module",
            r"__arm64_sys_\w+|ksys_\w+|do_mem_abort|do_\w*_fault|do_translation_fault|__do_kernel_fault",
        )
    ),
    re.ASCII,
)
