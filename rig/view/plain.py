# SPDX-License-Identifier: GPL-2.0-only
"""Progress for logs: lines, and nothing that moves."""

from time import monotonic
from typing import TextIO

from rig.base.console import printable
from rig.view.words import duration, time_left

# A line each time that this share of the steps is done.
_SHARE = 0.05
# Without a known number of steps: a line each so many seconds.
_SECONDS = 30.0
# Of what runs within a stage, a line each so many seconds: a log tells that it still does.
_HEARTBEAT = 60.0


class Plain:
    """One line per stage, one about each twentieth of the steps, and one a minute of what runs."""

    def __init__(self, stream: TextIO, *, commands: bool = False) -> None:
        self._stream = stream
        self._commands = commands
        # When something that runs has been told of last, or was begun.
        self._told: dict[str, float] = {}
        self._begin()

    def _begin(self) -> None:
        self._started = monotonic()
        self._said_at = self._started
        self._said_share = 0.0

    def stage(self, text: str) -> None:
        self._begin()
        self._say(text)

    def step(self, done: int, expected: int | None, what: str) -> None:
        now = monotonic()
        if not expected:
            if now - self._said_at >= _SECONDS:
                self._said_at = now
                self._say(f"  {done} steps, {duration(now - self._started)}: {what}")
            return
        left = time_left(now - self._started, done, expected)
        self.at(done, expected, f"{done}/{expected}, about {duration(left)} left", what)

    def at(self, done: float, total: float | None, count: str, what: str = "") -> None:
        share = min(done / total, 0.99) if total else 0.0
        if share - self._said_share < _SHARE or done == total:
            return
        self._said_share = share
        self._say(f"  {share:3.0%}  {count}" + (f": {what}" if what else ""))

    def row(self, name: str, done: float, total: float | None, what: str) -> None:
        now = monotonic()
        if now - self._told.setdefault(name, now) < _HEARTBEAT:
            return
        self._told[name] = now
        usual = f", usually {duration(total)}" if total else ""
        self._say(f"  {name} runs: {what}, {duration(done)}{usual}")

    def end_row(self, name: str) -> None:
        self._told.pop(name, None)

    def note(self, text: str) -> None:
        self._say(f"note: {text}")

    def command(self, line: str) -> None:
        if self._commands:
            self._say(f"  $ {line}")

    def stop(self, how_far: str) -> None:
        self._say(f"stopped: {how_far}")
        self.close()

    def close(self) -> None:
        self._stream.flush()

    def _say(self, text: str) -> None:
        for line in text.splitlines():
            print(printable(line), file=self._stream, flush=True)
