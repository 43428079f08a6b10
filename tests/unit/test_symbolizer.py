# SPDX-License-Identifier: GPL-2.0-only
"""Source lines out of objects, made here by the compiler that also makes the kernels."""

import itertools
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from rig.base.errors import EnvironmentFailure
from rig.evidence.frames import Address
from rig.evidence.loaded import Loaded
from rig.evidence.places import tell_places
from rig.evidence.symbolizer import Symbolizer
from rig.evidence.symbols import SourceLine

CROSS = "aarch64-linux-gnu-"

# Line numbers count from 1; the volatile store keeps each function from vanishing.
SOURCE = """volatile int v;
static inline __attribute__((always_inline)) void inner(int i)
{
	v = i;
}
__attribute__((noinline)) void outer(int i)
{
	inner(i);
	v = 8;
}
__attribute__((section(".init.text"))) int init_module(void)
{
	outer(13);
	return v;
}
"""  # fmt: skip

# A function of the same name in another file, of another size, as static functions are.
OTHER = """extern volatile int v;
static __attribute__((noinline, used)) void twin(void) { v = 1; }
void other(void) { twin(); v = 2; }
"""
MAIN = """extern void outer(int); extern int init_module(void); extern void other(void);
volatile int w;
static __attribute__((noinline, used)) void twin(void) { w = 1; w = 2; w = 3; w = 4; }
void _start(void) { twin(); outer(1); init_module(); other(); w = 5; }
"""


def compiler(*arguments: str, cwd: Path) -> None:
    flags = ("-O1", "-g1", f"-fdebug-prefix-map={cwd}=.")
    subprocess.run([f"{CROSS}gcc", *flags, *arguments], cwd=cwd, check=True)


@pytest.fixture(scope="module")
def symbolizer(tmp_path_factory: pytest.TempPathFactory) -> Symbolizer:
    if shutil.which(f"{CROSS}gcc") is None:
        pytest.skip(f"{CROSS}gcc is not installed")
    build = tmp_path_factory.mktemp("build")
    (build / "drivers").mkdir()
    (build / "drivers" / "mod.c").write_text(SOURCE)
    (build / "other.c").write_text(OTHER)
    (build / "main.c").write_text(MAIN)
    compiler("-c", "drivers/mod.c", "-o", "my-mod.ko", cwd=build)
    compiler("-nostdlib", "-static", "main.c", "drivers/mod.c", "other.c", "-o", "vmlinux",
             cwd=build)  # fmt: skip
    return Symbolizer(
        build / "vmlinux",
        {"my-mod": build / "my-mod.ko"},
        addr2line=f"{CROSS}addr2line",
        nm=f"{CROSS}nm",
    )


def test_a_place_without_a_name_is_found(symbolizer: Symbolizer) -> None:
    """As a CPU gives it: of a module by its section, of the kernel by its address."""
    chain = symbolizer.at("my_mod", ".text", 0)
    assert chain[-1].function == "outer"
    assert chain[-1].file == "drivers/mod.c"
    assert symbolizer.at("my_mod", ".init.text", 0)[-1].function == "init_module"
    assert symbolizer.at("no_mod", ".text", 0) == ()
    assert symbolizer.at("my_mod", ".text", 1 << 20) == ()


def test_cpus_are_told_of_in_words(symbolizer: Symbolizer) -> None:
    nm = [f"{CROSS}nm", str(symbolizer.vmlinux)]
    lines = subprocess.run(nm, capture_output=True, text=True, check=True).stdout.splitlines()
    [start] = (int(line.split()[0], 16) for line in lines if line.endswith(" _start"))
    base = 0xFFFFFFC079C00000
    loaded = Loaded(sections={("my_mod", ".text"): base, ("my_mod", ".data"): base + 4096,
                              ("far", ".text"): base + (1 << 24)})  # fmt: skip
    told = tell_places((base, 0x401234, (1 << 63) + 7), loaded, symbolizer)
    assert re.fullmatch(
        r"CPU 0 in outer \(drivers/mod.c:\d+\), CPU 1 in a program, CPU 2 at 0x8000000000000007",
        told,
    )
    assert symbolizer.at(None, "", start)[-1].function == "_start"
    assert tell_places((), loaded, symbolizer) == ""


def test_an_inlined_call_gives_the_whole_chain(symbolizer: Symbolizer) -> None:
    offsets = [Address("my_mod", "outer", offset, 0) for offset in range(0, 24, 4)]
    chains = symbolizer.resolve(offsets).lines.values()
    assert (
        SourceLine("inner", "drivers/mod.c", 4),
        SourceLine("outer", "drivers/mod.c", 8),
    ) in chains
    assert (SourceLine("outer", "drivers/mod.c", 9),) in chains


def test_a_module_has_several_sections_that_all_begin_at_zero(symbolizer: Symbolizer) -> None:
    outer, init = Address("my_mod", "outer", 0, 0), Address("my_mod", "init_module", 0, 0)
    table = symbolizer.resolve([outer, init])
    assert table.lines[outer][-1].function == "outer"
    assert table.lines[init] == (SourceLine("init_module", "drivers/mod.c", 12),)


def test_a_linked_image(symbolizer: Symbolizer) -> None:
    address = Address(None, "init_module", 0, 0)
    assert symbolizer.resolve([address]).lines == {
        address: (SourceLine("init_module", "drivers/mod.c", 12),)
    }


def test_functions_of_one_name_are_told_apart_by_size(symbolizer: Symbolizer) -> None:
    listing = subprocess.run(
        [f"{CROSS}nm", "-n", str(symbolizer.vmlinux)], capture_output=True, text=True, check=True
    )
    rows = [row.split() for row in listing.stdout.splitlines()]
    rows = [row for row in rows if row[1] in "tT"]
    sizes = {
        int(after[0], 16) - int(row[0], 16)
        for row, after in itertools.pairwise(rows)
        if row[2] == "twin"
    }
    found = symbolizer.resolve(Address(None, "twin", 0, size) for size in sizes).lines.values()
    assert {chain[0].file for chain in found} == {"main.c", "other.c"}
    # A size that fits none of them is no answer.
    assert symbolizer.resolve([Address(None, "twin", 0, 4096)]).lines == {}


def test_what_is_not_there_is_left_out(symbolizer: Symbolizer) -> None:
    unknown = [
        Address("my_mod", "no_such_function", 0, 0),
        Address("no_such_module", "outer", 0, 0),
        Address("my_mod", "init_module", -1, 0),
        Address("my_mod", "outer", 10**6, 0),
    ]
    assert symbolizer.resolve(unknown).lines == {}
    assert symbolizer.resolve([]).lines == {}


def test_a_missing_program_is_named(tmp_path: Path) -> None:
    symbolizer = Symbolizer(tmp_path / "vmlinux", {}, addr2line="no-addr2line", nm="no-such-nm")
    with pytest.raises(EnvironmentFailure, match="no-such-nm cannot be run"):
        symbolizer.resolve([Address(None, "f", 0, 0)])


def test_an_object_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    if shutil.which(f"{CROSS}nm") is None:
        pytest.skip(f"{CROSS}nm is not installed")
    junk = tmp_path / "vmlinux"
    junk.write_bytes(b"junk")
    symbolizer = Symbolizer(junk, {}, addr2line=f"{CROSS}addr2line", nm=f"{CROSS}nm")
    with pytest.raises(EnvironmentFailure, match="vmlinux"):
        symbolizer.resolve([Address(None, "f", 0, 0)])
