# SPDX-License-Identifier: GPL-2.0-only
"""Who waits, for what, and who is told."""

from collections.abc import Iterable, Iterator
from errno import EAGAIN

from rig.evidence.descriptors import Thing
from rig.evidence.structures import Flag
from rig.judge.oracles.uapi.polls import (
    ERR,
    HUP,
    IN,
    LONG,
    OUT,
    Poll,
    next_of_thread,
    polls,
    queue_states,
)
from rig.judge.oracles.uapi.program import QUEUEING, Program, Step
from rig.judge.oracles.uapi.queues import QueueState
from rig.judge.oracles.uapi.rule import Rule, Seen, expect
from rig.judge.oracles.uapi.rules.commands import is_stateful_decoder

# The command of struct v4l2_decoder_cmd.
_FLUSH = (4).to_bytes(4, "little")

# What makes a job possible, or takes its result away.
_TOUCHING = frozenset(
    ("VIDIOC_QBUF", "VIDIOC_DQBUF", "VIDIOC_STREAMON", "VIDIOC_STREAMOFF", "VIDIOC_REQBUFS")
)

# What takes buffers from the driver, done or not.
_EMPTYING = frozenset(("VIDIOC_STREAMOFF", "VIDIOC_REQBUFS"))

# Between being told and asking; no job ends by accident within it after waiting so long.
_AT_ONCE = 1_000_000


def _spurious(program: Program) -> Iterator[Seen]:
    for poll in polls(program, "video"):
        after = next_of_thread(program, poll.step)
        if after is None or after.name != "VIDIOC_DQBUF" or poll.told & ERR:
            continue
        if poll.told & (OUT if after.output else IN):
            told = f"{poll.step} said that a buffer is done, then {after} failed with EAGAIN"
            yield expect(poll.step, after.error != EAGAIN, told)


def _lost(program: Program) -> Iterator[Seen]:
    for poll in polls(program, "video", "poll", "select"):
        after = next_of_thread(program, poll.step)
        if after is None or after.name != "VIDIOC_DQBUF" or poll.waited < LONG:
            continue
        if poll.events & (OUT if after.output else IN):
            # Not after waiting itself: hardware may be late.
            soon = after.call.ended - poll.step.call.ended < _AT_ONCE
            told = f"{poll.step} said nothing for {poll.waited} ns, then {after} had a buffer"
            yield expect(poll.step, bool(poll.told) or not (soon and after.done), told)


def _error(program: Program) -> Iterator[Seen]:
    for poll in polls(program, "video"):
        states = queue_states(poll.step)
        # Who waits for events alone is told of events alone.
        if not states or program.faulty or not poll.events & (IN | OUT):
            continue
        if all(one.streaming is False for one in states):
            told = f"{poll.step} said {poll.told:#x} without VIDIOC_STREAMON, POLLERR was due"
            yield expect(poll.step, bool(poll.told & ERR), told)


def _no_error(program: Program) -> Iterator[Seen]:
    for poll in polls(program, "video"):
        states = queue_states(poll.step)
        # Without a device nothing streams.
        if states is None or program.faulty or poll.told & HUP:
            continue
        if any(one.streaming and one.count("queued") for one in states):
            told = f"{poll.step} said POLLERR, and a queue with buffers streams"
            yield expect(poll.step, not poll.told & ERR, told)


def _comes_back(program: Program) -> Iterator[Seen]:
    since = _changed(program)
    for poll in polls(program, "video"):
        states = queue_states(poll.step)
        if states is None or program.faulty or not poll.events & IN:
            continue
        possible = all(one.streaming and one.count("queued") for one in states)
        if not poll.events & OUT and not _feeds(program, poll, states[0]):
            continue
        waited = poll.step.call.ended - since.get(poll.step.call.begin, poll.step.call.began)
        if not possible or not (poll.told & IN or waited >= LONG):
            continue
        told = f"{poll.step}: no buffer came back within {waited} ns, and a job was possible"
        yield expect(poll.step, bool(poll.told), told)


