# SPDX-License-Identifier: GPL-2.0-only
"""The kernel's own RGA driver on imitated hardware: clean, dirty, broken, and the same twice."""

import dataclasses
from pathlib import Path

import pytest

from rig.base.cache import Cache
from rig.base.paths import SCENARIOS
from rig.base.progress import Silent
from rig.commands.pytest_plugin import GuestOutcome, GuestSession
from rig.evidence.case import read_case
from rig.evidence.lockgraph import LockGraph
from rig.evidence.record import RunDir
from rig.kernel import base, tree
from rig.kernel.build import build
from rig.kernel.layout import Layout
from rig.model.options import Options
from rig.model.order import orders_of
from rig.model.scenario import load
from rig.run.selection import kernel_request
from tests.guest.conftest import Command, M2mRig
from tests.guest.known import STUB, Row, judge

HERE = Path(__file__).parent / "scenarios"

NONE: tuple[Row, ...] = (
    ("rga-copy", *STUB),
    ("rga-planes", *STUB),
    ("rga-signal", "CLEAN", "DIRTY", "fence.torn-data"),
    ("rga-scarce", *STUB),
    ("rga-attach", "CLEAN", "DIRTY", "fence.ready-in-flight"),
    ("rga-crowd", *STUB),
    ("rga-unload", *STUB),
    ("rga-hotplug", *STUB),
    ("rga-suspend", *STUB),
    ("rga-compositor", "CLEAN", "DIRTY", "fence.one-colour"),
    ("rga-scanout", "CLEAN", "DIRTY", "fence.one-colour"),
)

V1: tuple[Row, ...] = (
    ("rga-copy", *STUB),
    ("rga-planes", *STUB),
    ("rga-import-system-fresh", "DIRTY", "DIRTY", "splat.oops"),
    ("rga-starve-import", "CLEAN", "DIRTY", "fence.visible-too-early"),
    ("rga-outlive-import", "DIRTY", "DIRTY", "splat.oops"),
)

V2: tuple[Row, ...] = (
    ("rga-copy", *STUB),
    ("rga-planes", *STUB),
    ("rga-import-planes", "CLEAN", "CLEAN", ""),
    ("rga-outlive", *STUB),
    ("rga-outlive-import", "DIRTY", "DIRTY", "splat.oops"),
    # Without a timeout a fence may never signal.
    ("rga-fault-lost-import", "known issue", "DIRTY", "fence.never-signaled"),
)

# What hardware that lies leads to, whatever the driver does, and how it is seen.
LIES = {
    "rga-fault-after": {"fence.torn-data"},
    "rga-fault-partial": {"fence.torn-data"},
    "rga-fault-echo": {"fence.one-colour", "fence.signaled-before-hardware"},
}

FILES = ("serial.log", "results.ktap", "dump.tar")


def case_of(run: Command, name: str) -> Path:
    assert run.directory is not None, run.errors
    return run.directory / "cases" / f"{name}-s1"


def graph_of(run: Command, name: str) -> LockGraph:
    graph = read_case(case_of(run, name)).graph
    assert graph is not None
    return graph


@pytest.mark.parametrize(
    ("series", "rows"),
    [("none", NONE), ("release-fence-v1", V1), ("release-fence-v2", V2)],
)
def test_known_series(m2m_rig: M2mRig, series: str, rows: tuple[Row, ...]) -> None:
    judge(m2m_rig, series, rows)


@pytest.mark.long
def test_the_driver_as_it_is_keeps_its_locks_in_order(m2m_rig: M2mRig) -> None:
    run = m2m_rig("run", "--series=none", "--driver=rga", "--claim=locks")
    assert run.status == 0, run.output + run.errors
    seen = {
        case["id"].removesuffix("-s1"): case["claims"]["locks"] for case in run.verdict["cases"]
    }
    faults = ("double", "error", "late", "lost", "lost-import", "stale")
    broken = {f"rga-fault-{fault}" for fault in faults}
    assert {name for name, verdict in seen.items() if verdict != "CLEAN"} == broken
    assert {seen[name] for name in broken} == {"known issue"}


