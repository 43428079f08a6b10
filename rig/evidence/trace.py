# SPDX-License-Identifier: GPL-2.0-only
"""The kernel's trace: events with a time and fields.

The format is that of tracefs `trace` (kernel/trace/trace_output.c): a task, a CPU, flags, seconds,
the event's name and what its TP_printk() made of it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_EVENT: Final = re.compile(
    r"\s*(?P<task>.{1,16}?)-(?P<pid>\d+)\s+\[(?P<cpu>\d+)\]\s+(?P<flags>\S+)\s+"
    r"(?P<seconds>\d+)\.(?P<micros>\d{6}): (?P<name>\w+): (?P<text>.*)"
)
_FIELD: Final = re.compile(r"(\w+) ?= ?([^,\s]+)")
_ENTRIES: Final = re.compile(r"# entries-in-buffer/entries-written: (\d+)/\d+ ")
_LOST: Final = re.compile(r"CPU:(\d+) \[LOST (\d+) EVENTS\]")


@dataclass(frozen=True, slots=True)
class Event:
    """One trace event.  `time_us`: microseconds of the trace clock."""

    name: str
    time_us: int
    cpu: int
    task: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Trace:
    """All events in the order of their times.

    Attributes:
        lost: how many were lost from the ring buffers.
        problems: lines that could not be read, and a number of events that is not the one told.
    """

    events: tuple[Event, ...]
    lost: int
    problems: tuple[str, ...] = ()


def parse_trace(trace: bytes, statistics: bytes = b"") -> Trace:
    """Parse `trace`, and the `stats` files of all CPUs for what the ring buffers overwrote."""
    events = []
    problems: list[str] = []
    told: int | None = None
    lost = 0
    for number, line in enumerate(trace.decode(errors="backslashreplace").split("\n"), 1):
        found = _EVENT.match(line)
        if found:
            events.append(
                Event(
                    name=found["name"],
                    time_us=int(found["seconds"]) * 1_000_000 + int(found["micros"]),
                    cpu=int(found["cpu"]),
                    task=f"{found['task']}-{found['pid']}",
                    fields=dict(_FIELD.findall(found["text"])),
                )
            )
        elif gap := _LOST.match(line):
            lost += int(gap[2])
        elif entries := _ENTRIES.match(line):
            told = int(entries[1])
        elif line.strip() and not line.startswith("#"):
            problems.append(f"trace, line {number}: {line[:80]}")
    for line in statistics.decode(errors="backslashreplace").splitlines():
        name, _, value = line.partition(":")
        if name.strip() in ("overrun", "commit overrun", "dropped events"):
            lost += int(value) if value.strip().isdigit() else 0
    if told != len(events):
        problems.append(f"trace: {told} events told, {len(events)} found")
    return Trace(tuple(events), lost, tuple(problems))
