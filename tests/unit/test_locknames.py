# SPDX-License-Identifier: GPL-2.0-only
"""Names of lock classes."""

import pytest

from rig.evidence.locknames import LockNames


def names(*lines: str) -> tuple[str, ...]:
    collector = LockNames()
    for line in lines:
        collector.add(line)
    return collector.found()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ffffffc079b03180 (lock_a){+.+.}-{3:3}, at: take+0x28/0x44 [splat]", ("lock_a",)),
        ("-> #2 (&ctx->vb_mutex#2/1){+.+.}-{3:3}:", ("&ctx->vb_mutex#2/1",)),
        (" (a){-...}-{2:2} -> (b){+.+.}-{2:2}", ("a", "b")),
        (" #0: ff ((wq_completion)events#2){+.+.}-{0:0}, at: f", ("(wq_completion)events#2",)),
        ("ff ((work_completion)(&m2m->job_work)){+.+.}-{0:0}, at: f", (
            "(work_completion)(&m2m->job_work)",)),
        ("-> (vim2m:1400:(hdl)->_lock){..-?}-{2:2} ops: 2 {", ("vim2m:1400:(hdl)->_lock",)),
        ("ff (name (with) {odd} [characters]){+.+.}-{3:3}", ("name (with) {odd} [characters]",)),
        ("init/1 is trying to release lock (lock_a) at:", ("lock_a",)),
        (" lock: pool_lock+0x0/0x40 [splat], .magic: 00000001, .owner: <none>/-1", ("pool_lock",)),
        (" lock: 0xffffff8002838398, .magic: 00000001, .owner: <none>/-1", ()),
        ("the existing dependency chain (in reverse order) is:", ()),
        ("  lock(lock_c);", ()),
    ],
)  # fmt: skip
def test_a_line(line: str, expected: tuple[str, ...]) -> None:
    assert names(line) == expected


def test_each_name_once_in_order() -> None:
    assert names("f (b){....}-{2:2}", "f (a){....}-{2:2}", "f (b){....}-{2:2}") == ("b", "a")


@pytest.mark.parametrize(
    "pieces",
    [
        ("ffffffc079b03180", " (", "lock_a", "){+.+.}-{3:3}, at: f+0x1/0x2"),
        ("ffffffc079b03180 (lock_a", "){+.+.}-{3:3}", ", at: f+0x1/0x2"),
        (" #0: ffffffc079b03180", " (lock_a){+.+.}-{3:3}, at: f"),
        ("-> #1", " (", "lock_a", "){+.+.}-{3:3}:"),
    ],
)
def test_a_name_that_another_cpu_printed_into(pieces: tuple[str, ...]) -> None:
    assert names(*pieces) == ("lock_a",)


def test_a_beginning_without_end_is_no_name() -> None:
    assert names("ffffffc079b03180 (lock_a", "", "){+.+.}-{3:3}") == ()


def test_the_lock_that_is_not_held() -> None:
    assert names("but this task is not holding:", "lock_a", "stack backtrace:") == ("lock_a",)


def test_locks_of_other_tasks_do_not_count() -> None:
    assert names("Showing all locks held in the system:", " #0: f (a){....}-{2:2}") == ()
