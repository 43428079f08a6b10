# SPDX-License-Identifier: GPL-2.0-only
"""vicodec, whose jobs run within the calls that start them, under series of known worth."""

import pytest

from tests.guest.conftest import M2mRig
from tests.guest.known import CLEAN, FENCELESS, FOREIGN, STUB, Row, edges_of, judge

PUBLISHED = {
    ("&mdev->req_queue_mutex", "reservation_ww_class_acquire"),
    ("&dev_instance->mutex", "reservation_ww_class_acquire"),
    ("reservation_ww_class_mutex", "dma_fence_map"),
    ("&dev_instance->lock", "&fence->lock"),
}

GOOD: tuple[Row, ...] = tuple(
    (workload, *CLEAN)
    for workload in (
        "W13-unload", "W13-unplug",
        "W14-import", "W14-signal", "W14-transcode", "W18", "W5-storm", "W6", "W6-life", "W7",
    )
)  # fmt: skip

NONE: tuple[Row, ...] = (
    ("W13-unload", *STUB),
    ("W13-unplug", *STUB),
    ("W14-import", *STUB),
    ("W14-signal", "CLEAN", "DIRTY", "fence.one-colour"),
    ("W14-transcode", *FENCELESS),
    ("W18", "CLEAN", "DIRTY", "fence.one-colour"),
    ("W5-storm", *FENCELESS),
    ("W6", *STUB),
    ("W6-life", *STUB),
    ("W7", *FOREIGN),
)

# A stream that cannot start leaves the fences of its queued buffers behind.
V1: tuple[Row, ...] = (
    ("W14-import", *STUB),
    ("W6", "DIRTY", "DIRTY", "fence.visible-too-early"),
    ("W6-life", *STUB),
)

V2: tuple[Row, ...] = (
    ("W14-import", *STUB),
    ("W14-signal", "CLEAN", "DIRTY", "fence.one-colour"),
    ("W5-storm", *CLEAN),
    ("W6", *CLEAN),
    ("W6-life", *STUB),
)


@pytest.mark.long
@pytest.mark.parametrize(
    ("series", "rows"),
    [("producer-fence", GOOD), ("none", NONE), ("release-fence-v1", V1), ("release-fence-v2", V2)],
)
def test_known_series(m2m_rig: M2mRig, series: str, rows: tuple[Row, ...]) -> None:
    run = judge(m2m_rig, "vicodec", series, rows)
    edges = edges_of(run, "vicodec-import-s1")
    if series == "producer-fence":
        assert edges >= PUBLISHED
    if series == "none":
        assert not edges & PUBLISHED
