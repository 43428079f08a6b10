# SPDX-License-Identifier: GPL-2.0-only
"""The observations that the contract is judged by: what each must say (docs/reference/protocol.md).

Rules look for words; a word that is damaged would make them look away.  So what claims to be one of
these observations must be whole.  Observations of other names are their workload's own affair.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

_NUMBER: Final = re.compile(r"-?\d{1,20}", re.ASCII)
_MEMBERS: Final = re.compile(r"[^:,]+:-?\d{1,10}(?:,[^:,]+:-?\d{1,10})*", re.ASCII)

# Keys whose values are decimal numbers, in whatever observation.
_NUMBERS: Final = frozenset(
    (
        *("buffer", "sequence", "plane", "export", "instance", "frame", "error-flag", "errno"),
        *("id", "context", "seqno", "status", "fences", "timestamp", "wrong-bytes"),
        *("begin", "end", "time", "running", "pending-before", "pending-after"),
    )
)

_BUFFER: Final = ("driver", "queue", "buffer", "sequence")
_PLANE: Final = (*_BUFFER, "plane", "export")
_ANSWER: Final = ("begin", "end")

_STATES: Final = ("dequeued", "queued", "active", "done", "unsure")
_MOMENTS: Final = ("after-dqbuf", "after-streamoff", "after-close", "after-request")

# So many keys in common are no accident.
_ALIKE: Final = 6


@dataclass(frozen=True)
class _Shape:
    """What an observation must have.

    Attributes:
        keys: always there.
        values: those that a key may have; only keys with a closed list.
    """

    keys: tuple[str, ...]
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


_SHAPES: Final[Mapping[str, _Shape]] = {
    "probe": _Shape(
        (*_PLANE, "state", "api", "seen", *_ANSWER),
        {
            "state": _STATES,
            "api": (
                *("poll", "epoll", "export-read", "export-write"),
                *("attach-read", "attach-write"),
            ),
            "seen": ("ready", "busy", "stub", "fence", "error"),
        },
    ),
    "source": _Shape(
        (*_PLANE, "state", "api", "seen", *_ANSWER),
        {
            "state": _STATES,
            "api": ("poll", "export-read"),
            "seen": ("ready", "busy", "stub", "fence", "error"),
        },
    ),
    "wait": _Shape(
        (*_PLANE, "state", "api", "seen", *_ANSWER),
        {
            "state": _STATES,
            "api": ("poll", "epoll", "sync", "sync-file", "scanout", "locked"),
            "seen": ("ready", "timeout", "error"),
        },
    ),
    "fence": _Shape(("id", "when", "time"), {"when": _MOMENTS}),
    "dqbuf": _Shape((*_BUFFER, "frame", "time", "error-flag"), {"error-flag": ("0", "1")}),
    "dequeueable": _Shape((*_PLANE, "seen", *_ANSWER), {"seen": ("ready", "timeout")}),
    "pixels": _Shape(
        (*_PLANE, "at", "wrong-bytes"),
        {"at": ("signal", "streamoff"), "looks": ("whole", "stale", "one-colour", "torn")},
    ),
    "in-fence": _Shape((*_PLANE, "api", "seen"), {"seen": ("ignored", "respected")}),
    "merge": _Shape(
        ("members", "pending-before", "seen", "status", "pending-after", "time"),
        {"seen": ("ready", "busy")},
    ),
}


def fault(name: str, fields: Mapping[str, str]) -> str:
    """What is wrong with an observation, in a few words; "" if nothing is, or nobody can say."""
    shape = _SHAPES.get(name)
    if shape is None:
        return _likeness(name, fields)
    missing = [key for key in shape.keys if key not in fields]
    if missing:
        return f"{name} without {', '.join(missing)}"
    for key, value in fields.items():
        allowed = shape.values.get(key)
        if allowed is not None and value not in allowed:
            return f"{name} with {key}={value}"
        if key in _NUMBERS and _NUMBER.fullmatch(value) is None:
            return f"{name} with {key}={value}"
    return _answer(name, fields)


def is_damaged(text: str) -> bool:
    """Whether a remark that cannot be read as an observation was meant to be one of these."""
    name, *words = text.split(" ")
    return name in _SHAPES and (not words or any("=" in word for word in words))


def _likeness(name: str, fields: Mapping[str, str]) -> str:
    """An observation that is one of these but for its name."""
    for known, shape in _SHAPES.items():
        if len(shape.keys) >= _ALIKE and fields.keys() >= set(shape.keys):
            return f"{name} has all the keys of {known}"
    return ""


def _answer(name: str, fields: Mapping[str, str]) -> str:
    """What was seen must come with what is judged of it."""
    told = {"fence-driver", "status"} <= fields.keys()
    if name in ("probe", "source") and fields["seen"] == "fence" and not told:
        return f"{name} with seen=fence and without fence-driver and status"
    if name == "fence" and "status" not in fields and "errno" not in fields:
        return "fence without status and errno"
    members = fields.get("members")
    if name != "merge" and members is not None and _MEMBERS.fullmatch(members) is None:
        return f"{name} with members={members}"
    return ""
