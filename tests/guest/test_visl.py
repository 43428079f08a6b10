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
    (scenario, *CLEAN)
    for scenario in (
        "visl-unload", "visl-unplug",
        "visl-cancel", "visl-import", "visl-outlive", "visl-signal", "visl-slices", "visl-starve",
        "visl-pressure", "visl-compositor", "visl-storm", "visl-scarce", "visl-foreign",
    )
)  # fmt: skip

NONE: tuple[Row, ...] = (
    ("visl-unload", *STUB),
    ("visl-unplug", *STUB),
    ("visl-import", *STUB),
    ("visl-signal", "CLEAN", "DIRTY", "fence.one-colour"),
    ("visl-slices", *STUB),
    ("visl-compositor", "CLEAN", "DIRTY", "fence.one-colour"),
    ("visl-storm", *FENCELESS),
    ("visl-scarce", *STUB),
    ("visl-foreign", *FOREIGN),
)

# Attached when the buffer is queued: without a job, to memory that may have no room for a fence.
V1: tuple[Row, ...] = (
    ("visl-import", "CLEAN", "DIRTY", "fence.visible-too-early"),
    ("visl-outlive", "DIRTY", "DIRTY", "splat.oops"),
    ("visl-slices", "CLEAN", "DIRTY", "fence.visible-too-early"),
    ("visl-pressure", "DIRTY", "DIRTY", "splat.oops"),
)

# Attached when the first of several jobs runs, and again when the second does.
V2: tuple[Row, ...] = (
    ("visl-import", *STUB),
    ("visl-signal", "CLEAN", "DIRTY", "fence.one-colour"),
    ("visl-slices", "DIRTY", "DIRTY", "fence.visible-too-early"),
    ("visl-starve", *STUB),
    ("visl-pressure", *CLEAN),
    ("visl-storm", *CLEAN),
)


@pytest.mark.long
@pytest.mark.parametrize(
    ("series", "rows"),
    [("producer-fence", GOOD), ("none", NONE), ("release-fence-v1", V1), ("release-fence-v2", V2)],
)
def test_known_series(m2m_rig: M2mRig, series: str, rows: tuple[Row, ...]) -> None:
    run = judge(m2m_rig, series, rows)
    edges = edges_of(run, "visl-import-s1")
    if series == "producer-fence":
        assert edges >= PUBLISHED
        log = (run.case("visl-pressure-s1") / "serial.log").read_text()
        assert "no fence for buffer 0: -12" in log
    if series == "none":
        assert not edges & PUBLISHED
    if series == "release-fence-v2":
        assert "splat.warn" in reasons_of(run, "visl-slices")
