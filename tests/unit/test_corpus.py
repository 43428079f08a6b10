# SPDX-License-Identifier: GPL-2.0-only
"""The parsers on logs of real guests."""

import dataclasses
import random
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from rig.evidence.continuity import continuity
from rig.evidence.klog import SerialLine, parse_kmsg, parse_serial
from rig.evidence.splats import Splat, find_splats

CORPUS = Path(__file__).parent.parent / "corpus"
LOGS = sorted(CORPUS.glob("*/*.log"))
NAMES = [f"{log.parent.name}-{log.stem}" for log in LOGS]


# Reports whose last part need not follow.
OPTIONAL = ("slub", "hung-task", "rcu-stall", "nested-lock-not-held", "irq-nobody-cared", "kasan")


def describe(splat: Splat) -> dict[str, Any]:
    """A report as the expectations put it."""
    guilty = splat.guilty
    return {
        "kind": splat.kind,
        "banner": splat.banner,
        "message": splat.message,
        "first_line": splat.first_line,
        "last_line": splat.last_line,
        "lines": len(splat.lines),
        "caller": splat.caller,
        "task": splat.task,
        "guilty": guilty.name if guilty else None,
        "module": guilty.module if guilty else None,
        "stacks": [[stack.role, len(stack.frames)] for stack in splat.stacks],
        "locks": list(splat.locks),
        "truncated": splat.truncated,
        "kills_lockdep": splat.kills_lockdep,
        "fingerprint": splat.fingerprint,
    }


def read(log: Path) -> tuple[SerialLine, ...]:
    return parse_serial(log.read_bytes())


def renumbered(lines: list[SerialLine]) -> list[SerialLine]:
    return [dataclasses.replace(line, number=number) for number, line in enumerate(lines, 1)]


def same_story(one: Splat, other: Splat) -> bool:
    """Equal but for where it stands in the log and who printed it."""
    keys = ("first_line", "last_line", "caller")
    first, second = describe(one), describe(other)
    return all(first[key] == second[key] for key in first if key not in keys)


def test_there_is_a_corpus() -> None:
    assert len(LOGS) > 40


@pytest.mark.parametrize("log", LOGS, ids=NAMES)
def test_reports_are_found_and_understood(log: Path) -> None:
    expected = yaml.safe_load(log.with_suffix(".yaml").read_text())
    assert [describe(splat) for splat in find_splats(read(log))] == expected


@pytest.mark.parametrize("log", LOGS, ids=NAMES)
def test_a_report_that_is_cut_says_so(log: Path) -> None:
    lines = read(log)
    for whole in find_splats(lines)[:1]:
        if whole.severity == "fatal":
            # Death goes on for as long as the machine lets it.
            continue
        head = next(line.number for line in lines if line.text.strip() == whole.banner)
        # Every line would take minutes; a prime step meets every part of the longer reports.
        for cut in {*range(head, whole.last_line, 13), max(whole.last_line - 1, head)}:
            first = find_splats(lines[:cut])[0]
            assert first.first_line == whole.first_line
            if not first.truncated:
                # A later part of it was optional: nothing of the first may be missing.
                assert first.kind in OPTIONAL or len(whole.lines) == 1
                # Who did not care for an interrupt is told last of all.
                assert first.guilty == whole.guilty or first.kind == "irq-nobody-cared"


@pytest.mark.parametrize("log", LOGS, ids=NAMES)
def test_two_that_are_printed_at_once_are_taken_apart(log: Path) -> None:
    other = read(CORPUS / "6.12" / "warn-text.log")
    other = tuple(dataclasses.replace(line, caller="T4711") for line in other)
    lines = read(log)
    merged: list[SerialLine] = []
    for index in range(max(len(lines), len(other))):
        merged += [*lines[index : index + 1], *other[index : index + 1]]
    found = find_splats(renumbered(merged))
    alone, second = find_splats(lines), find_splats(other)
    mine = [splat for splat in found if splat.caller != "T4711"]
    others = [splat for splat in found if splat.caller == "T4711"]
    assert len(mine) == len(alone)
    assert all(
        map(same_story, sorted(mine, key=lambda s: s.banner), sorted(alone, key=lambda s: s.banner))
    )
    assert all(map(same_story, others, second))
    assert len(others) == len(second)


@pytest.mark.parametrize("log", LOGS, ids=NAMES)
def test_other_addresses_times_and_numbers_give_the_same_fingerprint(log: Path) -> None:
    lines = [
        dataclasses.replace(
            line,
            time_us=None if line.time_us is None else line.time_us + 12_345_678,
            caller="T99" if line.caller == "T1" else line.caller,
            text=line.text.replace("ffffffc0", "ffff8000").replace("init/1", "other/99")
            .replace("PID: 1 ", "PID: 99 ").replace("CPU: 0", "CPU: 7").replace(".c:1", ".c:77"),
        )
        for line in read(log)
    ]  # fmt: skip
    before = [splat.fingerprint for splat in find_splats(read(log))]
    assert [splat.fingerprint for splat in find_splats(lines)] == before


@pytest.mark.parametrize("log", LOGS, ids=NAMES)
def test_lines_without_time_and_caller_are_read_as_one_stream(log: Path) -> None:
    """A kernel without PRINTK_TIME and PRINTK_CALLER prints the text alone."""
    if "interleaved" in log.name or "rcu-stall" in log.name:
        pytest.skip("several callers at once")
    lines = [dataclasses.replace(line, time_us=None, caller=None) for line in read(log)]
    kinds = [splat.kind for splat in find_splats(read(log))]
    assert [splat.kind for splat in find_splats(lines)] == kinds


def test_spoilt_logs_never_raise() -> None:
    chance = random.Random(5)
    for log in LOGS:
        data = bytearray(log.read_bytes())
        for _ in range(20):
            for _ in range(30):
                data[chance.randrange(len(data))] = chance.randrange(256)
            for splat in find_splats(parse_serial(bytes(data))):
                assert splat.lines[0] == splat.first_line <= splat.last_line == splat.lines[-1]


def test_lines_in_any_order_never_raise() -> None:
    chance = random.Random(6)
    lines = [line for log in LOGS for line in read(log)]
    for _ in range(10):
        chance.shuffle(lines)
        find_splats(renumbered(lines))


@pytest.mark.parametrize(
    "line",
    [
        b"WARNING: " * 100_000,
        b" (" * 300_000,
        b"a, at: " * 100_000,
        b"BUG: workqueue leaked " + b"x " * 300_000,
        b"-> #1 ((((" * 100_000,
        b"x" * 1_000_000,
    ],
)
def test_very_long_lines_cost_little(line: bytes) -> None:
    data = b"".join(b"[    1.000000][    T1] " + text + b"\n" for text in (b"BUG: x", line, line))
    begin = time.process_time()
    find_splats(parse_serial(data))
    assert time.process_time() - begin < 2


@pytest.mark.parametrize("log", sorted(CORPUS.glob("*/*.kmsg")), ids=lambda log: log.stem)
def test_serial_log_and_kmsg_of_one_boot_agree(log: Path) -> None:
    records = parse_kmsg(log.read_bytes())
    result = continuity(read(log.with_suffix(".log")), records)
    assert result.gaps == ()
    assert (result.first, result.last) == (0, len(records) - 1)
