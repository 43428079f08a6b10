# SPDX-License-Identifier: GPL-2.0-only
"""Calls that a device must have because of what it is."""

from collections.abc import Iterable, Iterator
from errno import ENOTTY

from rig.evidence.structures import read_format
from rig.judge.oracles.uapi.program import Program, Step, requested
from rig.judge.oracles.uapi.rule import Rule, Seen, expect

_SUPPORTS_REQUESTS = 0x8
_SUPPORTS_HOLD = 0x20

# Calls without which no buffer goes through a mem2mem device.
_NEEDED = (
    *("VIDIOC_QUERYCAP", "VIDIOC_ENUM_FMT", "VIDIOC_G_FMT", "VIDIOC_S_FMT", "VIDIOC_TRY_FMT"),
    *("VIDIOC_REQBUFS", "VIDIOC_QUERYBUF", "VIDIOC_QBUF", "VIDIOC_DQBUF"),
    *("VIDIOC_STREAMON", "VIDIOC_STREAMOFF"),
)

_CODED = ("JPEG", "MJPG", "FWHT", "H264", "HEVC", "VP80", "VP90", "MPG2", "AV10")

# Those of which each buffer has a request with all that there is to know of its frame.
_STATELESS = ("SFWH", "S264", "S265", "VP8F", "VP9F", "MG2S", "AV1F")


def _needed(program: Program) -> Iterator[Seen]:
    for step in program.ioctls(*_NEEDED):
        if step.about and step.about.kind == "video":
            yield expect(step, step.error != ENOTTY, f"{step} failed with ENOTTY")


def _constant(program: Program) -> Iterator[Seen]:
    for steps in program.by_file.values():
        there: set[str] = set()
        for step in steps:
            if step.call.name != "ioctl" or not step.call.returned:
                continue
            if step.name in there:
                told = f"{step} failed with ENOTTY, and had succeeded before"
                yield expect(step, step.error != ENOTTY, told)
            elif step.done:
                there.add(step.name)


def _flush(program: Program) -> Iterator[Seen]:
    for steps in program.by_file.values():
        holds = any(_capabilities(step) & _SUPPORTS_HOLD for step in steps)
        for step in steps:
            if holds and step.name in ("VIDIOC_DECODER_CMD", "VIDIOC_TRY_DECODER_CMD"):
                told = f"{step} failed with ENOTTY, and the device can hold CAPTURE buffers"
                yield expect(step, step.error != ENOTTY, told)


def _stateful(program: Program) -> Iterator[Seen]:
    for steps in program.by_file.values():
        requests = any(_capabilities(step) & _SUPPORTS_REQUESTS for step in steps)
        coded = {queue for step in steps if (queue := _coded(step)) is not None}
        for step in steps:
            decodes = step.name in ("VIDIOC_DECODER_CMD", "VIDIOC_TRY_DECODER_CMD")
            encodes = step.name in ("VIDIOC_ENCODER_CMD", "VIDIOC_TRY_ENCODER_CMD")
            # Encoders know no other way; a decoder that takes requests is stateless.
            if not (encodes or (decodes and not requests)) or decodes not in coded:
                continue
            told = f"{step} failed with ENOTTY, and the device is a stateful codec"
            yield expect(step, step.error != ENOTTY, told)


def _capabilities(step: Step) -> int:
    """Of a queue, as it says when buffers are asked for."""
    asked = requested(step) if step.done else None
    return asked[1].capabilities if asked else 0


def is_stateful_decoder(steps: Iterable[Step]) -> bool:
    """Whether a file is that of one, by the calls on it: it may take OUTPUT buffers that are no
    picture, or a part of one, and no CAPTURE buffer comes for these."""
    calls = tuple(steps)
    requests = any(_capabilities(step) & _SUPPORTS_REQUESTS for step in calls)
    return not requests and any(_coded(step) for step in calls)


def takes_coded(steps: Iterable[Step]) -> bool:
    """Whether OUTPUT of a file takes a coded format, with requests or without, by the calls on
    it."""
    return any(step.output and _pixelformat(step) in (*_CODED, *_STATELESS) for step in steps)


def _coded(step: Step) -> bool | None:
    """Whether OUTPUT, else CAPTURE, takes a coded format; None if neither."""
    return step.output if _pixelformat(step) in _CODED else None


def _pixelformat(step: Step) -> str:
    """That of a queue; "" if the call says nothing of it."""
    if step.name not in ("VIDIOC_S_FMT", "VIDIOC_G_FMT") or not step.done:
        return ""
    found = read_format(step.call.after)
    return found.pixelformat if found else ""


RULES = (
    Rule(
        "ioctl-there",
        "documented",
        "A mem2mem device has the calls that format negotiation and streaming consist of.",
        "userspace-api/media/v4l/dev-mem2mem.rst, and each of these ioctls",
        _needed,
    ),
    Rule(
        "ioctl-stays",
        "documented",
        "A call that a file has does not become unknown.",
        "userspace-api/media/gen-errors.rst, ENOTTY: the device does not have the ioctl",
        _constant,
    ),
    Rule(
        "flush-there",
        "documented",
        "A decoder that can hold CAPTURE buffers has the command that flushes one.",
        "userspace-api/media/v4l/vidioc-decoder-cmd.rst, V4L2_DEC_CMD_FLUSH; "
        "userspace-api/media/v4l/buffer.rst, V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF",
        _flush,
    ),
    Rule(
        "codec-commands-there",
        "documented",
        "A stateful encoder or decoder has its commands.",
        "userspace-api/media/v4l/vidioc-encoder-cmd.rst and vidioc-decoder-cmd.rst: mandatory for "
        "stateful mem2mem codecs",
        _stateful,
    ),
)
