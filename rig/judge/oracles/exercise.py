# SPDX-License-Identifier: GPL-2.0-only
"""Did the code under test run at all?  Lockdep counts how often each class of locks was taken."""

from collections.abc import Iterator

from rig.evidence.case import CaseEvidence
from rig.evidence.lockgraph import LockGraph, normalise
from rig.judge.reasons import Reason

# vb2_buffer_done() takes it, and opening or closing a device does not.
BUFFER_DONE = "&q->done_lock"


def locks_taken(case: CaseEvidence) -> Iterator[Reason]:
    """A lock of the driver's own, the one that each finished buffer takes, and those of the
    scenario, while the workloads ran.

    A chain that lockdep had not met before would prove nothing: an idle kernel finds some, too.
    """
    scenario = case.record.scenario
    if case.graph is None or case.graph_start is None:
        yield Reason("exercise.driver-idle", "the guest did not say which locks were taken")
        return
    taken = _taken(case.graph_start, case.graph)
    if driver := scenario.driver_under_test:
        yield from _driver(case, driver, taken)
        wanted = (BUFFER_DONE, *scenario.expect.classes)
    else:
        wanted = scenario.expect.classes
    names = {normalise(case.graph.classes[key].name) for key in taken}
    for name in wanted:
        if name not in names:
            yield Reason("exercise.class-idle", f"{name} was not taken while the workloads ran")


def _driver(case: CaseEvidence, driver: str, taken: set[str]) -> Iterator[Reason]:
    if case.keys is None:
        yield Reason("exercise.driver-idle", "nobody looked up whose locks they are: no locks.json")
        return
    own = {key for key, place in case.keys.places.items() if place.module == driver}
    if not own & taken:
        what = "none of its locks was taken" if own else "it has no lock that is known"
        yield Reason("exercise.driver-idle", f"module {driver}: {what} while the workloads ran")


def _taken(before: LockGraph, after: LockGraph) -> set[str]:
    """The keys of the classes that were taken in between."""
    counts = {key: entry.operations or 0 for key, entry in before.classes.items()}
    return {
        key
        for key, entry in after.classes.items()
        if entry.operations is not None and entry.operations > counts.get(key, 0)
    }
