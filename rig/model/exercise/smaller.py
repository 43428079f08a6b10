# SPDX-License-Identifier: GPL-2.0-only
"""Histories that are one step smaller than another, for whoever looks for the smallest."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from rig.model.exercise.history import Call, History

_NUMBER = re.compile(r"([a-z]+=)(\d+)", re.ASCII)


def smaller(history: History) -> Iterator[tuple[str, History]]:
    """All of them, the longest steps first, each with a name for the step.

    What is about a result that nobody makes any more goes with it.
    """
    calls = history.calls
    for size, at in _chunks(len(calls)):
        kept = history.keeping((*calls[:at], *(None,) * size, *calls[at + size :])).consistent()
        gone = calls[at : at + size]
        yield f"without {_told(gone)}", kept.renumbered()
    yield from _originals(history)
    yield from _fewer_threads(history)
    for at in range(1, len(history.rounds)):
        before, one, other, after = (
            *(history.rounds[: at - 1], history.rounds[at - 1]),
            *(history.rounds[at], history.rounds[at + 1 :]),
        )
        yield f"without join {at}", History((*before, one + other, *after))
    yield from _plainer(history)


def _chunks(count: int) -> Iterator[tuple[int, int]]:
    """Lengths and places; never all."""
    sizes = dict.fromkeys((count // 2, count // 4, count // 8, 2, 1))
    for size in sizes:
        # What is late is seldom needed for what was seen before it.
        for at in reversed(range(0, count, size)) if 0 < size < count else ():
            yield min(size, count - at), at


def _told(gone: Sequence[Call]) -> str:
    return str(gone[0]) if len(gone) == 1 else f"{len(gone)} calls from {gone[0]}"


def _originals(history: History) -> Iterator[tuple[str, History]]:
    """What was made by dup() is what it was made of."""
    for at, call in enumerate(history.calls):
        if call.name == "dup" and call.words and call.result:
            later = (
                replace(other, words=tuple(_renamed(word, call) for word in other.words))
                for other in history.calls[at + 1 :]
            )
            kept = history.keeping((*history.calls[:at], None, *later)).consistent()
            yield f"without {call}", kept.renumbered()


def _renamed(word: str, duplicate: Call) -> str:
    name, equals, value = word.rpartition("=")
    return f"{name}{equals}{duplicate.words[0]}" if value == duplicate.result else word


def _fewer_threads(history: History) -> Iterator[tuple[str, History]]:
    there = sorted({call.thread for call in history.calls})
    for thread in reversed(there[1:]):
        moved = (
            replace(call, thread=there[0]) if call.thread == thread else call
            for call in history.calls
        )
        yield f"thread {thread} in another", history.keeping(moved).renumbered()


def _plainer(history: History) -> Iterator[tuple[str, History]]:
    """With one argument less, or a smaller one."""
    for at, call in enumerate(history.calls):
        for words in _fewer_words(call.words):
            less = replace(call, words=words)
            kept = (*history.calls[:at], less, *history.calls[at + 1 :])
            yield str(less), history.keeping(kept)


def _fewer_words(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for at, word in enumerate(words):
        before, after = words[:at], words[at + 1 :]
        if "=" in word:
            yield before + after
        if (match := _NUMBER.fullmatch(word)) and int(match[2]) > 1:
            yield (*before, f"{match[1]}1", *after)
