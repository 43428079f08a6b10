# SPDX-License-Identifier: GPL-2.0-only
"""A series patch by patch."""

import pytest

from rig.campaign.prefixes import prefixes
from rig.model.options import Options


@pytest.mark.parametrize(
    ("upto", "wanted"), [(None, [1, 2, 3, 4, 5, None]), (3, [1, 2, 3]), (1, [1])]
)
def test_the_last_kernel_is_that_of_the_series(upto: int | None, wanted: list[int | None]) -> None:
    items = prefixes(Options(series="release-fence-v2", upto=upto))
    assert [item.options.upto for item in items] == wanted
