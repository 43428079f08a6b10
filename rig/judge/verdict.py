# SPDX-License-Identifier: GPL-2.0-only
"""Evidence and expectations to a verdict: a pure function of a run directory."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from rig.base.errors import InputError
from rig.evidence.case import CaseEvidence, read_case
from rig.evidence.record import CaseRecord, RunDir, RunRecord, load
from rig.judge.explanation import Explanation, explain
from rig.judge.oracles import (
    accounting,
    done,
    exercise,
    fences,
    hardware,
    lockdep,
    lockgraph,
    results,
    serial,
)
from rig.judge.reasons import ORDER, Outcome, Reason, worst
from rig.model.claims import CLAIMS, Claim
from rig.model.drivers import concerns
from rig.model.known import KnownIssue
from rig.model.scenario import NO_DRIVER

SCHEMA = 1


# What a claim comes to in one case.  Neither of the last two counts for the run.
Judgement = Outcome | Literal["known issue", "not judged"]

# From best to worst, for one case.
CASE_ORDER: tuple[Judgement, ...] = ("CLEAN", "known issue", "INCONCLUSIVE", "DIRTY")

NOTHING_KNOWN = Explanation((), (), ())

EXIT_STATUS: dict[Outcome, int] = {"CLEAN": 0, "DIRTY": 1, "INCONCLUSIVE": 2}

Oracle = Callable[[CaseEvidence], Iterator[Reason]]

ORACLES: tuple[Oracle, ...] = (
    serial.splats,
    serial.unknown,
    serial.memory,
    results.guest,
    results.delivered,
    results.workloads,
    results.schedule,
    lockdep.alive,
    lockdep.canary,
    serial.log,
    exercise.locks_taken,
    lockgraph.edges,
    fences.exercised,
    fences.contract,
    accounting.fences,
    accounting.leaks,
    hardware.sound,
    done.fences,
)


@dataclass(frozen=True)
class Figures:
    """How much a case has done; nothing is judged by it.

    Args:
        fences: published, as far as the series says so in the trace.
        guest_seconds: of the guest's own time, to the last line of its log.
        host_seconds: of ours, from QEMU's start to its end.
    """

    fences: int
    guest_seconds: float
    host_seconds: float


@dataclass(frozen=True)
class CaseVerdict:
    """The verdict on one case: per claim, and why.

    `lost`: why earlier attempts were lost.  `control`: it shows what a driver that did not opt in
    does.
    """

    id: str
    driver: str
    workload: str
    seed: int
    claims: dict[Claim, Judgement]
    reasons: tuple[Reason, ...]
    reproduce: str
    figures: Figures
    known: Explanation = NOTHING_KNOWN
    lost: tuple[str, ...] = ()
    control: bool = False

    @property
    def outcome(self) -> Judgement:
        """The worst of the judged claims; a known issue is worse than CLEAN only."""
        judged = [claim for claim in self.claims.values() if claim != "not judged"]
        return max(judged, key=CASE_ORDER.index, default="INCONCLUSIVE")

    @property
    def red(self) -> bool:
        """Whether somebody must look at it: neither clean nor known."""
        return self.outcome in ("DIRTY", "INCONCLUSIVE")


@dataclass(frozen=True)
class Verdict:
    """The verdict on a run: the worst of its cases, per claim."""

    claims: dict[Claim, Judgement]
    cases: tuple[CaseVerdict, ...]
    reasons: tuple[Reason, ...]
    run: RunRecord

    @property
    def outcome(self) -> Outcome:
        """The worst of the judged claims."""
        return _worst(self.claims.values())

    @property
    def exit_status(self) -> int:
        """What the command line ends with."""
        return EXIT_STATUS[self.outcome]

    def document(self) -> dict[str, Any]:
        """The verdict as verdict.json holds it (docs/reference/verdicts.md)."""
        return {
            "schema": SCHEMA,
            "verdict": self.outcome,
            "claims": self.claims,
            "series": self.run.series,
            "kernel": self.run.kernel,
            "clock": self.run.clock,
            "notes": list(self.run.notes),
            "reasons": [_reason(reason, NOTHING_KNOWN) for reason in self.reasons],
            "reproduce": self.run.reproduce,
            "cases": [
                {
                    "id": case.id,
                    "driver": case.driver,
                    "workload": case.workload,
                    "seed": case.seed,
                    "verdict": case.outcome,
                    "claims": case.claims,
                    "known": [_known(issue, case.known) for issue in case.known.seen],
                    "reasons": [_reason(reason, case.known) for reason in case.reasons],
                    "reproduce": case.reproduce,
                    "lost": list(case.lost),
                    "fences": case.figures.fences,
                    "guest_seconds": case.figures.guest_seconds,
                }
                for case in self.cases
            ],
        }


def judge_case(case: CaseEvidence) -> CaseVerdict:
    """The verdict on one case."""
    found = [reason for oracle in ORACLES for reason in _asked(oracle, case)]
    return _case_verdict(case, _ranked((*found, *_blind(case.record))))


def judged_claims(record: CaseRecord) -> tuple[Claim, ...]:
    """The claims that a case judges: asked for, made by its scenario, and possible."""
    return tuple(claim for claim in record.claims if _can_judge(record, claim))


def _asked(oracle: Oracle, case: CaseEvidence) -> list[Reason]:
    """An oracle that crashes has proven nothing; the others are heard all the same."""
    try:
        return list(oracle(case))
    except Exception as error:
        where = f"{oracle.__module__}.{oracle.__name__}"
        return [Reason("rig.crashed", f"{where}: {type(error).__name__}: {error}")]


def judge_run(directory: RunDir, known: Mapping[str, CaseVerdict] | None = None) -> Verdict:
    """The verdict on a run directory.

    Args:
        known: cases of it that were judged just now.

    Raises:
        InputError: this is no run directory, or another version wrote it.
    """
    run = load(directory.run, RunRecord)
    if len(set(run.cases)) != len(run.cases):
        raise InputError(f"{directory.run} names a case twice")
    cases: list[CaseVerdict] = []
    reasons: list[Reason] = []
    missing: list[str] = []
    for id in run.cases:
        if known and id in known:
            cases.append(known[id])
            continue
        if not (directory.case(id) / "case.json").exists():
            missing.append(id)
            continue
        evidence = read_case(directory.case(id))
        if evidence.record.id != id:
            reasons.append(Reason("results.malformed", f"{evidence.record.id} stands for {id}"))
        cases.append(judge_case(evidence))
    if missing:
        reasons.append(Reason("guest.lost", _never_ran(missing)))
    lost = tuple(reasons)
    claims: dict[Claim, Judgement] = {}
    for claim in CLAIMS:
        judged = [case.claims[claim] for case in cases if case.claims[claim] in ORDER]
        if claim not in run.claims:
            claims[claim] = "not judged"
            continue
        found = tuple(_overlooked(claim, run, cases))
        if not judged:
            stopped = sum(case.claims[claim] == "known issue" for case in cases)
            but = f": {stopped} of them stop at a known issue" if stopped else ""
            found = (Reason("run.none-judged", f"no case of this run judges {claim}{but}"),)
        reasons.extend(found)
        claims[claim] = _worst((*judged, worst((*lost, *found), claim)))
    return Verdict(claims, tuple(cases), tuple(reasons), run)


def _never_ran(missing: Sequence[str]) -> str:
    if len(missing) == 1:
        return f"case {missing[0]} was planned and never ran"
    return f"{len(missing)} cases were planned and never ran, the first is {missing[0]}"


def _overlooked(claim: Claim, run: RunRecord, cases: Sequence[CaseVerdict]) -> Iterator[Reason]:
    """What the series changes and no case judges.  A control shows only what is not there."""
    judged = {case.driver for case in cases if case.claims[claim] in ORDER and not case.control}
    for driver in run.drivers:
        if driver not in judged:
            yield Reason("run.driver-not-judged", f"no case of this run judges {claim} on {driver}")
    if not run.drivers and run.changed and not judged - {NO_DRIVER}:
        yield Reason("run.driver-not-judged", f"no case of this run judges {claim} on any driver")


def _case_verdict(case: CaseEvidence, reasons: tuple[Reason, ...]) -> CaseVerdict:
    record = case.record
    judged = judged_claims(record)
    known = explain(record.known, reasons, judged)
    claims: dict[Claim, Judgement] = {
        claim: _judgement(known, claim) if claim in judged else "not judged" for claim in CLAIMS
    }
    told = _ranked((*known.rest, *known.explained))
    return CaseVerdict(
        id=record.id,
        driver=record.scenario.driver,
        workload=record.scenario.workload,
        seed=record.seed,
        claims=claims,
        reasons=tuple(r for r in told if any(r.effect(claim) for claim in judged)),
        reproduce=record.reproduce,
        figures=_figures(case),
        known=known,
        lost=case.guest.lost if case.guest else (),
        control=record.scenario.control,
    )


def _figures(case: CaseEvidence) -> Figures:
    stamps = (line.time_us for line in reversed(case.serial))
    return Figures(
        fences=accounting.published(case),
        guest_seconds=next((time / 1e6 for time in stamps if time is not None), 0.0),
        host_seconds=case.guest.seconds if case.guest else 0.0,
    )


def _judgement(known: Explanation, claim: Claim) -> Judgement:
    """What is not explained decides; a claim that is not clean for known reasons only is known."""
    outcome = worst(known.rest, claim)
    if outcome == "CLEAN" and any(reason.effect(claim) for reason in known.explained):
        return "known issue"
    return outcome


def _can_judge(record: CaseRecord, claim: Claim) -> bool:
    """Fences are judged on drivers that opted in, and on controls that did not."""
    scenario = record.scenario
    if claim not in scenario.claims:
        return False
    if claim != "fences":
        return True
    if scenario.control:
        return bool(record.kernel.drivers) and not record.kernel.opts_in(scenario.driver)
    return record.kernel.opts_in(scenario.driver)


def _blind(record: CaseRecord) -> Iterator[Reason]:
    for patch in record.kernel.missing_patches:
        if concerns(record.scenario.driver, record.kernel.missing_files.get(patch, ())):
            yield Reason("rig.patch-missing", f"{patch} does not apply to this kernel")


def _ranked(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """The worst first; among equals as they were found."""

    def rank(reason: Reason) -> int:
        return -max(ORDER.index(reason.effect(claim) or "CLEAN") for claim in CLAIMS)

    return tuple(sorted(reasons, key=rank))


def _worst(outcomes: Collection[Judgement]) -> Outcome:
    """The worst of the judged ones; nothing judged is nothing proven."""
    judged = [outcome for outcome in ORDER if outcome in outcomes]
    return judged[-1] if judged else "INCONCLUSIVE"


def _known(issue: KnownIssue, known: Explanation) -> dict[str, Any]:
    return {
        "name": issue.name,
        "title": issue.title,
        "source": issue.source,
        "blind": known.blind,
    }


def _reason(reason: Reason, known: Explanation) -> dict[str, Any]:
    return {
        "id": reason.id,
        "known": reason in known.explained,
        "oracle": reason.kind.oracle,
        "text": reason.text,
        "file": reason.file,
        "line": reason.line,
        "serial": reason.serial,
    }
