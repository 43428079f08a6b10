# SPDX-License-Identifier: GPL-2.0-only
"""Lock graphs of several boots, taken together: what a series changes, what no boot alone shows."""

from typing import Final

# What `m2m-rig diff` can write.
FORMATS: Final = ("text", "json", "dot", "svg")
