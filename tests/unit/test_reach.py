# SPDX-License-Identifier: GPL-2.0-only
"""`make reach`: what guests executed of a kernel, by file, function and line."""

import io
import json
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
from rich.console import Console

from tests.tools.profile.plugin import COUNTS, Block, read_blocks
from tests.tools.reach import code
from tests.tools.reach.__main__ import missed, spans, table
from tests.tools.reach.code import Code, Function, Functions, cases, executed

CROSS = "aarch64-linux-gnu-"
MODULE = 0xFFFFFFC079C22000
KERNEL = 0xFFFFFFC080000000

# The volatile store keeps each function from vanishing; lines count from 1.
SOURCE = """volatile int v;
static inline __attribute__((always_inline)) void inner(void)
{
	v = 1;
}
void called(void)
{
	if (v)
		v = 2;
	inner();
}
void uncalled(void)
{
	v = 3;
}
"""


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A case whose kernel has a module of that source."""
    if shutil.which(f"{CROSS}gcc") is None:
        pytest.skip(f"{CROSS}gcc is not installed")
    kernel = tmp_path / "kernels" / "key"
    source = tmp_path / "drivers" / "media" / "m.c"
    for folder in (kernel / "debug-modules", source.parent):
        folder.mkdir(parents=True)
    source.write_text(SOURCE)
    # Objects are built from the root of their tree.
    words = ["-O1", "-g1", "-fno-stack-protector", f"-fdebug-prefix-map={tmp_path}=."]
    object = kernel / "debug-modules" / "m-m.ko"
    subprocess.run(
        [f"{CROSS}gcc", *words, "-c", "-o", object, "drivers/media/m.c"], cwd=tmp_path, check=True
    )
    (kernel / "System.map").write_text(f"{KERNEL:x} T _text\n")
    monkeypatch.setattr(code, "kernel_of", lambda _: kernel)
    case = tmp_path / "run" / "cases" / "case-s1"
    case.mkdir(parents=True)
    (case / "case.json").write_text(json.dumps({}))
    with tarfile.open(case / "dump.tar", "w") as stream:
        content = f"section m_m .text {MODULE:#x}\n".encode()
        member = tarfile.TarInfo("end/loaded")
        member.size = len(content)
        stream.addfile(member, io.BytesIO(content))
    return case


def text_of(source: Path, name: str) -> tuple[int, int]:
    """Where a function begins, and how many instructions it has."""
    listing = subprocess.run(
        [f"{CROSS}nm", "-S", source], capture_output=True, text=True, check=True
    ).stdout
    row = next(line.split() for line in listing.splitlines() if line.endswith(f" {name}"))
    return int(row[0], 16), int(row[1], 16) // 4


def test_what_a_module_executed_is_known_by_function_and_line(case: Path) -> None:
    kernel = case.parents[2] / "kernels" / "key"
    start, size = text_of(kernel / "debug-modules" / "m-m.ko", "called")
    (case / COUNTS).write_text(f"{MODULE + start:x} {size} {size}\n{KERNEL:x} 3 3\n")
    met = executed([case])
    assert met["m_m"] == set(range(start, start + 4 * size, 4))
    assert met[""] == {KERNEL, KERNEL + 4, KERNEL + 8}
    functions = Code(kernel).functions({"m_m": met["m_m"]})
    found = {name: function for (_, name), function in functions.items()}
    assert {file for file, _ in functions} == {"drivers/media/m.c"}
    assert not found["called"].missed
    assert found["called"].met >= {8, 9}
    assert found["inner"].met == {4}
    assert not found["uncalled"].met
    assert 14 in found["uncalled"].lines


def test_a_case_that_was_not_counted_is_none(case: Path) -> None:
    assert cases([case.parents[1]]) == []
    (case / COUNTS).write_text("")
    assert cases([case.parents[2]]) == [case]


def test_blocks_of_one_address_may_have_several_sizes(tmp_path: Path) -> None:
    file = tmp_path / "counts"
    file.write_text("1000 2 8\n1000 3 3\n")
    blocks = list(read_blocks(file))
    assert blocks == [Block(0x1000, 2, 8), Block(0x1000, 3, 3)]
    assert list(blocks[1].addresses) == [0x1000, 0x1004, 0x1008]


FUNCTIONS: Functions = {
    ("a.c", "met"): Function({1, 2, 3, 7}, {1}),
    ("a.c", "never"): Function({9}, set()),
    ("b.c", "other"): Function({1}, set()),
}


def test_the_table_has_the_files_of_which_something_ran() -> None:
    console = Console(file=io.StringIO(), width=100)
    console.print(table(FUNCTIONS, None))
    assert isinstance(console.file, io.StringIO)
    rows = [line.split() for line in console.file.getvalue().splitlines()]
    assert rows[1:] == [["a.c", "1", "2", "1", "5"], ["all", "1", "2", "1", "5"]]


def test_the_table_compares() -> None:
    console = Console(file=io.StringIO(), width=100)
    console.print(table(FUNCTIONS, {("a.c", "met"): Function({1}, set())}))
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue().splitlines()[1].split() == ["a.c", "1", "2", "1", "5", "0", "0"]


def test_what_was_missed_is_named() -> None:
    assert list(missed(FUNCTIONS, "a.*")) == ["a.c: met: 2-3, 7", "a.c: never: never called"]


@pytest.mark.parametrize(("numbers", "text"), [([], ""), ([4], "4"), ([1, 2, 4, 5], "1-2, 4-5")])
def test_lines_that_follow_each_other_are_one_span(numbers: list[int], text: str) -> None:
    assert spans(numbers) == text
