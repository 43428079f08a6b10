# SPDX-License-Identifier: GPL-2.0-only
"""What is left is found, and who counts nothing finds nothing left."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from rig.base.paths import ROOT
from rig.evidence.case import CaseEvidence, FoundSplat, read_case
from rig.evidence.dump import Dump
from rig.evidence.leftovers import Leftovers, parse_leftovers
from rig.evidence.symbols import Attribution
from rig.judge.oracles.leftovers import ORACLE, left

CLEAN = ROOT / "tests" / "corpus" / "clean" / "cases" / "vim2m-signal-s1"

QUIET = {
    "allocations": "sites 3000 3000\n",
    "start/devices": "vim2m.0 driver=vim2m references=7 awake=1 disabled=1 forbidden=0\n",
    "end/devices": "vim2m.0 driver=vim2m references=7 awake=1 disabled=1 forbidden=0\n",
    "start/interrupts": "     CPU0       CPU1\n 13:  5403     4407  GICv3  30 Level arch_timer\n",
    "end/interrupts": "     CPU0       CPU1\n 13:  9403     9407  GICv3  30 Level arch_timer\n",
    "start/clocks": " mock                 1       1        0        200000000\n",
    "end/clocks": " mock                 1       1        0        200000000\n",
    "start/modules": "vim2m 32768 0 - Live 0x0000000000000000\n",
    "end/modules": "vim2m 32768 0 - Live 0x0000000000000000\n",
    "start/mappings/all": "65536\n",
    "start/mappings/free": "65530\n",
    "end/mappings/all": "65600\n",
    "end/mappings/free": "65594\n",
}


def case(changes: Mapping[str, str] | None = None) -> CaseEvidence:
    """A clean case with these accounts; None for a member that is missing."""
    base = read_case(CLEAN)
    files = {**base.dump.files}
    files.update({name: text.encode() for name, text in {**QUIET, **(changes or {})}.items()})
    dump = replace(base.dump, files={name: data for name, data in files.items() if data})
    return replace(base, dump=dump, leftovers=parse_leftovers(dump))


def ids(found: CaseEvidence) -> list[tuple[str, str]]:
    return [(reason.id, reason.text) for reason in ORACLE.asked(left, found)]


def test_who_gives_everything_back_leaves_nothing() -> None:
    assert ids(case()) == []


SITE = "site {before} {after} 0 640 {tag}\n"


@pytest.mark.parametrize(
    "tag",
    [
        "drivers/media/v4l2-core/v4l2-mem2mem.c:88 [v4l2_mem2mem] func:v4l2_m2m_ctx_init",
        "drivers/media/v4l2-core/v4l2-mem2mem.c:88 module:v4l2_mem2mem func:v4l2_m2m_ctx_init",
        "drivers/dma-buf/sync_file.c:88 func:v4l2_m2m_ctx_init",
    ],
)
def test_memory_that_is_left_is_told_by_its_place(tag: str) -> None:
    text = "sites 3000 3000\n" + SITE.format(before=2, after=5, tag=tag)
    found = case({"allocations": text})
    [reason] = ORACLE.asked(left, found)
    assert reason.id == "left.memory"
    assert (reason.file, reason.line) == (tag.split(":")[0], 88)
    assert "v4l2_m2m_ctx_init: 3 more allocations" in reason.text


def test_what_stands_for_many_places_has_none() -> None:
    tag = "drivers/media/v4l2-core/v4l2-mem2mem.c:{} [v4l2_mem2mem] func:f"
    lines = (SITE.format(before=0, after=9 - at, tag=tag.format(at)) for at in range(1, 5))
    reasons = ORACLE.asked(left, case({"allocations": "sites 3000 3000\n" + "".join(lines)}))
    assert [reason.line for reason in reasons] == [1, 2, 0]
    assert reasons[-1].text == "and 2 more like these"


@pytest.mark.parametrize(
    "line",
    [
        # Fewer than before, and code that is not under test.
        SITE.format(before=5, after=2, tag="drivers/media/mc/mc-device.c:1 func:f"),
        SITE.format(before=2, after=5, tag="fs/dcache.c:1650 func:__d_alloc"),
    ],
)
def test_other_memory_is_no_reason(line: str) -> None:
    assert ids(case({"allocations": "sites 3000 3000\n" + line})) == []


@pytest.mark.parametrize("file", ["kernel/dma/direct.c", "lib/scatterlist.c"])
def test_what_others_allocate_for_a_driver_is_in_scope(file: str) -> None:
    line = SITE.format(before=0, after=1, tag=f"{file}:141 func:f")
    [reason] = ORACLE.asked(left, case({"allocations": "sites 1 1\n" + line}))
    assert (reason.id, reason.file) == ("left.memory", file)


def test_the_sources_of_the_series_are_in_scope() -> None:
    line = SITE.format(before=0, after=1, tag="mm/shmem.c:1 func:f")
    found = case({"allocations": "sites 1 1\n" + line})
    kernel = replace(found.record.kernel, series_files=("mm/shmem.c",))
    found = replace(found, record=replace(found.record, kernel=kernel))
    assert [id for id, _ in ids(found)] == ["left.memory"]


@pytest.mark.parametrize(
    ("member", "text", "told"),
    [
        (
            "end/devices",
            "vim2m.0 driver=vim2m references=9 awake=1 disabled=1 forbidden=0\n",
            "vim2m.0 (vim2m): references: 7 before, 9 after",
        ),
        (
            "end/devices",
            "vim2m.0 driver=vim2m references=7 awake=0 disabled=1 forbidden=0\n",
            "vim2m.0 (vim2m): requests to stay awake: 1 before, 0 after",
        ),
        (
            "end/devices",
            "vim2m.0 driver=vim2m references=7 awake=1 disabled=1 forbidden=1\n",
            "vim2m.0 (vim2m): runtime power management forbidden: 0 before, 1 after",
        ),
        (
            "end/clocks",
            " mock                 1       2        0        200000000\n",
            "clock mock: times prepared: 1 before, 2 after",
        ),
        (
            "end/modules",
            "vim2m 32768 1 - Live 0x0000000000000000\n",
            "module vim2m: references: 0 before, 1 after",
        ),
        ("end/mappings/free", "65590\n", "all devices: mappings for DMA: 6 before, 10 after"),
    ],
)
def test_what_is_held_more_or_less_often_is_told(member: str, text: str, told: str) -> None:
    assert ids(case({member: text})) == [("left.held", told)]


def test_a_device_that_went_or_has_another_driver_has_no_count() -> None:
    assert ids(case({"end/devices": "vim2m.0 driver=other references=9\n"})) == []


def test_what_supplies_the_power_is_asked_for_it_more_or_less_often() -> None:
    row = "silicon driver=m2m_silicon references=9 awake={} disabled=0 forbidden=0\n"
    assert ids(case({"start/devices": row.format(0), "end/devices": row.format(2)})) == []


def test_a_handler_that_is_new_is_told() -> None:
    text = QUIET["end/interrupts"] + " 40:         3          0  GICv3  72 Level   47ff0000.rga\n"
    assert ids(case({"end/interrupts": text})) == [
        ("left.interrupt", "40: GICv3 72 Level 47ff0000.rga")
    ]


@pytest.mark.parametrize("name", ["allocations", "start/devices", "end/devices"])
def test_who_counts_nothing_finds_nothing_left(name: str) -> None:
    assert ids(case({name: ""})) == [("left.not-counted", f"{name}: it is not there")]


def test_what_cannot_be_read_is_told() -> None:
    [(id, text)] = ids(case({"allocations": "sites 3 3\nsite nonsense\n"}))
    assert (id, text) == ("left.not-counted", "allocations, line 2: 'site nonsense'")
    assert [id for id, _ in ids(case({"allocations": "nonsense\n"}))] == ["left.not-counted"]


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("mm/slub.c:3354 func:alloc_slab_page", []),
        ("lib/stackdepot.c:685 func:stack_depot_save_flags", []),
        (
            "drivers/media/a.c:7 [vim2m] func:f",
            [("left.not-counted", "f at drivers/media/a.c:7 is not counted to the end")],
        ),
    ],
)
def test_a_place_that_the_kernel_itself_does_not_trust(
    place: str, told: list[tuple[str, str]]
) -> None:
    assert ids(case({"allocations": f"sites 3 3\nsite 1 2 0 640 {place} accurate:no\n"})) == told


def test_who_was_killed_in_the_middle_holds_what_it_has() -> None:
    held = case({"end/modules": "vim2m 32768 1 - Live 0x0000000000000000\n"})
    assert ids(held)
    [test] = held.results.tests
    late = replace(held.results, tests=(replace(test, ok=False, directive="TIMEOUT"),))
    assert ids(replace(held, results=late)) == []
    canary = held.canary
    assert canary is not None
    oops = FoundSplat(replace(canary, severity="fatal"), Attribution(True, "", 0, ""))
    assert ids(replace(held, splats=(oops,))) == []


def test_nothing_is_left_of_a_dump_without_members() -> None:
    assert parse_leftovers(Dump({}, {}, False, "")) == Leftovers(0, (), (), (), ())


def test_what_is_counted_is_told_in_the_order_of_the_guest() -> None:
    """Or two judgements of one run would differ."""
    names = [f"clock{number}" for number in (7, 3, 9, 1, 5, 2, 8, 4)]
    start, end = (
        "".join(f" {name}  {count} {count} 0 200000000\n" for name in names) for count in (0, 1)
    )
    counts = case({"start/clocks": start, "end/clocks": end}).leftovers.counts
    assert list(dict.fromkeys(count.of for count in counts)) == [f"clock {name}" for name in names]
