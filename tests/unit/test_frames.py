# SPDX-License-Identifier: GPL-2.0-only
"""Stacks, and who is to blame."""

import pytest

from rig.evidence.frames import (
    Address,
    Frame,
    Stack,
    blame,
    collect_stacks,
    is_frame,
    is_helper,
    parse_frame,
    parse_position,
)


@pytest.mark.parametrize(
    ("text", "frame"),
    [
        ("  take+0x28/0x44 [splat]", ("take", 0x28, 0x44, "splat")),
        ("        __mutex_lock+0xa0/0x7d4", ("__mutex_lock", 0xA0, 0x7D4, None)),
        (" f.part.0+0x1/0x2 [hantro_vpu 0a1b2c3d4e]", ("f.part.0", 1, 2, "hantro_vpu")),
        (" el0_svc+0x34/0xa0 (P)", ("el0_svc", 0x34, 0xA0, None)),
        (" f+0x1/0x2 [m] (PC)", ("f", 1, 2, "m")),
        (" [<ffffffc080000000>] f+0x1/0x2", ("f", 1, 2, None)),
    ],
)
def test_a_frame(text: str, frame: tuple[str, int, int, str | None]) -> None:
    parsed = parse_frame(text, 7)
    assert parsed is not None
    assert (parsed.function, parsed.offset, parsed.size, parsed.module) == frame
    assert parsed.line_number == 7


@pytest.mark.parametrize(
    "text",
    [
        "take+0x28/0x44 [splat]",
        " ... key      at: [<ffffffc079b03070>] spin_a+0x18/0x40 [splat]",
        "hardirqs last disabled at (4): [<ffffffc08038cd08>] el1_brk64+0x18/0x44",
        " Possible unsafe locking scenario:",
        "",
    ],
)
def test_other_lines_are_no_frames(text: str) -> None:
    assert parse_frame(text, 1) is None
    assert not is_frame(text)


def test_an_address_without_symbol_is_a_frame_without_name() -> None:
    assert is_frame(" 0xffffffc079b00358")
    assert parse_frame(" 0xffffffc079b00358", 1) is None


@pytest.mark.parametrize(
    ("text", "function", "module"),
    [
        (" #0: ffffffc079b03180 (a){+.+.}-{3:3}, at: take+0x1c/0x44 [splat]", "take", "splat"),
        ("[<ffffffc079b0037c>] sleepatomic+0x1c/0x48 [splat]", "sleepatomic", "splat"),
        ("     preempt=0x00000000 lock=0->1 RCU=0->0 workfn=leak_fn [splat]", "leak_fn", "splat"),
        ("    in-flight: 23:spin_fn [splat] for 8s", "spin_fn", "splat"),
    ],
)
def test_a_position(text: str, function: str, module: str) -> None:
    frame = parse_position(text, 1)
    assert frame is not None
    assert (frame.function, frame.module) == (function, module)


def test_return_addresses_point_behind_the_call() -> None:
    assert Frame("f", 0x20, 0x40, "m", 1).address == Address("m", "f", 0x1F, 0x40)
    assert Frame("f", 0x20, 0x40, "m", 1, exact=True).address == Address("m", "f", 0x20, 0x40)


def test_a_trace_from_registers_begins_with_the_program_counter() -> None:
    stacks = collect_stacks(
        enumerate(["pc : f+0x8/0x10 [m]", "lr : g+0x8/0x10", "Call trace:", " f+0x8/0x10 [m]",
                   " g+0x8/0x10"])
    )  # fmt: skip
    assert [(stack.role, [frame.exact for frame in stack.frames]) for stack in stacks] == [
        ("position", [True]),
        ("trace", [True, False]),
    ]


def test_stacks_know_their_titles() -> None:
    stacks = collect_stacks(
        enumerate(["-> #1 (a){+.+.}-{3:3}:", "       f+0x1/0x2", "", "Call trace:", " g+0x1/0x2"])
    )
    assert [(stack.role, stack.title) for stack in stacks] == [
        ("history", "-> #1 (a){+.+.}-{3:3}:"),
        ("trace", "Call trace:"),
    ]


def test_the_locks_of_all_tasks_are_nobodys_position() -> None:
    held = " #0: ffffffc079b03180 (a){+.+.}-{3:3}, at: f+0x1c/0x44"
    assert (
        len(collect_stacks(enumerate([held, "Showing all locks held in the system:", held]))) == 1
    )


def frame(function: str, offset: int = 1) -> Frame:
    return Frame(function, offset, 64, None, 1)


def test_helpers_are_not_to_blame() -> None:
    trace = Stack("trace", "", tuple(map(frame, ("dump_stack", "lock_acquire", "mine", "other"))))
    guilty = blame((Stack("history", "", (frame("earlier"),)), trace))
    assert guilty == frame("mine")


def test_where_a_lock_was_taken_counts_if_the_trace_only_dispatches() -> None:
    trace = Stack("trace", "", tuple(map(frame, ("process_one_work", "kthread"))))
    assert blame((Stack("position", "", (frame("leak"),)), trace)) == frame("leak")


def test_somebody_is_to_blame_even_among_helpers() -> None:
    assert blame((Stack("trace", "", (frame("dump_stack"), frame("kthread"))),)) == frame(
        "dump_stack"
    )
    assert blame(()) is None


def test_a_call_that_never_returns_does_not_blame_the_next_function() -> None:
    trace = Stack("trace", "", (frame("panic"), frame("next", 0), frame("caller")))
    assert blame((trace,)) == frame("caller")


@pytest.mark.parametrize(
    "function",
    ["__mutex_lock", "mutex_lock_nested", "_raw_spin_lock_irqsave", "ww_mutex_lock",
     "dump_stack_lvl",
     "dma_resv_add_fence", "__lock_acquire", "check_noncircular", "kfree", "__might_sleep",
     "refcount_warn_saturate", "__list_add_valid_or_report", "check_flush_dependency.part.0",
     "print_circular_bug", "down_read", "rcu_note_context_switch", "worker_thread", "el0t_64_sync"],
)  # fmt: skip
def test_helpers(function: str) -> None:
    assert is_helper(frame(function))


@pytest.mark.parametrize(
    "function",
    ["vb2_core_qbuf", "vim2m_irq", "hantro_irq_done", "v4l2_m2m_job_finish", "device_run",
     "rga_isr",
     "vb2_buffer_done", "v4l2_ctrl_request_complete", "sw_sync_ioctl", "vgem_fence_open"],
)  # fmt: skip
def test_code_under_test_is_no_helper(function: str) -> None:
    assert not is_helper(frame(function))
