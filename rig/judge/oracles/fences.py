# SPDX-License-Identifier: GPL-2.0-only
"""Whether consumers asked about fences at the moments that matter."""

from collections.abc import Iterator

from rig.evidence.case import CaseEvidence
from rig.judge.kinds import Effects, Kind
from rig.judge.oracle import Oracle
from rig.judge.reasons import Reason
from rig.model.claims.fences import CLAIM as FENCES

_UNASKED: Effects = {FENCES: "INCONCLUSIVE"}

NO_ACTIVE_PROBE = Kind(
    "exercise.no-active-probe",
    "No consumer looked at a buffer while its job was in flight: nothing can be said about its "
    "fence.",
    _UNASKED,
)
PROBE_FAILED = Kind(
    "exercise.probe-failed",
    "A consumer asked about a buffer and got an error instead of an answer.",
    _UNASKED,
)

# What makes two probes of one program look into the same job.
JOB_KEYS = ("driver", "instance", "queue", "buffer", "sequence")


def exercised(case: CaseEvidence) -> Iterator[Reason]:
    """Consumers did look at buffers in flight, as often as the scenario asks."""
    wanted = case.record.scenario.expect.active_probes
    jobs = {
        (*seen.path, *(seen.fields.get(key, "") for key in JOB_KEYS))
        for seen in case.results.observations
        if seen.name == "probe"
        and seen.fields.get("state") == "active"
        and seen.fields.get("seen") != "error"
    }
    if len(jobs) < wanted:
        yield Reason(
            NO_ACTIVE_PROBE,
            f"consumers looked into {len(jobs)} jobs in flight, {wanted} expected",
        )
    waits = sum(
        seen.name == "wait" and seen.fields.get("state") == "active"
        for seen in case.results.observations
    )
    if waits < case.record.scenario.expect.active_waits:
        yield Reason(
            NO_ACTIVE_PROBE,
            f"consumers slept on {waits} jobs in flight, "
            f"{case.record.scenario.expect.active_waits} expected",
        )
    probes = [seen for seen in case.results.observations if seen.name == "probe"]
    failed = [seen for seen in probes if seen.fields.get("seen") == "error"]
    if failed:
        fields = failed[0].fields
        yield Reason(
            PROBE_FAILED,
            f"{len(failed)} of {len(probes)} questions failed (first: {fields.get('api')} in state "
            f"{fields.get('state')}, errno {fields.get('errno')})",
        )
    if not any(seen.name in ("probe", "wait") for seen in case.results.observations):
        yield Reason(NO_ACTIVE_PROBE, "no consumer asked about any buffer")


ORACLE = Oracle(
    name="fences",
    rank=80,
    looks_at="the observations of consumers: how many asked about a buffer while its job was in "
    "flight, and what went wrong with asking.",
    proves="that the contract was put to the test at the moment that matters: most drivers answer "
    "correctly before and after.",
    not_proven="that every interface was used by every consumer at every moment; the workload says "
    "which.",
    kinds=(NO_ACTIVE_PROBE, PROBE_FAILED),
    looks=(exercised,),
)
