# SPDX-License-Identifier: GPL-2.0-only
"""Where the rig's own files lie: kernel configuration, images, scenarios."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]
# In a wheel they travel inside the package (setup.py).
_CARRIED = _PACKAGE / "_data"
ROOT = _CARRIED if _CARRIED.is_dir() else _PACKAGE.parent
KERNEL_CONFIG = ROOT / "kernel-config"
DRIVERS = KERNEL_CONFIG / "drivers"
FAULTS = KERNEL_CONFIG / "faults" / "faults.yaml"
KNOWN_ISSUES = KERNEL_CONFIG / "known-issues"
HISTORY = KERNEL_CONFIG / "history"
IMAGES = ROOT / "images"
# Programs of others that a guest may have.
LAYERS = IMAGES / "layers"
# The imitated hardware, and what the guest's device tree says of it.
SILICON = IMAGES / "silicon"
DELAYS = IMAGES / "delays"
OVERLAY = SILICON / "silicon.dtso"
SCENARIOS = _PACKAGE / "scenarios"
# Of scenarios that drivers have in common.
TEMPLATES = SCENARIOS / "templates"
