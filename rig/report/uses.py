# SPDX-License-Identifier: GPL-2.0-only
"""The uses of buffers in a trace, and which of them an observation is about."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rig.evidence.case import CaseEvidence
from rig.evidence.fences import FenceLife
from rig.evidence.ktap import Observation

# enum v4l2_buf_type, as vb2 events print it.
TYPES = {"capture": ("1", "9"), "output": ("2", "10")}


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a buffer as the trace knows it: from one VIDIOC_QBUF to the next."""

    owner: str
    queue: str
    index: str
    sequence: int
    begin_us: int
    next_us: int | None

    def holds(self, time_us: float) -> bool:
        return self.begin_us <= time_us and (self.next_us is None or time_us < self.next_us)


def uses_of(case: CaseEvidence) -> list[Use]:
    """Every use of every buffer in the trace."""
    if case.trace is None:
        return []
    queued: dict[tuple[str, str, str], list[int]] = {}
    for event in case.trace.events:
        if event.name != "vb2_qbuf":
            continue
        for queue, types in TYPES.items():
            if event.fields.get("type") in types:
                key = (event.fields.get("owner", ""), queue, event.fields.get("index", ""))
                queued.setdefault(key, []).append(event.time_us)
    return [
        Use(*key, sequence, begin, after)
        for key, times in queued.items()
        for sequence, (begin, after) in enumerate(pairwise([*times, None]))
        if begin is not None
    ]


def matching_use(case: CaseEvidence, chosen: Observation) -> Use | None:
    """The use in the trace that an observation is about: same buffer, same count, same time."""
    at = microseconds(chosen, "begin") or microseconds(chosen, "time")
    fits: Callable[[Use], bool] = lambda use: (  # noqa: E731
        use.queue == chosen.fields.get("queue")
        and use.index == chosen.fields.get("buffer")
        and str(use.sequence) == chosen.fields.get("sequence")
    )
    uses = [use for use in uses_of(case) if fits(use)]
    timely = [use for use in uses if at is not None and use.holds(at)]
    return next(iter(timely or uses), None)


def life_of(case: CaseEvidence, seen: Sequence[Observation], use: Use | None) -> FenceLife | None:
    """The fence of a use: the one that consumers saw, else the one published for the buffer."""
    if case.lives is None:
        return None
    lives = case.lives.fences
    for each in seen:
        if each.fields.get("fence-driver") == "videobuf2" and "context" in each.fields:
            identity = (int(each.fields["context"]), int(each.fields["seqno"]))
            if identity in lives:
                return lives[identity]
    if use is None:
        return None
    for life in lives.values():
        for publish in life.publishes:
            fields = publish.fields
            if (
                fields.get("owner") == use.owner
                and fields.get("index") == use.index
                and use.holds(publish.time_us)
            ):
                return life
    return None


def microseconds(seen: Observation, key: str) -> float | None:
    text = seen.fields.get(key, "")
    return int(text) / 1000 if text.isdigit() else None
