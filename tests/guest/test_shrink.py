# SPDX-License-Identifier: GPL-2.0-only
"""A red case, made as small as it can be while it stays red for the same reason."""

from pathlib import Path

from rig.model.scenario import load
from tests.guest.conftest import M2mRig


def test_a_use_after_free_needs_one_close_on_one_cpu(m2m_rig: M2mRig, tmp_path: Path) -> None:
    series = "--series=release-fence-v2"
    red = m2m_rig("run", series, "--driver=vim2m", "--workload=W10-import")
    assert red.status == 1, red.output + red.errors
    shrunk = m2m_rig("shrink", str(red.directory), "--reason=splat.oops")
    assert shrunk.status == 0, shrunk.output + shrunk.errors
    assert shrunk.directory is not None
    file = shrunk.directory / "vim2m-outlive-import.m2m.yaml"
    small = load(file)
    assert len(small.programs) == 1
    assert (small.machine.cpus, small.machine.turns) == (1, "uncut")
    again = m2m_rig("run", series, f"--scenario={file}")
    assert again.status == 1
    assert "splat.oops" in again.reason_ids()
