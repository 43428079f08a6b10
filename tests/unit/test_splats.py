# SPDX-License-Identifier: GPL-2.0-only
"""Where reports begin and end."""

from rig.evidence.klog import parse_serial
from rig.evidence.splats import Splat, find_splats

TRACE = ("Call trace:", " mine+0x8/0x40 [m]", " kthread+0x8/0x40")
WARNING = (
    "------------[ cut here ]------------",
    "WARNING: CPU: 0 PID: 5 at drivers/x.c:7 mine+0x8/0x40 [m]",
    "Modules linked in: m(+)",
    "CPU: 0 UID: 0 PID: 5 Comm: a b Not tainted 6.12.0 #1",
    *TRACE,
    "---[ end trace 0000000000000000 ]---",
)
LOCKDEP = (
    "",
    "======================================================",
    "WARNING: possible circular locking dependency detected",
    "6.12.0 #1 Not tainted",
    "------------------------------------------------------",
    "a/5 is trying to acquire lock:",
    "ffffffc079b03180 (lock_a){+.+.}-{3:3}, at: mine+0x28/0x44 [m]",
    "",
    "stack backtrace:",
    "CPU: 0 UID: 0 PID: 5 Comm: a Not tainted 6.12.0 #1",
    *TRACE,
)


def splats(*texts: str, caller: str = "T5", step_us: int = 10) -> tuple[Splat, ...]:
    """The reports in a log of one caller, a line each ten microseconds."""
    log = "".join(
        f"[{at * step_us / 1e6:12.6f}][{caller:>6}] {text}\r\n" for at, text in enumerate(texts)
    )
    return find_splats(parse_serial(log.encode()))


def kinds(found: tuple[Splat, ...]) -> list[str]:
    return [splat.kind for splat in found]


def test_an_empty_log_has_none() -> None:
    assert find_splats(()) == ()
    assert splats("nothing", "to see") == ()


def test_a_report_begins_with_its_ruler_and_ends_with_its_trace() -> None:
    (splat,) = splats("before", *LOCKDEP, "behind")
    assert (splat.first_line, splat.last_line) == (2, 1 + len(LOCKDEP))
    assert splat.lines == tuple(range(2, 2 + len(LOCKDEP)))
    assert (splat.truncated, splat.kills_lockdep, splat.task) == ("", True, "a/5")


def test_two_in_a_row_stay_two() -> None:
    found = splats(*WARNING, *LOCKDEP, *WARNING, "behind")
    assert kinds(found) == ["warn", "circular-locking", "warn"]
    assert [splat.truncated for splat in found] == ["", "", ""]


def test_the_text_of_a_warning_names_its_kind() -> None:
    cut_here, *rest = WARNING
    (splat,) = splats(cut_here, "refcount_t: underflow; use-after-free.", *rest)
    assert (splat.kind, splat.message) == ("refcount", "refcount_t: underflow; use-after-free.")


def test_a_text_behind_the_line_of_the_warning_counts_too() -> None:
    cut_here, line, *rest = WARNING
    (splat,) = splats(cut_here, line, "refcount_t: underflow; use-after-free.", *rest)
    assert splat.kind == "refcount"


def test_a_text_of_its_own_is_a_plain_warning() -> None:
    cut_here, *rest = WARNING
    (splat,) = splats(cut_here, "my driver: 3 is wrong", *rest)
    assert (splat.kind, splat.message) == ("warn", "my driver: 3 is wrong")


def test_the_warning_of_later_kernels() -> None:
    cut_here, _, *rest = WARNING
    line = "WARNING: drivers/x.c:7 at mine+0x8/0x40 [m], CPU#0: a b/5"
    (splat,) = splats(cut_here, line, *rest)
    assert (splat.kind, splat.task, splat.truncated) == ("warn", "a b/5", "")


def test_the_stack_of_a_warning_blames_the_function() -> None:
    (splat,) = splats(*WARNING)
    assert splat.guilty is not None
    assert (splat.guilty.function, splat.guilty.module) == ("mine", "m")


def test_a_report_that_another_cuts_off_says_so() -> None:
    found = splats(*LOCKDEP[:6], *WARNING)
    assert kinds(found) == ["circular-locking", "warn"]
    assert found[0].truncated == "another report begins inside it"
    assert found[0].last_line == 6


def test_a_report_whose_caller_goes_on_much_later_is_cut() -> None:
    found = splats(*LOCKDEP[:7], "life goes on", step_us=6_000_000)
    assert [splat.truncated for splat in found] == ["its caller went on without ending it"]


def test_a_report_at_the_end_of_the_log_is_whole_only_if_a_line_follows() -> None:
    assert splats(*LOCKDEP)[0].truncated == "the log ends inside it"
    other = "[    1.000000][    C1] a line of somebody else\r\n"
    log = "".join(f"[    0.000001][    T5] {text}\r\n" for text in LOCKDEP) + other
    assert find_splats(parse_serial(log.encode()))[0].truncated == ""


def test_a_panic_right_behind_a_report_is_part_of_it() -> None:
    (splat,) = splats(
        *WARNING,
        "Kernel panic - not syncing: kernel: panic_on_warn set ...",
        *TRACE,
        "SMP: stopping",
    )
    assert (splat.kind, splat.kills_lockdep, splat.last_line) == ("warn", True, len(WARNING) + 5)


