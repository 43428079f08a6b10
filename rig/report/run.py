# SPDX-License-Identifier: GPL-2.0-only
"""A run as it was judged: its verdict, and what reports tell of its cases."""

from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock

from rig.evidence.record import RunDir, RunRecord, load
from rig.judge.judged import JudgedCase, judge_folder
from rig.judge.run import judge_run
from rig.judge.verdict import Verdict
from rig.report.locks import SeenOrders, seen_orders
from rig.report.note import CaseNote, note_of


@dataclass(frozen=True)
class JudgedRun:
    """A judged run directory.

    Args:
        notes: one for each case of the verdict, in the same order.
        orders: the lock orders of each driver, of all its cases.
    """

    directory: RunDir
    verdict: Verdict
    notes: tuple[CaseNote, ...]
    orders: Mapping[str, SeenOrders]


class Notes:
    """Takes notes of cases as they are judged, so that none is read twice.

    Several may be at it at once, as cases of a run are judged side by side.
    """

    def __init__(self) -> None:
        self._cases: dict[str, CaseNote] = {}
        self._orders: dict[str, SeenOrders] = {}
        self._lock = Lock()

    def take(self, id: str, case: JudgedCase) -> None:
        """Note what is needed of a case; `id`: what it was planned as."""
        note, orders = note_of(case), seen_orders(case.evidence)
        driver = note.record.scenario.driver
        with self._lock:
            self._cases[id] = note
            # Together, not by case: a graph has a thousand edges, a soak hundreds of cases.
            known = self._orders.get(driver)
            self._orders[driver] = known | orders if known else orders

    def judged(self, directory: RunDir) -> JudgedRun:
        """The run, all cases of which that left something have been noted.

        Raises:
            InputError: as `judge_run`.
        """
        verdict = judge_run(directory, {id: note.verdict for id, note in self._cases.items()})
        notes = tuple(self._cases[id] for id in verdict.run.cases if id in self._cases)
        # Not in the order in which they ended, which is another one each time.
        drivers = dict.fromkeys(note.record.scenario.driver for note in notes)
        orders = {driver: self._orders[driver] for driver in drivers}
        return JudgedRun(directory, verdict, notes, orders)


def judge_directory(directory: RunDir) -> JudgedRun:
    """Judge a run directory from its evidence alone.

    Raises:
        InputError: this is no run directory, or another version wrote it.
    """
    notes = Notes()
    for id in dict.fromkeys(load(directory.run, RunRecord).cases):
        if (directory.case(id) / "case.json").exists():
            notes.take(id, judge_folder(directory.case(id)))
    return notes.judged(directory)
