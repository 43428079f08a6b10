# SPDX-License-Identifier: GPL-2.0-only
"""What is seen while the rig works: a moving picture on a terminal, plain lines elsewhere."""
