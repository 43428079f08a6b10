# SPDX-License-Identifier: GPL-2.0-only
"""What of fences is judged by the records of calls."""

import dataclasses
import struct

import pytest

from rig.base.paths import ROOT
from rig.evidence.calls import Call, CallLog
from rig.evidence.case import CaseEvidence, read_case
from rig.evidence.ktap import KtapTest
from rig.judge.oracles.accounting import fences
from rig.judge.oracles.contract.pictures import finished
from rig.judge.oracles.contract.queueing import waited

SIGNAL = ROOT / "tests" / "corpus" / "clean" / "cases" / "vim2m-signal-s1"

SECOND = 1_000_000_000
VIDEO, DMABUF, OTHER = 3, 7, 8
CAPTURE, OUTPUT = 1, 2

QBUF, STREAMON, IMPORT = (ord("V"), 15), (ord("V"), 18), (ord("b"), 3)
EXPBUF, EXPORT, INFO = (ord("V"), 16), (ord("b"), 2), (ord(">"), 4)


def called(begin: int, what: tuple[int, int], fd: int, before: bytes = b"", took: int = 0) -> Call:
    """An ioctl that succeeded; `begin`: the first of its two numbers, and its time in seconds."""
    kind, number = what
    began = begin * SECOND
    return Call(
        *("ioctl", fd, begin, begin + 1, 1, 1, began, began + took, kind << 8 | number, 0),
        before=before,
        after=b"",
    )


def stream(begin: int, kind: int) -> Call:
    return called(begin, STREAMON, VIDEO, struct.pack("<i", kind))


def queued(begin: int, memory: int, fd: int, took: int) -> Call:
    buffer = struct.pack("<2I52xIi", 0, CAPTURE, memory, fd)
    return called(begin, QBUF, VIDEO, buffer.ljust(88, b"\0"), took)


def with_calls(*calls: Call, dropped: int = 0, directive: str = "") -> CaseEvidence:
    """A case of one program, which made these calls."""
    case = read_case(SIGNAL)
    [program] = case.record.scenario.programs
    test = KtapTest(program.name, not directive, directive, "", (), (), None)
    return dataclasses.replace(
        case,
        calls={program.name: CallLog(calls, dropped, "")},
        results=dataclasses.replace(case.results, tests=(test,)),
    )


def many_contexts(case: CaseEvidence, contexts: int) -> list[str]:
    """What is said of contexts if the fences of the case came from so many."""
    assert case.trace is not None
    events = [
        dataclasses.replace(
            event,
            fields={
                **event.fields,
                "context": str(1000 + int(event.fields["seqno"]) % contexts),
            },
        )
        if "context" in event.fields and "seqno" in event.fields
        else event
        for event in case.trace.events
    ]
    trace = dataclasses.replace(case.trace, events=tuple(events))
    found = fences(dataclasses.replace(case, trace=trace))
    return [reason.text for reason in found if reason.id == "fence.many-contexts"]


def test_a_stream_has_one_context() -> None:
    once = (stream(1, CAPTURE), stream(3, OUTPUT))
    assert not many_contexts(with_calls(*once), 1)
    [said] = many_contexts(with_calls(*once), 2)
    assert said == "C25: 2 contexts, and 1 streams of CAPTURE were started"
    assert not many_contexts(with_calls(*once, stream(5, CAPTURE)), 2)


def test_calls_that_are_not_all_there_prove_nothing_of_contexts() -> None:
    assert not many_contexts(with_calls(stream(1, CAPTURE), dropped=1), 2)
    case = with_calls(stream(1, CAPTURE))
    assert not many_contexts(dataclasses.replace(case, calls={}), 2)
    scenario = dataclasses.replace(case.record.scenario, outside=("gstreamer",))
    record = dataclasses.replace(case.record, scenario=scenario)
    assert not many_contexts(dataclasses.replace(case, record=record), 2)


LONG = queued(4, 4, DMABUF, SECOND)
PUT = called(1, IMPORT, DMABUF)
NEVER = dataclasses.replace(LONG, end=0, ended=0)


