# SPDX-License-Identifier: GPL-2.0-only
"""Who printed a line: a program must not be able to fake a report, nor to hide one."""

import dataclasses

from rig.evidence.authors import kernel_lines
from rig.evidence.continuity import continuity
from rig.evidence.klog import KmsgRecord, SerialLine, console_lines

KERNEL, USER = 4, 12

REPORT = (
    "======================================================",
    "WARNING: possible circular locking dependency detected",
)


def record(sequence: int, text: str, priority: int = KERNEL, caller: str = "T9") -> KmsgRecord:
    return KmsgRecord(sequence, 1000 + sequence, priority, caller, text, False)


def printed(*records: KmsgRecord) -> tuple[SerialLine, ...]:
    lines = [line for each in records for line in console_lines(each)]
    return tuple(dataclasses.replace(line, number=n) for n, line in enumerate(lines, 1))


def texts(lines: tuple[SerialLine, ...]) -> list[str]:
    return [line.text for line in lines]


def test_what_a_program_printed_is_not_the_kernels() -> None:
    log = (record(0, "boot"), record(1, "\n".join(REPORT), USER), record(2, "more"))
    assert texts(kernel_lines(printed(*log), log)) == ["boot", "more"]


def test_what_the_kernel_printed_stays_whatever_a_program_prints_around_it() -> None:
    log = (record(0, REPORT[0], USER), record(1, REPORT[0]), record(2, REPORT[1]))
    assert texts(kernel_lines(printed(*log), log)) == list(REPORT)


def test_a_line_that_both_printed_at_once_counts() -> None:
    both = (record(0, REPORT[1]), dataclasses.replace(record(0, REPORT[1], USER), sequence=1))
    assert texts(kernel_lines(printed(*both), both)) == [REPORT[1]] * 2


def test_one_line_more_than_the_program_printed_counts() -> None:
    log = (record(0, REPORT[1], USER),)
    assert texts(kernel_lines(printed(*log) * 2, log)) == [REPORT[1]]


def test_without_a_record_every_line_counts() -> None:
    log = (record(0, REPORT[1], USER),)
    assert texts(kernel_lines(printed(*log), ())) == [REPORT[1]]


def test_a_program_that_speaks_of_dropped_messages_drops_none() -> None:
    text = "** 3 printk messages dropped **"
    log = (record(0, "boot"), record(1, text, USER))
    assert continuity(printed(*log), log).gaps == ()
    log = (record(0, "boot"), record(1, text))
    assert [gap.kind for gap in continuity(printed(*log), log).gaps] == ["dropped"]
