# SPDX-License-Identifier: GPL-2.0-only
"""What a guest is doing, read from what it has written so far."""

from collections.abc import Iterator
from pathlib import Path

from rig.evidence.record import CaseRecord
from rig.machine.qemu import Files
from rig.view.tail import Tail


class GuestView:
    """Follows the files of one guest while it runs.

    Args:
        folder: of its case.
    """

    def __init__(self, case: CaseRecord, folder: Path) -> None:
        self._programs = [program.name for program in case.scenario.programs]
        self._results = Tail(folder / Files.results)
        self._serial = Tail(folder / Files.serial)
        self._begun = False
        self._ended = 0

    def look(self) -> Iterator[tuple[str, str]]:
        """Lines that are new, each with who wrote it: the kernel, or the workload."""
        for line in self._serial.lines():
            yield "kernel", line
        for line in self._results.lines():
            if line.startswith("KTAP version"):
                # Also that of a guest that was lost and started again.
                self._begun, self._ended = True, 0
            elif line.startswith(("ok ", "not ok ")):
                self._ended += 1
            yield "workload", line

    @property
    def stage(self) -> str:
        """Booting, the program that runs, or what comes after the last."""
        if not self._begun:
            return "booting"
        if self._ended < len(self._programs):
            return self._programs[self._ended]
        return "gathering evidence"
