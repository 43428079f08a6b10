# SPDX-License-Identifier: GPL-2.0-only
"""The kernel's hantro driver on imitated hardware: every series on it, and every fault."""

import dataclasses
from pathlib import Path

import pytest

from rig.base.paths import SCENARIOS
from rig.commands.pytest_plugin import GuestSession
from rig.evidence.case import CaseEvidence, read_case
from rig.evidence.record import RunDir
from rig.model.scenario import load
from tests.guest.conftest import Command, M2mRig
from tests.unit.outcomes import judged

# These show a defect that is on record, and it must be seen whatever the series.
KNOWN = {
    "hantro-chain-partial": "hantro-partial-picture",
    "hantro-chain-stale": "hantro-stale-completion",
    "hantro-fault-echo": "hantro-repeated-completion",
    "hantro-fault-partial": "hantro-partial-picture",
    "hantro-fault-stale": "hantro-stale-completion",
    "hantro-import-scarce": "vb2-unattached-left",
    "hantro-vdpu-fault-echo": "hantro-repeated-completion",
    "hantro-vdpu-fault-partial": "hantro-partial-picture",
    "hantro-vdpu-fault-stale": "hantro-stale-completion",
}

# Chains end in the RGA, which has no timeout without a series; and hantro does not undo all.
KNOWN_OF_BASE = KNOWN | {
    "hantro-chain-fault-next": "rga-no-timeout",
    "hantro-chain-fault-rga": "rga-no-timeout",
    "hantro-refusal": "hantro-unwoken",
    "hantro-vdpu-refusal": "hantro-unwoken",
}

# Lock orders that only a published fence makes: scenario, the first lock, the second.
EDGES = (
    ("hantro-jpeg", "&vpu->vpu_mutex", "reservation_ww_class_acquire"),
    ("hantro-jpeg", "reservation_ww_class_mutex", "dma_fence_map"),
    ("hantro-jpeg", "&m2m_dev->job_spinlock", "&fence->lock"),
    ("hantro-jpeg", "&fence->lock", "&dmabuf->poll"),
    ("hantro-merge", "(work_completion)(&m2m_dev->job_work)", "reservation_ww_class_acquire"),
)

WITH_EDGES = ("hantro-jpeg", "hantro-merge")

FILES = ("serial.log", "results.ktap", "dump.tar")


def evidence(run: Command, scenario: str) -> CaseEvidence:
    assert run.directory is not None
    return read_case(run.directory / "cases" / f"{scenario}-s1")


def known(run: Command) -> dict[str, str]:
    return {
        case["scenario"]: issue["name"] for case in run.verdict["cases"] for issue in case["known"]
    }


def edges(run: Command) -> list[bool]:
    """Of each lock order of EDGES, whether it was seen."""
    found = []
    for scenario, before, after in EDGES:
        graph = evidence(run, scenario).graph
        assert graph is not None
        found.append((before, after) in graph.edges_by_name())
    return found


def test_published_fences_order_locks(m2m_rig: M2mRig) -> None:
    run = m2m_rig("run", *WITH_EDGES, "--series=producer-fence")
    assert run.status == 0, run.output + run.errors
    assert edges(run) == [True] * len(EDGES)


@pytest.mark.parametrize(
    ("fault", "statuses"),
    [("lost", {-62}), ("late", {-62}), ("error", {-5}), ("stray", {-5}), ("double", set())],
)
def test_a_failed_job_says_how(m2m_rig: M2mRig, fault: str, statuses: set[int]) -> None:
    run = m2m_rig("run", f"hantro-fault-{fault}", "--series=producer-fence")
    assert run.status == 0, run.output + run.errors
    case = evidence(run, f"hantro-fault-{fault}")
    failed = [
        int(seen.fields["status"])
        for seen in case.results.observations
        if seen.name == "fence" and seen.fields.get("error-flag") == "1"
    ]
    assert set(failed) == statuses
    assert case.hardware is not None
    assert any(job.fault == fault for job in case.hardware.jobs)


def test_the_base_kernel_has_its_locks_right(m2m_rig: M2mRig) -> None:
    run = m2m_rig("run", "--series=none", "--claim=locks", "--driver=hantro")
    assert run.status == 0, run.output + run.errors
    assert known(run) == KNOWN_OF_BASE
    # Most cases share guests, so each guest is asked for each order.
    assert run.directory is not None
    graphs = [read_case(folder).graph for folder in (run.directory / "cases").iterdir()]
    seen = [graph.edges_by_name() for graph in graphs if graph is not None]
    assert len(seen) == len(graphs)
    assert [edge[1:] for edge in EDGES if any(edge[1:] in each for each in seen)] == []


@pytest.mark.parametrize(
    ("series", "scenario", "locks", "reason"),
    [
        ("none", "hantro-scarce", "CLEAN", "fence.stub-in-flight"),
        ("none", "hantro-compositor", "CLEAN", "fence.torn-data"),
        ("release-fence-v1", "hantro-signal", "CLEAN", "fence.stub-in-flight"),
        ("release-fence-v1", "hantro-import", "DIRTY", "splat.oops"),
        ("release-fence-v2", "hantro-signal", "CLEAN", "fence.stub-in-flight"),
        # The fence is there before the driver has mapped the buffer.
        ("release-fence-v2", "hantro-hold", "CLEAN", "fence.waiter-not-woken"),
    ],
)
def test_bad_fences_are_seen(
    m2m_rig: M2mRig, series: str, scenario: str, locks: str, reason: str
) -> None:
    run = m2m_rig("run", scenario, f"--series={series}", "--claim=locks", "--claim=fences")
    assert run.status == 1, run.output + run.errors
    (case,) = run.verdict["cases"]
    assert judged(case["claims"]) == {"locks": locks, "fences": "DIRTY"}
    assert reason in {found["id"] for found in case["reasons"]}


@pytest.mark.parametrize("fault", ["stale", "stray"])
def test_same_seed_same_bytes_with_faults(guest: GuestSession, tmp_path: Path, fault: str) -> None:
    scenario = load(SCENARIOS / f"hantro-fault-{fault}.m2m.yaml")
    assert scenario.machine.cpus == 2
    seen = []
    for name in ("first", "second"):
        session = GuestSession(dataclasses.replace(guest.gate, directory=RunDir(tmp_path / name)))
        folder = session.run(scenario, 3).folder
        seen.append({file: (folder / file).read_bytes() for file in FILES})
    assert [file for file in FILES if seen[0][file] != seen[1][file]] == []
