# SPDX-License-Identifier: GPL-2.0-only
"""Records of calls are read, whatever is left of them, and descriptors are followed."""

import struct

import pytest

from rig.evidence.calls import parse_calls
from rig.evidence.structures import read_buffer
from tests.unit.histories import program, raw, recorded

GOOD = "vim2m-cancel"
HEADER = 64


def test_a_recorded_history_is_read() -> None:
    log = recorded(GOOD)
    assert (len(log.calls), log.dropped, log.problem) == (233, 0, "")
    assert log.whole
    assert [call.begin for call in log.calls] == sorted(call.begin for call in log.calls)
    assert all(call.began <= call.ended for call in log.calls)


def test_steps_say_what_they_are_about() -> None:
    steps = program(recorded(GOOD)).steps
    [opened] = [step for step in steps if step.name == "VIDIOC_QUERYCAP"]
    assert str(opened) == "VIDIOC_QUERYCAP of video 1 of vim2m (call 5)"
    queued = next(step for step in steps if step.name == "VIDIOC_QBUF")
    assert str(queued) == "VIDIOC_QBUF of buffer 0 on CAPTURE of video 1 of vim2m (call 37)"
    assert queued.state is not None
    assert queued.state.buffers == {0: "dequeued", 1: "dequeued"}


@pytest.mark.parametrize("size", [0, 1, 63, 64, 65, 119, 120, 300, 5000])
def test_what_is_cut_off_is_read_as_far_as_it_goes(size: int) -> None:
    data = raw(GOOD)
    log = parse_calls(data[:size])
    assert log.problem
    assert not log.whole
    assert log.calls == parse_calls(data).calls[: len(log.calls)]


def test_what_is_no_record_ends_the_reading() -> None:
    data = bytearray(raw(GOOD))
    first = struct.unpack_from("<H", data, HEADER)[0]
    struct.pack_into("<H", data, HEADER + first, 0)
    log = parse_calls(bytes(data))
    assert len(log.calls) == 1
    assert log.problem == f"no record of a call at byte {HEADER + first}"


@pytest.mark.parametrize("count", [1, 3])
def test_who_was_killed_before_its_call_leaves_room_for_nothing(count: int) -> None:
    """A child that `kill` ends right after it has taken room for a record."""
    data = bytearray(raw(GOOD))
    whole = parse_calls(bytes(data))
    sizes = [struct.unpack_from("<H", data, HEADER)[0]]
    for _ in range(count):
        sizes.append(struct.unpack_from("<H", data, HEADER + sum(sizes))[0])
    data[HEADER + sizes[0] : HEADER + sum(sizes)] = bytes(sum(sizes[1:]))
    log = parse_calls(bytes(data))
    assert (log.problem, log.whole) == ("", True)
    assert len(log.calls) == len(whole.calls) - count
    assert set(log.calls) < set(whole.calls)


def test_junk_does_not_raise() -> None:
    data = raw(GOOD)
    for at in range(0, len(data), 101):
        log = parse_calls(data[:at] + b"\xff" * 8 + data[at + 8 :])
        program(log)


def test_a_multiplanar_buffer_has_its_planes() -> None:
    one = struct.pack("<II8sI44x", 7, 9, bytes(8), 0)
    head = struct.pack("<5I4xqq2I8s2I8sIIi4x", *_fields(type=9, planes=1))
    found = read_buffer(head + one)
    assert found is not None
    assert [(plane.bytesused, plane.length) for plane in found.planes] == [(7, 9)]
    assert read_buffer(head[:-1]) is None


def _fields(type: int, planes: int) -> tuple[object, ...]:
    return (0, type, 0, 0, 1, 0, 0, 0, 0, bytes(8), 0, 1, bytes(8), planes, 0, 0)