def test_locks_of_the_driver(m2m_rig: M2mRig) -> None:
    """Fences are published where they must be; the buffers are no longer taken under the lock."""
    words = ("run", "rga-copy", "--claim=locks", "--series")
    none, fences = m2m_rig(*words, "none"), m2m_rig(*words, "producer-fence")
    assert (none.status, fences.status) == (0, 0), none.output + fences.output
    before = graph_of(none, "rga-copy").edges_by_name()
    after = graph_of(fences, "rga-copy").edges_by_name()
    for lock in ("&out_q_ctx->rdy_spinlock", "&cap_q_ctx->rdy_spinlock"):
        assert ("&rga->ctrl_lock", lock) in before - after
    expected = load(SCENARIOS / "rga-copy.m2m.yaml").expect
    orders = orders_of(expected.edges, none.verdict["kernel"])
    assert len(orders) > 3
    assert set(orders) <= after
    assert not set(orders) & before


def test_fences_of_failed_jobs_say_why(m2m_rig: M2mRig) -> None:
    names = [f"rga-fault-{fault}" for fault in ("lost", "late", "stale", "error")]
    run = m2m_rig("run", *names, "--series=producer-fence")
    assert run.status == 0, run.output + run.errors
    # ETIME and EIO.
    for fault, status in (("lost", "-62"), ("late", "-62"), ("stale", "-62"), ("error", "-5")):
        seen = read_case(case_of(run, f"rga-fault-{fault}")).results.observations
        failed = [
            fence.fields["status"]
            for fence in seen
            if fence.name == "fence" and fence.fields.get("error-flag") == "1"
        ]
        assert len(failed) >= 2
        assert set(failed) == {status}


def test_lies_of_the_hardware_are_seen_in_the_pixels(m2m_rig: M2mRig) -> None:
    files = [f"--scenario={HERE / name}.m2m.yaml" for name in LIES]
    run = m2m_rig("run", "--series=producer-fence", "--claim=fences", *files)
    assert run.status == 1, run.output + run.errors
    for case in run.verdict["cases"]:
        ids = {reason["id"] for reason in case["reasons"]}
        assert case["verdict"] == "DIRTY", case
        assert LIES[case["id"].removesuffix("-s1")] <= ids, (case["id"], ids)


def run_again(guest: GuestSession, folder: Path) -> GuestOutcome:
    scenario = load(SCENARIOS / "rga-fault-stray.m2m.yaml")
    assert scenario.machine.cpus == 2
    session = GuestSession(dataclasses.replace(guest.gate, directory=RunDir(folder)))
    return session.run(scenario, 5)


def test_same_seed_same_bytes_with_faults(guest: GuestSession, tmp_path: Path) -> None:
    first, second = (run_again(guest, tmp_path / name) for name in ("first", "second"))
    for name in FILES:
        assert (first.folder / name).read_bytes() == (second.folder / name).read_bytes(), name
    assert first.evidence.hardware is not None
    assert first.evidence.hardware.stats["rga.injected"] == 4


@pytest.mark.parametrize(
    "series", ["none", "release-fence-v1", "release-fence-v2", "producer-fence"]
)
def test_drivers_are_what_the_series_makes_of_them(series: str, tmp_path: Path) -> None:
    """The rig's own patches leave the drivers that run on imitated hardware alone."""
    request = kernel_request(Options(series=series))
    kernel = build(request)
    unpatched = base.prepare(request.source, Cache.default(), Silent())
    # Built from another checkout, perhaps: then this tree does not have the commit yet.
    tree.compose(unpatched, request.series, (), request.rig_patches(Layout.bundled()))
    git, index = unpatched.repository.git, tmp_path / "index"
    git("read-tree", unpatched.tree, index=index)
    for patch in request.series.patches:
        git("apply", "--cached", "-", stdin=patch.text, index=index)
    expected = git("write-tree", index=index)
    built = kernel.record["commits"]["built"]
    for driver in ("verisilicon", "rockchip"):
        path = f"drivers/media/platform/{driver}"
        assert git("rev-parse", f"{built}:{path}") == git("rev-parse", f"{expected}:{path}")
