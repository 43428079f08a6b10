# SPDX-License-Identifier: GPL-2.0-only
"""A red case, made as small as it can be while it stays red for the same reason."""

import shlex
from pathlib import Path

from rig.base.paths import SCENARIOS
from rig.model.scenario import SUFFIX, load
from tests.guest.conftest import M2mRig


def test_a_use_after_free_needs_one_close_on_one_cpu(m2m_rig: M2mRig, tmp_path: Path) -> None:
    series = "--series=release-fence-v2"
    red = m2m_rig("run", "vim2m-outlive-import", series)
    assert red.status == 1, red.output + red.errors
    shrunk = m2m_rig("shrink", str(red.directory), "--reason=splat.oops")
    assert shrunk.status == 0, shrunk.output + shrunk.errors
    assert shrunk.directory is not None
    file = shrunk.directory / "vim2m-outlive-import.m2m.yaml"
    small = load(file)
    assert len(small.programs) == 1
    assert (small.machine.cpus, small.machine.turns) == (1, "uncut")
    # As it is printed.
    command = shrunk.output.splitlines()[-1].partition("; ")[2]
    program, verb, *words = shlex.split(command)
    assert (program, verb, str(file) in words) == ("m2m-rig", "run", True)
    again = m2m_rig("run", *words)
    assert again.status == 1
    assert "splat.oops" in again.reason_ids()
    assert [case["id"] for case in again.verdict["cases"]] == ["vim2m-outlive-import-s1"]


def test_a_scenario_of_the_users_is_made_small_too(m2m_rig: M2mRig, tmp_path: Path) -> None:
    file = tmp_path / "mine.m2m.yaml"
    text = (SCENARIOS / f"vim2m-outlive-import{SUFFIX}").read_text()
    file.write_text(text.replace("name: vim2m-outlive-import", "name: mine", 1))
    series = "--series=release-fence-v2"
    red = m2m_rig("run", series, f"--scenario={file}")
    assert red.status == 1, red.output + red.errors
    shrunk = m2m_rig("shrink", str(red.directory), "--case=mine", "--reason=splat.oops")
    assert shrunk.status == 0, shrunk.output + shrunk.errors
    command = shrunk.output.splitlines()[-1].partition("; ")[2]
    again = m2m_rig(*shlex.split(command)[1:])
    assert again.status == 1, again.output + again.errors
    assert [case["id"] for case in again.verdict["cases"]] == ["mine-s1"]
