# SPDX-License-Identifier: GPL-2.0-only
"""Controls: their ranges, and the values that they are given."""

from collections.abc import Iterable, Iterator
from errno import EINVAL
from itertools import pairwise

from rig.evidence.negotiated import (
    KnownControl,
    read_control,
    read_known_control,
    read_menu_item,
)
from rig.judge.oracles.uapi.program import Program, Step
from rig.judge.oracles.uapi.rule import Rule, Seen, expect

# V4L2_CTRL_FLAG_NEXT_CTRL and _NEXT_COMPOUND: the control after this one.
_NEXT = 0xC0000000

# V4L2_CTRL_TYPE_*: a number in a range, a switch, a menu of either kind, 64 bits.
_RANGED = frozenset((1, 2, 3, 5, 9))
_MENUS = frozenset((3, 9))

# V4L2_CTRL_FLAG_*: another control changes it, it cannot be read, it changes by itself.
_LIVELY = 0x08 | 0x40 | 0x80


def _described(step: Step) -> KnownControl | None:
    """The control that a call described."""
    if step.name != "VIDIOC_QUERY_EXT_CTRL" or not step.done:
        return None
    return read_known_control(step.call.after)


def _known(steps: Iterable[Step]) -> Iterator[tuple[Step, int, KnownControl]]:
    """Every control that was described: the identifier that was asked, and the answer."""
    for step in steps:
        answer = _described(step)
        asked = read_known_control(step.call.before) if answer else None
        if asked and answer:
            yield step, asked.id, answer


def _range(program: Program) -> Iterator[Seen]:
    for step, _asked, control in _known(program.steps):
        if control.type in _RANGED:
            told = (
                f"{step} says {control.minimum} to {control.maximum}, by default {control.default}"
            )
            holds = control.minimum <= control.default <= control.maximum
            yield expect(step, holds, told)


def _ascends(program: Program) -> Iterator[Seen]:
    for step, asked, control in _known(program.steps):
        if asked & _NEXT:
            told = f"{step} says that {control.id:#x} comes after {asked & ~_NEXT:#x}"
            yield expect(step, control.id > asked & ~_NEXT, told)


def _unknown(program: Program) -> Iterator[Seen]:
    for steps in program.by_file.values():
        missing: set[int] = set()
        for step in steps:
            asked = read_known_control(step.call.before)
            if step.name == "VIDIOC_QUERY_EXT_CTRL" and asked and step.error == EINVAL:
                missing |= {asked.id} if not asked.id & _NEXT else set()
            control = _asked(step)
            if control in missing:
                told = f"{step} of {control:#x} returned {step.answer}, which there is not"
                yield expect(step, step.error == EINVAL, told)


def _asked(step: Step) -> int | None:
    """The control that a call gets or sets."""
    if step.name not in ("VIDIOC_G_CTRL", "VIDIOC_S_CTRL") or not step.call.returned:
        return None
    given = read_control(step.call.before)
    return given.id if given else None


def _within(program: Program) -> Iterator[Seen]:
    for steps in program.by_file.values():
        known: dict[int, KnownControl] = {}
        for step in steps:
            if found := _described(step):
                known[found.id] = found
            control = known.get(_asked(step) or 0)
            value = read_control(step.call.after) if step.done else None
            if control and value and control.type in _RANGED:
                told = f"{step} says {value.value}, it is {control.minimum} to {control.maximum}"
                yield expect(step, control.minimum <= value.value <= control.maximum, told)


def _kept(program: Program) -> Iterator[Seen]:
    """Only of two calls without another between them, of one thread."""
    for steps in program.by_file.values():
        lively = {control.id for _step, _asked, control in _known(steps) if control.flags & _LIVELY}
        for one, other in pairwise(steps):
            if (one.name, other.name) != ("VIDIOC_S_CTRL", "VIDIOC_G_CTRL"):
                continue
            if one.done and other.done and one.call.end < other.call.begin:
                wanted, got = read_control(one.call.after), read_control(other.call.after)
                if wanted and got and wanted.id == got.id and wanted.id not in lively:
                    told = f"{one} made it {wanted.value}, {other} says {got.value}"
                    yield expect(other, wanted.value == got.value, told)


def _menu(program: Program) -> Iterator[Seen]:
    for steps in program.by_file.values():
        menus: dict[int, KnownControl] = {}
        for step in steps:
            if (found := _described(step)) and found.type in _MENUS:
                menus[found.id] = found
            item = read_menu_item(step.call.before) if step.name == "VIDIOC_QUERYMENU" else None
            menu = menus.get(item.id) if item else None
            if item and menu and not menu.minimum <= item.index <= menu.maximum:
                told = f"{step} of item {item.index} returned {step.answer}, EINVAL was due"
                yield expect(step, step.error == EINVAL, told)


_QUERY = "userspace-api/media/v4l/vidioc-queryctrl.rst"
_G_CTRL = "userspace-api/media/v4l/vidioc-g-ctrl.rst"

RULES = (
    Rule(
        "control-range",
        "documented",
        "The default of a control lies between its least and its greatest value.",
        f"{_QUERY}, minimum, maximum and default_value",
        _range,
    ),
    Rule(
        "control-list-ascends",
        "documented",
        "The next control has a greater identifier.",
        f"{_QUERY}, V4L2_CTRL_FLAG_NEXT_CTRL: the first one with a higher ID",
        _ascends,
    ),
    Rule(
        "control-unknown",
        "documented",
        "A control that there is not cannot be got or set.",
        f"{_G_CTRL}, EINVAL: the id is invalid",
        _unknown,
    ),
    Rule(
        "control-within",
        "documented",
        "The value of a control lies in its range.",
        f"{_G_CTRL}, ERANGE: the value is out of bounds; {_QUERY}, minimum and maximum",
        _within,
    ),
    Rule(
        "control-kept",
        "documented",
        "A control keeps the value that VIDIOC_S_CTRL says it has.",
        f"{_G_CTRL}: VIDIOC_G_CTRL gets the current value",
        _kept,
    ),
    Rule(
        "menu-ends",
        "documented",
        "There is no item of a menu beyond its range.",
        f"{_QUERY}, VIDIOC_QUERYMENU, EINVAL: the index is less than minimum or greater than "
        "maximum",
        _menu,
    ),
)
