# SPDX-License-Identifier: GPL-2.0-only
"""The verdict with its evidence as one HTML file that needs nothing else."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rig.evidence.case import read_case
from rig.evidence.record import RunDir, RunRecord, load
from rig.judge.apart import told_of
from rig.judge.kinds import ORDER, Outcome
from rig.judge.reasons import Reason
from rig.judge.verdict import CASE_ORDER, CaseVerdict, Judgement, Verdict
from rig.model.claim import Claim
from rig.model.claims import claims
from rig.report.coverage import bundled_names, left_out
from rig.report.excerpt import Excerpt
from rig.report.flash import Display
from rig.report.history import History
from rig.report.layers import Drawing, lay_out
from rig.report.locks import (
    Edge,
    LockOrder,
    LockOrders,
    SeenOrders,
    edges_of,
    lock_orders,
    pictured,
)
from rig.report.note import CaseNote
from rig.report.origins import read_origins
from rig.report.page import page
from rig.report.run import JudgedRun
from rig.report.screens import Shot
from rig.report.timeline import Timeline, draw

# What a scenario without a driver says.
NO_DRIVER: Final = "none"


@dataclass(frozen=True, slots=True)
class ClaimView:
    """A claim, its verdict, and one row for each kind of reason."""

    claim: Claim
    outcome: Judgement
    judged: int
    known: int
    reasons: tuple["ReasonGroup", ...]


@dataclass(frozen=True, slots=True)
class ReasonGroup:
    """One kind of reason and the cases that have it."""

    id: str
    meaning: str
    effect: Outcome
    first: Reason
    cases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ScenarioRow:
    """The cases of one scenario: the worst of each claim over all of them, and which that is."""

    scenario: str
    about: str
    claims: dict[Claim, Judgement]
    worst: str
    cases: int


@dataclass(frozen=True, slots=True)
class CaseView:
    """One case in full.

    Args:
        others: reasons that did not decide its verdict, and how often.
        alone: of several scenarios in one guest which show the same alone, in words.
        displays: what they showed, refresh by refresh.
        screens: pictures that its programs kept.
    """

    verdict: CaseVerdict
    leading: tuple[Reason, ...]
    others: tuple[tuple[Reason, int], ...]
    title: str
    splats: tuple[Excerpt, ...]
    history: History | None
    timeline: Timeline | None
    qemu: str
    displays: tuple[Display, ...] = ()
    alone: tuple[str, ...] = ()
    screens: tuple[Shot, ...] = ()


@dataclass(frozen=True, slots=True)
class GraphView:
    """The lock orders of one driver's cases; `shown` are those of the picture."""

    driver: str
    orders: LockOrders
    shown: tuple[LockOrder, ...]
    drawing: Drawing


def render(run: JudgedRun, *, base: RunDir | None = None) -> str:
    """The report of a judged run as HTML.

    Args:
        base: a run of the kernel without the series: lock orders that it does not have are new.

    Raises:
        InputError: a case of the base cannot be read.
    """
    verdict, notes = run.verdict, run.notes
    records = [note.record for note in notes]
    origins = read_origins(run.directory.path)
    cases = [_case(note, verdict) for note in notes]
    return page(
        "report.html",
        ["report.css"],
        verdict=verdict,
        run=verdict.run,
        claims=[_claim(verdict, claim) for claim in verdict.told],
        drivers=sorted({case.driver for case in verdict.cases}),
        scenarios=scenario_rows(verdict.cases),
        red=[case for case in cases if case.verdict.outcome != "CLEAN"],
        clean=[case for case in cases if case.verdict.outcome == "CLEAN"],
        accounts=[note.account for note in notes],
        graphs=_graphs(run.orders, base),
        left_out=left_out(verdict, records, origins, bundled_names()),
        origins=origins,
        hardware={note.record.id: note.blocks for note in notes if note.blocks},
        qemu=sorted({case.qemu for case in cases if case.qemu}),
        periods={case.id: case.periods for case in records},
        config=records[0].kernel.config_sha256 if records else "",
    )


