# SPDX-License-Identifier: GPL-2.0-only
"""Plan against results: everything that was to run has run, and said so."""

from collections.abc import Iterator, Sequence

from rig.evidence.case import CaseEvidence
from rig.evidence.ktap import KtapTest
from rig.judge.kinds import Kind
from rig.judge.oracle import Oracle
from rig.judge.reasons import Reason
from rig.model.claim import Premise
from rig.model.plan import encode as quote_name
from rig.model.plan import planned_runs, run_line


def _unproven(id: str, meaning: str, *, blinds: bool = False) -> Kind:
    return Kind(id, meaning, premise=Premise.WATCHED, blinds=blinds)


NOT_DUMPED = _unproven("dump.missing", "The guest could not read something that oracles need.")
UNREADABLE = _unproven(
    "dump.unreadable",
    "The guest delivered something that no parser understands, so oracles may overlook it.",
)
MISSING = _unproven("results.missing", "A workload of the plan has no result.", blinds=True)
UNPLANNED = _unproven("results.unplanned", "There is a result that the plan did not ask for.")
MALFORMED = _unproven(
    "results.malformed",
    "The results are not KTAP, contradict themselves, or hold a damaged observation.",
)
FAILED = _unproven(
    "workload.failed", "A workload ran to its end and found that something did not work."
)
DIED = _unproven(
    "workload.died", "A workload crashed, ran out of time or could not be started.", blinds=True
)
SKIPPED = _unproven("workload.skipped", "A workload skipped itself or a part of itself.")

# How init says that a workload was not run.
_LEFT = "because round "

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
            yield Reason(NOT_DUMPED, f"{name}: {why}")
    for problem in (*case.loaded.problems, *_unread(case)):
        yield Reason(UNREADABLE, problem)


def _unread(case: CaseEvidence) -> Iterator[str]:
    """What oracles would overlook because a parser could not read it."""
    for graph in (case.graph_start, case.graph):
        # A graph of another kernel's format has many such lines, all alike.
        yield from graph.problems[:1] if graph else ()
    if case.trace is not None:
        yield from case.trace.problems[:1]


def workloads(case: CaseEvidence) -> Iterator[Reason]:
    """Each planned workload has exactly one result, and it is good."""
    for problem in case.results.problems:
        yield Reason(MALFORMED, problem)
    planned = tuple(quote_name(program.name) for program in case.record.scenario.programs)
    programs, clock = case.record.scenario.programs, case.record.clock
    if planned_runs(case.plan) != tuple(run_line(program, clock) for program in programs):
        yield Reason(MALFORMED, "the plan is not that of the scenario")
    if case.results.tests and case.results.case != quote_name(case.record.scenario.name):
        yield Reason(MALFORMED, f"the results are those of {case.results.case!r}")
    yield from _rounds_left(case.results.tests)
    for name in planned:
        results = [test for test in case.results.tests if test.name == name]
        if not results:
            yield Reason(MISSING, f"{name} has no result")
        for test in results:
            yield from () if _was_left(test) else _judge(test)
        if len(results) > 1:
            yield Reason(UNPLANNED, f"{name} has {len(results)} results")
    for test in case.results.tests:
        # What the guest's death left of a test has no name, and is told as malformed.
        if test.name and test.name not in planned:
            yield Reason(UNPLANNED, f"{test.name} was not planned")


def _was_left(test: KtapTest) -> bool:
    """Whether it was not run because a round before it was red (images/init/run.c)."""
    return test.skipped and test.data.startswith(_LEFT)


def _rounds_left(tests: Sequence[KtapTest]) -> Iterator[Reason]:
    """All that were not run are one reason."""
    left = [test for test in tests if _was_left(test)]
    if left:
        yield Reason(SKIPPED, f"{len(left)} workloads skipped {left[0].data}")


def _judge(test: KtapTest) -> Iterator[Reason]:
    parts = list(_parts(test))
    for part in parts:
        if part.skipped:
            yield Reason(SKIPPED, f"{test.name}: {part.name} skipped {part.data}")
        elif not _plainly_ok(part):
            yield Reason(FAILED, f"{test.name}: {part.name} failed{_said(part)}")
    if test.skipped:
        yield Reason(SKIPPED, f"{test.name} skipped {test.data}".strip())
    elif not _plainly_ok(test) and all(_plainly_ok(part) or part.skipped for part in parts):
        how = f"{test.directive.lower()} {test.data}".strip()
        yield Reason(DIED, f"{test.name}: {how or 'no reason given'}")
    elif test.ok and not parts:
        yield Reason(DIED, f"{test.name} ended well without one result")
    elif test.planned is None:
        yield Reason(MALFORMED, f"{test.name} did not say how many results it has")


def _parts(test: KtapTest) -> Iterator[KtapTest]:
    for child in test.children:
        yield child
        yield from _parts(child)


def _plainly_ok(test: KtapTest) -> bool:
    """Well, without an excuse: TODO and XFAIL are for tests, and this is evidence."""
    return test.ok and not test.directive


def _said(test: KtapTest) -> str:
    return f": {test.diagnostics[-1]}" if test.diagnostics else ""


ORACLE = Oracle(
    name="results",
    rank=30,
    looks_at="what the guest delivered on its results port (KTAP) and its dump port, against the "
    "plan.",
    proves="that each planned workload ran once, to its end, and that nothing that another oracle "
    "needs is missing or unreadable.",
    not_proven="that a workload did what it is for; `lock graph`, `fences` and `mock hardware` ask "
    "for that.",
    kinds=(NOT_DUMPED, UNREADABLE, MISSING, UNPLANNED, MALFORMED, FAILED, DIED, SKIPPED),
    looks=(delivered, workloads),
)
