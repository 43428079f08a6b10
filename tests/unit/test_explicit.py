# SPDX-License-Identifier: GPL-2.0-only
"""Each row of the contract of explicit fences: it holds for what a series did that keeps them, and
is seen broken in the same history with one answer changed."""

from dataclasses import replace
from errno import EBUSY, ECANCELED, EINVAL, EIO

import pytest

from rig.evidence.calls import Call, CallLog
from rig.evidence.ktap import Observation
from rig.evidence.structures import Flag
from rig.judge.oracles.explicit.history import History
from rig.judge.oracles.explicit.observed import told
from rig.judge.oracles.explicit.row import Row
from rig.judge.oracles.explicit.rows import rows
from rig.judge.oracles.uapi.program import Step
from rig.judge.oracles.uapi.rule import Seen
from tests.unit.histories import Change, Which, changed, leaving, program, put, recorded, returning
from tests.unit.test_uapi import given, named, polled, slept

HISTORY = "vim2m-explicit"
# Some rows are about what is not in that one.
HISTORIES = {
    "wrong-errno": "vim2m-explicit-fail",
    "request-with-fence": "visl-explicit-requests",
}

# Where things are in a v4l2_buffer, and in a sync_file_info.
FLAGS, FENCE, STATUS = 12, 76, 32
ALL = 9999


def looked(row: Row, log: CallLog) -> list[Seen]:
    return list(row.look(History(program(log))))


def given_fence(step: Step) -> bool:
    return step.name == "VIDIOC_QBUF" and step.made is not None


def refused(error: int, flag: Flag) -> Which:
    def which(step: Step) -> bool:
        asked = step.given is not None and bool(step.given.flags & flag)
        return step.name == "VIDIOC_QBUF" and step.error == error and asked

    return which


def hopeful() -> Which:
    """The first call that was refused its fence, and the next question about any."""
    left = ["VIDIOC_QBUF", "SYNC_IOC_FILE_INFO"]

    def which(step: Step) -> bool:
        if not left or step.name != left[0] or (len(left) == 2 and step.error != EBUSY):
            return False
        left.pop(0)
        return True

    return which


def with_fence_77(step: Step) -> Call:
    if step.name == "SYNC_IOC_FILE_INFO":
        return replace(step.call, fd=77, after=put(step.call.after, STATUS, bytes(4)))
    after = put(step.call.before, FLAGS, int(Flag.OUT_FENCE).to_bytes(4, "little"))
    return replace(step.call, result=0, after=put(after, FENCE, (77).to_bytes(4, "little")))


def erroneous(step: Step) -> bool:
    return step.name == "VIDIOC_DQBUF" and bool(step.got and step.got.flags & Flag.ERROR)


def plain(step: Step) -> bool:
    return named("VIDIOC_QBUF")(step) and bool(step.given) and not given_fence(step)


def renumbered(step: Step) -> Call:
    return replace(step.call, after=put(step.call.after, 0, b"videobuf2-job1-1\0"))


INFO = "SYNC_IOC_FILE_INFO"
FAILED = 2**32 - EIO
CANCELLED = 2**32 - ECANCELED

REDS: dict[str, tuple[Which, Change, int]] = {
    "no-fence-given": (given_fence, leaving(FLAGS, 2), 1),
    "starved-fence": (hopeful(), with_fence_77, 2),
    "fence-refused": (given_fence, returning(-EBUSY), 1),
    "unable-but-done": (named("VIDIOC_REQBUFS"), leaving(12, 0), ALL),
    "field-not-zero": (plain, leaving(FENCE, 5), 1),
    "no-fence-accepted": (refused(EINVAL, Flag.IN_FENCE), returning(0), 1),
    "fence-reported": (named("VIDIOC_DQBUF"), leaving(FLAGS, Flag.OUT_FENCE), 1),
    "prepared-with-fence": (lambda s: s.name == "VIDIOC_PREPARE_BUF", returning(0), 1),
    "request-with-fence": (refused(EINVAL, Flag.REQUEST_FD), returning(0), 1),
    "job-not-waiting": (named("SW_SYNC_IOC_INC"), given(0, 0), 1),
    "fence-lost": (polled("sync_file"), slept(0), 1),
    "pending-after-dequeue": (named(INFO), leaving(STATUS, 0), ALL),
    "pending-after-stop": (named(INFO), leaving(STATUS, 0), ALL),
    "wrong-status": (named(INFO), leaving(STATUS, FAILED), ALL),
    "wrong-errno": (named(INFO), leaving(STATUS, CANCELLED), ALL),
    "failed-source-used": (erroneous, leaving(FLAGS, 0x4001), ALL),
    "cancelled-as-success": (named(INFO), leaving(STATUS, 1), ALL),
    "wrong-number": (named(INFO), renumbered, ALL),
}