@pytest.mark.parametrize(
    ("calls", "directive", "broken"),
    [
        ((PUT, LONG), "", True),
        ((PUT, NEVER), "TIMEOUT", True),
        # Killed on purpose, in the middle of whatever it did.
        ((PUT, NEVER), "", False),
        ((PUT, queued(4, 4, DMABUF, SECOND - 1)), "", False),
        # Nobody has put a fence there, or not on this memory.
        ((LONG,), "", False),
        ((called(1, IMPORT, OTHER), LONG), "", False),
        ((PUT, queued(4, 1, DMABUF, SECOND)), "", False),
        # The descriptor stands for something else by then.
        ((PUT, dataclasses.replace(called(2, QBUF, DMABUF), name="close"), LONG), "", False),
        # Another call may have held the lock of the queue.
        ((PUT, LONG, dataclasses.replace(stream(4, OUTPUT), begin=3, end=9)), "", False),
    ],
)
def test_queueing_does_not_wait(calls: tuple[Call, ...], directive: str, broken: bool) -> None:
    found = [reason.id for reason in waited(with_calls(*calls, directive=directive))]
    assert found == (["fence.queueing-waited"] if broken else [])


SYNC_FILE = 9

OPEN = dataclasses.replace(called(1, QBUF, -1, b"/dev/video0"), name="open", result=VIDEO)


def gave(begin: int, what: tuple[int, int], fd: int, after: bytes) -> Call:
    return dataclasses.replace(called(begin, what, fd, after), after=after)


def info(begin: int, status: int, name: str = "videobuf2-capture1-1") -> Call:
    return gave(begin, INFO, SYNC_FILE, struct.pack("<32si20x", name.encode(), status))


def compared(begin: int, wrong: int, index: int = 0) -> Call:
    seen = struct.pack("<3Q", index, wrong, 64)
    pixels = called(begin, QBUF, VIDEO, seen)
    return dataclasses.replace(pixels, name="pixels", request=CAPTURE)


EXPORTED = gave(3, EXPBUF, VIDEO, struct.pack("<4Ii44x", CAPTURE, 0, 0, 0, DMABUF))
TAKEN = gave(7, EXPORT, DMABUF, struct.pack("<Ii", 1, SYNC_FILE))
OF_DRIVER = (OPEN, EXPORTED, queued(5, 1, 0, 0), TAKEN)
IMPORTED = (OPEN, queued(5, 4, DMABUF, 0), TAKEN)


@pytest.mark.parametrize(
    ("calls", "broken"),
    [
        ((*OF_DRIVER, info(9, 0), info(11, 1), compared(13, 5)), True),
        ((*IMPORTED, info(9, 0), info(11, 1), compared(13, 5)), True),
        ((*OF_DRIVER, info(9, 0), info(11, 1), compared(13, 0)), False),
        # It said that the job failed, or nothing yet.
        ((*OF_DRIVER, info(9, 0), info(11, -5), compared(13, 5)), False),
        ((*OF_DRIVER, info(9, 0), compared(13, 5)), False),
        # The stub, and a fence of somebody else.
        ((*OF_DRIVER, info(9, 1, "stub-stub0-0"), compared(13, 5)), False),
        ((*OF_DRIVER, info(9, 0, "sw_sync-7-1"), info(11, 1), compared(13, 5)), False),
        # Another buffer, and another job of this one.
        ((*OF_DRIVER, info(9, 0), info(11, 1), compared(13, 5, index=1)), False),
        ((*OF_DRIVER, info(9, 0), info(11, 1), queued(13, 1, 0, 0), compared(15, 5)), False),
    ],
)
def test_success_stands_for_a_finished_picture(calls: tuple[Call, ...], broken: bool) -> None:
    found = [reason.text for reason in finished(with_calls(*calls))]
    [program] = with_calls(*calls).calls
    told = f"C14: success, and 5 of 64 bytes are wrong (call 13 of {program})"
    assert found == ([told] if broken else [])
