# SPDX-License-Identifier: GPL-2.0-only
"""How many guests at once, and on which CPU each."""

import contextlib
import os
from pathlib import Path

import pytest

from rig.host import workers
from rig.host.cpu import host_cpu

MEMINFO = "MemTotal:       24000000 kB\nMemFree:  100 kB\nMemAvailable:   {kib} kB\n"


@pytest.fixture
def meminfo(tmp_path: Path) -> Path:
    file = tmp_path / "meminfo"
    file.write_text(MEMINFO.format(kib=8192 * 1024))
    return file


def test_free_memory_is_that_of_the_machine(meminfo: Path, tmp_path: Path) -> None:
    assert workers.free_memory(meminfo, tmp_path / "none") == 8192


@pytest.mark.parametrize(
    ("limit", "used", "free"),
    [("max", 0, 8192), (1 << 31, 1 << 30, 1024), (1 << 30, 1 << 31, 0), (1 << 40, 0, 8192)],
)
def test_a_container_may_have_less(
    meminfo: Path, tmp_path: Path, limit: object, used: int, free: int
) -> None:
    (tmp_path / "memory.max").write_text(f"{limit}\n")
    (tmp_path / "memory.current").write_text(f"{used}\n")
    assert workers.free_memory(meminfo, tmp_path) == free


@pytest.mark.parametrize(
    ("cpus", "free", "limit"),
    [(16, 100_000, 16), (16, 3 * (1024 + workers.QEMU_MIB) + 1, 3), (16, 100, 1), (1, 100_000, 1)],
)
def test_cpus_and_memory_limit_the_workers(
    monkeypatch: pytest.MonkeyPatch, cpus: int, free: int, limit: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(cpus)))
    monkeypatch.setattr(workers, "free_memory", lambda: free)
    assert workers.worker_limit(1024) == limit


def test_each_guest_has_a_cpu_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {2, 3, 5})
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(host_cpu(tmp_path)) for _ in range(3)]
        assert sorted(held) == [2, 3, 5]
        with host_cpu(tmp_path) as shared:
            assert shared in held
    with host_cpu(tmp_path) as again:
        assert again in held
