# SPDX-License-Identifier: GPL-2.0-only
"""The workloads' library records what a program calls.  It is compiled for this machine."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from rig.base.paths import IMAGES
from rig.evidence.calls import CallLog, parse_calls
from rig.evidence.structures import read_buffer
from tests.unit.histories import program

WORKLOADS = IMAGES / "workloads"
HEAD = 64

PROGRAM = """
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <linux/videodev2.h>
#include "record.h"

int main(void)
{
	struct v4l2_plane planes[2] = { { .bytesused = 5 }, { .bytesused = 6 } };
	struct v4l2_buffer buffer = { .type = V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE, .index = 3 };
	struct pollfd polled = { .events = POLLIN };
	int i, fd = open("/dev/zero", O_RDWR);

	close(open("/etc/passwd", O_RDONLY));
	buffer.m.planes = planes;
	buffer.length = 2;
	ioctl(fd, VIDIOC_QBUF, &buffer);
	ioctl(fd, VIDIOC_STREAMON, NULL);
	polled.fd = fd;
	poll(&polled, 1, 7);
	munmap(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0), 4096);
	record_pixels(fd, 1, 2, 3, 4);
	if (!fork()) {
		for (i = 0; i < MORE; i++)
			ioctl(fd, VIDIOC_STREAMON, NULL);
		kill(getpid(), SIGKILL);
	}
	wait(NULL);
	close(dup(fd));
	return 0;
}
"""


def record(place: Path, room: int, more: int = 1) -> CallLog:
    """What is recorded of the program, in a file with room for so many bytes."""
    if shutil.which("cc") is None:
        pytest.skip("no compiler for this machine")
    (place / "program.c").write_text(PROGRAM)
    library = WORKLOADS / "lib"
    names = re.search(r"^RECORDED := (.*)$", (WORKLOADS / "Makefile").read_text(), re.MULTILINE)
    assert names
    sources = [str(library / f"{name}.c") for name in ("record", "wrapped", "clock")]
    argv = ["cc", "-O2", "-Wall", "-Werror", f"-I{library}", f"-DMORE={more}"]
    wraps = [f"-Wl,--wrap={name}" for name in names[1].split()]
    target = str(place / "program")
    subprocess.run([*argv, "-o", target, str(place / "program.c"), *sources, *wraps], check=True)
    calls = place / "calls"
    calls.write_bytes(bytes(HEAD + room))
    subprocess.run([target], check=True, env=os.environ | {"M2M_CALLS": str(calls)})
    return parse_calls(calls.read_bytes())


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> CallLog:
    return record(tmp_path_factory.mktemp("recording"), 1 << 19)


def test_every_call_is_there_in_order(log: CallLog) -> None:
    assert log.whole
    assert [step.name for step in program(log).steps] == [
        *("open", "close", "VIDIOC_QBUF", "VIDIOC_STREAMON", "poll", "mmap", "munmap", "pixels"),
        *("VIDIOC_STREAMON", "dup", "close"),
    ]
    numbers = [number for call in log.calls for number in (call.begin, call.end)]
    assert numbers == list(range(1, len(numbers) + 1))


def test_what_they_were_given_and_answered(log: CallLog) -> None:
    opened, closed, queued, streamed, polled, mapped, unmapped, compared, *_ = log.calls
    assert opened.before == b"/dev/zero"
    assert opened.result == queued.fd == streamed.fd == polled.fd == mapped.fd
    assert queued.result == streamed.result == -25
    assert (closed.result, unmapped.result) == (0, 0)
    buffer = read_buffer(queued.before)
    assert buffer is not None
    assert (buffer.index, [plane.bytesused for plane in buffer.planes]) == (3, [5, 6])
    assert (polled.request, polled.result, polled.after[6]) == (7_000_000, 1, 1)
    assert compared.before == b"".join(number.to_bytes(8, "little") for number in (2, 3, 4))


def test_what_a_child_called_outlives_its_crash(log: CallLog) -> None:
    child = [call for call in log.calls if call.process != log.calls[0].process]
    assert [call.result for call in child] == [-25]


def test_what_finds_no_room_is_counted_and_the_first_are_kept(tmp_path: Path) -> None:
    log = record(tmp_path, 640, more=5)
    assert [call.name for call in log.calls] == ["open", "close", "ioctl"]
    assert log.dropped == 12
    assert not log.whole


def test_without_a_file_nothing_is_recorded(tmp_path: Path) -> None:
    record(tmp_path, 600)
    done = subprocess.run([str(tmp_path / "program")], env={"M2M_CALLS": str(tmp_path / "none")})
    assert done.returncode == 0
