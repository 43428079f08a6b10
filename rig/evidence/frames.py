# SPDX-License-Identifier: GPL-2.0-only
"""Stacks as the kernel prints them, and which of their frames is to blame.

Symbols are printed by ``%pS`` and ``%pSb`` (lib/vsprintf.c): ``function+0xOFFSET/0xSIZE [module]``.
"""

import dataclasses
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from rig.evidence import helpers

# No name in a kernel comes near this; a bound keeps the work on hostile lines constant.
_SYMBOL: Final = (
    r"([A-Za-z_.$][\w.$]{0,200})\+0x([0-9a-f]{1,16})/0x([0-9a-f]{1,16})"
    r"(?: \[([\w-]{1,60})(?: [0-9a-f]{1,40})?\])?"
)
# 6.13 and later mark where a frame was found: (P) program counter, (L) link register, ….
_FRAME: Final = re.compile(
    rf"(?:kmemleak: )?\s+(?:\[<[0-9a-f]+>\] )?{_SYMBOL}(?: \([A-Z]{{1,5}}\))?\s*$", re.ASCII
)
_BARE_ADDRESS: Final = re.compile(
    r"(?:kmemleak: )?\s+(?:0x)?[0-9a-f]{8,16}(?: \([A-Z]{1,5}\))?\s*$", re.ASCII
)
_PROGRAM_COUNTER: Final = re.compile(rf"pc : {_SYMBOL}", re.ASCII)
# Held locks end in ", at: SYMBOL"; "Preemption disabled at:" and bad unlocks are followed by a
# line "[<address>] SYMBOL".
_POSITION: Final = re.compile(rf"(?:.{{0,400}}?, at: |\[<[0-9a-f]{{1,16}}>\] ){_SYMBOL}", re.ASCII)
# What one line says of a function: call_rcu() and sysfs of one that was called back, softirq of the
# one that left another preempt count.
_NAMED: Final = (
    re.compile(rf".{{0,80}}Double-freed CB [^>]{{1,20}}->{_SYMBOL}", re.ASCII),
    re.compile(rf"\w{{1,40}}: {_SYMBOL} returned bad count", re.ASCII),
    re.compile(rf".{{0,40}}entered softirq \d{{1,3}} \S{{1,20}} {_SYMBOL} with", re.ASCII),
)
# __report_bad_irq(): the functions that did not care.
_HANDLERS: Final = re.compile(
    r"(?:^| threaded )\[<[0-9a-f]{8,16}>\] ([\w.$]{1,200})(?: \[([\w-]{1,60})\])?", re.ASCII
)
# Where KFENCE, KCSAN and kmemleak, which have no line "Call trace:", say that something happened
# now, or who allocated what nobody has any more.
_MADE_HERE: Final = re.compile(
    r"(?:Use-after-free|Out-of-bounds|Invalid|Corrupted memory) .{0,200}:$"
    r"|(?:race at unknown origin, with )?(?:read|write|read-write|assert no \w{1,10})"
    r"(?: \([\w, ]{1,40}\))? to 0x.{0,200} on cpu \d{1,6}:$"
    r"|kmemleak:   backtrace \(crc [0-9a-f]{1,8}\):$"
)
# What runs at boot to teach lockdep an order, as dma_resv_lockdep() does, has broken none.
_LESSON: Final = re.compile(r"\w{1,80}_lockdep(?:_init)?")

# process_one_work() names the function of a work that leaks, show_one_worker_pool() the one that
# keeps a pool busy.
_WORK_FUNCTION: Final = re.compile(
    r"(?:.{0,200}\bworkfn=|    in-flight: \d{1,9}(?:\(RESCUER\))?:)([A-Za-z_][\w.$]{0,200})"
    r"(?: \[([\w-]{1,60})\])?"
)

