# SPDX-License-Identifier: GPL-2.0-only
"""A device that says anything but 0 to a call that succeeded is named by the workload's library,
and the program goes on.

The library is compiled for this machine, with an ioctl() of the test's own.
"""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from rig.base.paths import IMAGES

PROGRAM = """
#include <errno.h>
#include <stdio.h>
#include "call.h"
#define REQUEST 7

int ioctl(int fd, unsigned long request, ...)
{
	errno = EBUSY;
	return fd == 3 && request == REQUEST ? RETURNED : 99;
}

int main(void)
{
	printf("%d\\n", call_device(3, REQUEST, NULL) == WANTED);
	return 0;
}
"""


@pytest.fixture
def said(tmp_path: Path) -> str:
    """What a program says whose device returns 1."""
    return run(tmp_path, 1, "0")


def run(place: Path, returned: int, wanted: str) -> str:
    if shutil.which("cc") is None:
        pytest.skip("no compiler for this machine")
    (place / "program.c").write_text(PROGRAM)
    library = IMAGES / "workloads" / "lib"
    argv = ["cc", "-Wall", "-Werror", f"-I{library}", "-o", str(place / "program")]
    names = [f"-DRETURNED=({returned})", f"-DWANTED=({wanted})"]
    sources = [str(place / "program.c"), str(library / "call.c")]
    subprocess.run([*argv, *names, *sources], check=True)
    done = subprocess.run([str(place / "program")], capture_output=True, text=True)
    assert done.returncode == 0
    return done.stdout


@pytest.mark.parametrize(("returned", "wanted"), [(0, "0"), (-1, "-EBUSY")])
def test_what_keeps_the_rule_is_passed_on(tmp_path: Path, returned: int, wanted: str) -> None:
    assert run(tmp_path, returned, wanted) == "1\n"


def test_a_device_that_returns_1_is_named(said: str) -> None:
    assert said == "# REQUEST returned 1, and only 0 is success\n1\n"


def test_workloads_use_no_other_way() -> None:
    """But for the calls whose success is a number."""
    calls = [
        line
        for path in sorted((IMAGES / "workloads").rglob("*.c"))
        for line in path.read_text().splitlines()
        if re.search(r"\bioctl\((?!\))", line) and path.name not in ("call.c", "wrapped.c")
    ]
    assert calls
    assert all("UDMABUF_CREATE" in line or "M2M_HOLD" in line for line in calls)
