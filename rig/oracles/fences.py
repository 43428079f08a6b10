# SPDX-License-Identifier: GPL-2.0-only
"""What consumers saw of the fences, against what they must see."""

from collections import Counter
from collections.abc import Iterator

from rig.evidence.case import CaseEvidence
from rig.evidence.ktap import Observation
from rig.reasons import Reason


def probes(case: CaseEvidence) -> Iterator[Reason]:
    """Every look at a buffer while its job was in flight, and enough of them."""
    active = [
        probe
        for probe in _observed(case, "probe")
        if probe.fields.get("state") == "active" and probe.fields.get("queue") == "capture"
    ]
    moments = {
        tuple(probe.fields.get(key, "") for key in ("driver", "buffer", "sequence", "moment"))
        for probe in active
    }
    wanted = case.record.scenario.expect.active_probes
    if len(moments) < wanted:
        yield Reason(
            "exercise.no-active-probe",
            f"{len(moments)} looks at a buffer in flight, {wanted} expected",
        )
    yield from _count("fence.stub-in-flight", "the stub fence", _seen(active, "stub"))
    yield from _count("fence.ready-in-flight", "ready", _seen(active, "ready"))


def after_done(case: CaseEvidence) -> Iterator[Reason]:
    """A fence that a consumer holds is signaled by the time its buffer can be dequeued."""
    late = [
        fence
        for fence in _observed(case, "refence")
        if fence.fields.get("when") == "after-dqbuf" and fence.fields.get("status") == "0"
    ]
    if late:
        first = late[0].fields
        yield Reason(
            "fence.pending-after-done",
            f"{len(late)} of the fences taken in flight were pending after DQBUF, first "
            f"{first.get('driver')} buffer {first.get('buffer')}",
        )


def _observed(case: CaseEvidence, name: str) -> list[Observation]:
    return [seen for seen in case.results.observations if seen.name == name]


def _seen(probes: list[Observation], what: str) -> dict[str, list[Observation]]:
    """The probes with that answer, by the interface that was asked."""
    found: dict[str, list[Observation]] = {}
    for probe in probes:
        asked = found.setdefault(probe.fields.get("api", "?"), [])
        if probe.fields.get("seen") == what:
            asked.append(probe)
    return {api: hits for api, hits in found.items() if hits}


def _count(id: str, what: str, hits: dict[str, list[Observation]]) -> Iterator[Reason]:
    """One reason for all interfaces together: how often, and where first."""
    if not hits:
        return
    often = Counter({api: len(probes) for api, probes in hits.items()})
    first = next(iter(hits.values()))[0].fields
    yield Reason(
        id,
        f"{what} while a job was in flight: "
        + ", ".join(f"{api} {count} times" for api, count in sorted(often.items()))
        + f"; first {first.get('driver')} buffer {first.get('buffer')} "
        f"use {first.get('sequence')} plane {first.get('plane')}",
    )
