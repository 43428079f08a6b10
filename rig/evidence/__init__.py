# SPDX-License-Identifier: GPL-2.0-only
"""What a guest left behind, turned into values: logs, splats, results, lock graphs.

Nothing here needs a guest, a kernel tree or a clock.  Input is bytes from a machine that may have
died at any moment, so no parser raises on any input; what could not be read is said in the value.
"""
