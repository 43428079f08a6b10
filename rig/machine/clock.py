# SPDX-License-Identifier: GPL-2.0-only
"""Which time a guest lives in."""

from typing import Literal

# "virtual": counted in instructions, the same in every run; "real": that of the host.
Clock = Literal["virtual", "real"]
