# SPDX-License-Identifier: GPL-2.0-only
"""A QEMU that counts what its guests execute, block by block (count.c)."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.qemu import wrapped_qemu

# In the folder of each case that it has run.
COUNTS = "counts"

# Of an instruction of the guest, in bytes.
WIDTH = 4


@dataclass(frozen=True, slots=True)
class Block:
    """Instructions that follow each other, and are executed from the first to the last.

    Args:
        address: of the first.
        size: how many there are.
        executed: how many were executed, in all.
    """

    address: int
    size: int
    executed: int

    @property
    def addresses(self) -> range:
        """That of each instruction."""
        return range(self.address, self.address + WIDTH * self.size, WIDTH)


def counting_qemu(folder: Path) -> Path:
    """The program, made in a folder; it counts in cases, and else does what QEMU does."""
    plugin = folder / "count.so"
    source = Path(__file__).with_name("count.c")
    subprocess.run(["gcc", "-O2", "-shared", "-fPIC", "-o", plugin, source], check=True)
    # QEMU is also asked for its version and for a device tree, and boots what a snapshot is of.
    arguments = f'set -- "$@" -plugin file={plugin},out={COUNTS}'
    return wrapped_qemu(folder, f'case "$PWD" in */cases/*) {arguments} ;; esac')


def read_blocks(file: Path) -> Iterator[Block]:
    """What was executed."""
    for line in file.read_text().splitlines():
        address, size, executed = line.split()
        yield Block(int(address, 16), int(size), int(executed))
