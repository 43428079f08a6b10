# SPDX-License-Identifier: GPL-2.0-only
"""Selections: rectangles of pictures that are read or written."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from rig.evidence.negotiated import Rectangle, Selection, read_selection
from rig.judge.oracles.uapi.program import Program, Step
from rig.judge.oracles.uapi.quiet import QUIET
from rig.judge.oracles.uapi.rule import Rule, Seen, expect

# V4L2_SEL_TGT_*: of what a target must lie within, if it is known.
_BOUNDS = {0x0000: 0x0002, 0x0001: 0x0002, 0x0100: 0x0102, 0x0101: 0x0102}
_TARGETS = frozenset((0x0000, 0x0001, 0x0002, 0x0003, 0x0100, 0x0101, 0x0102, 0x0103))


@dataclass
class _Standing:
    """Rectangles of a file by type of queue and target, while nothing may change them."""

    known: dict[tuple[int, int], Rectangle] = field(default_factory=dict)

    def learn(self, step: Step, found: Selection | None) -> None:
        """What a call says, or may do."""
        if step.name not in (*QUIET, "VIDIOC_S_SELECTION"):
            self.known.clear()
        if step.name == "VIDIOC_S_SELECTION" and step.done:
            # It may move the other rectangles, but not what bounds them.
            self.known = {key: r for key, r in self.known.items() if key[1] in _BOUNDS.values()}
        if found:
            self.known[found.type, found.target] = found.rectangle


def _answers(program: Program) -> Iterator[tuple[Step, Selection | None, _Standing]]:
    for steps in program.undisturbed():
        standing = _Standing()
        for step in steps:
            of_it = step.name in ("VIDIOC_G_SELECTION", "VIDIOC_S_SELECTION")
            found = read_selection(step.call.after) if of_it and step.done else None
            if of_it and step.call.returned:
                yield step, found, standing
            standing.learn(step, found)


def _within(program: Program) -> Iterator[Seen]:
    for step, found, standing in _answers(program):
        bounds = standing.known.get((found.type, _BOUNDS.get(found.target, -1))) if found else None
        if found and bounds:
            told = f"{step} says {found.rectangle}, the bounds are {bounds}"
            yield expect(step, found.rectangle in bounds, told)


def _kept(program: Program) -> Iterator[Seen]:
    for step, found, standing in _answers(program):
        known = standing.known.get((found.type, found.target)) if found else None
        if found and known and step.name == "VIDIOC_G_SELECTION":
            told = f"{step} says {found.rectangle}, it was {known}"
            yield expect(step, found.rectangle == known, told)


def _target(program: Program) -> Iterator[Seen]:
    for step in program.ioctls("VIDIOC_G_SELECTION", "VIDIOC_S_SELECTION"):
        given = read_selection(step.call.before)
        if given and given.target not in _TARGETS:
            told = f"{step} of the target {given.target:#x} returned {step.answer}"
            yield expect(step, not step.done, told)


_SELECTION = "userspace-api/media/v4l/vidioc-g-selection.rst"

RULES = (
    Rule(
        "selection-within",
        "documented",
        "A rectangle lies within what bounds it.",
        "userspace-api/media/v4l/v4l2-selection-targets.rst, V4L2_SEL_TGT_CROP_BOUNDS and "
        "_COMPOSE_BOUNDS",
        _within,
    ),
    Rule(
        "selection-kept",
        "documented",
        "A rectangle is what VIDIOC_S_SELECTION made it until something may change it.",
        f"{_SELECTION}: VIDIOC_G_SELECTION gets the current one",
        _kept,
    ),
    Rule(
        "selection-of-nothing",
        "documented",
        "There is no rectangle of a target that there is not.",
        f"{_SELECTION}, EINVAL: the target is not supported",
        _target,
    ),
)
