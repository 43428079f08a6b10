# SPDX-License-Identifier: GPL-2.0-only
"""Histories: what threads ask of a driver, drawn from a seed (docs/explain/exerciser.md).

A history is data.  The guest makes its calls and decides nothing (`images/workloads/exercise.c`).
"""
