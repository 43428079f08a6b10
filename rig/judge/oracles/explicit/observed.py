# SPDX-License-Identifier: GPL-2.0-only
"""What no call tells of explicit fences, and programs print."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rig.evidence.ktap import Observation
from rig.judge.kinds import Kind
from rig.judge.reasons import Reason
from rig.model.claims.explicit import CLAIM as EXPLICIT

Fields = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sight:
    """One thing that is seen.

    Args:
        name: of the observation.
        rows: of the contract.
        broken: whether what it says breaks them.
    """

    name: str
    rows: str
    kind: Kind
    broken: Callable[[Fields], bool]


def _kind(name: str, what: str) -> Kind:
    return Kind(f"explicit.{name}", what, {EXPLICIT: "DIRTY"})


_RESERVED = _kind(
    "fence-in-reservation",
    "A dma-buf had a pending fence, and nobody but a job with an explicit fence used its memory.",
)
_DISORDERED = _kind(
    "cancelled-out-of-order",
    "Fences of jobs that were taken back together signaled in another order than that of the jobs.",
)

SIGHTS = (
    Sight(
        "pixels",
        "E16",
        _kind(
            "torn-picture",
            "A consumer that was told by the fence of a job that the picture is there read "
            "another one.",
        ),
        lambda of: of.get("at") == "signal" and of.get("wrong-bytes") != "0",
    ),
    Sight(
        "descriptors",
        "E6, E7",
        _kind(
            "descriptor-leaked",
            "A program had another number of open descriptors after a call that had failed.",
        ),
        lambda of: of.get("before") != of.get("after"),
    ),
    Sight(
        "executed",
        "E25",
        _kind("fence-inherited", "A fence was still open in a program that was executed."),
        lambda of: of.get("fence") == "open",
    ),
    Sight(
        "copied",
        "E25",
        _kind(
            "copy-differs",
            "A copy of a fence, made by dup(), by fork() or sent to another process, did not "
            "signal, or had another status.",
        ),
        lambda of: of.get("status") == "0" or of.get("status") != of.get("original"),
    ),
    Sight("reservation", "E28", _RESERVED, lambda of: of.get("status") == "0"),
    Sight(
        "killed",
        "E22",
        _kind(
            "pending-after-kill",
            "A process had been killed, and the fence of one of its jobs was pending.",
        ),
        lambda of: of.get("status") == "0",
    ),
    Sight(
        "killed",
        "E22",
        _kind(
            "in-fence-kept",
            "A process had been killed, and the kernel still kept what its jobs had waited for.",
        ),
        lambda of: of.get("awaited") != "0",
    ),
)

KINDS = (*(sight.kind for sight in SIGHTS), _DISORDERED)


def told(observations: Sequence[Observation], *, publishes: bool = False) -> Iterator[Reason]:
    """What breaks the contract.

    Args:
        publishes: the series puts fences into reservations, too.
    """
    for seen in observations:
        for sight in SIGHTS:
            expected = publishes and sight.kind is _RESERVED
            if sight.name == seen.name and not expected and sight.broken(seen.fields):
                yield Reason(sight.kind, f"{sight.rows}: {_where(seen)}")
    yield from _disordered(observations)


def _disordered(observations: Sequence[Observation]) -> Iterator[Reason]:
    """Those that were taken back together follow each other, in the order of their jobs."""
    cancelled = [seen for seen in observations if seen.name == "cancelled"]
    for before, after in pairwise(cancelled):
        first, second = (int(seen.fields.get("number", 0)) for seen in (before, after))
        times = [int(seen.fields.get("timestamp", 0)) for seen in (before, after)]
        if second == first + 1 and all(times) and times[0] > times[1]:
            yield Reason(_DISORDERED, f"E17, E20: {_where(after)} number {second}")


def _where(seen: Observation) -> str:
    return " ".join(f"{key} {value}" for key, value in seen.fields.items() if key in _TELLING)


_TELLING = (
    *("driver", "buffer", "sequence", "after-what", "before", "after", "wrong-bytes"),
    *("how", "status", "original", "awaited"),
)
