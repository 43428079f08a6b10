# SPDX-License-Identifier: GPL-2.0-only
"""Rules of `uapi` where calls come in an order that no friendly program has."""

import struct
from collections.abc import Iterator
from dataclasses import replace
from errno import EAGAIN, EBADF, EINVAL
from itertools import count

import pytest

from rig.evidence.calls import Call, CallLog
from rig.judge.oracles.uapi.judged import accounts
from rig.judge.oracles.uapi.model import with_states
from rig.judge.oracles.uapi.program import Program, understood
from rig.judge.oracles.uapi.rules import rules

CAPTURE, OUTPUT = 1, 2
NONBLOCK = 0o4000
IN, PRI, ERR = 0x1, 0x2, 0x8
LAST = 0x100000
SECOND = 1_000_000_000

NUMBERS = {
    "REQBUFS": 8,
    "QUERYBUF": 9,
    "QBUF": 15,
    "DQBUF": 17,
    "STREAMON": 18,
    "STREAMOFF": 19,
    "S_FMT": 5,
}


class Tape:
    """Calls of one thread, one after the other."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self._number = count(1)
        self._now = 0

    def call(
        self, name: str, fd: int, request: int = 0, result: int = 0,
        before: bytes = b"", after: bytes = b"", took: int = 1000,
    ) -> None:  # fmt: skip
        begin, end, began = next(self._number), next(self._number), self._now
        self._now += took
        self.calls.append(
            Call(name, fd, begin, end, 1, 1, began, self._now, request, result, before, after)
        )

    def open(self, fd: int, flags: int = NONBLOCK, path: str = "/dev/video0") -> None:
        self.call("open", -1, flags, fd, path.encode())

    def ioctl(self, name: str, fd: int, before: bytes, after: bytes = b"", result: int = 0) -> None:
        self.call("ioctl", fd, ord("V") << 8 | NUMBERS[name], result, before, after or before)

    def stream(self, fd: int, on: bool = True) -> None:
        for kind in (OUTPUT, CAPTURE):
            self.ioctl("STREAMON" if on else "STREAMOFF", fd, struct.pack("<i", kind))

    def buffers(self, fd: int, kind: int) -> None:
        self.ioctl("REQBUFS", fd, struct.pack("<5I", 3, kind, 1, 0, 0))

    def buffer(
        self, name: str, fd: int, kind: int, index: int, result: int = 0, **said: int
    ) -> None:
        self.ioctl(name, fd, buffer(kind, index, **said), result=result)

    def poll(self, fd: int, events: int, told: int, took: int = 2 * SECOND) -> None:
        answer = struct.pack("<iHH", fd, events, told)
        self.call("poll", fd, took, bool(told), answer, answer, took)


def buffer(kind: int, index: int, flags: int = 0, used: int = 64, field: int = 1) -> bytes:
    head = struct.pack("<5I4xqq2I8s2I", index, kind, used, flags, field, 0, 0, 0, 0, b"", 0, 1)
    return head + struct.pack("<8sIIi4x", b"", 64, 0, 0)


@pytest.fixture
def tape() -> Tape:
    return Tape()


def said(rule: str, tape: Tape) -> list[str]:
    """What a rule says of the calls: "" each time that it held."""
    log = CallLog(tuple(tape.calls), 0, "")
    program = Program("p", log, with_states(tuple(understood(log.calls))))
    [asked] = [each for each in rules() if each.id == rule]
    return [seen.broken for seen in asked.look(program)]


def test_rules_are_found() -> None:
    assert list(accounts([], rules()))


def ready(tape: Tape, fd: int = 3) -> None:
    tape.open(fd)
    for kind in (OUTPUT, CAPTURE):
        tape.buffers(fd, kind)
        tape.buffer("QBUF", fd, kind, 0)
    tape.stream(fd)


def test_a_descriptor_that_is_taken_again_blocks_as_it_was_opened(tape: Tape) -> None:
    tape.open(3, 0)
    tape.call("close", 3)
    tape.open(3)
    tape.buffer("DQBUF", 3, CAPTURE, 0, -EAGAIN)
    assert said("eagain-without-nonblock", tape) == [""]


def test_of_a_descriptor_that_is_not_open_nothing_is_promised(tape: Tape) -> None:
    tape.open(3)
    tape.buffers(3, CAPTURE)
    tape.buffer("QUERYBUF", 3, CAPTURE, 7, -EBADF)
    tape.buffer("QUERYBUF", 3, CAPTURE, 7, -EINVAL)
    assert said("index-out-of-range", tape) == [""]


def test_a_duplicate_blocks_as_what_it_was_made_of(tape: Tape) -> None:
    tape.open(3, 0)
    tape.call("dup", 3, result=4)
    tape.buffer("DQBUF", 4, CAPTURE, 0, -EAGAIN)
    assert len(list(filter(None, said("eagain-without-nonblock", tape)))) == 1


@pytest.mark.parametrize(("events", "times"), [(PRI, 0), (IN, 1)])
def test_who_waits_for_events_alone_is_not_told_that_nothing_streams(
    tape: Tape, events: int, times: int
) -> None:
    tape.open(3)
    tape.poll(3, events, 0)
    assert len(list(filter(None, said("poll-error-while-off", tape)))) == times


def test_what_is_done_and_was_not_taken_back_makes_no_job_possible(tape: Tape) -> None:
    ready(tape)
    tape.buffer("QBUF", 3, CAPTURE, 1)
    tape.buffer("DQBUF", 3, CAPTURE, 0)
    tape.poll(3, IN, 0)
    assert said("buffer-comes-back", tape) == []


@pytest.mark.parametrize(("took", "lost"), [(1000, True), (SECOND, False)])
def test_who_was_told_nothing_and_waits_then_was_told_right(
    tape: Tape, took: int, lost: bool
) -> None:
    """Hardware that is late makes it wait; what is there at once was there before."""
    ready(tape)
    tape.poll(3, IN, 0)
    tape.call("ioctl", 3, ord("V") << 8 | 17, 0, buffer(CAPTURE, 0), buffer(CAPTURE, 0), took)
    assert [bool(broken) for broken in said("poll-lost", tape)] == [lost]


def test_what_was_fed_after_it_does(tape: Tape) -> None:
    ready(tape)
    tape.buffer("QBUF", 3, CAPTURE, 1)
    tape.buffer("DQBUF", 3, CAPTURE, 0)
    tape.buffer("QBUF", 3, OUTPUT, 1)
    tape.poll(3, IN, 0)
    assert len(list(filter(None, said("buffer-comes-back", tape)))) == 1


def test_what_a_stream_took_with_it_may_have_been_done(tape: Tape) -> None:
    """Nobody knows of which OUTPUT buffers the CAPTURE buffers were that went."""
    ready(tape)
    tape.ioctl("STREAMOFF", 3, struct.pack("<i", CAPTURE))
    tape.ioctl("STREAMON", 3, struct.pack("<i", CAPTURE))
    tape.buffer("QBUF", 3, CAPTURE, 1)
    tape.poll(3, IN, 0)
    assert said("buffer-comes-back", tape) == []


@pytest.mark.parametrize(("flags", "used", "times"), [(LAST, 0, 0), (LAST, 64, 1), (0, 64, 1)])
def test_the_empty_last_buffer_shows_no_field(
    tape: Tape, flags: int, used: int, times: int
) -> None:
    ready(tape)
    tape.buffer("DQBUF", 3, CAPTURE, 0, flags=flags, used=used, field=0)
    assert len(list(filter(None, said("field-any", tape)))) == times


# Of a v4l2_buffer: seconds, and what it is called in its stream.
_SECONDS, _SEQUENCE = 24, 56
_COPY = 0x4000


def stamped(kind: int, index: int, seconds: int, sequence: int = 0) -> bytes:
    raw = bytearray(buffer(kind, index, flags=_COPY))
    struct.pack_into("<q", raw, _SECONDS, seconds)
    struct.pack_into("<I", raw, _SEQUENCE, sequence)
    return bytes(raw)


def began_before(tape: Tape, other: int) -> None:
    """The last call is another thread's, and began before one that came earlier."""
    calls = [replace(call, begin=10 * call.begin, end=10 * call.end) for call in tape.calls]
    last = replace(calls.pop(), begin=calls[other].begin - 1, thread=2)
    tape.calls = sorted([*calls, last], key=lambda call: call.begin)


