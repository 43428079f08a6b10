# SPDX-License-Identifier: GPL-2.0-only
"""The kernel's hantro decoders on imitated hardware, alone and in chains with other drivers."""

import dataclasses
from pathlib import Path

import pytest

from rig.base.paths import SCENARIOS
from rig.commands.pytest_plugin import GuestSession
from rig.evidence.case import CaseEvidence, read_case
from rig.evidence.record import RunDir
from rig.model.scenario import load
from tests.guest.conftest import Command, Guests, M2mRig
from tests.guest.known import judge

# Lock orders that only a published fence makes; the first is a request's.
EDGES = (
    ("&mdev->req_queue_mutex", "reservation_ww_class_acquire"),
    ("reservation_ww_class_mutex", "dma_fence_map"),
    ("&m2m_dev->job_spinlock", "&fence->lock"),
    ("&fence->lock", "&dmabuf->poll"),
)

# With chains: the first device and the next, the errors of their fences.
TIMED_OUT, FAILED = -62, -5
CHAINS = (
    ("hantro-chain-fault-first", {TIMED_OUT, FAILED}, set[int]()),
    ("hantro-chain-fault-rga", {TIMED_OUT, FAILED}, set[int]()),
    ("hantro-chain-fault-next", set[int](), {TIMED_OUT, FAILED}),
    ("hantro-chain-fault-vepu", set[int](), {TIMED_OUT, FAILED}),
)

FILES = ("serial.log", "results.ktap", "dump.tar")


def evidence(run: Command) -> CaseEvidence:
    (case,) = run.verdict["cases"]
    return read_case(run.case(case["id"]))


def errors_of(case: CaseEvidence, instance: str = "0") -> set[int]:
    """What the fences of buffers said that came back with V4L2_BUF_FLAG_ERROR."""
    return {
        int(seen.fields["status"])
        for seen in case.results.observations
        if seen.name == "fence"
        and seen.fields.get("error-flag") == "1"
        and seen.fields.get("instance", "0") == instance
    }


def edges(case: CaseEvidence) -> list[bool]:
    assert case.graph is not None
    return [edge in case.graph.edges_by_name() for edge in EDGES]


@pytest.mark.parametrize(("block", "codecs"), [("vdpu", 2), ("g1", 2)])
def test_what_is_decoded_is_right(m2m_rig: M2mRig, block: str, codecs: int) -> None:
    run = m2m_rig("run", "--series=producer-fence", f"hantro-{block}-signal")
    assert run.status == 0, run.output + run.errors
    case = evidence(run)
    looks = [seen.fields for seen in case.results.observations if seen.name == "pixels"]
    assert [look["wrong-bytes"] for look in looks] == ["0"] * (8 * codecs)
    assert case.hardware is not None
    assert {job.block for job in case.hardware.jobs} == {block}
    assert edges(case) == [True] * len(EDGES)


@pytest.mark.parametrize(
    ("fault", "errors"),
    [
        ("lost", {TIMED_OUT}),
        ("late", {TIMED_OUT}),
        ("error", {FAILED}),
        ("stray", {FAILED}),
        ("double", set[int]()),
    ],
)
def test_a_failed_job_says_how(m2m_rig: M2mRig, fault: str, errors: set[int]) -> None:
    run = m2m_rig("run", "--series=producer-fence", f"hantro-vdpu-fault-{fault}")
    assert run.status == 0, run.output + run.errors
    case = evidence(run)
    assert errors_of(case) == errors
    assert case.hardware is not None
    assert any(job.fault == fault for job in case.hardware.jobs)


@pytest.mark.parametrize(("scenario", "first", "following"), CHAINS)
def test_a_failure_is_told_along_the_chain(
    m2m_rig: M2mRig, scenario: str, first: set[int], following: set[int]
) -> None:
    run = m2m_rig("run", "--series=producer-fence", scenario)
    assert run.status == 0, run.output + run.errors
    case = evidence(run)
    assert (errors_of(case), errors_of(case, "1")) == (first, following)
    # Afterwards both work again.
    assert case.hardware is not None
    last = {job.block: job.outcome for job in case.hardware.jobs}
    assert set(last.values()) == {"done"}


