# SPDX-License-Identifier: GPL-2.0-only
"""vim2m under series whose worth is known: what each scenario must say about each of them."""

import pytest

from tests.guest.conftest import M2mRig
from tests.guest.known import CLEAN, STUB, Row, judge

NONE: tuple[Row, ...] = (
    ("vim2m-export", *STUB),
    ("vim2m-signal", "CLEAN", "DIRTY", "fence.torn-data"),
    ("vim2m-attach", "CLEAN", "DIRTY", "fence.ready-in-flight"),
    # It publishes nothing, whatever the series.
    ("vimc-stranger", "CLEAN", "not judged", ""),
    ("vim2m-unload", *STUB),
    ("vim2m-unplug", *STUB),
    ("vim2m-hotplug", *STUB),
    ("vim2m-compositor", "CLEAN", "DIRTY", "fence.one-colour"),
    ("vim2m-scanout", "CLEAN", "DIRTY", "fence.torn-data"),
)

V1: tuple[Row, ...] = (
    ("vim2m-export", *STUB),
    ("vim2m-import-system-fresh", "DIRTY", "DIRTY", "splat.oops"),
    ("vim2m-import-system-pending", "DIRTY", "DIRTY", "splat.kernel-bug"),
    ("vim2m-starve-import", "CLEAN", "DIRTY", "fence.visible-too-early"),
    ("vim2m-outlive-import", "DIRTY", "DIRTY", "splat.oops"),
)

V2: tuple[Row, ...] = (
    ("vim2m-export", *STUB),
    ("vim2m-import-system-fresh", *CLEAN),
    ("vim2m-outlive-import", "DIRTY", "DIRTY", "splat.oops"),
    ("vimc-stranger", *CLEAN),
)


@pytest.mark.parametrize(
    ("series", "rows"),
    [("none", NONE), ("release-fence-v1", V1), ("release-fence-v2", V2)],
)
def test_known_series(m2m_rig: M2mRig, series: str, rows: tuple[Row, ...]) -> None:
    judge(m2m_rig, series, rows)
