# SPDX-License-Identifier: GPL-2.0-only
"""Threads are held up where races are, and one seed is still one history."""

import re
import tarfile
from pathlib import Path
from typing import get_args

import pytest

from rig.model.guest import Delays
from tests.guest.conftest import M2mRig

FILES = ("serial.log", "results.ktap", "dump.tar")


def held_up(case: Path) -> dict[str, int]:
    """What the module says that it did."""
    with tarfile.open(case / "dump.tar") as dump:
        stream = dump.extractfile("delays")
        assert stream
        return {
            name: int(count) for name, count in re.findall(r"(\w+)=(\d+)", stream.read().decode())
        }


@pytest.mark.parametrize("policy", get_args(Delays))
def test_one_seed_is_one_history_with_delays(m2m_rig: M2mRig, policy: Delays) -> None:
    cases = []
    for _ in range(2):
        run = m2m_rig("run", "vim2m-export", "--series=none", "--delays", policy, "--seed=3")
        assert run.status == 0, run.output + run.errors
        assert run.directory is not None
        assert f"--delays {policy}" in run.verdict["cases"][0]["reproduce"]
        cases.append(run.directory / "cases" / "vim2m-export-s3")
    first, second = cases
    for name in FILES:
        assert (first / name).read_bytes() == (second / name).read_bytes(), (name, first, second)
    told = held_up(first)
    assert told["sites"] > 10
    assert not told["lost"]
    assert told["pairs"] == told["both"] + told["one"] > 10
    assert 0 < told["delays"] < told["microseconds"]
    if policy == "rendezvous":
        assert told["met"]
    else:
        # One of 16 hits, give or take what chance does to a few hundred of them.
        assert told["hits"] / 24 < told["delays"] < told["hits"] / 10


def test_a_guest_ends_with_the_round_in_which_the_kernel_complained(m2m_rig: M2mRig) -> None:
    # Queues are stopped while another thread uses them: not in the order that lockdep has learnt.
    run = m2m_rig("run", "vim2m-export", "--series=none", "--delays=random", "--rounds=3")
    assert run.status == 0, run.output + run.errors
    assert run.directory is not None
    results = (run.directory / "cases" / "vim2m-export-s1" / "results.ktap").read_text()
    assert re.findall(r"^ok \d export-(\d)$", results, re.MULTILINE) == ["1", "2", "3"]
