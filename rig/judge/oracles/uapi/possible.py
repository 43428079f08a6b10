# SPDX-License-Identifier: GPL-2.0-only
"""All states that a queue may be in while calls of several threads meet.

Every call takes effect at one moment between its beginning and its end; which of two came first
is seen only by what later ones answer.  So each order that there may have been is a branch, and
one that a call's answer rules out is left.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from rig.judge.oracles.uapi.effects import blurred, fits
from rig.judge.oracles.uapi.program import Step
from rig.judge.oracles.uapi.queues import LOST, NEW, QueueState, joined

# More branches than that are nobody's business: then the state is not known.
MOST: Final = 64

Effect = Callable[[QueueState, Step], QueueState]


@dataclass(frozen=True, slots=True)
class _Branch:
    """One order of calls.

    Attributes:
        state: that of the queue after those that took effect.
        met: of those that are still open, the ones that took effect, each with what it met; by
            their beginnings.
    """

    state: QueueState = NEW
    met: frozenset[tuple[int, QueueState]] = frozenset()

    def has(self, begin: int) -> bool:
        return any(each == begin for each, _ in self.met)

    def then(self, step: Step, effect: Effect) -> "_Branch":
        met = self.met | {(step.call.begin, self.state)}
        return _Branch(effect(self.state, step), met)

    def without(self, begin: int) -> "_Branch":
        return replace(self, met=frozenset(each for each in self.met if each[0] != begin))


class Possible:
    """The states of one queue.

    Args:
        effect: what a call does to a state.
    """

    def __init__(self, effect: Effect) -> None:
        self._effect = effect
        self._open: dict[int, Step] = {}
        # As a set that keeps its order.
        self._branches: Mapping[_Branch, None] = {_Branch(): None}

    @property
    def states(self) -> tuple[QueueState, ...]:
        """All that it may be in."""
        return tuple(dict.fromkeys(branch.state for branch in self._branches))

    @property
    def surely(self) -> QueueState:
        """What holds in each of them."""
        return joined(self.states)

    def change(self, change: Callable[[QueueState], QueueState]) -> None:
        """Something happened that is no call on the queue."""
        self._branches = {
            replace(branch, state=change(branch.state)): None for branch in self._branches
        }

    def blur(self, step: Step) -> None:
        """A call ended of which no order says what it met."""
        self.change(lambda state: blurred(self._effect(state, step), step))

    def begin(self, step: Step) -> None:
        """From now on the call may take effect."""
        self._open[step.call.begin] = step

    def end(self, step: Step) -> tuple[QueueState, ...]:
        """It has; what it may have met."""
        begin = step.call.begin
        # If no order explains it, that is the affair of the rules.
        done = self._orders(step, fits) or self._orders(step, lambda _state, _step: True)
        if len(done) > MOST:
            done = {_Branch(LOST, frozenset((each, LOST) for each in self._open)): None}
        del self._open[begin]
        self._branches = {branch.without(begin): None for branch in done}
        found = (state for branch in done for each, state in branch.met if each == begin)
        return tuple(dict.fromkeys(found))

    def _orders(
        self, step: Step, may: Callable[[QueueState, Step], bool]
    ) -> Mapping[_Branch, None]:
        """The branches in which it has taken effect, whatever else did before."""
        done: dict[_Branch, None] = {}
        left = dict.fromkeys(self._branches)
        seen = set(left)
        while left and len(seen) <= 4 * MOST:
            branch, _ = left.popitem()
            if branch.has(step.call.begin):
                done[branch] = None
                continue
            new = [each for each in self._next(branch, may) if each not in seen]
            seen.update(new)
            left.update(dict.fromkeys(new))
        # What was not looked at counts as too much.
        return done if not left else dict.fromkeys(seen)

    def _next(self, branch: _Branch, may: Callable[[QueueState, Step], bool]) -> Iterator[_Branch]:
        for begin, step in self._open.items():
            if not branch.has(begin) and may(branch.state, step):
                yield branch.then(step, self._effect)
