# SPDX-License-Identifier: GPL-2.0-only
"""Source lines, and whether a report is about the code under test."""

import json
from pathlib import Path

import pytest

from rig.base.errors import InputError
from rig.evidence.frames import Address
from rig.evidence.klog import parse_serial
from rig.evidence.splats import Splat, find_splats
from rig.evidence.symbols import (
    Attribution,
    SourceLine,
    SymbolTable,
    attribute,
    collect_symbols,
    load_symbols,
    save_symbols,
)

LOG = b"""[    1.000000][    T5] BUG: sleeping function called from invalid context at x.c:1
[    1.000001][    T5] Call trace:
[    1.000002][    T5]  __might_sleep+0x8/0x40
[    1.000003][    T5]  vb2_done+0x10/0x40 [videobuf2_common]
[    1.000004][    T5]  rga_isr+0x20/0x40 [rockchip_rga]
[    1.000005][    T5]  kthread+0x8/0x40
[    1.000006][    T5] behind
"""
MIGHT_SLEEP = Address(None, "__might_sleep", 7, 0x40)
VB2 = Address("videobuf2_common", "vb2_done", 0xF, 0x40)
RGA = Address("rockchip_rga", "rga_isr", 0x1F, 0x40)
KTHREAD = Address(None, "kthread", 7, 0x40)

TABLE = SymbolTable(
    {
        MIGHT_SLEEP: (SourceLine("__might_sleep", "kernel/sched/core.c", 10),),
        VB2: (
            SourceLine("inlined", "include/media/videobuf2-core.h", 5),
            SourceLine("vb2_done", "drivers/media/common/videobuf2/videobuf2-core.c", 77),
        ),
        RGA: (SourceLine("rga_isr", "drivers/media/platform/rockchip/rga/rga.c", 60),),
        KTHREAD: (SourceLine("kthread", "kernel/kthread.c", 1),),
    }
)


@pytest.fixture
def splat() -> Splat:
    return find_splats(parse_serial(LOG))[0]


LEAK = b"""[    1.000000][    T5] ------------[ cut here ]------------
[    1.000001][    T5] drivers/media/m.c:88 module m func:probe has 64 allocated at module unload
[    1.000002][    T5] WARNING: CPU: 1 PID: 5 at lib/alloc_tag.c:171 unload+0x10/0x40
[    1.000003][    T5] Call trace:
[    1.000004][    T5]  unload+0x10/0x40
[    1.000005][    T5]  free_module+0x10/0x40
[    1.000006][    T5] ---[ end trace 0000000000000000 ]---
"""


@pytest.mark.parametrize(("scope", "inside"), [("drivers/media/", True), ("fs/", False)])
def test_who_leaves_memory_behind_is_to_blame_and_not_who_unloads(scope: str, inside: bool) -> None:
    [leak] = find_splats(parse_serial(LEAK))
    expected = Attribution(inside, "drivers/media/m.c", 88, "probe")
    assert attribute(leak, TABLE, (scope,)) == expected


def test_the_addresses_to_look_up(splat: Splat) -> None:
    assert collect_symbols([splat]) == {MIGHT_SLEEP, VB2, RGA, KTHREAD}


def test_the_frame_to_blame_in_scope(splat: Splat) -> None:
    file = "drivers/media/common/videobuf2/videobuf2-core.c"
    assert attribute(splat, TABLE, ("drivers/media/",)) == Attribution(True, file, 77, "vb2_done")


def test_a_scope_may_be_a_file(splat: Splat) -> None:
    scope = ("drivers/media/platform/rockchip/rga/rga.c",)
    assert attribute(splat, TABLE, scope) == Attribution(True, scope[0], 60, "rga_isr")


def test_an_inlined_function_may_be_what_is_in_scope(splat: Splat) -> None:
    scope = ("include/media/",)
    assert attribute(splat, TABLE, scope) == Attribution(
        True, "include/media/videobuf2-core.h", 5, "inlined"
    )


def test_a_report_from_elsewhere_still_names_its_place(splat: Splat) -> None:
    where = attribute(splat, TABLE, ("drivers/dma-buf/",))
    assert (where.in_scope, where.function, where.line) == (False, "vb2_done", 77)


def test_a_helper_in_scope_is_enough_but_its_user_is_shown(splat: Splat) -> None:
    where = attribute(splat, TABLE, ("kernel/sched/",))
    assert (where.in_scope, where.function) == (True, "vb2_done")


def test_a_helper_is_shown_if_nothing_else_is_known(splat: Splat) -> None:
    table = SymbolTable({MIGHT_SLEEP: TABLE.lines[MIGHT_SLEEP]})
    where = attribute(splat, table, ("kernel/sched/",))
    assert (where.in_scope, where.function) == (True, "__might_sleep")


def test_without_source_lines_nothing_is_said(splat: Splat) -> None:
    assert attribute(splat, SymbolTable(), ("drivers/media/",)) == Attribution(
        None, "", 0, "vb2_done"
    )


def test_a_report_is_not_from_elsewhere_while_its_culprit_is_unknown(splat: Splat) -> None:
    table = SymbolTable({KTHREAD: TABLE.lines[KTHREAD]})
    assert attribute(splat, table, ("drivers/media/",)).in_scope is None


def test_without_frames_nothing_is_said() -> None:
    (bare,) = find_splats(parse_serial(b"[    1.000000][    T5] INFO: lockdep is turned off.\n"))
    assert attribute(bare, TABLE, ("drivers/",)) == Attribution(None, "", 0, "")


def test_what_the_code_under_test_says_of_itself_counts() -> None:
    text = b"[    1.000000][    T5] videobuf2_common: unbalanced counters for queue ffffff80:\n"
    (line,) = find_splats(parse_serial(text))
    assert attribute(line, TABLE, ("drivers/media/",)).in_scope is True
    assert attribute(line, TABLE, ("drivers/dma-buf/",)).in_scope is None


def test_an_empty_scope_holds_nothing(splat: Splat) -> None:
    assert attribute(splat, TABLE, ()).in_scope is False


def test_what_is_saved_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "symbols.json"
    save_symbols(TABLE, path)
    assert load_symbols(path) == TABLE


def test_the_file_is_the_same_for_the_same_table(tmp_path: Path) -> None:
    save_symbols(TABLE, tmp_path / "a")
    save_symbols(SymbolTable(dict(reversed(list(TABLE.lines.items())))), tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_run_without_the_file_knows_nothing(tmp_path: Path) -> None:
    assert load_symbols(tmp_path / "symbols.json") == SymbolTable()


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"schema": 1}',
        '{"schema": 2, "symbols": []}',
        '{"schema": 1, "symbols": [{}]}',
        '{"schema": 1, "symbols": [{"module": null, "function": "f", "offset": "x", "size": 0}]}',
        '{"schema": 1, "symbols": [{"module": null, "function": "f", "offset": 0, "size": 0, '
        '"lines": [["f", "x.c"]]}]}',
    ],
)
def test_a_damaged_file_is_the_users_to_know(tmp_path: Path, content: str) -> None:
    path = tmp_path / "symbols.json"
    path.write_text(content)
    with pytest.raises(InputError, match=r"symbols\.json"):
        load_symbols(path)


def test_the_file_says_its_version(tmp_path: Path) -> None:
    save_symbols(TABLE, tmp_path / "symbols.json")
    assert json.loads((tmp_path / "symbols.json").read_text())["schema"] == 1
