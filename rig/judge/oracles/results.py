# SPDX-License-Identifier: GPL-2.0-only
"""Plan against results: everything that was to run has run, and said so."""

from collections.abc import Iterator

from rig.evidence.case import CaseEvidence, guest_config_sha256
from rig.evidence.ktap import KtapTest
from rig.evidence.loaded import KERNEL
from rig.judge.reasons import Reason
from rig.model.plan import TURN_METER_US, planned_modules, planned_runs, run_line
from rig.model.plan import encode as quote_name

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


# What init always delivers, if it can be read.
MEMBERS = (
    *(f"start/{name}" for name in ("loaded", "lockdep", "lockdep_stats", "prove_locking")),
    *(f"start/{name}" for name in ("tainted", "version", "config.gz")),
    *(f"end/{name}" for name in ("loaded", "lockdep_stats", "prove_locking", "tainted")),
    "lockdep",
    "lockdep_chains",
    "dmabuf_bufinfo",
    "kmsg",
)


def delivered(case: CaseEvidence) -> Iterator[Reason]:
    """A dump that came to its end holds everything that oracles look at."""
    if not case.dump.complete:
        return
    traced = ("trace", "trace_stats") if case.record.scenario.trace else ()
    for name in (*MEMBERS, *traced):
        if not case.dump.files.get(name):
            why = case.dump.missing.get(name, "it is not there")
            yield Reason("dump.missing", f"{name}: {why}")
    for problem in (*case.loaded.problems, *_unread(case)):
        yield Reason("dump.unreadable", problem)


def _unread(case: CaseEvidence) -> Iterator[str]:
    """What oracles would overlook because a parser could not read it."""
    for graph in (case.graph_start, case.graph):
        # A graph of another kernel's format has many such lines, all alike.
        yield from graph.problems[:1] if graph else ()
    if case.trace is not None:
        yield from case.trace.problems[:1]


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
    else:
        yield from _build_ids(case)


def _build_ids(case: CaseEvidence) -> Iterator[Reason]:
    """Base and patched kernel may well have release and configuration in common; the IDs that
    the linker makes of the content of kernel and modules they have not."""
    built, running = case.record.build_ids, case.loaded.build_ids
    for name in sorted({KERNEL, *planned_modules(case.plan), *built}):
        if name not in built:
            yield Reason("guest.wrong-kernel", f"the record of the build has no ID of {name}")
        elif running.get(name) != built[name]:
            ran = running.get(name, "nothing that has one")
            yield Reason("guest.wrong-kernel", f"{name}: {ran} ran, {built[name]} was built")


def workloads(case: CaseEvidence) -> Iterator[Reason]:
    """Each planned workload has exactly one result, and it is good."""
    for problem in case.results.problems:
        yield Reason("results.malformed", problem)
    planned = tuple(quote_name(program.name) for program in case.record.scenario.programs)
    programs, clock = case.record.scenario.programs, case.record.clock
    if planned_runs(case.plan) != tuple(run_line(program, clock) for program in programs):
        yield Reason("results.malformed", "the plan is not that of the scenario")
    if case.results.tests and case.results.case != quote_name(case.record.scenario.name):
        yield Reason("results.malformed", f"the results are those of {case.results.case!r}")
    for name in planned:
        results = [test for test in case.results.tests if test.name == name]
        if not results:
            yield Reason("results.missing", f"{name} has no result")
        for test in results:
            yield from _judge(test)
        if len(results) > 1:
            yield Reason("results.unplanned", f"{name} has {len(results)} results")
    for test in case.results.tests:
        # What the guest's death left of a test has no name, and is told as malformed.
        if test.name and test.name not in planned:
            yield Reason("results.unplanned", f"{test.name} was not planned")


def _judge(test: KtapTest) -> Iterator[Reason]:
    parts = list(_parts(test))
    for part in parts:
        if part.skipped:
            yield Reason("workload.skipped", f"{test.name}: {part.name} skipped {part.data}")
        elif not _plainly_ok(part):
            yield Reason("workload.failed", f"{test.name}: {part.name} failed{_said(part)}")
    if test.skipped:
        yield Reason("workload.skipped", f"{test.name} skipped {test.data}".strip())
    elif not _plainly_ok(test) and all(_plainly_ok(part) or part.skipped for part in parts):
        how = f"{test.directive.lower()} {test.data}".strip()
        yield Reason("workload.died", f"{test.name}: {how or 'no reason given'}")
    elif test.ok and not parts:
        yield Reason("workload.died", f"{test.name} ended well without one result")
    elif test.planned is None:
        yield Reason("results.malformed", f"{test.name} did not say how many results it has")


def _parts(test: KtapTest) -> Iterator[KtapTest]:
    for child in test.children:
        yield child
        yield from _parts(child)


def _plainly_ok(test: KtapTest) -> bool:
    """Well, without an excuse: TODO and XFAIL are for tests, and this is evidence."""
    return test.ok and not test.directive


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
    if microseconds < TURN_METER_US:
        yield Reason("schedule.uncut", f"turns were counted for {microseconds} us only")
        return
    # Two spinning threads change hands at every cut, give or take the ends of the count.
    wanted = sum(microseconds / period for period in case.record.periods)
    if changes < wanted / 2:
        yield Reason(
            "schedule.uncut",
            f"{changes} changes of turn in {microseconds} us, about {wanted:.0f} expected",
        )
