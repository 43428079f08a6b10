# SPDX-License-Identifier: GPL-2.0-only
"""The calls that one program made, as it recorded them: ``images/workloads/lib/record.h``."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_MAGIC: Final = b"m2mcall1"
_LOG: Final = struct.Struct("<8s4I40x")
_RECORD: Final = struct.Struct("<HHiIIIIqqQiHH")

# Records are a multiple of it, and none begins with one that is zero.
_WORD: Final = 8

# In the order of enum record_call.
_NAMES: Final = (
    *("ioctl", "open", "close", "dup", "poll", "epoll_ctl", "epoll_wait", "mmap", "munmap"),
    *("pixels", "mremap", "select", "fork", "send", "receive", "fault", "mode"),
    "gone",
)


@dataclass(frozen=True, slots=True)
class Call:
    """One call.

    Attributes:
        name: "ioctl", "open", …; "pixels" is none: a picture that was compared; nor is
            "fault": from then on allocations may fail; nor "gone": a device loses its driver.
        fd: what it is about, -1 if nothing is.
        begin, end: numbers in the order of the whole program; `end` is 0 if it never returned.
        process, thread: who made it.
        began, ended: nanoseconds of the guest's CLOCK_MONOTONIC.
        request: the request of an ioctl; what else a call has for a number.
        result: what it returned; a negative errno if it failed.
        before, after: its arguments, as it was given them and as it left them.
    """

    name: str
    fd: int
    begin: int
    end: int
    process: int
    thread: int
    began: int
    ended: int
    request: int
    result: int
    before: bytes
    after: bytes

    @property
    def returned(self) -> bool:
        """Whether it came to an end before its program did."""
        return self.end > 0

    @property
    def done(self) -> bool:
        """Whether it succeeded."""
        return self.returned and self.result >= 0


@dataclass(frozen=True, slots=True)
class CallLog:
    """The calls of one program.

    Attributes:
        calls: in the order of their beginnings.
        dropped: how many came after them and found no room.
        problem: why what comes after them cannot be read; "" if all can.
    """

    calls: tuple[Call, ...]
    dropped: int
    problem: str

    @property
    def whole(self) -> bool:
        """Whether these are all that the program made."""
        return not self.dropped and not self.problem


def parse_calls(data: bytes) -> CallLog:
    """Reads records that may be cut off anywhere, or be none at all."""
    if len(data) < _LOG.size:
        return CallLog((), 0, "no records of calls")
    magic, _room, used, _order, dropped = _LOG.unpack_from(data)
    if magic != _MAGIC:
        return CallLog((), 0, "records of calls of another version")
    calls: list[Call] = []
    problem = ""
    numbers: set[int] = set()
    try:
        for call in _calls(data, _LOG.size + used):
            _claim(numbers, call)
            calls.append(call)
    except ValueError as error:
        problem = str(error)
    return CallLog(tuple(sorted(calls, key=lambda call: call.begin)), dropped, problem)


def _claim(numbers: set[int], call: Call) -> None:
    """See that the numbers of a call are its own.

    Raises:
        ValueError: they are not.
    """
    own = [number for number in (call.begin, call.end) if number]
    if numbers.intersection(own) or 0 < call.end <= call.begin:
        raise ValueError(f"a record of a call with the numbers {call.begin} and {call.end}")
    numbers.update(own)


def _calls(data: bytes, end: int) -> Iterator[Call]:
    """
    Raises:
        ValueError: what comes next is no record.
    """
    at = _LOG.size
    while at < end:
        # Who took this room was killed before it could say how much, and had not made its call.
        if data[at : at + _WORD] == bytes(_WORD):
            at += _WORD
            continue
        if at + _RECORD.size > min(end, len(data)):
            raise ValueError(f"records of calls end at byte {len(data)} of {end}")
        size, kind, fd, *numbers, request, result, before, after = _RECORD.unpack_from(data, at)
        begin, ended_as, process, thread, began, ended = numbers
        head = at + _RECORD.size
        second = head + _aligned(before)
        if size % 8 or second + after > at + size or at + size > len(data):
            raise ValueError(f"no record of a call at byte {at}")
        if not 1 <= kind <= len(_NAMES):
            raise ValueError(f"a record of an unknown call at byte {at}")
        # Without a number it is not known when it began, so it did not.
        if begin:
            yield Call(
                _NAMES[kind - 1],
                *(fd, begin, ended_as, process, thread, began, ended, request, result),
                data[head : head + before],
                data[second : second + after],
            )
        at += size


def _aligned(size: int) -> int:
    return (size + 7) & ~7
