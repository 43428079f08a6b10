# SPDX-License-Identifier: GPL-2.0-only
"""poll() of one descriptor: what it was asked, what it said, and what it met."""

from collections.abc import Iterator
from dataclasses import dataclass
from struct import iter_unpack
from typing import Final

from rig.evidence.descriptors import Thing
from rig.judge.oracles.uapi.program import Program, Step
from rig.judge.oracles.uapi.queues import QueueState

# POLLIN, POLLPRI, POLLOUT, POLLERR and POLLHUP.
IN: Final = 0x1
PRI: Final = 0x2
OUT: Final = 0x4
ERR: Final = 0x8
HUP: Final = 0x10

# A job is over by then, whatever it does and whoever else has jobs; of virtual time, nanoseconds.
LONG: Final = 1_000_000_000


@dataclass(frozen=True)
class Poll:
    """A poll() of one descriptor: what was asked for, and what it said."""

    step: Step
    about: Thing
    events: int
    told: int

    @property
    def waited(self) -> int:
        """Nanoseconds."""
        return self.step.call.ended - self.step.call.began


def polls(program: Program, kind: str, *names: str) -> Iterator[Poll]:
    """Those of one descriptor of a kind that returned well; of poll(), if nothing else is named.

    Of select() nobody can tell an error from a buffer that is done.
    """
    for step in program.steps:
        if step.name not in (names or ("poll",)) or not step.done:
            continue
        if step.about is None or step.about.kind != kind:
            continue
        asked = list(iter_unpack("<iHH", step.call.after[: len(step.call.after) // 8 * 8]))
        if len(asked) == 1:
            _fd, events, told = asked[0]
            yield Poll(step, step.about, events, told)


def next_of_thread(program: Program, step: Step) -> Step | None:
    """What the same thread did next with the same file, if no other used it meanwhile."""
    assert step.about
    steps = program.by_file[step.about]
    for later in steps[steps.index(step) + 1 :]:
        own = later.call.thread == step.call.thread
        return later if own and not later.contended else None
    return None


def queue_states(step: Step) -> tuple[QueueState, QueueState] | None:
    """Of OUTPUT and CAPTURE; a poll is about neither, so it counts as CAPTURE."""
    if step.state is None or step.other is None or step.contended:
        return None
    return step.other, step.state
