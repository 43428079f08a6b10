# SPDX-License-Identifier: GPL-2.0-only
"""Whether a serial log is whole."""

import dataclasses
import random
import time

import pytest

from rig.evidence.continuity import Continuity, continuity
from rig.evidence.klog import (
    KmsgRecord,
    SerialLine,
    console_lines,
    parse_kmsg,
    parse_serial,
)


def records(count: int) -> tuple[KmsgRecord, ...]:
    """A log as kernels print it: many equal lines and times, some records of several lines."""
    chance = random.Random(count)
    log = []
    for sequence in range(count):
        text = chance.choice(("", "same", f"line {sequence}", "two\nlines", "ends\n"))
        log.append(KmsgRecord(sequence, sequence // 7, 6, chance.choice(("T1", "C0")), text, False))
    return tuple(log)


def printed(log: tuple[KmsgRecord, ...]) -> tuple[SerialLine, ...]:
    lines = [line for record in log for line in console_lines(record)]
    return tuple(dataclasses.replace(line, number=n) for n, line in enumerate(lines, 1))


def kinds(result: Continuity) -> list[str]:
    return [gap.kind for gap in result.gaps]


def test_equal_logs_have_no_gap() -> None:
    log = records(200)
    result = continuity(printed(log), log)
    assert (result.gaps, result.records, result.first, result.last) == ((), 200, 0, 199)
    assert result.proven_line == len(printed(log))


def test_lines_behind_the_last_record_are_not_proven_and_no_gap() -> None:
    log = records(50)
    result = continuity(printed(log), log[:40])
    assert result.gaps == ()
    assert result.proven_line == len(printed(log[:40])) < len(printed(log))


def test_lines_that_printk_did_not_write_do_not_matter() -> None:
    log = records(20)
    lines = (SerialLine(0, None, None, "firmware"), *printed(log))
    assert continuity(lines, log).gaps == ()


@pytest.mark.parametrize("lost", range(60))
def test_a_line_that_is_missing_on_serial_is_found(lost: int) -> None:
    log = tuple(KmsgRecord(n, n // 7, 6, "T1", f"line {n}", False) for n in range(60))
    lines = printed(log)
    result = continuity(lines[:lost] + lines[lost + 1 :], log)
    assert [(gap.kind, gap.sequence) for gap in result.gaps] == [("not-on-serial", lost)]


@pytest.mark.parametrize("lost", range(60))
def test_a_lost_line_among_equal_lines_is_found(lost: int) -> None:
    log = records(60)
    lines = printed(log)
    # Which of several equal lines is missing cannot be told; that one is, can.
    assert "not-on-serial" in kinds(continuity(lines[:lost] + lines[lost + 1 :], log))


def test_a_record_that_is_missing_in_kmsg_is_found() -> None:
    log = (
        *records(10),
        KmsgRecord(10, 99, 6, "T1", "unique", False),
        *(KmsgRecord(n, 100 + n, 6, "T1", f"later {n}", False) for n in range(11, 15)),
    )
    result = continuity(printed(log), log[:10] + log[11:])
    assert kinds(result) == ["sequence", "not-in-kmsg"]
    assert result.gaps[0].detail == "kmsg records 10 to 10 are missing"
    assert result.gaps[1].detail == "serial only: unique"


def test_a_log_that_does_not_begin_at_zero_has_a_gap() -> None:
    log = records(10)[3:]
    result = continuity(printed(log), log)
    assert (result.gaps[0].kind, result.gaps[0].sequence) == ("sequence", 0)


def test_records_out_of_order_are_a_gap() -> None:
    first, second, third = records(3)
    assert "sequence" in kinds(continuity(printed((first, third, second)), (first, third, second)))


@pytest.mark.parametrize(
    "spoilt",
    [
        SerialLine(13, 10**9, "T1", "line 12"),
        SerialLine(13, 1, "T99", "line 12"),
        SerialLine(13, 1, "T1", "line 1"),
    ],
)
def test_a_line_that_differs_in_anything_is_two_gaps(spoilt: SerialLine) -> None:
    log = tuple(KmsgRecord(n, n // 7, 6, "T1", f"line {n}", False) for n in range(30))
    lines = list(printed(log))
    lines[12] = spoilt
    assert sorted(kinds(continuity(lines, log))) == ["not-in-kmsg", "not-on-serial"]


def test_without_records_nothing_is_proven() -> None:
    assert kinds(continuity(printed(records(5)), ())) == ["no-records"]


def test_without_serial_every_line_is_missing() -> None:
    log = records(5)
    assert len(continuity((), log).gaps) == len(printed(log))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("** 37 printk messages dropped **", "dropped"),
        ("** replaying previous printk message **", "dropped"),
        ("printk: dropped 12 messages", "dropped"),
        ("vb2_core_qbuf: 12 callbacks suppressed", "suppressed"),
        (
            "Future hung task reports are suppressed, see sysctl kernel.hung_task_warnings",
            "suppressed",
        ),
    ],
)
def test_the_kernel_says_when_it_leaves_something_out(text: str, kind: str) -> None:
    assert kinds(continuity((SerialLine(1, None, None, text),), records(0)))[0] == kind


def test_hostile_logs_cost_linear_time() -> None:
    log = records(20_000)
    other = tuple(dataclasses.replace(record, text="x") for record in log)
    begin = time.process_time()
    continuity(tuple(reversed(printed(log))), log)
    continuity(printed(other), log)
    # Quadratic work would take minutes.
    assert time.process_time() - begin < 20


def test_what_stands_before_a_line_of_the_kernel_is_no_part_of_its_log() -> None:
    """The kernel's line is heard all the same."""
    kmsg = parse_kmsg(b"6,0,1000000,-,caller=T1;here\n")
    for before, told in ((b"", []), (b"login: ", ["serial only: login: "])):
        serial = parse_serial(before + b"[    1.000000][    T1] here\n")
        found = continuity(serial, kmsg)
        assert [gap.detail for gap in found.gaps] == told
        assert found.proven_line == 1
