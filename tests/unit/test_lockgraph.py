# SPDX-License-Identifier: GPL-2.0-only
"""Lockdep's own files."""

import random

import pytest

from rig.evidence.lockgraph import (
    LockChain,
    LockClass,
    normalise,
    parse_lock_graph,
    parse_lock_stats,
)

# As printed by 6.12 with PROVE_LOCKING, DEBUG_LOCKDEP and no_hash_pointers.
LOCKDEP = b"""all lock classes:
ffffffc08059f8e8 OPS:       7 FD:    7 BD:    5 +.+.: console_mutex
 -> [ffffffc08059f990] (console_sem).lock
 -> [ffffffc08059f9d0] console_lock

ffffffc08059f990 OPS:     120 FD:    1 BD:    9 -...: (console_sem).lock

ffffffc08059f9d0 OPS:       4 FD:    1 BD:    2 +.+.: console_lock

ffffffc0819a9500 OPS:   64494 FD:    1 BD:    1 ++++: hantro_drv:604:(&ctx->ctrl_handler)->_lock#3/1
 -> [ffffffc08059f990] (console_sem).lock

"""

CHAINS = b"""all lock chains:
irq_context: 0
[ffffffc08059f8e8] console_mutex
[ffffffc08059f990] (console_sem).lock

irq_context: hardirq|softirq
[ffffffc08059f990] (console_sem).lock

"""

STATS = b""" lock-classes:                          389 [max: 8192]
 dependency chains:                    1776 [max: 131072]
 dependency chain hlocks used:         5070 [max: 655360]
 dependency chain hlocks lost:            0
 find-mask backwards checks:            504
 debug_locks:                             1

 zapped classes:                          1
"""


def test_classes() -> None:
    graph = parse_lock_graph(LOCKDEP)
    assert graph.problems == ()
    assert len(graph.classes) == 4
    assert graph.classes["ffffffc08059f8e8"] == LockClass(
        "ffffffc08059f8e8", "console_mutex", "+.+.", 7, 7, 5
    )


def test_classes_of_a_kernel_without_the_counters() -> None:
    graph = parse_lock_graph(b"____ptrval____ FD:    1 BD:    1 +.+.: a: b\n00000000abcdef01: c\n")
    assert [(c.name, c.usage, c.operations) for c in graph.classes.values()] == [
        ("a: b", "+.+.", None),
        ("c", "", None),
    ]


def test_edges_between_names() -> None:
    assert parse_lock_graph(LOCKDEP).edges_by_name() == {
        ("console_mutex", "(console_sem).lock"),
        ("console_mutex", "console_lock"),
        ("hantro_drv:(&ctx->ctrl_handler)->_lock/1", "(console_sem).lock"),
    }


def test_an_edge_to_a_class_that_is_not_listed_keeps_its_name() -> None:
    graph = parse_lock_graph(b"ff FD: 1 BD: 1 ....: a\n -> [fe] b#2\n")
    assert graph.edges_by_name() == {("a", "b")}


def test_chains() -> None:
    assert parse_lock_graph(LOCKDEP, CHAINS).chains == (
        LockChain("0", ("ffffffc08059f8e8", "ffffffc08059f990")),
        LockChain("hardirq|softirq", ("ffffffc08059f990",)),
    )


def test_a_chain_that_is_cut_off_is_left_out() -> None:
    assert len(parse_lock_graph(LOCKDEP, CHAINS[:-1]).chains) == 1


def test_exhausted_chains_are_a_problem() -> None:
    assert parse_lock_graph(LOCKDEP, b"(buggered) all lock chains:\n").problems


def test_lines_that_cannot_be_read_are_told() -> None:
    assert parse_lock_graph(b"all lock classes:\nwhat?\n").problems == ("lockdep, line 2: what?",)


@pytest.mark.parametrize(
    ("name", "normal"),
    [
        ("&ctx->vb_mutex", "&ctx->vb_mutex"),
        ("&ctx->vb_mutex#2", "&ctx->vb_mutex"),
        ("&ctx->vb_mutex#12/1", "&ctx->vb_mutex/1"),
        ("hantro_drv:604:(&ctx->ctrl_handler)->_lock", "hantro_drv:(&ctx->ctrl_handler)->_lock"),
        ("vim2m:1400:(hdl)->_lock#2", "vim2m:(hdl)->_lock"),
        ("fs/file_table.c:515", "fs/file_table.c"),
        ("mm/vmstat.c:2079#3/1", "mm/vmstat.c/1"),
        ("(wq_completion)events", "(wq_completion)events"),
        ("(work_completion)(&m2m_dev->job_work)", "(work_completion)(&m2m_dev->job_work)"),
    ],
)
def test_names_lose_what_changes_from_build_to_build(name: str, normal: str) -> None:
    assert normalise(name) == normal


def test_statistics() -> None:
    stats = parse_lock_stats(STATS)
    assert (stats.debug_locks, stats.values["dependency chains"]) == (1, 1776)
    assert stats.values["find-mask backwards checks"] == 504
    assert stats.tables() == (
        ("lock-classes", 389, 8192),
        ("dependency chains", 1776, 131072),
        ("dependency chain hlocks used", 5070, 655360),
    )


def test_lost_entries_count_as_a_full_table() -> None:
    stats = parse_lock_stats(STATS.replace(b"lost:            0", b"lost:            7"))
    assert ("dependency chain hlocks lost", 7, 0) in stats.tables()


def test_statistics_that_are_cut_off_say_nothing_about_what_is_gone() -> None:
    cut = STATS[: STATS.index(b"debug_locks") + 40]
    stats = parse_lock_stats(cut)
    assert stats.debug_locks is None
    assert parse_lock_stats(b"").values == {}
    # Half a number is no number.
    assert "dependency chains" not in parse_lock_stats(STATS[:90]).values


def test_no_bytes_make_it_raise() -> None:
    chance = random.Random(4)
    for _ in range(500):
        data = bytearray(LOCKDEP + CHAINS + STATS)
        for _ in range(20):
            data[chance.randrange(len(data))] = chance.randrange(256)
        parse_lock_graph(bytes(data), bytes(data))
        parse_lock_stats(bytes(data))
