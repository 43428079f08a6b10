# SPDX-License-Identifier: GPL-2.0-only
"""The rules about formats, selections and controls: each holds for what real drivers answered, and
is seen broken in the same history with one answer changed."""

from dataclasses import dataclass, replace

import pytest

from rig.evidence.calls import CallLog
from rig.evidence.negotiated import Rectangle, read_listed, read_selection
from rig.evidence.structures import fourcc
from rig.judge.oracles.uapi.program import Step
from rig.judge.oracles.uapi.rule import Rule
from rig.judge.oracles.uapi.rules import rules
from tests.unit.histories import Change, Which, broken, changed, exercised, put, recorded, returning

VIM2M, VISL, RGA = "vim2m-negotiation", "visl-negotiation", "rga-negotiation"

# Where things are: in a v4l2_format of one plane, a v4l2_buffer, a v4l2_query_ext_ctrl, a
# v4l2_control, a v4l2_selection and a v4l2_capability.
WIDTH, PIXELFORMAT, LINE = 8, 16, 24
OFFSET, LENGTH = 64, 72
DEFAULT = 64
VALUE = 4
TARGET, RECTANGLE_WIDTH = 4, 20
NODE = 88


def answered(name: str, nth: int = 0) -> Which:
    """The nth call of that name that succeeded, and all after it."""
    left = [nth]

    def which(step: Step) -> bool:
        if step.name != name or not step.done:
            return False
        left[0] -= 1
        return left[0] < 0

    return which


def refused(name: str, at: int = 0, value: int | None = None) -> Which:
    """A call of that name that failed, and was given a number there."""

    def which(step: Step) -> bool:
        given = int.from_bytes(step.call.before[at : at + 4], "little")
        return step.name == name and bool(step.error) and value in (None, given)

    return which


def says(at: int, value: int) -> Change:
    """A call that left another number there."""
    data = value.to_bytes(4, "little")
    return lambda step: replace(step.call, after=put(step.call.after, at, data))


def crop(step: Step) -> bool:
    """VIDIOC_G_SELECTION that said what is read of a picture."""
    return (
        step.name == "VIDIOC_G_SELECTION"
        and step.done
        and not int.from_bytes(step.call.before[TARGET : TARGET + 4], "little")
    )


@dataclass(frozen=True)
class Red:
    """A history that keeps a rule, and the calls of it that are changed so that it does not."""

    history: str
    which: Which
    change: Change
    count: int = 1

    @property
    def log(self) -> CallLog:
        """The history with the change."""
        return changed(recorded(self.history), self.which, self.change, self.count)


REDS = {
    "format-stays": Red(VIM2M, answered("VIDIOC_G_FMT", 8), says(WIDTH, 7)),
    "format-as-tried": Red(VIM2M, answered("VIDIOC_TRY_FMT"), says(WIDTH, 7)),
    "format-as-listed": Red(VIM2M, answered("VIDIOC_TRY_FMT", 2), says(PIXELFORMAT, 7)),
    "list-ends": Red(VIM2M, refused("VIDIOC_ENUM_FMT", 0, 0xFFFFFFFF), returning(0)),
    "format-of-no-queue": Red(VIM2M, refused("VIDIOC_S_FMT", 0, 0x7F), returning(0)),
    "image-holds-lines": Red(VIM2M, answered("VIDIOC_G_FMT"), says(LINE, 1 << 24)),
    "buffer-holds-image": Red(VIM2M, answered("VIDIOC_QUERYBUF"), says(LENGTH, 1), 99),
    "buffer-stays-in-place": Red(VIM2M, answered("VIDIOC_QBUF"), says(OFFSET, 7)),
    "capabilities-agree": Red(VIM2M, answered("VIDIOC_QUERYCAP"), says(NODE, 0xFFFFFFFF)),
    "control-range": Red(VIM2M, answered("VIDIOC_QUERY_EXT_CTRL", 1), says(DEFAULT, 1 << 30)),
    "control-list-ascends": Red(VIM2M, answered("VIDIOC_QUERY_EXT_CTRL"), says(0, 0)),
    "control-unknown": Red(VIM2M, refused("VIDIOC_G_CTRL", 0, 0x98FFFF), returning(0)),
    "control-within": Red(VIM2M, answered("VIDIOC_G_CTRL"), says(VALUE, 1 << 30)),
    "control-kept": Red(VIM2M, answered("VIDIOC_G_CTRL", 1), says(VALUE, 12345)),
    "menu-ends": Red(VISL, refused("VIDIOC_QUERYMENU"), returning(0), 99),
    "selection-within": Red(RGA, crop, says(RECTANGLE_WIDTH, 1 << 30)),
    "selection-kept": Red(RGA, crop, says(RECTANGLE_WIDTH, 1), 99),
    "selection-of-nothing": Red(
        RGA, refused("VIDIOC_G_SELECTION", TARGET, 0x7FFF), returning(0)
    ),
}  # fmt: skip


def by_id(id: str) -> Rule:
    [rule] = [rule for rule in rules() if rule.id == id]
    return rule


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
