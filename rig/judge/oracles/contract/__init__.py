# SPDX-License-Identifier: GPL-2.0-only
"""What consumers saw of the fences, against the contract."""

from collections import Counter
from collections.abc import Iterator, Sequence

from rig.evidence.case import CaseEvidence
from rig.evidence.ktap import Observation
from rig.judge.oracle import Oracle
from rig.judge.oracles.contract.joined import cancelled, early, siblings
from rig.judge.oracles.contract.kinds import KINDS
from rig.judge.oracles.contract.pictures import finished
from rig.judge.oracles.contract.queueing import waited
from rig.judge.oracles.contract.rules import CONTROL, RULES, Rule, broken_rules
from rig.judge.reasons import Reason


def kept(case: CaseEvidence) -> Iterator[Reason]:
    """Every observation, against every row of the contract that applies to it."""
    observations = case.results.observations
    control = case.record.scenario.control
    for rule, seen in broken_rules(observations, CONTROL if control else RULES).items():
        yield Reason(rule.kind, _told(rule, seen))
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


ORACLE = Oracle(
    name="contract",
    rank=90,
    looks_at="every single observation: what a consumer asked (export, poll, epoll, sync, merge, "
    "pixels), in which state of the buffer, and what it was told. By the records of calls: how "
    "long VIDIOC_QBUF of a buffer with a fence of somebody else took, and what was in the pictures "
    "of buffers whose fence said success. Each rule is a row of [contract.md](contract.md), which "
    "the reason cites.",
    proves="that no consumer in these workloads saw what the contract forbids.",
    not_proven="what no consumer asked. A fence that signals too early is seen only if somebody "
    "looked between the signal and the end of the job; `mock hardware` knows the end of the job "
    "from the device itself.",
    kinds=KINDS,
    looks=(kept, waited, finished),
)
