# SPDX-License-Identifier: GPL-2.0-only
"""What poll() says of a stream whose last CAPTURE buffer was taken back."""

from collections.abc import Iterator

from rig.evidence.structures import Flag
from rig.judge.oracles.uapi.polls import ERR, IN, OUT, Poll, polls, queue_states
from rig.judge.oracles.uapi.program import Program, Step
from rig.judge.oracles.uapi.rule import Rule, Seen, expect

# What may let a stream go on, or end it altogether.
_OTHERWISE = frozenset(
    (
        *("VIDIOC_STREAMON", "VIDIOC_STREAMOFF", "VIDIOC_REQBUFS", "VIDIOC_ENCODER_CMD"),
        *("VIDIOC_DECODER_CMD", "VIDIOC_QBUF"),
    )
)

# By then the OUTPUT buffer of the same job is done, too; nanoseconds.
_SOON = 500_000


def _ended(program: Program) -> Iterator[tuple[Poll, Step]]:
    """Polls while nothing but buffers was taken back since the last one was, and which that was."""
    asked = {poll.step.call.begin: poll for poll in polls(program, "video")}
    for steps in program.by_file.values():
        last: Step | None = None
        for step in steps:
            poll = asked.get(step.call.begin)
            if poll and last and not step.contended and not program.faulty:
                yield poll, last
            elif step.name == "VIDIOC_DQBUF" and step.done and step.got and not step.output:
                last = step if step.got.flags & Flag.LAST else None
            elif step.name in _OTHERWISE:
                last = None


def _says(program: Program) -> Iterator[Seen]:
    for poll, last in _ended(program):
        if poll.events & IN:
            told = f"{poll.step} said {poll.told:#x} after {last} gave the last buffer"
            yield expect(poll.step, poll.told & (IN | ERR) == IN, told)


def _both(program: Program) -> Iterator[Seen]:
    """Of encoders, whose last CAPTURE buffer is made of the last OUTPUT buffer."""
    for poll, last in _ended(program):
        states = queue_states(poll.step)
        if states is None or not poll.events & OUT or not _encodes(program, poll):
            continue
        if states[0].streaming and states[0].count("queued") and _late(poll, last):
            told = f"{poll.step} said {poll.told:#x}, and OUTPUT buffers can be dequeued"
            yield expect(poll.step, bool(poll.told & OUT), told)


def _late(poll: Poll, last: Step) -> bool:
    return poll.step.call.began - last.call.ended >= _SOON


def _encodes(program: Program, poll: Poll) -> bool:
    return any(
        step.name == "VIDIOC_ENCODER_CMD" and step.done for step in program.by_file[poll.about]
    )


_V4L = "userspace-api/media/v4l"

RULES = (
    Rule(
        "poll-after-last",
        "documented",
        "After the last buffer poll() says that VIDIOC_DQBUF would not block, and no error.",
        f"{_V4L}/buffer.rst, V4L2_BUF_FLAG_LAST: VIDIOC_DQBUF does not block any more; "
        f"{_V4L}/func-poll.rst, POLLERR: only without VIDIOC_STREAMON or VIDIOC_QBUF",
        _says,
    ),
    Rule(
        "poll-of-both-queues",
        "documented",
        "poll() tells of OUTPUT buffers that are done, whatever there is to tell of CAPTURE.",
        f"{_V4L}/func-poll.rst: POLLOUT; {_V4L}/dev-encoder.rst, Drain: OUTPUT buffers are "
        "dequeued until all are that were queued before V4L2_ENC_CMD_STOP",
        _both,
    ),
)
