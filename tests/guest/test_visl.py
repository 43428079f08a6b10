# SPDX-License-Identifier: GPL-2.0-only
"""visl, which needs media requests and holds buffers, under series whose worth is known."""

import pytest

from tests.guest.conftest import M2mRig
from tests.guest.known import CLEAN, FENCELESS, FOREIGN, STUB, Row, edges_of, judge, reasons_of

# What a series that publishes adds to the order of locks, whether or not there are requests.
PUBLISHED = {
    ("&mdev->req_queue_mutex", "reservation_ww_class_acquire"),
    ("&ctx->vb_mutex", "reservation_ww_class_acquire"),
    ("reservation_ww_class_mutex", "dma_fence_map"),
}

GOOD: tuple[Row, ...] = tuple(
    (workload, *CLEAN)
    for workload in (
        "W13-unload", "W13-unplug",
        "W15-cancel", "W15-import", "W15-outlive", "W15-signal", "W15-slices", "W15-starve",
        "W16", "W18", "W5-storm", "W6", "W7",
    )
)  # fmt: skip

NONE: tuple[Row, ...] = (
    ("W13-unload", *STUB),
    ("W13-unplug", *STUB),
    ("W15-import", *STUB),
    ("W15-signal", "CLEAN", "DIRTY", "fence.one-colour"),
    ("W15-slices", *STUB),
    ("W18", "CLEAN", "DIRTY", "fence.one-colour"),
    ("W5-storm", *FENCELESS),
    ("W6", *STUB),
    ("W7", *FOREIGN),
)

# Attached when the buffer is queued: without a job, to memory that may have no room for a fence.
V1: tuple[Row, ...] = (
    ("W15-import", "CLEAN", "DIRTY", "fence.visible-too-early"),
    ("W15-outlive", "DIRTY", "DIRTY", "splat.oops"),
    ("W15-slices", "CLEAN", "DIRTY", "fence.visible-too-early"),
    ("W16", "DIRTY", "DIRTY", "splat.oops"),
)

# Attached when the first of several jobs runs, and again when the second does.
V2: tuple[Row, ...] = (
    ("W15-import", *STUB),
    ("W15-signal", "CLEAN", "DIRTY", "fence.one-colour"),
    ("W15-slices", "DIRTY", "DIRTY", "fence.visible-too-early"),
    ("W15-starve", *STUB),
    ("W16", *CLEAN),
    ("W5-storm", *CLEAN),
)


@pytest.mark.long
@pytest.mark.parametrize(
    ("series", "rows"),
    [("producer-fence", GOOD), ("none", NONE), ("release-fence-v1", V1), ("release-fence-v2", V2)],
)
def test_known_series(m2m_rig: M2mRig, series: str, rows: tuple[Row, ...]) -> None:
    run = judge(m2m_rig, "visl", series, rows)
    edges = edges_of(run, "visl-import-s1")
    if series == "producer-fence":
        assert edges >= PUBLISHED
        log = (run.case("visl-pressure-s1") / "serial.log").read_text()
        assert "no fence for buffer 0: -12" in log
    if series == "none":
        assert not edges & PUBLISHED
    if series == "release-fence-v2":
        assert "splat.warn" in reasons_of(run, "W15-slices")
