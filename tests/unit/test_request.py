# SPDX-License-Identifier: GPL-2.0-only
"""Each row of the contract of a request's fence: it holds for what a series did that keeps them,
and is seen broken in the same history with one answer changed."""

from dataclasses import replace
from errno import EBUSY, EINVAL

import pytest

from rig.evidence.calls import Call, CallLog
from rig.evidence.ktap import Observation
from rig.evidence.structures import Flag
from rig.judge.oracles.request import told
from rig.judge.oracles.request.history import FENCED, REINIT, History
from rig.judge.oracles.request.row import Row
from rig.judge.oracles.request.rows import ROWS
from rig.judge.oracles.uapi.program import Step
from rig.judge.oracles.uapi.rule import Seen
from tests.unit.histories import Change, Which, changed, leaving, program, put, recorded, returning
from tests.unit.test_uapi import TOLD, given, named, polled, slept

HISTORY = "hantro-request"

# Where the status is in a sync_file_info, and the flags in a v4l2_buffer.
STATUS, FLAGS = 32, 12
FAILED = 2**32 - 5
ALL = 9999
INFO = "SYNC_IOC_FILE_INFO"
QUEUE = "MEDIA_REQUEST_IOC_QUEUE"


def looked(row: Row, log: CallLog) -> list[Seen]:
    return list(row.look(History(program(log))))


def refused(error: int) -> Which:
    return lambda step: step.name == FENCED and step.error == error


def renumbered(step: Step) -> Call:
    return replace(step.call, after=put(step.call.after, 0, b"videobuf2-job1-1\0"))


def incomplete(step: Step) -> Call:
    return replace(step.call, result=0, after=put(step.call.after, TOLD, bytes(2)))


def over(step: Step) -> bool:
    return named(INFO)(step) and step.call.after[STATUS] == 1


REDS: dict[str, tuple[Which, Change, int]] = {
    "no-fence-given": (named(INFO), leaving(40, 2), 1),
    "fence-refused": (named(FENCED), returning(-EBUSY), 1),
    "pending-after-request": (named(INFO), leaving(STATUS, 0), ALL),
    "pending-after-dequeue": (named(INFO), leaving(STATUS, 0), ALL),
    "wrong-status": (named(INFO), leaving(STATUS, FAILED), ALL),
    "starved-fence": (refused(EBUSY), returning(0), 1),
    "refused-but-queued": (named(QUEUE), returning(-EBUSY), 1),
    "wrong-answer": (refused(EINVAL), returning(0), 1),
    "fence-changed": (over, leaving(STATUS, FAILED), 1),
    "pending-after-reinit": (named(INFO), leaving(STATUS, 0), ALL),
    "wrong-number": (named(INFO), renumbered, ALL),
    "fence-lost": (polled("sync_file"), slept(0), 1),
    "pending-after-stop": (named(INFO), leaving(STATUS, 0), ALL),
    "cancelled-as-success": (
        lambda step: named(INFO)(step) and step.call.after[STATUS + 3] == 0xFF,
        leaving(STATUS, 1),
        ALL,
    ),
    "request-left": (polled("request"), incomplete, ALL),
}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row.id))
def test_a_row_holds_and_can_be_broken(row: Row) -> None:
    log = recorded(HISTORY)
    seen = looked(row, log)
    assert seen
    assert [one.broken for one in seen if one.broken] == []
    which, change, count = REDS[row.id]
    assert any(one.broken for one in looked(row, changed(log, which, change, count)))


def test_a_slice_that_leaves_its_picture_promises_nothing() -> None:
    """Nobody knows what comes after it, either."""
    held = given(FLAGS, Flag.REQUEST_FD | Flag.M2M_HOLD_CAPTURE_BUF)
    [starved] = [row for row in ROWS if row.id == "starved-fence"]
    [refused_too] = [row for row in ROWS if row.id == "fence-refused"]
    log = changed(recorded(HISTORY), lambda step: bool(step.request and step.given), held)
    assert sum(bool(seen.broken) for seen in looked(starved, log)) == 1
    assert len(looked(refused_too, log)) < len(looked(refused_too, recorded(HISTORY)))


def test_an_old_request_that_is_made_anew_is_another() -> None:
    """What was refused because it was queued may be queued then."""
    log = recorded(HISTORY)
    contents = [ask.content for ask in History(program(log)).asks]
    assert {"nothing", "a buffer", "queued"} <= set(contents)
    without_reinit = changed(log, named(REINIT), returning(-EBUSY), ALL)
    asks = History(program(without_reinit)).asks
    assert [ask.content for ask in asks].count("queued") > contents.count("queued")


def seen(name: str, **fields: str) -> Observation:
    values = {key.replace("_", "-"): value for key, value in fields.items()}
    return Observation(name, values, (), 1)


@pytest.mark.parametrize(
    ("observation", "reason"),
    [
        (seen("pixels", at="signal", wrong_bytes="1"), "request.torn-picture"),
        (seen("descriptors", before="4", after="5"), "request.descriptor-leaked"),
        (seen("executed", fence="open"), "request.fence-inherited"),
    ],
)
def test_what_no_call_tells_is_judged(observation: Observation, reason: str) -> None:
    assert [each.kind.id for each in told([observation])] == [reason]


def test_what_is_as_it_must_be_gives_no_reason() -> None:
    good = [
        seen("pixels", at="signal", wrong_bytes="0"),
        seen("pixels", at="dqbuf", wrong_bytes="1"),
        seen("descriptors", before="4", after="4"),
        seen("executed", fence="closed"),
    ]
    assert list(told(good)) == []
