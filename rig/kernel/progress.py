# SPDX-License-Identifier: GPL-2.0-only
"""What long work says while it works: a bar on a terminal, a few plain lines elsewhere."""

import sys
import time
from typing import Protocol, TextIO

from rich.console import Console
from rich.progress import BarColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

# A plain line each time that this share of the steps is done.
_PLAIN_SHARE = 0.05
# Without a known number of steps: a plain line each so many seconds.
_PLAIN_SECONDS = 30.0


class Progress(Protocol):
    """Where long work reports to."""

    def stage(self, text: str) -> None:
        """A new part of the work begins; the former one is done."""

    def step(self, done: int, expected: int | None, what: str) -> None:
        """So many steps of this part are done; ``expected`` is None if nobody knows."""

    def note(self, text: str) -> None:
        """Something that the user should read, and that stays on the screen."""

    def close(self) -> None:
        """All done, or given up."""


class Silent:
    """Says nothing."""

    def stage(self, text: str) -> None: ...

    def step(self, done: int, expected: int | None, what: str) -> None: ...

    def note(self, text: str) -> None: ...

    def close(self) -> None: ...


class Plain:
    """Lines for logs: one per stage, and one about each twentieth of the steps."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._begin()

    def _begin(self) -> None:
        self._started = time.monotonic()
        self._said_at = self._started
        self._said_share = 0.0

    def stage(self, text: str) -> None:
        self._begin()
        self._say(text)

    def step(self, done: int, expected: int | None, what: str) -> None:
        now = time.monotonic()
        if not expected:
            if now - self._said_at >= _PLAIN_SECONDS:
                self._said_at = now
                self._say(f"  {done} steps, {_duration(now - self._started)}: {what}")
            return
        share = min(done / expected, 0.99)
        if share - self._said_share < _PLAIN_SHARE:
            return
        self._said_share = share
        left = time_left(now - self._started, done, expected)
        self._say(f"  {share:3.0%}  {done}/{expected}, about {_duration(left)} left: {what}")

    def note(self, text: str) -> None:
        self._say(f"note: {text}")

    def close(self) -> None:
        self._stream.flush()

    def _say(self, text: str) -> None:
        print(text, file=self._stream, flush=True)


class Terminal:
    """A bar that moves, with the time left."""

    def __init__(self, console: Console) -> None:
        self._bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            TextColumn("{task.fields[count]}"),
            TimeElapsedColumn(),
            TextColumn("[dim]{task.fields[what]}"),
            console=console,
            transient=True,
        )
        self._console = console
        self._task: TaskID | None = None
        self._started = time.monotonic()

    def stage(self, text: str) -> None:
        self.close()
        self._started = time.monotonic()
        self._bar.start()
        self._task = self._bar.add_task(text, total=None, count="", what="")

    def step(self, done: int, expected: int | None, what: str) -> None:
        if self._task is None:
            self.stage("")
        assert self._task is not None
        count = str(done)
        if expected:
            left = time_left(time.monotonic() - self._started, done, expected)
            count = f"{min(done / expected, 0.99):3.0%}, {_duration(left)} left"
        self._bar.update(
            self._task,
            completed=done,
            total=expected and max(expected, done),
            count=count,
            what=what[-40:],
        )

    def note(self, text: str) -> None:
        self._console.print(f"note: {text}", markup=False, highlight=False)

    def refresh(self) -> None:
        """Draw now; the bar draws itself ten times a second anyway."""
        self._bar.refresh()

    def close(self) -> None:
        if self._task is not None:
            task = self._bar.tasks[0]
            self._bar.remove_task(self._task)
            self._bar.stop()
            spent = _duration(time.monotonic() - self._started)
            self._console.print(f"{task.description} [dim]{spent}", highlight=False)
            self._task = None


def progress_for(stream: TextIO | None = None) -> Progress:
    """The progress that suits a stream (standard error if none is given)."""
    stream = stream or sys.stderr
    console = Console(file=stream)
    return Terminal(console) if console.is_terminal else Plain(stream)


def time_left(spent: float, done: int, expected: int) -> float:
    """Seconds left if the rest goes like what is done."""
    if done <= 0:
        return 0.0
    return max(expected - done, 0) * spent / done


def _duration(seconds: float) -> str:
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60} min {whole % 60:02} s"
