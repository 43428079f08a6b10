# SPDX-License-Identifier: GPL-2.0-only
"""A virtual test rig for V4L2 mem2mem drivers."""

__version__ = "0.1.0"
