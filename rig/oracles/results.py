# SPDX-License-Identifier: GPL-2.0-only
"""Plan against results: everything that was to run has run, and said so."""

from collections.abc import Iterator

from rig.evidence.case import CaseEvidence, guest_config_sha256
from rig.evidence.ktap import KtapTest
from rig.plan import planned_runs
from rig.reasons import Reason

_ENDS = {
    "lost": "guest.lost",
    "stalled": "guest.stalled",
    "flooded": "guest.flooded",
    "reset": "guest.reset",
}


def guest(case: CaseEvidence) -> Iterator[Reason]:
    """The guest lived to the end of its plan, on the kernel that was built."""
    if case.guest is None:
        yield Reason("guest.lost", "the run ended before this case did")
    elif case.guest.end in _ENDS:
        yield Reason(_ENDS[case.guest.end], case.guest.cause)
    elif not (case.results.ended and case.dump.complete):
        what = "results" if not case.results.ended else "dump"
        yield Reason("guest.unfinished", f"{what} without an end mark {case.dump.problem}".strip())
    yield from _kernel(case)


def _kernel(case: CaseEvidence) -> Iterator[Reason]:
    facts = case.record.kernel
    version = case.dump.files.get("start/version")
    if version is None:
        return
    release = version.split()[2].decode(errors="backslashreplace") if version.split()[2:] else ""
    if release != facts.release:
        yield Reason("guest.wrong-kernel", f"{release} ran, {facts.release} was built")
    elif guest_config_sha256(case.dump) != facts.config_sha256:
        yield Reason("guest.wrong-kernel", "/proc/config.gz is not the configuration of the build")


def workloads(case: CaseEvidence) -> Iterator[Reason]:
    """Each planned workload has exactly one result, and it is good."""
    for problem in case.results.problems:
        yield Reason("results.malformed", problem)
    planned = planned_runs(case.plan)
    results = {test.name: test for test in case.results.tests}
    for name in planned:
        if name not in results:
            yield Reason("results.missing", f"{name} has no result")
        else:
            yield from _judge(results[name])
    for test in case.results.tests:
        if test.name not in planned:
            yield Reason("results.unplanned", f"{test.name} was not planned")


def _judge(test: KtapTest) -> Iterator[Reason]:
    children = test.children
    for child in children:
        if child.failed:
            yield Reason("workload.failed", f"{test.name}: {child.name} failed{_said(child)}")
        elif child.skipped:
            yield Reason("workload.skipped", f"{test.name}: {child.name} skipped {child.data}")
    if test.skipped:
        yield Reason("workload.skipped", f"{test.name} skipped {test.data}".strip())
    elif test.failed and not any(child.failed for child in children):
        yield Reason("workload.died", f"{test.name}: {test.data or 'no reason given'}")
    elif test.ok and not children:
        yield Reason("workload.died", f"{test.name} ended well without one result")


def _said(test: KtapTest) -> str:
    return f": {test.diagnostics[-1]}" if test.diagnostics else ""


def schedule(case: CaseEvidence) -> Iterator[Reason]:
    """The turns of the virtual CPUs were cut as often as the seed asks."""
    if not case.record.periods or case.record.scenario.machine.cpus < 2:
        return
    if case.results.turns is None:
        yield Reason("schedule.uncut", "the guest did not count its turns")
        return
    changes, microseconds = case.results.turns
    # Two spinning threads change hands at every cut, give or take the ends of the count.
    wanted = sum(microseconds / period for period in case.record.periods)
    if changes < wanted / 2:
        yield Reason(
            "schedule.uncut",
            f"{changes} changes of turn in {microseconds} us, about {wanted:.0f} expected",
        )