def _feeds(program: Program, poll: Poll, output: QueueState) -> bool:
    """Whether an OUTPUT buffer is there that is not done yet, though nobody has taken back those
    that are."""
    steps = program.by_file[poll.about]
    done = _done_of_output(steps[: steps.index(poll.step)])
    if done is None or is_stateful_decoder(steps):
        return False
    return output.count("queued") > done


def _done_of_output(steps: Iterable[Step]) -> int | None:
    """How many OUTPUT buffers are done and were not taken back, after these steps: each job has
    one, and one of CAPTURE, which were all taken back if none can be.  None: nobody knows."""
    done: int | None = 0
    for step in steps:
        if step.name == "VIDIOC_DQBUF" and step.done and done is not None:
            done += -1 if step.output else 1
        elif step.name in _EMPTYING and step.call.returned and step.queue is not None:
            done = 0 if step.output or _no_job_was_done(step) else None
    return done


def _no_job_was_done(step: Step) -> bool:
    """Whether no CAPTURE buffer can be done that a step on CAPTURE takes away."""
    if step.state is None or step.other is None:
        return False
    return step.state.streaming is False or not step.other.count("queued", "unknown")


def _changed(program: Program) -> dict[int, int]:
    """When something was last done to the queues of its file before each poll, by the poll's
    beginning: who asks again and again waits all the time.  A request may be about any file."""
    found: dict[int, int] = {}
    last: dict[Thing | None, int] = {}
    for step in program.steps:
        if step.name == "poll":
            moments = [last[one] for one in (step.about, None) if one in last]
            found[step.call.begin] = max(moments, default=step.call.began)
        elif step.name in QUEUEING:
            last[None] = step.call.ended
        elif step.name in _TOUCHING and (step.done or step.name != "VIDIOC_DQBUF"):
            last[step.about] = step.call.ended
    return found


def _flushed(program: Program) -> Iterator[Seen]:
    """Polls for a CAPTURE buffer that was held when its decoder was told to flush it."""
    asked = {poll.step.call.begin: poll for poll in polls(program, "video")}
    for steps in program.by_file.values():
        held = flushed = False
        for step in steps:
            if step.name == "VIDIOC_QBUF" and step.output and step.done and step.given:
                held, flushed = bool(step.given.flags & Flag.M2M_HOLD_CAPTURE_BUF), False
            elif step.name in ("VIDIOC_DQBUF", "VIDIOC_STREAMOFF") and step.done:
                # An OUTPUT buffer that comes back leaves the one that it wrote to held.
                held = held and step.output and step.name == "VIDIOC_DQBUF"
            elif step.name == "VIDIOC_DECODER_CMD" and step.done:
                flushed = step.call.before[:4] == _FLUSH
            poll = asked.get(step.call.begin)
            if not (poll and held and flushed and poll.events & IN) or step.contended:
                continue
            if poll.told or poll.waited >= LONG:
                told = f"{step}: the held buffer did not come back within {poll.waited} ns"
                yield expect(step, bool(poll.told & IN), told)


def _promptly(program: Program) -> Iterator[Seen]:
    for step in program.ioctls("VIDIOC_DQBUF"):
        if step.about in program.nonblocking and not step.contended and _alone(program, step):
            took = step.call.ended - step.call.began
            told = f"{step} took {took} ns, and the file was opened with O_NONBLOCK"
            yield expect(step, took < LONG, told)


def _wakes(program: Program) -> Iterator[Seen]:
    """A call that waits for a buffer while its queue is turned off, and stays so."""
    for steps in program.by_file.values():
        turned = [step for step in steps if step.name in ("VIDIOC_STREAMON", "VIDIOC_STREAMOFF")]
        for step in steps:
            if step.name != "VIDIOC_DQBUF" or not step.call.returned:
                continue
            own = [
                other
                for other in turned
                if other.output == step.output and other.call.begin < step.call.end
            ]
            off = [other for other in own if other.done and other.call.end > step.call.begin]
            if not off or any(other.name == "VIDIOC_STREAMON" for other in off):
                continue
            waited = step.call.ended - off[0].call.ended
            told = f"{step} went on waiting for {waited} ns after {off[0]}"
            yield expect(step, waited < LONG, told)


