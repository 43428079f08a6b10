# SPDX-License-Identifier: GPL-2.0-only
"""What a device did with buffers that somebody else was still at work on, against the contract of
consumers: docs/reference/waits.md."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rig.evidence.case import CaseEvidence
from rig.evidence.ktap import Observation
from rig.judge.kinds import Effects, Kind
from rig.judge.oracle import Exercised, Oracle
from rig.judge.reasons import Reason
from rig.model.claims.waits import CLAIM as WAITS

_BROKEN: Effects = {WAITS: "DIRTY"}

IGNORED = Kind(
    "wait.ignored",
    "A device used a buffer although a fence was pending that it has to wait for.",
    _BROKEN,
)
OVERWRITTEN = Kind(
    "wait.overwritten",
    "A device wrote to a buffer while somebody who reads it, or writes to it, was still at work: "
    "the picture changed before his eyes.",
    _BROKEN,
)
UNFINISHED = Kind(
    "wait.unfinished",
    "A device read a buffer before who writes to it was done, and made a picture of that.",
    _BROKEN,
)
NEEDLESS = Kind(
    "wait.needless",
    "A device that only reads a buffer waited for others who only read it, too.",
    _BROKEN,
)
NOT_WOKEN = Kind(
    "wait.not-woken",
    "All fences of the buffers of a job had signaled, and the job was not done in time.",
    _BROKEN,
)
REORDERED = Kind(
    "wait.reordered",
    "Buffers came back in another order than they were queued, because one of them had to wait.",
    _BROKEN,
)
ERROR_LOST = Kind(
    "wait.error-lost",
    "Who was to write to a source failed, and what was made of it came back as good.",
    _BROKEN,
)
ERROR_INVENTED = Kind(
    "wait.error-invented",
    "A buffer came back with an error although the fences that were waited for told of none that "
    "matters to it.",
    _BROKEN,
)
STUCK = Kind(
    "wait.stuck",
    "A call that must not wait for the fences of others did not return: of a program that queued "
    "a buffer, or stopped, nothing more was heard.",
    _BROKEN,
)
SLOW = Kind(
    "wait.slow-to-stop",
    "Stopping took as long as a fence of somebody else was pending.",
    _BROKEN,
)
NOT_AGAIN = Kind(
    "wait.not-again",
    "A stream that was stopped while it waited did not work when it was started anew.",
    _BROKEN,
)
HELD_UP = Kind(
    "wait.held-up",
    "A job of one file waited for a fence, and that of another file of the device was not done.",
    _BROKEN,
)
NOT_OPTED_IN = Kind(
    "wait.not-opted-in",
    "A device waited for fences of others on a buffer of a queue that did not opt in.",
    _BROKEN,
)
NOTHING_HELD = Kind(
    "exercise.nothing-held",
    "No buffer was seen that somebody else was at work on, so nothing is known of who waits.",
    {WAITS: "INCONCLUSIVE"},
)

# Nobody who stops is held up for so long, nanoseconds: a job ends meanwhile, a fence does not.
_LONG = 8_000_000_000


def _has(**wanted: str) -> Callable[[Observation], bool]:
    keys = {key.replace("_", "-"): value for key, value in wanted.items()}
    return lambda seen: all(seen.fields.get(key) == value for key, value in keys.items())


@dataclass(frozen=True)
class Rule:
    """One row of the contract.

    Args:
        row: its id in docs/reference/waits.md.
        what: for people, what was seen.
        name: of the observations that it is about.
        applies: to which of these.
        broken: whether one breaks it.
    """

    row: str
    kind: Kind
    what: str
    name: str
    applies: Callable[[Observation], bool]
    broken: Callable[[Observation], bool]


def _used(seen: Observation) -> bool:
    return seen.fields.get("seen") == "used"


def _changed(seen: Observation) -> bool:
    return seen.fields.get("changed", "0") != "0"


def _done(seen: Observation) -> bool:
    return seen.fields.get("then") == "done"


def _wrong(seen: Observation) -> bool:
    return seen.fields.get("wrong") == "1" and seen.fields.get("error-flag") == "0"


def _source_fails(seen: Observation) -> bool:
    return _has(queue="output", by="writer", ends="error", seen="left")(seen)


def _long(seen: Observation) -> bool:
    return int(seen.fields.get("took", "0")) >= _LONG


def _all(seen: Observation) -> bool:
    return True


RULES = (
    Rule("W1", IGNORED, "a source was read while somebody wrote to it", "held",
         _has(queue="output", by="writer"), _used),
    Rule("W2", IGNORED, "a destination was used while somebody else used it", "held",
         _has(queue="capture"), _used),
    Rule("W3", NEEDLESS, "a source was left alone for the sake of a reader", "held",
         _has(queue="output", by="reader"), lambda seen: not _used(seen)),
    Rule("W4", IGNORED, "the next device went on before the one before was done", "in-fence",
         _all, _has(seen="ignored")),
    Rule("W5", NOT_WOKEN, "the fences had signaled, and the job did not come", "held",
         _all, _has(then="timeout")),
    Rule("W7", REORDERED, "another order", "held", _done, _has(order="changed")),
    Rule("W9", SLOW, "stopping took long", "stopped", _all, _long),
    Rule("W9", NOT_AGAIN, "the stream did not work again", "again", _all, _has(seen="timeout")),
    Rule("W10", HELD_UP, "another file was held up", "beside", _all, _has(seen="timeout")),
    Rule("W12", ERROR_LOST, "the writer of a source failed, and the picture is said to be good",
         "held", lambda seen: _source_fails(seen) and _done(seen), _has(error_flag="0")),
    Rule("W13", ERROR_INVENTED, "an error that nobody made", "held",
         lambda seen: _done(seen) and not _source_fails(seen), _has(error_flag="1")),
    Rule("W14", OVERWRITTEN, "pixels changed under somebody who was at work on them", "held",
         _has(queue="capture"), _changed),
    Rule("W14", UNFINISHED, "the picture was made of what was not drawn yet", "held",
         _done, _wrong),
    Rule("W14", UNFINISHED, "the picture of the next device was not made of what it was given",
         "in-fence", _has(api="chain", seen="respected"),
         lambda seen: seen.fields.get("wrong-bytes", "0") != "0"),
    Rule("W15", NOT_OPTED_IN, "the device waited for somebody it need not know", "not-opted-in",
         _all, lambda seen: not _used(seen)),
)  # fmt: skip

# What says that something begins, and what says that it has ended, whatever came of it.
_PAIRS = (("holding", ("held", "let-go"), "W8"), ("stopping", ("stopped",), "W9"))


def kept(case: CaseEvidence) -> Iterator[Reason]:
    """Every observation, against every row that applies to it."""
    observations = case.results.observations
    for rule in RULES:
        broken = [seen for seen in _about(rule, observations) if rule.broken(seen)]
        if broken:
            yield Reason(rule.kind, f"{rule.row}: {rule.what} ({_told(broken)})")


def came_back(case: CaseEvidence) -> Iterator[Reason]:
    """Each call that must return did."""
    for begins, ends, row in _PAIRS:
        for path, begun in _begun(case.results.observations, begins, ends).items():
            if begun is not None:
                yield Reason(STUCK, f"{row}: {'/'.join(path)}: no end of {_shown(begun)}")


def exercised(case: CaseEvidence) -> Iterator[Reason]:
    """Something was there to wait for."""
    names = {seen.name for seen in case.results.observations}
    if not names & {"held", "holding", "in-fence", "not-opted-in", "stopped", "stopping"}:
        yield Reason(NOTHING_HELD, "no program says that it held a buffer")


def counted(case: CaseEvidence) -> Iterator[Exercised]:
    """How many observations each rule was put to."""
    for row in dict.fromkeys(rule.row for rule in RULES):
        rules = [rule for rule in RULES if rule.row == row]
        about = max(sum(1 for _ in _about(r, case.results.observations)) for r in rules)
        yield Exercised(row, about)


def _about(rule: Rule, observations: Sequence[Observation]) -> Iterator[Observation]:
    return (seen for seen in observations if seen.name == rule.name and rule.applies(seen))


def _begun(
    observations: Sequence[Observation], begins: str, ends: Sequence[str]
) -> dict[tuple[str, ...], Observation | None]:
    """What each program has begun and not ended; None: nothing."""
    open_: dict[tuple[str, ...], Observation | None] = {}
    for seen in observations:
        if seen.name == begins:
            open_[seen.path] = seen
        elif seen.name in ends:
            open_[seen.path] = None
    return open_


def _told(broken: Sequence[Observation]) -> str:
    often = Counter(_shown(seen) for seen in broken)
    (first, _), *more = often.items()
    return f"{len(broken)}x; first: {first}" + (f"; {len(more)} other kinds" if more else "")


_SHOWN = ("driver", "queue", "plane", "by", "added", "ends", "api", "how", "changed", "took")


def _shown(seen: Observation) -> str:
    return " ".join(f"{key} {seen.fields[key]}" for key in _SHOWN if key in seen.fields)


ORACLE = Oracle(
    name="waits",
    rank=96,
    looks_at="what programs say of buffers that somebody else was at work on while they were "
    "queued: whether a job was done meanwhile, whether the pixels changed, what came of the job "
    "when he was done, whether calls that stop a stream returned. Each rule is a row of "
    "[waits.md](waits.md), which the reason cites.",
    proves="that no device in these workloads used a buffer against the contract, and that none "
    "waited longer than it must.",
    not_proven="what nobody held. A device that uses a buffer early and is done late is seen by "
    "its pixels only.",
    kinds=(
        IGNORED,
        OVERWRITTEN,
        UNFINISHED,
        NEEDLESS,
        NOT_WOKEN,
        REORDERED,
        ERROR_LOST,
        ERROR_INVENTED,
        STUCK,
        SLOW,
        NOT_AGAIN,
        HELD_UP,
        NOT_OPTED_IN,
        NOTHING_HELD,
    ),
    looks=(kept, came_back, exercised),
    counts=counted,
)
