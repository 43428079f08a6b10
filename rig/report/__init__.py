# SPDX-License-Identifier: GPL-2.0-only
"""Verdicts, for people and for programs."""

from typing import Final

# What `m2m-rig report` can write.
FORMATS: Final = ("html", "text", "junit", "cover-letter", "kcidb", "baseline")
# As whom a KCIDB report speaks, if nobody says otherwise.
ORIGIN: Final = "m2m_rig"
