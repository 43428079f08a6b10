# SPDX-License-Identifier: GPL-2.0-only
"""What a verdict says of claims, for tests that need not know all claims that there are."""

from collections.abc import Mapping


def judged(claims: Mapping[str, str]) -> dict[str, str]:
    """The outcome of each claim that was judged, by its name."""
    return {name: outcome for name, outcome in claims.items() if outcome != "not judged"}
