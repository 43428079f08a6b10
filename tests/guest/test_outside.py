# SPDX-License-Identifier: GPL-2.0-only
"""Programs that nobody here wrote find nothing wrong with a series that they did not find before.

They may well fail on the kernel as it is: `outside/WORKLOAD.txt` is what was found with the series
and without it, `outside/KERNEL/WORKLOAD.txt` on another kernel than that of every day.  A test
leaves what it found in its temporary directory, as `WORKLOAD-SERIES.txt`.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from rig.evidence.case import CaseEvidence, read_case
from rig.evidence.ktap import KtapTest
from rig.model.guest import Clock
from tests.guest.conftest import M2mRig

SERIES = ("none", "producer-fence")

LISTS = Path(__file__).parent / "outside"

# "v4l2-compliance 1.22.1, 64 bits, 64-bit time_t": others test other things.
_VERSION = re.compile(r"(v4l2-compliance \d\S*), ")
# "test VIDIOC_QUERYCAP: OK", "test MMAP (select): FAIL"; names repeat for each input and stream.
_COMPLIANCE = re.compile(r"\s*test (.+): (OK|FAIL|OK \(Not Supported\)|SKIP)\s*$")
# "fail: v4l2-test-buffers.cpp(1358): buf.qbuf(node)", sometimes behind a counter of frames.
_CAUSE = re.compile(r"\t((?:fail|warn): \S+\(\d+\): .+)$")
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
        if match := _VERSION.match(remark) or _CAUSE.search(remark):
            yield f"{path}: {match[1]}"
        if match := _COMPLIANCE.match(remark):
            yield f"{path}: {match[1]}: {match[2]}"
        if match := _FRAME.match(remark):
            yield f"{path}: frame {match[1]}: {match[2]} bytes"
    for child in test.children:
        yield from _of(child, f"{path}/{child.name}")
    yield f"{path}: {'ok' if test.ok else 'not ok'} {test.directive}".rstrip()


def compare(
    m2m_rig: M2mRig, tmp_path: Path, scenario: str, clock: Clock = "virtual", kernel: str = ""
) -> list[str]:
    """Run the scenario on both series, which must find the same, and what is known; return that.

    Another version of the programs than that of the list may find something else.
    """
    lists = {}
    for series in SERIES:
        options = ["--claim=locks", f"--clock={clock}", *([f"--kernel={kernel}"] if kernel else [])]
        run = m2m_rig("run", scenario, "--series", series, *options)
        assert run.directory is not None, run.errors
        assert "rig.crashed" not in run.reason_ids()
        assert not any(reason.startswith("splat.") for reason in run.reason_ids())
        (folder,) = (run.directory / "cases").iterdir()
        case = read_case(folder)
        assert case.guest is not None
        assert case.guest.end == "off"
        lists[series] = list(found(case))
        (tmp_path / f"{scenario}-{series}.txt").write_text("\n".join(lists[series]) + "\n")
    assert lists["none"] == lists["producer-fence"]
    known = (LISTS / kernel / f"{scenario}.txt").read_text().splitlines()
    if versions(known) == versions(lists["none"]):
        assert lists["none"] == known
    return lists["none"]


def versions(lines: list[str]) -> set[str]:
    """Of the programs that told."""
    return {line for line in lines if re.search(r": v4l2-compliance \d\S*$", line)}


@pytest.mark.outside
def test_the_kernels_own_selftests(m2m_rig: M2mRig, tmp_path: Path) -> None:
    compare(m2m_rig, tmp_path, "selftests")


@pytest.mark.outside
@pytest.mark.parametrize("scenario", ["selftests-sync", "dmabuf-selftests"])
def test_the_kernels_long_selftests(m2m_rig: M2mRig, tmp_path: Path, scenario: str) -> None:
    # They spin for seconds, each of which is a thousand million instructions on the virtual clock.
    compare(m2m_rig, tmp_path, scenario, clock="real")


# Those that v4l2-ctl streams; since it drains vicodec's encoder, the empty last buffer, too.
STREAMED = {
    "compliance-vim2m": 20,
    "compliance-vicodec": 40,
    "compliance-visl": 0,
    "compliance-rga": 20,
    "compliance-hantro": 20,
    "compliance-new-vim2m": 20,
    "compliance-new-vicodec": 41,
    "compliance-new-visl": 0,
    "compliance-new-rga": 20,
    "compliance-new-hantro": 20,
}


@pytest.mark.outside
@pytest.mark.parametrize("scenario", STREAMED)
def test_v4l_utils(m2m_rig: M2mRig, tmp_path: Path, scenario: str) -> None:
    lines = compare(m2m_rig, tmp_path, scenario)
    frames = [line for line in lines if ": frame " in line]
    assert len(frames) == STREAMED[scenario], lines


@pytest.mark.outside
@pytest.mark.parametrize(
    ("kernel", "scenario"),
    [(path.parent.name, path.stem) for path in sorted(LISTS.glob("*/*.txt"))],
)
def test_v4l_utils_on_another_kernel(
    m2m_rig: M2mRig, tmp_path: Path, kernel: str, scenario: str
) -> None:
    compare(m2m_rig, tmp_path, scenario, kernel=kernel)
