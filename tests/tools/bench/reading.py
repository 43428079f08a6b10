# SPDX-License-Identifier: GPL-2.0-only
"""What reading evidence costs."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pexpect.fdpexpect

from rig.evidence.dump import read_dump
from rig.evidence.klog import iterate_serial
from rig.evidence.ktap import parse_ktap
from rig.evidence.lockgraph import parse_lock_graph
from rig.evidence.trace import parse_trace
from tests.call import SERIES, timed
from tests.tools.bench.way import Way, compare

MIB = 1 << 20


def parsers(folder: Path, rounds: int) -> Iterator[Way]:
    """What reading evidence costs."""
    timed("run", SERIES, "-q", f"--out={folder / 'evidence'}", "vim2m-export")
    (case,) = (folder / "evidence").glob("*/cases/*")
    dump = read_dump(case / "dump.tar").files
    log = (case / "serial.log").read_bytes()
    for name, data, parse in (
        ("results", (case / "results.ktap").read_bytes(), parse_ktap),
        ("trace", dump["trace"], parse_trace),
        ("lock graph", dump["lockdep"], parse_lock_graph),
    ):
        ways = {"parser": _parsing(parse, data)}
        yield from compare(f"parse {name}", ways, rounds, len(data) / MIB, "MiB")
    large = folder / "large.log"
    with large.open("wb") as stream:
        while stream.tell() < 100 * MIB:
            stream.write(log)
    yield from compare(
        "read a console of 100 MiB",
        {"m2m-rig": lambda: _read(large), "pexpect": lambda: _expect(large)},
        1,
        large.stat().st_size / MIB,
        "MiB",
    )


def _parsing(parse: Callable[[bytes], object], data: bytes) -> Callable[[], None]:
    def once() -> None:
        parse(data)

    return once


def _read(file: Path) -> None:
    with file.open("rb") as stream:
        for _ in iterate_serial(iter(lambda: stream.read(MIB), b"")):
            pass


def _expect(file: Path) -> None:
    """As a rig does it that watches a console: line by line, for a splat or the end."""
    with file.open("rb") as stream:
        console = pexpect.fdpexpect.fdspawn(stream.fileno(), timeout=None)
        patterns: list[Any] = [rb"WARNING: possible circular locking", rb"[^\n]*\r\n", pexpect.EOF]
        compiled = console.compile_pattern_list(patterns)
        while console.expect_list(compiled) != len(patterns) - 1:
            pass