def test_a_panic_inside_a_warning_is_part_of_it() -> None:
    (splat,) = splats(
        *WARNING[:3], "Kernel panic - not syncing: panic_on_warn set ...", *TRACE, "x"
    )
    assert (splat.kind, splat.kills_lockdep) == ("warn", True)


def test_a_panic_after_other_lines_is_its_own() -> None:
    assert kinds(splats(*WARNING, "something else", "Kernel panic - not syncing: x", *TRACE)) == [
        "warn",
        "panic",
    ]


def test_all_that_follows_an_oops_of_its_task_is_one_event() -> None:
    (splat,) = splats(
        "Unable to handle kernel NULL pointer dereference at virtual address 10",
        "Internal error: Oops: 0000000096000046 [#1] PREEMPT SMP",
        "pc : mine+0x8/0x40 [m]",
        *TRACE,
        "---[ end trace 0000000000000000 ]---",
        "note: a[5] exited with irqs disabled",
        *LOCKDEP,
        "Kernel panic - not syncing: Oops: Fatal exception",
        "SMP: stopping secondary CPUs",
    )
    assert (splat.kind, splat.severity, splat.truncated) == ("oops", "fatal", "")
    assert splat.lines == tuple(range(1, 9 + len(LOCKDEP) + 2))


def test_an_oops_of_another_task_is_another_event() -> None:
    oops = "Unable to handle kernel paging request at virtual address 6b6b6b6b6b6b6b6b"
    log = f"[    1.000000][    T5] {oops}\n[    1.000001][    T6] {oops}\n"
    found = find_splats(parse_serial(log.encode()))
    assert [splat.caller for splat in found] == ["T5", "T6"]
    assert {splat.truncated for splat in found} == {"the log ends inside it"}


def test_a_leak_that_lockdep_makes_by_turning_itself_off_is_no_report() -> None:
    leak = "BUG: workqueue leaked atomic, lock or RCU: kworker/0:1[10]"
    assert kinds(splats(*LOCKDEP, leak, *TRACE, "behind")) == ["circular-locking"]
    assert kinds(splats(*WARNING, leak, *TRACE, "behind")) == ["warn", "workqueue-leak"]


def test_locks_held_on_return_end_with_the_last_lock() -> None:
    lock = " #{}: ffffffc079b03180 (lock_{}){{+.+.}}-{{3:3}}, at: mine+0x1c/0x24 [m]"
    head = ("WARNING: lock held when returning to user space!", "2 locks held by a/5:")
    (splat,) = splats(*head, lock.format(0, "a"), lock.format(1, "b"), " #2: a line of its own")
    assert (splat.locks, splat.last_line, splat.truncated) == (("lock_a", "lock_b"), 4, "")
    (splat,) = splats(*head, lock.format(0, "a"))
    assert splat.truncated == "the log ends inside it"


def test_a_kernel_that_counts_locks_behind_the_name() -> None:
    (splat,) = splats(
        "WARNING: lock held when returning to user space!",
        "locks held by a/5: 1, last CPU#0:",
        " #0: ffffffc079b03180 (lock_a){+.+.}-{3:3}, at: mine+0x1c/0x24 [m]",
        "behind",
    )
    assert (splat.truncated, splat.last_line) == ("", 3)


def test_lockdep_turned_off_is_told_only_outside_of_reports() -> None:
    off = "INFO: lockdep is turned off."
    assert kinds(splats(*LOCKDEP[:-3], off, *TRACE, "behind")) == ["circular-locking"]
    (notice,) = splats("x", off, "y")
    assert (notice.kind, notice.severity) == ("lockdep-off", "notice")


def test_a_taint_inside_a_report_kills_lockdep() -> None:
    assert not splats(*WARNING)[0].kills_lockdep
    taint = "Disabling lock debugging due to kernel taint"
    assert splats(*WARNING[:3], taint, *WARNING[3:])[0].kills_lockdep


def test_an_unknown_report_takes_its_trace_if_it_has_one() -> None:
    (splat,) = splats("BUG: nobody has heard of this", "some words", *TRACE, "behind")
    assert (splat.kind, splat.last_line) == ("unknown-bug", 5)
    (splat,) = splats("WARNING: nobody has heard of this", "some words", "behind")
    assert (splat.kind, splat.last_line, splat.truncated) == ("unknown-warning", 1, "")


def test_lines_that_the_console_dropped_are_reported() -> None:
    found = find_splats(parse_serial(b"** 12 printk messages dropped **\r\n"))
    assert kinds(found) == ["log-dropped"]


def test_fingerprints_differ_by_kind_function_and_locks() -> None:
    other_lock = [text.replace("lock_a", "lock_b") for text in LOCKDEP]
    other_function = [text.replace("mine", "yours") for text in LOCKDEP]
    prints = {splats(*texts)[0].fingerprint for texts in (LOCKDEP, other_lock, other_function)}
    assert len(prints) == 3
    assert splats(*LOCKDEP)[0].fingerprint.startswith("circular-locking:mine:")


def test_versions_of_a_lock_name_and_clones_of_a_function_do_not_change_the_fingerprint() -> None:
    again = [
        text.replace("lock_a", "lock_a#2").replace("mine+", "mine.part.0+") for text in LOCKDEP
    ]
    assert splats(*again)[0].fingerprint == splats(*LOCKDEP)[0].fingerprint
