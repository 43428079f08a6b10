# SPDX-License-Identifier: GPL-2.0-only
"""vim2m under series whose worth is known: what each scenario must say about each of them."""

import pytest

from tests.guest.conftest import M2mRig
from tests.guest.known import CLEAN, STUB, Row, judge

NONE: tuple[Row, ...] = (
    ("W1", *STUB),
    ("W1c", "CLEAN", "DIRTY", "fence.torn-data"),
    ("W7", "CLEAN", "DIRTY", "fence.ready-in-flight"),
    ("W12", "CLEAN", "not judged", ""),
    ("W13-unload", *STUB),
    ("W13-unplug", *STUB),
    ("W17", *STUB),
    ("W18", "CLEAN", "DIRTY", "fence.one-colour"),
    ("W18b", "CLEAN", "DIRTY", "fence.torn-data"),
)

V1: tuple[Row, ...] = (
    ("W1", *STUB),
    ("W2-system-fresh", "DIRTY", "DIRTY", "splat.oops"),
    ("W2-system-pending", "DIRTY", "DIRTY", "splat.kernel-bug"),
    ("W4-import", "CLEAN", "DIRTY", "fence.visible-too-early"),
    ("W10-import", "DIRTY", "DIRTY", "splat.oops"),
)

V2: tuple[Row, ...] = (
    ("W1", *STUB),
    ("W2-system-fresh", *CLEAN),
    ("W10-import", "DIRTY", "DIRTY", "splat.oops"),
    ("W12", *CLEAN),
)


@pytest.mark.parametrize(
    ("series", "rows"),
    [("none", NONE), ("release-fence-v1", V1), ("release-fence-v2", V2)],
)
def test_known_series(m2m_rig: M2mRig, series: str, rows: tuple[Row, ...]) -> None:
    # vimc publishes nothing, whatever the series.
    judge(m2m_rig, "vim2m", series, rows, "vimc")