@pytest.mark.parametrize(("while_waiting", "holds"), [(True, True), (False, False)])
def test_what_was_fed_while_somebody_waits_may_come_back(
    tape: Tape, while_waiting: bool, holds: bool
) -> None:
    ready(tape)
    tape.ioctl("QBUF", 3, stamped(OUTPUT, 1, 7))
    tape.ioctl("DQBUF", 3, stamped(CAPTURE, 0, 7))
    if while_waiting:
        began_before(tape, -1)
    else:
        # What is fed after it has come back cannot be it.
        tape.calls[-2:] = [
            replace(tape.calls[-1], begin=tape.calls[-2].begin, end=tape.calls[-2].end),
            replace(tape.calls[-2], begin=tape.calls[-1].begin, end=tape.calls[-1].end),
        ]
    assert [not broken for broken in said("timestamp-copied", tape)] == [holds]


@pytest.mark.parametrize("meanwhile", [True, False])
def test_what_was_queued_before_a_stream_went_may_be_done_until_it_has_gone(
    tape: Tape, meanwhile: bool
) -> None:
    """Seen in a storm: OUTPUT waits for its job, and CAPTURE streams again meanwhile."""
    ready(tape)
    tape.ioctl("STREAMOFF", 3, struct.pack("<i", CAPTURE))
    if not meanwhile:
        tape.ioctl("STREAMOFF", 3, struct.pack("<i", OUTPUT))
    tape.ioctl("STREAMON", 3, struct.pack("<i", CAPTURE))
    tape.buffer("QBUF", 3, CAPTURE, 0)
    if meanwhile:
        tape.ioctl("STREAMOFF", 3, struct.pack("<i", OUTPUT))
        began_before(tape, -2)
    later = Tape()
    later.ioctl("QBUF", 3, stamped(OUTPUT, 1, 9))
    later.ioctl("DQBUF", 3, stamped(CAPTURE, 0, 0))
    tape.calls += [replace(one, begin=one.begin + 1000, end=one.end + 1000) for one in later.calls]
    assert [not broken for broken in said("timestamp-copied", tape)] == [meanwhile]


