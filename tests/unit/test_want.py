# SPDX-License-Identifier: GPL-2.0-only
"""Traces of memory that was wanting: which are explained, and which are a report without a name."""

import gzip
from types import SimpleNamespace
from typing import Any

import pytest

from rig.evidence.klog import parse_serial
from rig.judge.oracles.serial import _explained_by_want


def lines(*texts: str) -> bytes:
    return b"".join(
        f"[    1.00000{number}][   T38] {text}\n".encode() for number, text in enumerate(texts)
    )


def case(text: str, config: bytes = b"") -> Any:
    """One in which a trace of the task follows this line."""
    serial = parse_serial(lines(text, "CPU: 1 PID: 38 Comm: p", "Call trace:", " f+0x1/0x2"))
    dump = SimpleNamespace(files={"start/config.gz": gzip.compress(config)})
    return SimpleNamespace(serial=serial, dump=dump)


@pytest.mark.parametrize(
    ("text", "explained"),
    [
        ("p: vmalloc error: size 40960, vm_struct allocation failed, mode:0xdc0(GFP_KERNEL)", True),
        ("p: vmalloc error: size 8192, align 0x1000, vm_struct allocation failed, mode:0x1", True),
        ("p: vmalloc error: size 4096, failed to allocated page array size 80, mode:0x1", True),
        ("p: vmalloc error: size 99999999999, exceeds total pages, mode:0xdc0", False),
        ("p: page allocation failure: order:10, mode:0xdc0(GFP_KERNEL)", False),
    ],
)
def test_the_book_keeping_of_vmalloc_may_be_wanting(text: str, explained: bool) -> None:
    assert bool(_explained_by_want(case(text))) is explained


def test_pages_are_wanting_only_where_the_kernel_lets_them_fail() -> None:
    text = "p: vmalloc error: size 40960, failed to allocate pages, mode:0xcc2(GFP_KERNEL)"
    assert not _explained_by_want(case(text))
    assert _explained_by_want(case(text, b"CONFIG_FAILSLAB=y\nCONFIG_FAIL_PAGE_ALLOC=y\n"))