@pytest.mark.parametrize(
    ("scenario", "blocks"),
    [
        ("hantro-chain-decode", {"vdpu", "g1", "rga"}),
        ("hantro-chain-encode", {"rga", "vepu"}),
        ("rga-chain-vim2m", {"rga"}),
    ],
)
def test_a_picture_goes_through_two_drivers(
    m2m_rig: M2mRig, scenario: str, blocks: set[str]
) -> None:
    run = m2m_rig("run", "--series=producer-fence", scenario)
    assert run.status == 0, run.output + run.errors
    case = evidence(run)
    assert case.hardware is not None
    assert {job.block for job in case.hardware.jobs} == blocks
    # Each program looks at what the next device made, 8 times.
    looks = [seen.fields for seen in case.results.observations if seen.name == "pixels"]
    assert [look["wrong-bytes"] for look in looks] == ["0"] * 16


def test_nobody_waits_for_the_driver_before(m2m_rig: M2mRig) -> None:
    run = m2m_rig("run", "--series=producer-fence", "hantro-chain-unawaited")
    assert run.status == 0, run.output + run.errors
    seen = [each.fields for each in evidence(run).results.observations if each.name == "in-fence"]
    assert len(seen) == 16
    assert {fields["seen"] for fields in seen} == {"ignored"}
    assert "0" not in {fields["wrong-bytes"] for fields in seen}


def test_the_rga_takes_no_picture_of_h264(m2m_rig: M2mRig) -> None:
    run = m2m_rig("run", "--series=none", "--claim=locks", "hantro-chain-h264")
    assert run.status == 2, run.output + run.errors
    assert [issue["name"] for issue in run.verdict["cases"][0]["known"]] == ["rga-larger-memory"]
    results = (run.case("hantro-chain-h264-s1") / "results.ktap").read_text()
    assert "Bail out! QBUF OUTPUT of the next device: Invalid argument" in results


@pytest.mark.parametrize(
    ("series", "scenario", "locks", "reason"),
    [
        ("release-fence-v1", "hantro-vdpu-signal", "CLEAN", "fence.stub-in-flight"),
        ("release-fence-v2", "hantro-vdpu-signal", "CLEAN", "fence.stub-in-flight"),
        ("release-fence-v2", "hantro-g1-signal", "CLEAN", "fence.stub-in-flight"),
        ("release-fence-v2", "hantro-chain-decode", "CLEAN", "fence.torn-data"),
    ],
)
def test_bad_fences_are_seen(
    m2m_rig: M2mRig, series: str, scenario: str, locks: str, reason: str
) -> None:
    judge(m2m_rig, series, ((scenario, locks, "DIRTY", reason),))


def test_the_base_kernel_has_none_of_these_orders(m2m_rig: M2mRig) -> None:
    run = m2m_rig("run", "--series=none", "--claim=locks", "hantro-vdpu-signal")
    assert run.status == 0, run.output + run.errors
    # Drivers signal fences of others, and wake who sleeps on them, without any series.
    assert not any(edges(evidence(run))[:2])


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_seed_is_clean(m2m_rig: M2mRig, seed: int) -> None:
    files = sorted(SCENARIOS.glob("*-chain-*.m2m.yaml"))
    for block in ("vdpu", "g1"):
        files += sorted(SCENARIOS.glob(f"hantro-{block}-*.m2m.yaml"))
    named = [f"--scenario={file}" for file in files]
    run = m2m_rig("run", "--series=producer-fence", f"--seed={seed}", *named)
    assert run.status == 0, run.output + run.errors
    known = {case["scenario"] for case in run.verdict["cases"] if case["known"]}
    assert known == {
        "hantro-chain-partial",
        "hantro-chain-stale",
        "hantro-vdpu-fault-echo",
        "hantro-vdpu-fault-partial",
        "hantro-vdpu-fault-stale",
    }


@pytest.mark.parametrize("scenario", ["hantro-chain-fault-first", "hantro-chain-fault-next"])
def test_same_seed_same_bytes_in_a_chain(guests: Guests, tmp_path: Path, scenario: str) -> None:
    seen = []
    # Without timeouts the chain hangs for a minute, and shows nothing more.
    gate = guests.session("producer-fence").gate
    for name in ("first", "second"):
        session = GuestSession(dataclasses.replace(gate, directory=RunDir(tmp_path / name)))
        folder = session.run(load(SCENARIOS / f"{scenario}.m2m.yaml"), 3).folder
        seen.append({file: (folder / file).read_bytes() for file in FILES})
    assert [file for file in FILES if seen[0][file] != seen[1][file]] == []
