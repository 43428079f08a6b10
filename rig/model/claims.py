# SPDX-License-Identifier: GPL-2.0-only
"""What a verdict is about: docs/reference/verdicts.md."""

from typing import Literal

Claim = Literal["locks", "fences"]

CLAIMS: tuple[Claim, ...] = ("locks", "fences")