# ".part.0" and its like are the compiler's, and change with it.
_CLONE: Final = re.compile(r"\.(?:part|constprop|isra|cold|llvm)\b.*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Address:
    """A place in the code: ``offset`` bytes from the start of ``function``.

    The offset may be -1: the call that never returns is the last instruction of its function, and
    its return address lies in the next.  The size, 0 if unknown, tells functions of the same name
    apart.
    """

    module: str | None
    function: str
    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class Frame:
    """One printed symbol.

    Attributes:
        function, offset, size: as printed; bytes.
        module: None for vmlinux.
        line_number: of the serial line.
        exact: it is the program counter; other frames are return addresses, one instruction
            behind the call.
    """

    function: str
    offset: int
    size: int
    module: str | None
    line_number: int
    exact: bool = False

    @property
    def address(self) -> Address:
        """Where to look for the source line."""
        offset = self.offset - (0 if self.exact else 1)
        return Address(self.module, self.function, offset, self.size)

    @property
    def name(self) -> str:
        """The function without the suffixes of the compiler's clones."""
        return _CLONE.sub("", self.function)


@dataclass(frozen=True, slots=True)
class Stack:
    """Frames that were printed together, innermost first.

    Attributes:
        role: "handler" (functions that the report is about, whatever they interrupted), "trace"
            (where the report was made), "history" (an earlier event, such as a link of a dependency
            chain), "position" (one place, such as where a held lock was taken), "lesson" (a link
            that lockdep was taught on purpose, at boot).
        title: the line above the frames, or the line that holds the position.
        frames: at least one.
    """

    role: str
    title: str
    frames: tuple[Frame, ...]


def is_frame(text: str) -> bool:
    """The line belongs to a stack."""
    return _FRAME.match(text) is not None or _BARE_ADDRESS.match(text) is not None


def parse_frame(text: str, line_number: int) -> Frame | None:
    """A line of a stack; None if it is something else, or names no symbol."""
    match = _FRAME.match(text)
    return None if match is None else _frame(match, line_number)


def parse_program_counter(text: str, line_number: int) -> Frame | None:
    """The line "pc : …" of a register dump."""
    match = _PROGRAM_COUNTER.match(text)
    return None if match is None else _frame(match, line_number, exact=True)


def parse_position(text: str, line_number: int) -> Frame | None:
    """A line that says where something happened, a held lock for one."""
    for pattern in (_POSITION, *_NAMED):
        if match := pattern.match(text):
            return _frame(match, line_number)
    if match := _WORK_FUNCTION.match(text):
        # The start of the function itself, not a return address.
        return Frame(match[1], 0, 0, match[2], line_number, exact=True)
    return None


def parse_handlers(text: str, line_number: int) -> tuple[Frame, ...]:
    """The functions in a line of the list "handlers:" of an interrupt."""
    return tuple(
        Frame(match[1], 0, 0, match[2], line_number, exact=True)
        for match in _HANDLERS.finditer(text)
    )


def collect_stacks(lines: Iterable[tuple[int, str]]) -> tuple[Stack, ...]:
    """The stacks in the lines (number, text) of one report, in their order."""
    stacks: list[Stack] = []
    frames: list[Frame] = []
    title = ""
    counter: Frame | None = None
    all_locks = handlers = False
    for number, text in lines:
        if frame := parse_frame(text, number):
            frames.append(frame)
            continue
        if is_frame(text):
            continue
        stacks += _stack(title, frames, counter)
        frames, title = [], text.strip()
        handlers = title == "handlers:" or (handlers and title.startswith("[<"))
        if handlers and (found_all := parse_handlers(title, number)):
            stacks.append(Stack("handler", title, found_all))
            continue
        # Behind this line stand the locks of tasks that have nothing to do with it.
        all_locks = all_locks or title.startswith("Showing all locks held")
        if found := parse_program_counter(text, number):
            counter = found
            stacks.append(Stack("position", title, (found,)))
        elif not all_locks and (found := parse_position(text, number)):
            stacks.append(Stack("position", title, (found,)))
    stacks += _stack(title, frames, counter)
    return tuple(stacks)


def is_helper(frame: Frame) -> bool:
    """The function does something for its caller, as far as its name and its module tell."""
    return helpers.is_helper(frame.name, frame.module)


def ranked(
    stacks: Sequence[Stack], helps: Callable[[Frame], bool] = is_helper
) -> tuple[Frame, ...]:
    """The frames of a report, the most to blame first.

    Those that merely lock, print, check or dispatch come last.  Among equals: where the report
    was made, then where locks were taken, then earlier events.

    Args:
        helps: which those are.
    """
    handlers = any(stack.role == "handler" for stack in stacks)
    ordered = [
        frame
        for role in (("handler",) if handlers else ("trace", "position", "history"))
        for stack in stacks
        if stack.role == role
        for frame in stack.frames
        # A return address at the start of a function belongs to whatever stands before it.
        if frame.offset or frame.exact or role == "position"
    ]
    return tuple(sorted(ordered, key=helps))


def blame(stacks: Sequence[Stack]) -> Frame | None:
    """The frame to blame; None if there are no frames."""
    return next(iter(ranked(stacks)), None)


def _frame(match: re.Match[str], line_number: int, *, exact: bool = False) -> Frame:
    return Frame(match[1], int(match[2], 16), int(match[3], 16), match[4], line_number, exact)


def _stack(title: str, frames: list[Frame], counter: Frame | None) -> list[Stack]:
    if not frames:
        return []
    first = frames[0]
    if counter and (first.function, first.offset) == (counter.function, counter.offset):
        # A trace that starts from registers begins with the program counter itself.
        frames = [dataclasses.replace(first, exact=True), *frames[1:]]
    role = "trace" if title == "Call trace:" or _MADE_HERE.match(title) else "history"
    if any(_LESSON.fullmatch(frame.name) for frame in frames):
        role = "lesson"
    return [Stack(role, title, tuple(frames))]
