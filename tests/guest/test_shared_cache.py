# SPDX-License-Identifier: GPL-2.0-only
"""Runs that share a cache and a place for what they find: at once, and after a stopped one."""

import os
import random
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from rig.base.cache import ROOT_VARIABLE
from rig.run.snapshot import KIND, STATE
from tests.guest.conftest import Command, Guests
from tests.guest.rooms import OF_RUNS, linked_cache
from tests.unit.processes import all_gone


@dataclass(frozen=True)
class Shared:
    """Room for runs, with a cache that has kernels and programs, and nothing else yet."""

    place: Path

    def start(self, series: str, scenario: str) -> subprocess.Popen[str]:
        """A run with one guest, in a session of its own as a terminal would give it."""
        chosen = (scenario, f"--series={series}")
        others = ("--claim=locks", "--fresh=snapshot", f"--out={self.place / 'out'}")
        return subprocess.Popen(
            [sys.executable, "-m", "rig", "run", *chosen, *others],
            env={**os.environ, ROOT_VARIABLE: str(self.place / "cache")},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def snapshots(self) -> int:
        return len(list((self.place / "cache" / KIND).glob("*")))

    def left(self) -> list[Path]:
        """What is half made."""
        return list((self.place / "cache/tmp").glob("*"))


@pytest.fixture
def shared(guests: Guests, tmp_path: Path) -> Shared:
    for series in ("none", "producer-fence"):
        guests.session(series)
    linked_cache(tmp_path / "cache", *OF_RUNS)
    return Shared(tmp_path)


def test_runs_at_once_share_the_cache_and_nothing_else(shared: Shared) -> None:
    """One series twice and another one; two of the three want the same snapshot."""
    wanted = ("none", "none", "producer-fence")
    runs = [shared.start(series, "vim2m-starve") for series in wanted]
    told = [run.communicate() for run in runs]
    assert [run.returncode for run in runs] == [0, 0, 0], told
    made = sorted((shared.place / "out").iterdir())
    assert [path.name for path in made] == ["none-001", "none-002", "producer-fence-001"]
    for series, path in zip(wanted, made, strict=True):
        verdict = Command(0, "", "", path).verdict
        assert (verdict["series"], verdict["verdict"]) == (series, "CLEAN")
    one, other, changed = (next(path.glob("cases/*/argv.json")).read_text() for path in made)
    assert one == other != changed
    assert shared.snapshots() == 2
    assert shared.left() == []


# What shows where a run has got to, in this order; it is stopped at a moment of chance after that.
SIGNS = (
    "",
    "cache/tmp/*/entry/serial.log",
    f"cache/tmp/*/entry/{STATE}",
    "out/*/cases/*/results.ktap",
    "out/*/cases/*/guest.json",
)


def written(place: Path, sign: str) -> set[Path]:
    return {path for path in place.glob(sign) if path.stat().st_size}


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_run_that_is_stopped_at_any_moment(shared: Shared, how: signal.Signals) -> None:
    chance = random.Random(how)
    out = re.escape(f"{shared.place}/out")
    resume = rf"note: m2m-rig run --resume {out}/none-\d+ goes on from here\n"
    told = rf"(stopped: \d of 1 have run\n)?({resume})?m2m-rig: interrupted\n"
    said = told if how == signal.SIGINT else ""
    for sign in SIGNS:
        before = written(shared.place, sign) if sign else set()
        run = shared.start("none", "idle")
        while sign and written(shared.place, sign) <= before:
            assert run.poll() is None, run.communicate()
            time.sleep(0.005)
        # There is not much to be done once the guest has ended.
        time.sleep(0 if sign == SIGNS[-1] else chance.random())
        # A terminal interrupts all that it can.
        (os.killpg if how == signal.SIGINT else os.kill)(run.pid, how)
        _, errors = run.communicate()
        if sign != SIGNS[-1] or run.returncode:
            # Python ends itself by the signal if that came while it ran code made from a string
            # (a dataclass, say): a shell shows that and an exit status of 130 as the same.
            assert run.returncode in (-how, 128 + how), (sign, errors)
            assert re.fullmatch(f"(running 1 case\n)?{said}", errors), (sign, errors)
        assert all_gone(shared.place), "somebody still works there"
        assert how == signal.SIGKILL or shared.left() == []
    run = shared.start("none", "idle")
    assert run.wait() == 0, run.communicate()
    assert shared.snapshots() == 1
    assert shared.left() == [], "what killed runs left is still there"
