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
    (scenario, *CLEAN)
    for scenario in (
        "vicodec-unload", "vicodec-unplug",
        "vicodec-import", "vicodec-signal", "vicodec-transcode", "vicodec-compositor",
        "vicodec-storm", "vicodec-restart", "vicodec-scarce", "vicodec-foreign",
    )
)  # fmt: skip

NONE: tuple[Row, ...] = (
    ("vicodec-unload", *STUB),
    ("vicodec-unplug", *STUB),
    ("vicodec-import", *STUB),
    ("vicodec-signal", "CLEAN", "DIRTY", "fence.one-colour"),
    ("vicodec-transcode", *FENCELESS),
    ("vicodec-compositor", "CLEAN", "DIRTY", "fence.one-colour"),
    ("vicodec-storm", *FENCELESS),
    ("vicodec-restart", *STUB),
    ("vicodec-scarce", *STUB),
    ("vicodec-foreign", *FOREIGN),
)

# A stream that cannot start leaves the fences of its queued buffers behind.
V1: tuple[Row, ...] = (
    ("vicodec-import", *STUB),
    ("vicodec-restart", "DIRTY", "DIRTY", "fence.visible-too-early"),
    ("vicodec-scarce", *STUB),
)

V2: tuple[Row, ...] = (
    ("vicodec-import", *STUB),
    ("vicodec-signal", "CLEAN", "DIRTY", "fence.one-colour"),
    ("vicodec-storm", *CLEAN),
    ("vicodec-restart", *CLEAN),
    ("vicodec-scarce", *STUB),
)


@pytest.mark.long
@pytest.mark.parametrize(
    ("series", "rows"),
    [("producer-fence", GOOD), ("none", NONE), ("release-fence-v1", V1), ("release-fence-v2", V2)],
)
def test_known_series(m2m_rig: M2mRig, series: str, rows: tuple[Row, ...]) -> None:
    run = judge(m2m_rig, series, rows)
    edges = edges_of(run, "vicodec-import-s1")
    if series == "producer-fence":
        assert edges >= PUBLISHED
    if series == "none":
        assert not edges & PUBLISHED