@pytest.mark.parametrize("row", rows(), ids=lambda row: str(row.id))
def test_a_row_holds_and_can_be_broken(row: Row) -> None:
    log = recorded(HISTORIES.get(row.id, HISTORY))
    assert [seen.broken for seen in looked(row, log) if seen.broken] == []
    which, change, count = REDS[row.id]
    assert any(seen.broken for seen in looked(row, changed(log, which, change, count)))


def test_what_is_judged_was_exercised() -> None:
    log = recorded(HISTORY)
    idle = {row.id for row in rows() if not looked(row, log)}
    # Where a driver cannot, and what is in other histories.
    assert idle == {"unable-but-done", *HISTORIES}


def test_a_request_makes_jobs_complete() -> None:
    """Its source is queued with it, so the CAPTURE buffer before it is in no job."""
    history = History(program(recorded(HISTORIES["request-with-fence"])))
    asked = [(ask.step.output, ask.step.error, ask.complete) for ask in history.asks]
    # In the request; before that is queued; after.
    assert asked[:3] == [(True, EINVAL, False), (False, EBUSY, False), (False, 0, True)]
    assert all(complete and not error for _, error, complete in asked[3:])
    assert [job for job in history.jobs if not job.fence] == []
    assert len(history.jobs) == len(asked) - 2


def seen(name: str, **fields: str) -> Observation:
    values = {key.replace("_", "-"): value for key, value in fields.items()}
    return Observation(name, values, (), 1)


@pytest.mark.parametrize(
    ("observations", "reason"),
    [
        ([seen("pixels", at="signal", wrong_bytes="1")], "explicit.torn-picture"),
        ([seen("descriptors", before="4", after="5")], "explicit.descriptor-leaked"),
        ([seen("executed", fence="open")], "explicit.fence-inherited"),
        ([seen("copied", how="dup", status="0", original="1")], "explicit.copy-differs"),
        ([seen("reservation", status="0")], "explicit.fence-in-reservation"),
        ([seen("killed", status="0", awaited="0")], "explicit.pending-after-kill"),
        ([seen("killed", status="-125", awaited="1")], "explicit.in-fence-kept"),
        (
            [
                seen("cancelled", number="0", timestamp="9"),
                seen("cancelled", number="1", timestamp="8"),
            ],
            "explicit.cancelled-out-of-order",
        ),
    ],
)
def test_what_no_call_tells_is_judged(observations: list[Observation], reason: str) -> None:
    assert [each.kind.id for each in told(observations)] == [reason]


def test_what_is_as_it_must_be_gives_no_reason() -> None:
    good = [
        seen("pixels", at="signal", wrong_bytes="0"),
        seen("descriptors", before="4", after="4"),
        seen("executed", fence="closed"),
        seen("copied", how="dup", status="1", original="1"),
        seen("reservation", status="1"),
        seen("killed", status="-125", awaited="0"),
        seen("cancelled", number="1", timestamp="9"),
        seen("cancelled", number="0", timestamp="8"),
    ]
    assert list(told(good)) == []


def test_a_series_that_publishes_has_its_fence_in_the_reservation() -> None:
    assert list(told([seen("reservation", status="0")], publishes=True)) == []


def test_a_job_is_known_whose_program_ends_first() -> None:
    log = recorded(HISTORY)
    poll = next(at for at, step in enumerate(program(log).steps) if polled("sync_file")(step))
    last = program(log).steps[poll].call
    begun = tuple(call for call in log.calls if call.begin <= last.begin)
    [*_, job] = History(program(replace(log, calls=begun))).jobs
    assert job.fence == program(log).steps[poll].about
    assert (job.taken, job.cut) == (None, None)
