# SPDX-License-Identifier: GPL-2.0-only
"""What a history may ask: each module here is one interface, and has `MOVES`.

The guest's half of each is `images/workloads/lib/calls_NAME.c`.
"""
