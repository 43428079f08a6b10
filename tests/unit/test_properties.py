# SPDX-License-Identifier: GPL-2.0-only
"""What holds for every input: no parser raises, no splat is lost by where the stream is cut."""

import itertools
import tracemalloc
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rig.base.paths import ROOT
from rig.evidence.dump import parse_dump
from rig.evidence.klog import iterate_serial, parse_kmsg, parse_serial
from rig.evidence.ktap import parse_ktap
from rig.evidence.loaded import parse_loaded
from rig.evidence.lockgraph import parse_lock_graph, parse_lock_stats
from rig.evidence.splats import find_splats
from rig.evidence.trace import parse_trace

CORPUS = ROOT / "tests" / "corpus"
CASE = CORPUS / "clean" / "cases" / "vim2m-signal-s1"
DUMP = parse_dump((CASE / "dump.tar").read_bytes())

PARSERS: dict[str, tuple[Callable[[bytes], object], bytes]] = {
    "serial": (lambda data: find_splats(parse_serial(data)),
               (CORPUS / "6.12" / "interleaved.log").read_bytes()),
    "kmsg": (parse_kmsg, DUMP.files["kmsg"][:4000]),
    "ktap": (parse_ktap, (CASE / "results.ktap").read_bytes()[:4000]),
    "lockdep": (lambda data: parse_lock_graph(data, data), DUMP.files["lockdep"][:4000]),
    "lockdep_stats": (parse_lock_stats, DUMP.files["end/lockdep_stats"]),
    "loaded": (parse_loaded, DUMP.files["start/loaded"]),
    "trace": (lambda data: parse_trace(data, data), DUMP.files["trace"][:4000]),
    "dump": (parse_dump, (CASE / "dump.tar").read_bytes()[:4096]),
}  # fmt: skip

RELAXED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=60)


@pytest.mark.parametrize("name", sorted(PARSERS))
@RELAXED
@given(data=st.data())
def test_no_input_makes_a_parser_raise(name: str, data: st.DataObject) -> None:
    """Anything at all, and real input with anything in the middle of it."""
    parse, real = PARSERS[name]
    junk = data.draw(st.binary(max_size=200))
    parse(junk)
    at = data.draw(st.integers(0, len(real)))
    skip = data.draw(st.integers(0, 64))
    parse(real[:at] + junk + real[at + skip :])


@RELAXED
@given(cuts=st.lists(st.integers(0, 20_000), max_size=12))
@pytest.mark.parametrize("name", ["interleaved", "abba", "oops", "warn-text"])
def test_where_the_stream_is_cut_makes_no_difference(name: str, cuts: list[int]) -> None:
    whole = (CORPUS / "6.12" / f"{name}.log").read_bytes()
    places = [0, *sorted(min(cut, len(whole)) for cut in cuts), len(whole)]
    pieces = [whole[a:b] for a, b in itertools.pairwise(places)]
    lines = tuple(iterate_serial(pieces))
    assert lines == parse_serial(whole)
    assert find_splats(lines) == find_splats(parse_serial(whole)) != ()


def peak_of(blocks: int) -> int:
    """Bytes at most in use while so many blocks of log are read line by line."""

    def stream() -> Iterator[bytes]:
        for _ in range(blocks):
            yield BLOCK

    tracemalloc.start()
    count = sum(1 for _ in iterate_serial(stream()))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == blocks * LINES
    return peak


LINES = 512
BLOCK = b"[    1.000000][    T1] the quick brown fox jumps over the lazy dog again\r\n" * LINES


def test_a_longer_log_takes_no_more_memory() -> None:
    """Only the piece in hand is kept: sixteen times the log, and the same peak."""
    few, many = peak_of(4), peak_of(64)
    assert many < few * 1.1
