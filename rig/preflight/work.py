# SPDX-License-Identifier: GPL-2.0-only
"""How far the compiler is: one clock for all builds of the checklist."""

from rig.base.progress import Progress


class Work:
    """Progress in builds, once they are planned; before that, in make's own steps.

    How many steps an incremental build has nobody knows, but one is about like the next.
    """

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._done = 0
        self._planned = 0

    def plan(self, text: str, builds: int) -> None:
        """From here on so many builds follow."""
        self._done, self._planned = 0, builds
        self._progress.stage(text)

    def built(self, what: str) -> None:
        """One of them is done."""
        self._done += 1
        self._progress.step(self._done, max(self._planned, self._done), what)

    def spare(self, builds: int) -> None:
        """So many of them are not needed."""
        self._planned -= builds

    def stage(self, text: str) -> None:
        self._progress.stage(text)

    def step(self, done: int, expected: int | None, what: str) -> None:
        if not self._planned:
            self._progress.step(done, expected, what)
            return
        # Nothing can be foretold before the first is done.
        known = max(self._planned, self._done) if self._done else None
        self._progress.step(self._done, known, what)

    def note(self, text: str) -> None:
        self._progress.note(text)

    def command(self, line: str) -> None:
        self._progress.command(line)

    def close(self) -> None:
        self._progress.close()
