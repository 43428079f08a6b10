# SPDX-License-Identifier: GPL-2.0-only
"""The proof that a serial log is whole.

Serial lines carry no number; kmsg records do.  If the numbers run from 0 without a hole, and every
record is on the serial line in order, then nothing was lost up to the last record: a log without
splats really is one.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rig.evidence.authors import kernel_lines
from rig.evidence.klog import KmsgRecord, SerialLine, console_lines

# Texts by which the kernel itself says that something is not in the log.
# kernel/printk/printk.c: console_prepend_dropped(), console_prepend_replay(), setup_log_buf()
_DROPPED: Final = re.compile(
    r"\*\* \d+ printk messages dropped \*\*|\*\* replaying previous printk message \*\*"
    r"|\bdropped \d+ messages$"
)
# lib/ratelimit.c, kernel/hung_task.c, kernel/rcu/tree_stall.h and tree_exp.h
_SUPPRESSED: Final = re.compile(
    r"\b\d+ callbacks suppressed|hung task reports are suppressed|but suppressed full report"
)


@dataclass(frozen=True, slots=True)
class Gap:
    """One reason why a log is not proven whole.

    Attributes:
        kind: "no-records" (nothing to compare with), "sequence" (a hole in the numbers or a wrong
            order), "not-on-serial" (a record, or a line of it, is missing there), "not-in-kmsg"
            (a line that looks printed but is no record), "dropped" and "suppressed" (the kernel
            says that it left something out).
        sequence: the kmsg record it is about, or None.
        serial_line: the number of the serial line it is about, or None.
        detail: one line for the reader.
    """

    kind: str
    sequence: int | None
    serial_line: int | None
    detail: str


@dataclass(frozen=True, slots=True)
class Continuity:
    """What was compared and what was missing.

    Attributes:
        gaps: empty if and only if the log is proven whole up to record ``last``.
        records: number of kmsg records.
        first, last: their lowest and highest sequence numbers; None without records.
        proven_line: number of the last serial line that a record accounts for; 0 if none.  Lines
            behind it were printed after the dump and are not proven.
    """

    gaps: tuple[Gap, ...]
    records: int
    first: int | None
    last: int | None
    proven_line: int


# Time, caller and text: all that a record and a serial line have in common.
_Key = tuple[int | None, str | None, str]


def continuity(serial: Sequence[SerialLine], kmsg: Sequence[KmsgRecord]) -> Continuity:
    """Compares a serial log with the kmsg dump of the same boot.

    Work is linear in the number of lines, whatever the logs hold.
    """
    # A program that prints such a line admits nothing.
    gaps = [*_admitted(kernel_lines(serial, kmsg)), *_begun(serial), *_sequence_gaps(kmsg)]
    if not kmsg:
        gaps.append(Gap("no-records", None, None, "no kmsg records: nothing to compare with"))
        return Continuity(tuple(gaps), 0, None, None, 0)
    printed = [line for line in serial if line.time_us is not None]
    compared, proven = _compare(printed, kmsg)
    numbers = [record.sequence for record in kmsg]
    return Continuity((*gaps, *compared), len(kmsg), min(numbers), max(numbers), proven)


def _admitted(serial: Sequence[SerialLine]) -> list[Gap]:
    """Lines in which the kernel says that the log is not whole."""
    gaps = []
    for line in serial:
        if _DROPPED.search(line.text):
            gaps.append(Gap("dropped", None, line.number, line.text))
        elif _SUPPRESSED.search(line.text):
            gaps.append(Gap("suppressed", None, line.number, line.text))
    return gaps


def _begun(serial: Sequence[SerialLine]) -> list[Gap]:
    """Lines that the kernel did not begin: who can write before its words can write over them."""
    return [
        Gap("not-in-kmsg", None, line.number, f"serial only: {line.before}")
        for line in serial
        if line.before
    ]


def _sequence_gaps(kmsg: Sequence[KmsgRecord]) -> list[Gap]:
    gaps = []
    expected = 0
    for record in kmsg:
        if record.sequence > expected:
            lost = f"kmsg records {expected} to {record.sequence - 1} are missing"
            gaps.append(Gap("sequence", expected, None, lost))
        elif record.sequence < expected:
            order = f"kmsg record {record.sequence} comes after {expected - 1}"
            gaps.append(Gap("sequence", record.sequence, None, order))
        expected = record.sequence + 1
    return gaps


def _key(line: SerialLine) -> _Key:
    return line.time_us, line.caller, line.text


def _compare(printed: Sequence[SerialLine], kmsg: Sequence[KmsgRecord]) -> tuple[list[Gap], int]:
    """The differences between both logs, and the last serial line that was accounted for."""
    wanted = [(record.sequence, _key(line)) for record in kmsg for line in console_lines(record)]
    found = [_key(line) for line in printed]
    last_found = {key: index for index, key in enumerate(found)}
    last_wanted = {key: index for index, (_, key) in enumerate(wanted)}
    gaps: list[Gap] = []
    proven = at = want = 0
    while want < len(wanted):
        key = wanted[want][1]
        if at < len(found) and found[at] == key:
            proven = printed[at].number
            at, want = at + 1, want + 1
            continue
        later = last_found.get(key, -1) >= at
        other_later = at < len(found) and last_wanted.get(found[at], -1) >= want
        extra, missing = (1, 1)  # the same line, spoilt
        if later or other_later:
            extra, missing = _resynchronise(found, wanted, at, want)
        gaps += [_not_in_kmsg(line) for line in printed[at : at + extra]]
        gaps += [_not_on_serial(*item) for item in wanted[want : want + missing]]
        at, want = at + extra, want + missing
    return gaps, proven


def _resynchronise(
    found: Sequence[_Key], wanted: Sequence[tuple[int, _Key]], at: int, want: int
) -> tuple[int, int]:
    """How many serial lines, or wanted lines, to pass over until both logs agree again.

    Only called when there is such a place; it costs its distance, and that much is passed over.
    """
    for distance in range(1, len(found) + len(wanted)):
        if at + distance < len(found) and found[at + distance] == wanted[want][1]:
            return distance, 0
        if want + distance < len(wanted) and wanted[want + distance][1] == found[at]:
            return 0, distance
    return 1, 1


def _not_in_kmsg(line: SerialLine) -> Gap:
    return Gap("not-in-kmsg", None, line.number, f"serial only: {line.text}")


def _not_on_serial(sequence: int, key: _Key) -> Gap:
    return Gap("not-on-serial", sequence, None, f"kmsg only: {key[2]}")