def _returns(program: Program) -> Iterator[Seen]:
    """VIDIOC_DQBUF of a CAPTURE buffer that waits while a job is possible."""
    for step in program.ioctls("VIDIOC_DQBUF"):
        own, other = step.known, step.other
        if step.output or own is None or other is None or program.faulty or step.about is None:
            continue
        steps = program.by_file[step.about]
        done = _done_of_output(steps[: steps.index(step)])
        if done is None or is_stateful_decoder(steps) or other.count("queued") <= done:
            continue
        if own.streaming and other.streaming and own.count("queued"):
            waited = step.call.ended - step.call.began
            told = f"{step} waited for {waited} ns, and a job was possible"
            yield expect(step, waited < LONG, told)


def _alone(program: Program, step: Step) -> bool:
    """Whether no other call on the file, which may hold its lock, was made at the same time."""
    assert step.about
    return all(
        other is step
        or other.call.begin > step.call.end
        or 0 < other.call.end < step.call.begin
        or other.name == "poll"
        for other in program.by_file[step.about]
    )


_POLL = "userspace-api/media/v4l/func-poll.rst"

RULES = (
    Rule(
        "poll-spurious",
        "documented",
        "When poll() says that a buffer is done, it can be dequeued.",
        f"{_POLL}: it waits until a buffer can be dequeued",
        _spurious,
    ),
    Rule(
        "poll-lost",
        "documented",
        "poll() does not sleep while a buffer can be dequeued.",
        f"{_POLL}: with buffers in the outgoing queue it returns at once",
        _lost,
    ),
    Rule(
        "poll-error-while-off",
        "documented",
        "poll() of a file that does not stream says POLLERR.",
        f"{_POLL}: without VIDIOC_STREAMON",
        _error,
    ),
    Rule(
        "poll-error-while-on",
        "documented",
        "poll() of a file that streams and has buffers queued does not say POLLERR.",
        f"{_POLL}: only without VIDIOC_STREAMON or VIDIOC_QBUF",
        _no_error,
    ),
    Rule(
        "buffer-comes-back",
        "documented",
        "While both queues stream and have buffers, buffers come back.",
        "userspace-api/media/v4l/dev-mem2mem.rst, and vidioc-streamon.rst: memory-to-memory "
        "devices run when both queues stream",
        _comes_back,
    ),
    Rule(
        "flush-gives-back",
        "documented",
        "A CAPTURE buffer that is held comes back when its decoder is told to flush it.",
        "userspace-api/media/v4l/vidioc-decoder-cmd.rst, V4L2_DEC_CMD_FLUSH",
        _flushed,
    ),
    Rule(
        "dqbuf-does-not-block",
        "documented",
        "VIDIOC_DQBUF of a file that was opened with O_NONBLOCK returns at once.",
        "userspace-api/media/v4l/vidioc-qbuf.rst: it returns immediately",
        _promptly,
    ),
    Rule(
        "dqbuf-wakes",
        "customary",
        "VIDIOC_DQBUF ends when the queue that it waits for is turned off.",
        "drivers/media/common/videobuf2/videobuf2-core.c, __vb2_queue_cancel(): wakes who waits",
        _wakes,
    ),
    Rule(
        "dqbuf-returns",
        "documented",
        "While both queues stream and have buffers, VIDIOC_DQBUF does not wait for ever.",
        "userspace-api/media/v4l/dev-mem2mem.rst, and vidioc-streamon.rst: memory-to-memory "
        "devices run when both queues stream",
        _returns,
    ),
)
