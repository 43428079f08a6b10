# SPDX-License-Identifier: GPL-2.0-only
"""Progress on a terminal: bars that move, with the time left, below the lines that stay."""

import time

from rich.console import Console
from rich.progress import BarColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.text import Text

from rig.base.console import printable
from rig.view.words import duration, time_left

# What a compiler works on is known by the end of its path.
_WHAT = 40


class Terminal:
    """Shows one stage at a time, and rows of what runs side by side in it.

    Args:
        console: where all goes that is printed meanwhile, or the bars would be torn.
        commands: whether command lines are shown.
    """

    def __init__(self, console: Console, *, commands: bool = False) -> None:
        self._console = console
        self._commands = commands
        self._bar = Bar(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[count]}", markup=False),
            TimeElapsedColumn(),
            TextColumn("{task.fields[what]}", style="dim", markup=False),
            console=console,
            transient=True,
        )
        self._stage: TaskID | None = None
        self._rows: dict[str, TaskID] = {}
        self._started = time.monotonic()

    def stage(self, text: str) -> None:
        self.close()
        self._begin(text)

    def _begin(self, text: str) -> TaskID:
        self._started = time.monotonic()
        self._bar.start()
        self._stage = self._bar.add_task(printable(text), total=None, count="", what="")
        return self._stage

    def step(self, done: int, expected: int | None, what: str) -> None:
        count = str(done)
        if expected:
            left = time_left(time.monotonic() - self._started, done, expected)
            count = f"{min(done / expected, 0.99):3.0%}, {duration(left)} left"
        self.at(done, expected and max(expected, done), count, what[-_WHAT:])

    def at(self, done: float, total: float | None, count: str, what: str = "") -> None:
        """How far this stage is, with the count in words."""
        stage = self._begin("") if self._stage is None else self._stage
        what = printable(what)
        self._bar.update(stage, completed=done, total=total, count=count, what=what)

    def row(self, name: str, done: float, total: float | None, what: str) -> None:
        """Something that runs within the stage; begun by its first call."""
        if name not in self._rows:
            self._rows[name] = self._bar.add_task(f"  {name}", total=None, count="", what="")
        # Longer than expected is not nearly done.
        known = total if total and done < total else None
        self._bar.update(self._rows[name], completed=done, total=known, what=what)

    def end_row(self, name: str) -> None:
        """What ran is over."""
        if name in self._rows:
            self._bar.remove_task(self._rows.pop(name))

    def note(self, text: str) -> None:
        self._console.print(Text(f"note: {printable(text)}"), soft_wrap=True)

    def command(self, line: str) -> None:
        if self._commands:
            self._console.print(Text(f"  $ {printable(line)}", style="dim"), soft_wrap=True)

    def refresh(self) -> None:
        """Draw now; the bars draw themselves ten times a second anyway."""
        self._bar.refresh()

    def stop(self, how_far: str) -> None:
        """The stage was given up: one line says so."""
        self._end("stopped after ", f", {how_far}")

    def close(self) -> None:
        """The stage is over: one line of it stays."""
        self._end("", "")

    def _end(self, before: str, after: str) -> None:
        for name in list(self._rows):
            self.end_row(name)
        if self._stage is None:
            return
        told = next(task.description for task in self._bar.tasks if task.id == self._stage)
        self._bar.remove_task(self._stage)
        self._bar.stop()
        self._stage = None
        spent = duration(time.monotonic() - self._started)
        self._console.print(
            Text.assemble(told, ": ", before, (spent, "dim"), after), soft_wrap=True
        )