def _claim(verdict: Verdict, claim: Claim) -> ClaimView:
    groups: dict[str, list[tuple[str, Reason]]] = {}
    judged = [case for case in verdict.cases if case.claims[claim] != "not judged"]
    for id, reasons in [("", verdict.reasons), *((case.id, case.known.rest) for case in judged)]:
        for reason in reasons:
            if reason.effect(claim):
                groups.setdefault(reason.id, []).append((id, reason))
    views = [
        ReasonGroup(
            id=id,
            meaning=_meaning(found[0][1]),
            effect=found[0][1].effect(claim) or "CLEAN",
            first=found[0][1],
            cases=tuple(dict.fromkeys(case for case, _ in found if case)),
        )
        for id, found in groups.items()
    ]
    views.sort(key=lambda group: (-ORDER.index(group.effect), -len(group.cases)))
    return ClaimView(
        claim=claim,
        outcome=verdict.claims[claim],
        judged=len(judged),
        known=sum(case.claims[claim] == "known issue" for case in verdict.cases),
        reasons=tuple(views) if verdict.claims[claim] != "not judged" else (),
    )


def _meaning(reason: Reason) -> str:
    # The row of all splats explains its own star.
    return reason.kind.meaning.partition("; *")[0].rstrip(".") + "."


def scenario_rows(cases: Sequence[CaseVerdict]) -> list[ScenarioRow]:
    """One row for each scenario; those about the same stand together."""
    groups: dict[str, list[CaseVerdict]] = {}
    for case in cases:
        groups.setdefault(case.scenario, []).append(case)
    rows = [
        ScenarioRow(
            scenario=scenario,
            about=group[0].about,
            claims={claim: _worst(case.claims[claim] for case in group) for claim in claims()},
            worst=max(group, key=lambda case: CASE_ORDER.index(case.outcome)).id,
            cases=len(group),
        )
        for scenario, group in groups.items()
    ]
    return sorted(rows, key=lambda row: (row.about, row.scenario))


def _worst(outcomes: Iterable[Judgement]) -> Judgement:
    judged = [outcome for outcome in outcomes if outcome != "not judged"]
    return max(judged, key=CASE_ORDER.index) if judged else "not judged"


def _case(note: CaseNote, run: Verdict) -> CaseView:
    verdict, history = note.verdict, note.history
    deciding = [
        reason
        for reason in verdict.known.rest
        if any(reason.effect(claim) == verdict.outcome for claim in claims())
    ]
    return CaseView(
        verdict=verdict,
        leading=tuple(deciding),
        others=_counted(reason for reason in verdict.known.rest if reason not in deciding),
        title=note.record.scenario.title,
        splats=note.splats,
        history=history,
        timeline=draw(history) if history and history.marks else None,
        qemu=note.guest.qemu if note.guest else "",
        displays=note.displays,
        alone=told_of(verdict, run),
        screens=note.screens,
    )


def _counted(reasons: Iterable[Reason]) -> tuple[tuple[Reason, int], ...]:
    """The first reason of each id, and how many there are."""
    by_id: dict[str, list[Reason]] = {}
    for reason in reasons:
        by_id.setdefault(reason.id, []).append(reason)
    return tuple((same[0], len(same)) for same in by_id.values())


def _graphs(found: Mapping[str, SeenOrders], base: RunDir | None) -> list[GraphView]:
    """One graph for each driver: what two drivers do is not one order."""
    known = _base_edges(base) if base else None
    views = []
    for driver, seen in found.items():
        orders = lock_orders(seen, known)
        if orders and orders.orders and driver != NO_DRIVER:
            shown = pictured(orders.orders)
            drawing = lay_out((order.before, order.after) for order in shown)
            views.append(GraphView(driver, orders, shown, drawing))
    return views


def _base_edges(base: RunDir) -> frozenset[Edge]:
    cases = load(base.run, RunRecord).cases
    return edges_of(read_case(base.case(case)) for case in cases)
