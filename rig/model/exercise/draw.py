# SPDX-License-Identifier: GPL-2.0-only
"""From a seed to a history.

Each seed has a subset of all moves, with weights of its own: calls that are common would hide what
only shows without them, and the crash that everybody knows would hide all else.
"""

import sys
from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import cache
from random import Random
from typing import Final

from rig.base.discovery import discover
from rig.model.exercise import interfaces
from rig.model.exercise.history import THREADS, Call, History, Round
from rig.model.exercise.move import Move
from rig.model.exercise.world import World

# What can be left out, besides moves and interfaces: media requests; files that are closed, also
# by the end of the program, while their queues stream; queues that import, of which what is queued
# may not fit; buffers that are given back while requests are queued; requests with something of two
# files; imported memory that is in pieces.
REQUESTS: Final = "requests"
ABRUPT: Final = "abrupt"
STRAY: Final = "stray-dmabuf"
QUEUED: Final = "queued-reqbufs"
SHARED: Final = "shared-request"
SCATTERED: Final = "scattered"

# Rounds after the first, and moves of all threads together in each.
_ROUNDS: Final = (2, 6)
_MOVES: Final = (4, 10)

# More jobs than can fail of those that are drawn to.
_TRIES: Final = 4

# How many of the moves take part, and of those that few histories have.
_SHARE: Final = 0.6
_RARE: Final = 0.12

# How many rounds begin with what two threads do at once.
_FIRST: Final = 0.6

# How likely a call is one's that has this place; the first thread has most to do.
_TURNS: Final = (3, 2, 2)


@cache
def moves() -> tuple[tuple[str, Move], ...]:
    """Every move, with the name of its interface; each module of `interfaces` has some."""
    found = discover(sys.modules[interfaces.__name__], "MOVES", tuple)
    return tuple((name, move) for name, each in found.items() for move in each)


def draw(source: str, leave_out: Collection[str] = (), *, faulty: bool = False) -> History:
    """The history that a source of chance stands for: the same on every machine.

    Args:
        source: the seed, and what tells the histories of one seed apart.
        leave_out: names of moves and of interfaces that it does not have.
        faulty: hardware fails in some jobs, and the one at the end may be one of them.
    """
    random = Random(f"history {source}")
    own = _swarm(random, leave_out)
    odd = random.choice((0, 0.1, 0.25))
    threads = random.choice((1, 2, 2, THREADS))
    abrupt, stray, queued, shared = (
        random.random() < 0.5 and name not in leave_out for name in (ABRUPT, STRAY, QUEUED, SHARED)
    )
    world = World(
        random,
        odd,
        requests=REQUESTS not in leave_out,
        abrupt=abrupt,
        stray=stray,
        queued=queued,
        shared=shared,
        scattered=SCATTERED not in leave_out,
    )
    rounds: list[Round] = [_first(world)]
    world.threads = threads
    for _ in range(random.randint(*_ROUNDS)):
        world.join()
        rounds.append(_round(world, own, threads))
    world.join()
    rounds.append((*_last(world), Call(0, "work", (f"tries={_TRIES}",) if faulty else ())))
    return History(tuple(each for each in rounds if each))


def _swarm(random: Random, leave_out: Collection[str]) -> tuple[Move, ...]:
    """The moves that take part, each with a weight of this history's."""
    left = [
        move
        for interface, move in moves()
        if interface not in leave_out and move.name not in leave_out
    ]
    chosen = [
        move for move in left if random.random() < (_RARE if move.rare else _SHARE) or move.always
    ]
    return tuple(
        replace(move, weight=move.weight * random.choice((0.3, 1, 1, 3))) for move in chosen
    )


def _first(world: World) -> Round:
    """There is something to do for all threads: one file, or two."""
    begin = next(move for _, move in moves() if move.name == "begin")
    calls = begin.make(world)
    return calls + begin.make(world) if world.chance(0.3) else calls


def _last(world: World) -> Round:
    """Nothing streams any more, unless the history ends as if its program had died."""
    world.thread = 0
    names = [] if world.abrupt else world.names("v")
    return tuple(call for name in names for call in world.stop(name))


def _round(world: World, own: Sequence[Move], threads: int) -> Round:
    calls: list[Call] = []
    first = [move for move in own if move.first]
    if threads > 1 and first and world.chance(_FIRST):
        calls += _drawn(world, first, threads)
    others = [move for move in own if not move.first]
    for _ in range(world.random.randint(*_MOVES)):
        calls += _drawn(world, others, threads)
    return tuple(calls)


def _drawn(world: World, own: Sequence[Move], threads: int) -> tuple[Call, ...]:
    """The calls of one move, of one thread above all."""
    [world.thread] = world.random.choices(range(threads), _TURNS[:threads])
    [move] = world.random.choices(own, [move.weight for move in own])
    return move.make(world)
