# SPDX-License-Identifier: GPL-2.0-only
"""Programs that nobody here wrote find nothing wrong with a series that they did not find before.

They may well fail on the kernel as it is.  What each found is kept in the run directory, and as
`outside-SERIES.txt` beside it.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from rig.evidence.case import CaseEvidence, read_case
from rig.evidence.ktap import KtapTest
from rig.evidence.record import RunDir
from rig.machine.clock import Clock
from tests.guest.conftest import M2mRig

SERIES = ("none", "producer-fence")

# "test VIDIOC_QUERYCAP: OK", "test MMAP (select): FAIL"; names repeat for each input and stream.
_COMPLIANCE = re.compile(r"\s*test (.+): (OK|FAIL|OK \(Not Supported\)|SKIP)\s*$")
# "cap dqbuf: 2 seq:      6 bytesused: 614400 (ts-copy, ts-src-eof)": v4l2-ctl succeeds without any.
_FRAME = re.compile(r"cap dqbuf: +\d+ seq: +(\d+) bytesused: (\d+)")
# "dma-buf: Running dma_fence", and drivers/dma-buf/st-*.c at its failures
_IN_KERNEL = re.compile(r"dma-buf: Running |\[FAILED\]|failed with|dma-buf/st-")


def found(case: CaseEvidence) -> Iterator[str]:
    """What the programs of a case found, a line each, in order."""
    for test in case.results.tests:
        yield from _of(test, test.name)
    for line in case.serial:
        if _IN_KERNEL.search(line.text):
            yield f"kernel: {line.text}"


def _of(test: KtapTest, path: str) -> Iterator[str]:
    for remark in test.diagnostics:
        if match := _COMPLIANCE.match(remark):
            yield f"{path}: {match[1]}: {match[2]}"
        if match := _FRAME.match(remark):
            yield f"{path}: frame {match[1]}: {match[2]} bytes"
    for child in test.children:
        yield from _of(child, f"{path}/{child.name}")
    yield f"{path}: {'ok' if test.ok else 'not ok'} {test.directive}".rstrip()


def compare(
    m2m_rig: M2mRig,
    tmp_path: Path,
    workloads: tuple[str, ...],
    least: int,
    clock: Clock = "virtual",
) -> list[str]:
    """Run the workloads on both series; all that both find must be equal, and is returned."""
    lists = {}
    for series in SERIES:
        words = [f"--workload={name}" for name in workloads]
        run = m2m_rig("run", "--series", series, "--claim=locks", f"--clock={clock}", *words)
        assert run.directory is not None, run.errors
        assert "rig.crashed" not in run.reason_ids()
        cases = [read_case(path) for path in sorted(RunDir(run.directory).path.glob("cases/*"))]
        lists[series] = [line for case in cases for line in found(case)]
        assert all(case.guest and case.guest.end == "off" for case in cases)
        assert not any(reason.startswith("splat.") for reason in run.reason_ids())
        (tmp_path / f"outside-{series}.txt").write_text("\n".join(lists[series]) + "\n")
    assert len(lists["none"]) >= least, lists["none"]
    assert lists["none"] == lists["producer-fence"]
    return lists["none"]


@pytest.mark.outside
def test_the_kernels_own_selftests(m2m_rig: M2mRig, tmp_path: Path) -> None:
    compare(m2m_rig, tmp_path, ("selftests",), least=6)


@pytest.mark.outside
@pytest.mark.parametrize(("workload", "least"), [("selftests-sync", 10), ("dmabuf-selftests", 3)])
def test_the_kernels_long_selftests(
    m2m_rig: M2mRig, tmp_path: Path, workload: str, least: int
) -> None:
    # They spin for seconds, each of which is a thousand million instructions on the virtual clock.
    compare(m2m_rig, tmp_path, (workload,), least, clock="real")


@pytest.mark.outside
@pytest.mark.parametrize(
    ("driver", "least", "streamed"),
    [("vim2m", 76, 20), ("vicodec", 160, 20), ("visl", 40, 0), ("rga", 75, 20), ("hantro", 169, 20)],
)
def test_v4l_utils(m2m_rig: M2mRig, tmp_path: Path, driver: str, least: int, streamed: int) -> None:
    lines = compare(m2m_rig, tmp_path, (f"compliance-{driver}",), least)
    frames = [line for line in lines if ": frame " in line]
    assert len(frames) == streamed, lines
