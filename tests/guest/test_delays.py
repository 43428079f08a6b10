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
            name: int(count)
            for name, count in re.findall(r"([\w-]+)=(\d+)", stream.read().decode())
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


SCENARIO = """\
name: warns
title: the kernel says of itself that it has warned, in the second round
driver: none
about: rounds
programs:
  - {name: warn, file: warn.sh}
"""

# TAINT_WARN, as a warning in the kernel sets it; the first round leaves a file.
SCRIPT = """\
#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
[ ! -e /tmp/again ] || echo 512 > /proc/sys/kernel/tainted
touch /tmp/again
printf 'TAP version 13\\n1..1\\nok 1 done\\n'
"""


def test_no_round_begins_after_that_in_which_the_kernel_warned(
    m2m_rig: M2mRig, tmp_path: Path
) -> None:
    (tmp_path / "warns.m2m.yaml").write_text(SCENARIO)
    (tmp_path / "warn.sh").write_text(SCRIPT)
    run = m2m_rig("run", "--scenario", str(tmp_path / "warns.m2m.yaml"), "--rounds=4")
    assert run.directory is not None
    results = (run.directory / "cases" / "warns-s1" / "results.ktap").read_text()
    assert re.findall(r"^(?:ok|# round) .*", results, re.MULTILINE) == [
        "ok 1 warn-1",
        "ok 2 warn-2",
        "# round 2: the kernel complained",
        "ok 3 warn-3 # SKIP because round 2 was red",
        "ok 4 warn-4 # SKIP because round 2 was red",
    ]
    assert run.status


def test_rounds_of_what_is_well_are_well(m2m_rig: M2mRig) -> None:
    run = m2m_rig("run", "vim2m-export", "--series=none", "--delays=rendezvous", "--rounds=3")
    assert run.status == 0, run.output + run.errors
    assert run.directory is not None
    results = (run.directory / "cases" / "vim2m-export-s1" / "results.ktap").read_text()
    assert re.findall(r"^ok \d export-(\d)$", results, re.MULTILINE) == ["1", "2", "3"]
