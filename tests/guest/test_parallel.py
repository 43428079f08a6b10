# SPDX-License-Identifier: GPL-2.0-only
"""Guests side by side: the same bytes, no guest lost unseen, none left behind."""

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.guest.conftest import M2mRig
from tests.qemu import first_in_path, wrapped_qemu

FILES = ("plan", "argv.json", "serial.log", "results.ktap", "dump.tar")
CASES = ("idle", "vim2m-export", "vim2m-starve*")


def content(directory: Path | None) -> dict[str, bytes]:
    assert directory is not None
    return {
        f"{case.name}/{name}": (case / name).read_bytes()
        for case in (directory / "cases").iterdir()
        for name in FILES
    }


def test_side_by_side_is_the_same_as_one_by_one(m2m_rig: M2mRig) -> None:
    serial = m2m_rig("run", "-j1", *CASES)
    parallel = m2m_rig("run", "-j3", *CASES)
    assert serial.status == parallel.status == 0, serial.output + parallel.output
    assert parallel.verdict == serial.verdict
    one, other = content(serial.directory), content(parallel.directory)
    assert len(one) == 4 * len(FILES)
    assert [name for name in one if one[name] != other.get(name)] == []
    told = [line for line in parallel.output.splitlines() if "/4  CLEAN" in line]
    assert [line.split("/")[0] for line in told] == ["1", "2", "3", "4"]


# Kills the QEMU that it is about to become, as the host does when memory runs out; at most so
# often, and not before the guest has said something.
KILLER = """\
me=$$
if mkdir {folder}/killed$(ls -d {folder}/killed* 2>/dev/null | wc -l) &&
   [ $(ls -d {folder}/killed* | wc -l) -le {times} ]; then
	(while [ ! -s serial.log ]; do sleep 0.1; done; kill -KILL $me) &
fi"""


@pytest.mark.parametrize(("times", "status"), [(1, 0), (2, 2)])
def test_a_lost_guest_is_started_again_once(tmp_path: Path, times: int, status: int) -> None:
    killing = wrapped_qemu(tmp_path, KILLER.format(folder=tmp_path, times=times))
    out = tmp_path / "out"
    # Whoever would make a snapshot asks QEMU for its version first, and waits for its killer.
    words = ["run", "-j1", "idle", "--fresh=boot", "--out", str(out)]
    done = subprocess.run(
        [sys.executable, "-m", "rig", *words], env=first_in_path(killing), capture_output=True,
        text=True,
    )  # fmt: skip
    assert done.returncode == status, done.stdout + done.stderr
    assert "started again: QEMU was killed by SIGKILL" in done.stdout
    [case] = json.loads((out / "none-001/verdict.json").read_text())["cases"]
    assert case["lost"] == ["QEMU was killed by SIGKILL"]
    assert (out / "none-001/cases/idle-s1/lost/serial.log").stat().st_size > 0
    ids = [reason["id"] for reason in case["reasons"]]
    assert ids[:1] == ([] if times == 1 else ["guest.lost"])
    assert len(list(tmp_path.glob("killed*"))) == 2


def gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return True
    return state == "Z"


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_guest_outlives_its_run(tmp_path: Path, how: signal.Signals) -> None:
    environment = first_in_path(wrapped_qemu(tmp_path, f"echo $$ > {tmp_path}/$$.pid"))
    out = tmp_path / "out"
    words = ["run", "-j2", "--seeds=4", "idle", "--out", str(out)]
    run = subprocess.Popen([sys.executable, "-m", "rig", *words], env=environment)
    logs = "none-001/cases/*/serial.log"
    while sum(log.stat().st_size > 1000 for log in out.glob(logs)) < 2:
        assert run.poll() is None
        time.sleep(0.05)
    run.send_signal(how)
    assert run.wait() == (130 if how == signal.SIGINT else -how)
    pids = [int(file.stem) for file in tmp_path.glob("*.pid")]
    assert len(pids) >= 2
    while not all(gone(pid) for pid in pids):
        time.sleep(0.05)
    # What is left can be judged, and is not clean.
    judged = subprocess.run([sys.executable, "-m", "rig", "judge", str(out / "none-001")])
    assert judged.returncode == 2


def test_what_was_stopped_is_resumed(tmp_path: Path) -> None:
    """Whole cases stay as they are; half-written and altered ones are run again."""
    out = tmp_path / "out"
    words = ["--seeds=4", "idle", "-j2"]
    soak = ["soak", "--real-seeds=1", *words, "--out", str(out)]
    first = subprocess.run([sys.executable, "-m", "rig", *soak], capture_output=True, text=True)
    assert first.returncode == 0, first.stdout + first.stderr
    assert "5 cases (5 CLEAN) under 4 seeds" in first.stdout
    directory = out / "none-001"
    verdict = (directory / "verdict.json").read_text()
    cases = directory / "cases"
    (cases / "idle-s1" / "guest.json").unlink()
    (cases / "idle-s2" / "plan").write_bytes(b"another plan")
    shutil.rmtree(cases / "idle-s3")
    kept = {path: path.stat().st_mtime_ns for path in (cases / "idle-s4").iterdir()}

    again = subprocess.run(
        [sys.executable, "-m", "rig", "soak", "--resume", str(directory)],
        capture_output=True,
        text=True,
    )
    assert again.returncode == 0, again.stdout + again.stderr
    ran = [line.split()[2] for line in again.stdout.splitlines() if "/5  CLEAN" in line]
    assert sorted(ran) == ["idle-s1", "idle-s2", "idle-s3"]
    assert {path: path.stat().st_mtime_ns for path in (cases / "idle-s4").iterdir()} == kept
    assert (directory / "verdict.json").read_text() == verdict


def test_shards_are_disjoint_and_complete(m2m_rig: M2mRig) -> None:
    words = ("--seeds=3", "idle")
    ids = []
    for shard in ("1/2", "2/2"):
        run = m2m_rig("run", "--shard", shard, *words)
        assert run.status == 0, run.output + run.errors
        ids += [case["id"] for case in run.verdict["cases"]]
    assert sorted(ids) == ["idle-s1", "idle-s2", "idle-s3"]
