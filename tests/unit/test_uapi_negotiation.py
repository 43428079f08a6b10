# SPDX-License-Identifier: GPL-2.0-only
"""The rules about formats, selections and controls: each holds for what real drivers answered, and
is seen broken in the same history with one answer changed."""

import pytest

from rig.evidence.negotiated import Rectangle, read_listed, read_selection
from rig.evidence.structures import fourcc
from rig.judge.oracles.uapi.program import Step
from tests.unit.histories import (
    Red,
    Which,
    broken,
    by_id,
    exercised,
    leaving,
    nth,
    recorded,
    returning,
)

VIM2M, VISL, RGA = "vim2m-negotiation", "visl-negotiation", "rga-negotiation"

# Where things are: in a v4l2_format of one plane, a v4l2_buffer, a v4l2_query_ext_ctrl, a
# v4l2_control, a v4l2_selection and a v4l2_capability.
WIDTH, PIXELFORMAT, LINE = 8, 16, 24
OFFSET, LENGTH = 64, 72
DEFAULT = 64
VALUE = 4
TARGET, RECTANGLE_WIDTH = 4, 20
NODE = 88


def refused(name: str, at: int = 0, value: int | None = None) -> Which:
    """A call of that name that failed, and was given a number there."""

    def which(step: Step) -> bool:
        given = int.from_bytes(step.call.before[at : at + 4], "little")
        return step.name == name and bool(step.error) and value in (None, given)

    return which


def crop(step: Step) -> bool:
    """VIDIOC_G_SELECTION that said what is read of a picture."""
    return (
        step.name == "VIDIOC_G_SELECTION"
        and step.done
        and not int.from_bytes(step.call.before[TARGET : TARGET + 4], "little")
    )


REDS = {
    "format-stays": Red(VIM2M, nth("VIDIOC_G_FMT", 8, done=True), leaving(WIDTH, 7)),
    "format-as-tried": Red(VIM2M, nth("VIDIOC_TRY_FMT", done=True), leaving(WIDTH, 7)),
    "format-as-listed": Red(VIM2M, nth("VIDIOC_TRY_FMT", 2, done=True), leaving(PIXELFORMAT, 7)),
    "list-ends": Red(VIM2M, refused("VIDIOC_ENUM_FMT", 0, 0xFFFFFFFF), returning(0)),
    "format-of-no-queue": Red(VIM2M, refused("VIDIOC_S_FMT", 0, 0x7F), returning(0)),
    "image-holds-lines": Red(VIM2M, nth("VIDIOC_G_FMT", done=True), leaving(LINE, 1 << 24)),
    "buffer-holds-image": Red(VIM2M, nth("VIDIOC_QUERYBUF", done=True), leaving(LENGTH, 1), 99),
    "buffer-stays-in-place": Red(VIM2M, nth("VIDIOC_QBUF", done=True), leaving(OFFSET, 7)),
    "capabilities-agree": Red(VIM2M, nth("VIDIOC_QUERYCAP", done=True), leaving(NODE, 0xFFFFFFFF)),
    "control-range": Red(
        VIM2M, nth("VIDIOC_QUERY_EXT_CTRL", 1, done=True), leaving(DEFAULT, 1 << 30)
    ),
    "control-list-ascends": Red(VIM2M, nth("VIDIOC_QUERY_EXT_CTRL", done=True), leaving(0, 0)),
    "control-unknown": Red(VIM2M, refused("VIDIOC_G_CTRL", 0, 0x98FFFF), returning(0)),
    "control-within": Red(VIM2M, nth("VIDIOC_G_CTRL", done=True), leaving(VALUE, 1 << 30)),
    "control-kept": Red(VIM2M, nth("VIDIOC_G_CTRL", 1, done=True), leaving(VALUE, 12345)),
    "menu-ends": Red(VISL, refused("VIDIOC_QUERYMENU"), returning(0), 99),
    "selection-within": Red(RGA, crop, leaving(RECTANGLE_WIDTH, 1 << 30)),
    "selection-kept": Red(RGA, crop, leaving(RECTANGLE_WIDTH, 1), 99),
    "selection-of-nothing": Red(
        RGA, refused("VIDIOC_G_SELECTION", TARGET, 0x7FFF), returning(0)
    ),
}  # fmt: skip


@pytest.mark.parametrize("id", REDS)
def test_it_holds_for_what_was_recorded(id: str) -> None:
    log = recorded(REDS[id].history)
    assert exercised(by_id(id), log)
    assert broken(by_id(id), log) == []


@pytest.mark.parametrize("id", REDS)
def test_it_is_seen_broken(id: str) -> None:
    assert broken(by_id(id), REDS[id].log)


def test_what_is_no_name_of_a_format_is_a_number() -> None:
    assert fourcc(0x32315659) == "YV12"
    assert fourcc(0) == "0x00000000"


def test_a_rectangle_lies_within_another_or_does_not() -> None:
    bounds = Rectangle(0, 0, 64, 48)
    assert Rectangle(8, 8, 56, 40) in bounds
    assert Rectangle(8, 8, 57, 40) not in bounds
    assert Rectangle(-1, 0, 8, 8) not in bounds


@pytest.mark.parametrize("read", [read_listed, read_selection])
def test_too_few_bytes_say_nothing(read: object) -> None:
    assert callable(read)
    assert read(b"\0" * 12) is None
