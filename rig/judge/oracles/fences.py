# SPDX-License-Identifier: GPL-2.0-only
"""What consumers saw of the fences, against the contract."""

from collections import Counter
from collections.abc import Iterator, Sequence

from rig.evidence.case import CaseEvidence
from rig.evidence.ktap import Observation
from rig.judge.oracles.contract import CONTROL, RULES, Rule, broken_rules
from rig.judge.oracles.joined import cancelled, early, siblings
from rig.judge.reasons import Reason

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
            "exercise.no-active-probe",
            f"consumers looked into {len(jobs)} jobs in flight, {wanted} expected",
        )
    waits = sum(
        seen.name == "wait" and seen.fields.get("state") == "active"
        for seen in case.results.observations
    )
    if waits < case.record.scenario.expect.active_waits:
        yield Reason(
            "exercise.no-active-probe",
            f"consumers slept on {waits} jobs in flight, "
            f"{case.record.scenario.expect.active_waits} expected",
        )
    probes = [seen for seen in case.results.observations if seen.name == "probe"]
    failed = [seen for seen in probes if seen.fields.get("seen") == "error"]
    if failed:
        fields = failed[0].fields
        yield Reason(
            "exercise.probe-failed",
            f"{len(failed)} of {len(probes)} questions failed (first: {fields.get('api')} in state "
            f"{fields.get('state')}, errno {fields.get('errno')})",
        )
    if not any(seen.name in ("probe", "wait") for seen in case.results.observations):
        yield Reason("exercise.no-active-probe", "no consumer asked about any buffer")


def contract(case: CaseEvidence) -> Iterator[Reason]:
    """Every observation, against every row of the contract that applies to it."""
    observations = case.results.observations
    control = case.record.scenario.control
    for rule, seen in broken_rules(observations, CONTROL if control else RULES).items():
        yield Reason(rule.reason, _told(rule, seen))
    if not control:
        yield from siblings(observations)
        yield from early(observations)
        yield from cancelled(observations)


def _told(rule: Rule, seen: Sequence[Observation]) -> str:
    """How often, through which interface, and where first."""
    often = Counter(observation.fields.get("api", "") for observation in seen)
    asked = ", ".join(f"{api} {count}x" if api else f"{count}x" for api, count in often.items())
    first = seen[0].fields
    where = " ".join(
        f"{key} {first[key]}" for key in ("driver", "buffer", "sequence", "plane") if key in first
    )
    where = where or f"fence {first.get('id')}"
    return f"{rule.row}: {rule.what} ({asked}; first: {where})"
