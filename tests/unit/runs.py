# SPDX-License-Identifier: GPL-2.0-only
"""Runs as they are remembered, made up."""

from dataclasses import replace
from pathlib import Path

from rig.report.summary import CaseSummary, ReasonSummary, Remembered, RunSummary

OOPS = ReasonSummary("splat.oops", "Unable to handle", "drivers/dma-buf/sync_file.c", 270)
KNOWN = replace(OOPS, known=True)
TORN = ReasonSummary("fence.C4", "torn")


def case(id: str, verdict: str = "CLEAN", *reasons: ReasonSummary, **more: object) -> CaseSummary:
    """A case of which every claim has the same verdict."""
    values: dict[str, object] = {
        "id": id, "scenario": id, "driver": "vim2m", "clock": "virtual", "verdict": verdict,
        "claims": {"locks": verdict}, "reasons": reasons, "known": (), "fences": 12, "jobs": 12,
        "guest_seconds": 1.5,
    }  # fmt: skip
    return CaseSummary(**(values | more))  # type: ignore[arg-type]


def run(*cases: CaseSummary, path: str = "run", **more: object) -> Remembered:
    """A baseline with these cases."""
    values: dict[str, object] = {
        "date": "2026-01-01T00:00:00+00:00", "kernel": "6.12", "series": "mine", "digest": "",
        "chosen": ("run",), "reproduce": "m2m-rig run", "verdict": "CLEAN",
        "claims": {"locks": "CLEAN"}, "reasons": (), "cases": cases,
    }  # fmt: skip
    return Remembered(Path(path), RunSummary(**(values | more)), None)  # type: ignore[arg-type]