@pytest.mark.parametrize("together", [True, False])
def test_of_two_who_wait_either_may_be_told_first(tape: Tape, together: bool) -> None:
    ready(tape)
    tape.buffer("QBUF", 3, CAPTURE, 1)
    tape.ioctl("DQBUF", 3, stamped(CAPTURE, 1, 0, sequence=1))
    tape.ioctl("DQBUF", 3, stamped(CAPTURE, 0, 0, sequence=0))
    if together:
        began_before(tape, -1)
    assert [bool(broken) for broken in said("sequence-counts", tape)] == (
        [] if together else [True]
    )


def requests(tape: Tape) -> Iterator[None]:
    """A request with an OUTPUT buffer; then it is polled, and does not complete."""
    tape.open(3)
    for kind in (OUTPUT, CAPTURE):
        tape.buffers(3, kind)
    yield
    given = bytearray(buffer(OUTPUT, 0, flags=0x800000))
    struct.pack_into("<i", given, 80, 9)
    tape.ioctl("QBUF", 3, bytes(given))
    tape.call("ioctl", 9, ord("|") << 8 | 128)
    tape.poll(9, PRI, 0)


@pytest.mark.parametrize(("possible", "times"), [(False, 0), (True, 1)])
def test_a_request_waits_for_the_queues_of_its_file(tape: Tape, possible: bool, times: int) -> None:
    for _ in requests(tape):
        if possible:
            tape.buffer("QBUF", 3, CAPTURE, 0)
        tape.stream(3)
    assert len(list(filter(None, said("request-completes", tape)))) == times


def test_what_a_request_queues_may_be_dequeued_before_its_call_returns(tape: Tape) -> None:
    ready(tape)
    given = bytearray(buffer(OUTPUT, 1, flags=0x800000))
    struct.pack_into("<i", given, 80, 9)
    tape.ioctl("QBUF", 3, bytes(given))
    tape.call("ioctl", 9, ord("|") << 8 | 128)
    tape.buffer("DQBUF", 3, OUTPUT, 1)
    queued, dequeued = tape.calls[-2:]
    # The second one within the first, by another thread.
    tape.calls[-2:] = [
        replace(queued, end=dequeued.end),
        replace(dequeued, begin=queued.end, end=dequeued.begin, thread=2),
    ]
    assert said("dqbuf-of-a-queued-buffer", tape) == []


def test_what_a_request_queues_may_be_taken_back_before_its_call_returns(tape: Tape) -> None:
    """VIDIOC_STREAMOFF of another thread may come before the request, or after it."""
    ready(tape)
    tape.ioctl("STREAMOFF", 3, struct.pack("<i", OUTPUT))
    given = bytearray(buffer(OUTPUT, 1, flags=0x800000))
    struct.pack_into("<i", given, 80, 9)
    tape.ioctl("QBUF", 3, bytes(given))
    tape.call("ioctl", 9, ord("|") << 8 | 128)
    tape.poll(9, PRI, PRI, 0)
    stopped, put, queued, _polled = tape.calls[-4:]
    # It ends while the request is queued.
    tape.calls[-4:] = [
        replace(stopped, thread=2, end=queued.end),
        put,
        replace(queued, end=tape.calls[-1].begin),
    ]
    tape.ioctl("QBUF", 3, buffer(OUTPUT, 1))
    assert list(filter(None, said("qbuf-of-a-held-buffer", tape))) == []


def test_only_one_event_of_a_request_is_waited_for(tape: Tape) -> None:
    for _ in requests(tape):
        tape.buffer("QBUF", 3, CAPTURE, 0)
        tape.stream(3)
    tape.poll(9, IN, 0)
    assert len(said("request-completes", tape)) == 1
