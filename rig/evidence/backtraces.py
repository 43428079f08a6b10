# SPDX-License-Identifier: GPL-2.0-only
"""Traces that one CPU asked another for (lib/nmi_backtrace.c).

Who notices that a CPU hangs cannot see its stack, so the CPU itself prints it: under its own
caller, while the report is that of the other.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from rig.evidence.frames import is_frame
from rig.evidence.klog import SerialLine

# Of each line that asks: what was printed for it elsewhere.
Backtraces = Mapping[int, tuple[SerialLine, ...]]

_ASKS: Final = re.compile(r"Sending NMI from CPU \d{1,6} to CPUs ")
_BEGINS: Final = re.compile(r"NMI backtrace for cpu \d{1,6}")
_SKIPPED: Final = re.compile(r"NMI backtrace for cpu \d{1,6} skipped: ")

# Registers, modules and locks come before a trace; more lines than that are something else.
_HEAD_LIMIT: Final = 80


def find(
    lines: Sequence[SerialLine], streams: Mapping[str | None, Sequence[SerialLine]]
) -> Backtraces:
    """The traces in a log, by the number of the line that asked for them.

    Args:
        streams: the same lines by their callers.
    """
    questions = [line for line in lines if _ASKS.match(line.text)]
    found: dict[int, list[SerialLine]] = {}
    if not questions:
        return {}
    for caller, stream in streams.items():
        for block in _blocks(stream):
            asked = [q for q in questions if q.number < block[0].number]
            # What stands in the stream of who asked is part of its report as it is.
            if asked and asked[-1].caller != caller:
                found.setdefault(asked[-1].number, []).extend(block)
    return {number: tuple(block) for number, block in found.items()}


def _blocks(stream: Sequence[SerialLine]) -> Iterator[Sequence[SerialLine]]:
    """From each line that begins a trace to the last frame of it."""
    for begin, line in enumerate(stream):
        if not _BEGINS.match(line.text):
            continue
        if _SKIPPED.match(line.text):
            yield stream[begin : begin + 1]
            continue
        end = _trace(stream, begin)
        if end is not None:
            yield stream[begin:end]


def _trace(stream: Sequence[SerialLine], begin: int) -> int | None:
    """The line behind the trace; None if none follows."""
    for at in range(begin + 1, min(begin + _HEAD_LIMIT, len(stream))):
        if _BEGINS.match(stream[at].text):
            return None
        if stream[at].text == "Call trace:":
            end = at + 1
            while end < len(stream) and is_frame(stream[end].text):
                end += 1
            return end
    return None
