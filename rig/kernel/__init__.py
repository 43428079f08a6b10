# SPDX-License-Identifier: GPL-2.0-only
"""From "which kernel, which series" to a bootable build in the cache.

Each step is a value for the next one: `source` says where a kernel comes from, `base` makes it a
git tree, `mail` and `reading` take patches out of what users have, `series` is what they are
together, `tree` applies them, `config` and `build` make the kernel, and `record` is what the rest
of the rig gets.
"""
