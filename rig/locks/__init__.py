# SPDX-License-Identifier: GPL-2.0-only
"""Lock graphs of several boots, taken together: what a series changes, what no boot alone shows."""
