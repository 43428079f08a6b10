# SPDX-License-Identifier: GPL-2.0-only
"""The cases of a run as they run, and one line for each as it ends."""

import asyncio
import contextlib
import json
import shlex
import time
from collections.abc import Sequence
from pathlib import Path

from rich.text import Text

from rig.base.console import printable
from rig.evidence.durations import Durations, Estimate
from rig.evidence.record import CaseRecord
from rig.judge.verdict import CaseVerdict
from rig.report.text import case_line
from rig.view.guest import GuestView
from rig.view.output import Output
from rig.view.words import duration

# Seconds between two looks at what a guest has written.
_PAUSE = 0.2


class CasesView:
    """Shows a run.

    Args:
        cases: that are to run now.
        before: how many have run before, in a run that is resumed.
        jobs: guests at once.
        durations: how long cases took so far; these are added.
    """

    def __init__(
        self,
        output: Output,
        cases: Sequence[CaseRecord],
        before: int,
        jobs: int,
        durations: Durations,
    ) -> None:
        self._output = output
        self._ended = before
        self._total = before + len(cases)
        self._durations = durations
        self._estimate = Estimate(durations, cases, jobs)
        beside = f", {jobs} at once" if jobs > 1 else ""
        again = f", {before} have run before" if before else ""
        output.progress.stage(f"running {_cases(len(cases))}{beside}{again}")

    async def watch(self, case: CaseRecord, folder: Path) -> None:
        """Show what a guest does; for ever, its end is somebody else's to notice."""
        guest = GuestView(case, folder)
        stage = ""
        try:
            while True:
                self._follow(case, guest)
                if guest.stage != stage:
                    if not stage:
                        self._tell_command(folder)
                    stage = guest.stage
                    self._tell_stage(case, stage)
                self._row(case, stage)
                await asyncio.sleep(_PAUSE)
        finally:
            # What it wrote last is what matters when it went down.
            self._follow(case, guest)

    def add(self, cases: Sequence[CaseRecord], told: Sequence[str]) -> None:
        """More cases are to run than were planned, and what is to be told of that."""
        self._total += len(cases)
        self._estimate.add(cases)
        for line in told:
            self._output.progress.note(line)

    def start(self, case: CaseRecord) -> None:
        """A case begins."""
        self._estimate.start(case.id, time.monotonic())

    def judging(self, case: CaseRecord) -> None:
        """The guest is gone, its evidence is being read."""
        self._row(case, "judging")

    def end(self, case: CaseRecord, verdict: CaseVerdict) -> None:
        """A case has been judged: its line stays."""
        now = time.monotonic()
        took = self._estimate.end(case.id, now)
        self._durations.learn(case, took)
        self._ended += 1
        self._output.progress.end_row(case.id)
        if self._output.level != "quiet":
            count = f"{self._ended:{len(str(self._total))}}/{self._total}"
            line = f"{count}  {case_line(verdict, duration(took))}"
            self._output.console.print(line, soft_wrap=True, highlight=False)
        self._progress(now)

    def close(self) -> None:
        """All cases have run, or were given up."""
        self._durations.save()
        if self._ended < self._total:
            self._output.progress.stop(f"{self._ended} of {self._total} have run")
        else:
            self._output.progress.close()

    def _progress(self, now: float) -> None:
        left = self._estimate.left(now)
        # A case that takes longer than ever before leaves nothing to tell.
        about = f", about {duration(left)} left" if left and left >= 1 else ""
        self._output.progress.at(self._ended, self._total, f"{self._ended}/{self._total}{about}")

    def _row(self, case: CaseRecord, what: str) -> None:
        now = time.monotonic()
        spent, expected = self._estimate.running(case.id, now)
        self._output.progress.row(case.id, spent, expected, what)
        self._progress(now)

    def _tell_command(self, folder: Path) -> None:
        with contextlib.suppress(OSError, ValueError):
            argv = json.loads((folder / "argv.json").read_text())
            self._output.progress.command(shlex.join(argv))

    def _tell_stage(self, case: CaseRecord, stage: str) -> None:
        if self._output.level == "verbose":
            self._say(f"{case.id}: {stage}")

    def _follow(self, case: CaseRecord, guest: GuestView) -> None:
        for writer, line in guest.look():
            if self._output.follow:
                self._say(f"{case.id} {writer}| {line}")

    def _say(self, line: str) -> None:
        self._output.console.print(Text(printable(line)), soft_wrap=True, highlight=False)


def _cases(count: int) -> str:
    return f"{count} case{'s' if count != 1 else ''}"
