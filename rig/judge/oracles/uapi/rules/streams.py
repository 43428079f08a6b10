# SPDX-License-Identifier: GPL-2.0-only
"""What buffers bring along when they come back."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from errno import EPIPE

from rig.evidence.structures import Buffer, Flag
from rig.judge.oracles.uapi.program import Program, Step
from rig.judge.oracles.uapi.rule import Rule, Seen, expect

_FIELD_ANY = 0


def _dequeued(program: Program) -> Iterator[tuple[Step, Buffer]]:
    for step in program.ioctls("VIDIOC_DQBUF"):
        if step.done and step.got:
            yield step, step.got


@dataclass
class _Stream:
    """What has gone into a file and come out of it.

    Attributes:
        fed: the OUTPUT buffers since OUTPUT was off; it takes them also while it is.
        old: those before them whose CAPTURE buffers may still be done and waiting.
        given: how many went in since OUTPUT was off.
        taken: how many came back since CAPTURE began.
        last: the one that came back last was the last one.
        gone: when OUTPUT was off last.
    """

    fed: list[Buffer] = field(default_factory=list)
    old: list[Buffer] = field(default_factory=list)
    given: int = 0
    taken: int = 0
    last: bool = False
    gone: int = 0

    def learn(self, step: Step) -> None:
        """What a call did; one that failed, or that a signal interrupted, has changed nothing."""
        if not step.done:
            return
        if step.name == "VIDIOC_QBUF" and step.output and step.given:
            self.fed.append(step.given)
            self.given += 1
        elif step.name == "VIDIOC_DQBUF" and not step.output and step.got:
            self.taken += 1
            self.last = bool(step.got.flags & Flag.LAST)
        elif step.name == "VIDIOC_STREAMON":
            self._start(step)
        elif step.name == "VIDIOC_STREAMOFF":
            self._stop(step)
        elif step.name in ("VIDIOC_ENCODER_CMD", "VIDIOC_DECODER_CMD"):
            self.last = False

    def _start(self, step: Step) -> None:
        self.taken, self.last = 0, False
        # Jobs may end until OUTPUT has gone, and CAPTURE may stream again by then.
        if not step.output and step.call.begin > self.gone:
            self.old = []

    def _stop(self, step: Step) -> None:
        """What is done stays in the other queue."""
        self.taken, self.last = 0, False
        if step.output:
            self.gone = step.call.end
            self.given = 0
            self.old += self.fed
            self.fed = []


def _streams(program: Program) -> Iterator[tuple[Step, _Stream]]:
    """Each VIDIOC_DQBUF of a CAPTURE buffer, and what had gone in and out before."""
    for steps in program.by_file.values():
        stream = _Stream()
        for step in steps:
            if step.name == "VIDIOC_DQBUF" and step.call.returned and not step.output:
                yield step, stream
            stream.learn(step)


def _copied(program: Program) -> Iterator[tuple[Step, Buffer, list[Buffer]]]:
    """CAPTURE buffers that say that their timestamp is that of an OUTPUT buffer."""
    for step, stream in _streams(program):
        fed = [*stream.old, *stream.fed, *_fed_meanwhile(program, step)]
        if not step.done or not step.got or step.contended or not fed:
            continue
        if step.got.flags & Flag.TIMESTAMP_MASK == Flag.TIMESTAMP_COPY and _full(step.got):
            yield step, step.got, fed


def _fed_meanwhile(program: Program, step: Step) -> Iterator[Buffer]:
    """What another thread queued while a call waited."""
    assert step.about
    for other in program.by_file[step.about]:
        fed = other.name == "VIDIOC_QBUF" and other.output and other.done
        if fed and other.given and step.call.begin < other.call.begin < step.call.end:
            yield other.given


def _full(buffer: Buffer) -> bool:
    """Not the empty one that only says that it is the last, nor one of a job that failed."""
    return not buffer.flags & Flag.ERROR and any(plane.bytesused for plane in buffer.planes)


def _timestamp(program: Program) -> Iterator[Seen]:
    for step, got, fed in _copied(program):
        stamps = {one.timestamp for one in fed}
        told = f"{step} came with timestamp {got.timestamp} us, fed were {_few(stamps)}"
        yield expect(step, got.timestamp in stamps, told)


def _of_failed(program: Program) -> Iterator[Seen]:
    """Of buffers that say that their timestamp is copied, and that their job failed."""
    for step, stream in _streams(program):
        fed = [*stream.old, *stream.fed]
        if not step.done or not step.got or step.contended or not fed:
            continue
        copied = step.got.flags & Flag.TIMESTAMP_MASK == Flag.TIMESTAMP_COPY
        if copied and step.got.flags & Flag.ERROR and not step.got.flags & Flag.LAST:
            stamps = {one.timestamp for one in fed}
            told = f"{step} failed, and came with timestamp {step.got.timestamp} us, fed were "
            yield expect(step, step.got.timestamp in stamps, f"{told}{_few(stamps)}")


def _few(stamps: set[int]) -> str:
    some = sorted(stamps)
    return ", ".join(map(str, some[:4])) + (" …" if len(some) > 4 else "")


def _timecode(program: Program) -> Iterator[Seen]:
    for step, got, fed in _copied(program):
        own = [one for one in fed if one.timestamp == got.timestamp]
        coded = [one.timecode for one in own if one.flags & Flag.TIMECODE]
        if not own or not (coded or got.flags & Flag.TIMECODE):
            continue
        holds = bool(got.flags & Flag.TIMECODE) and got.timecode in coded
        told = (
            f"{step} came {'with' if got.flags & Flag.TIMECODE else 'without'} timecode "
            f"{got.timecode.hex()}, fed was {coded[0].hex() if coded else 'none'}"
        )
        yield expect(step, holds or len(coded) < len(own), told)


def _field(program: Program) -> Iterator[Seen]:
    for step, got in _dequeued(program):
        # The empty one that only says that it is the last shows no field.
        shows = not got.flags & Flag.LAST or any(plane.bytesused for plane in got.planes)
        if not step.output and shows:
            yield expect(step, got.field != _FIELD_ANY, f"{step} came with V4L2_FIELD_ANY")


def _fits(program: Program) -> Iterator[Seen]:
    for step, got in _dequeued(program):
        for number, plane in enumerate(got.planes):
            told = f"{step}: {plane.bytesused} bytes used of {plane.length} in plane {number}"
            yield expect(step, plane.bytesused <= plane.length, told)


def _payload(program: Program) -> Iterator[Seen]:
    for step, got in _dequeued(program):
        if not step.output and not got.flags & (Flag.ERROR | Flag.LAST):
            told = f"{step} came back good with no byte used"
            yield expect(step, any(plane.bytesused for plane in got.planes), told)


def _has_company(program: Program, step: Step) -> bool:
    """Whether another thread waited for a buffer of the same queue: either may be told first."""
    assert step.about
    return any(
        other is not step
        and other.name == "VIDIOC_DQBUF"
        and other.output == step.output
        and other.call.begin < step.call.end
        and (not other.call.returned or other.call.end > step.call.begin)
        for other in program.by_file[step.about]
    )


def _numbers(program: Program) -> Iterator[tuple[Step, int, int | None]]:
    """The numbers of what came back, each with that of the one before it in its stream."""
    for steps in program.by_file.values():
        last: dict[bool, int | None] = {}
        for step in steps:
            if step.name in ("VIDIOC_STREAMON", "VIDIOC_STREAMOFF", "VIDIOC_DECODER_CMD"):
                last.pop(step.output, None)
                if step.name == "VIDIOC_DECODER_CMD":
                    last.clear()
            elif step.name == "VIDIOC_DQBUF" and step.done and step.got:
                if step.contended or _has_company(program, step):
                    last.pop(step.output, None)
                elif not step.got.flags & (Flag.ERROR | Flag.LAST):
                    yield step, step.got.sequence, last.get(step.output)
                    last[step.output] = step.got.sequence


def _repeated(program: Program) -> Iterator[Seen]:
    for step, number, before in _numbers(program):
        if before is not None:
            told = f"{step} has the sequence number {number} after {before}"
            yield expect(step, number > before, told)


def _gap(program: Program) -> Iterator[Seen]:
    for step, number, before in _numbers(program):
        if before is not None and not program.faulty:
            told = f"{step} has the sequence number {number} after {before}"
            yield expect(step, number <= before + 1, told)


def _after_last(program: Program) -> Iterator[Seen]:
    for step, stream in _streams(program):
        if stream.last and not step.contended and not _has_company(program, step):
            told = f"{step} after the last buffer returned {step.answer}, EPIPE was due"
            yield expect(step, step.error == EPIPE, told)


def _empty_last(program: Program) -> Iterator[Seen]:
    for step, stream in _streams(program):
        if not step.done or not step.got or not step.got.flags & Flag.LAST:
            continue
        used = sum(plane.bytesused for plane in step.got.planes)
        certain = not step.contended and not _has_company(program, step)
        if stream.taken >= stream.given and certain:
            told = f"{step} is the last one, shows none of {stream.given} and has {used} bytes"
            yield expect(step, used == 0, told)


_BUFFER = "userspace-api/media/v4l/buffer.rst"

RULES = (
    Rule(
        "timestamp-copied",
        "documented",
        "A CAPTURE buffer that says so has the timestamp of the OUTPUT buffer that it comes of.",
        f"{_BUFFER}, timestamp and V4L2_BUF_FLAG_TIMESTAMP_COPY",
        _timestamp,
    ),
    Rule(
        "failed-timestamp",
        "documented",
        "A CAPTURE buffer that failed has the timestamp of the OUTPUT buffer that it comes of.",
        f"{_BUFFER}, V4L2_BUF_FLAG_TIMESTAMP_COPY, and V4L2_BUF_FLAG_ERROR: only the data may be "
        "corrupt",
        _of_failed,
    ),
    Rule(
        "timecode-copied",
        "customary",
        "A CAPTURE buffer has the timecode of the OUTPUT buffer that it comes of, or none.",
        "include/media/v4l2-mem2mem.h, v4l2_m2m_buf_copy_metadata(): what goes with a timestamp",
        _timecode,
    ),
    Rule(
        "field-any",
        "documented",
        "No CAPTURE buffer comes back with V4L2_FIELD_ANY.",
        "userspace-api/media/v4l/field-order.rst, V4L2_FIELD_ANY",
        _field,
    ),
    Rule(
        "payload-fits",
        "documented",
        "No more bytes are used than the buffer has.",
        f"{_BUFFER}, bytesused, and struct v4l2_plane, length",
        _fits,
    ),
    Rule(
        "payload-set",
        "documented",
        "A CAPTURE buffer that came back good says how many bytes are used.",
        f"{_BUFFER}, bytesused: drivers set it for a capture stream",
        _payload,
    ),
    Rule(
        "sequence-counts",
        "documented",
        "The sequence number of each frame of a stream is greater than that of the one before.",
        f"{_BUFFER}, sequence",
        _repeated,
    ),
    Rule(
        "sequence-without-gap",
        "customary",
        "The sequence number of each frame of a stream is one more than that of the one before.",
        "all mem2mem drivers count what they return",
        _gap,
    ),
    Rule(
        "epipe-after-last",
        "documented",
        "After the last buffer VIDIOC_DQBUF fails with EPIPE until the stream goes on.",
        f"{_BUFFER}, V4L2_BUF_FLAG_LAST; userspace-api/media/v4l/vidioc-qbuf.rst, EPIPE",
        _after_last,
    ),
    Rule(
        "last-is-empty",
        "documented",
        "A last buffer that shows no frame has no byte used.",
        f"{_BUFFER}, V4L2_BUF_FLAG_LAST",
        _empty_last,
    ),
)
