# SPDX-License-Identifier: GPL-2.0-only
"""The device tree overlay of the imitated hardware: the blocks of every guest, and those that one
guest needs.

``images/silicon/silicon.dtso`` has the former, with all numbers written out.  Each of the others is
a node in ``images/silicon/BLOCK.dtsi`` without numbers, which it gets here.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from string import Template
from typing import Final

from rig.base.errors import InputError
from rig.base.paths import OVERLAY, SILICON

# SILICON_BLOCKS_MAX of images/silicon/silicon.h.
BLOCKS_MAX: Final = 8

# Registers of the blocks that come and go: below those of the others.
_WINDOW: Final = 0x47F00000
_WINDOW_SIZE: Final = 0xF0000
_PAGE: Final = 0x1000
_RESETS: Final = 4

_DOMAIN: Final = re.compile(r"power-domains = <&silicon (\d+)>")
_INTERRUPT: Final = re.compile(r"interrupts = <0 (\d+) \d+>")
# A window of registers and its bytes; an interrupt.  The first of each has no number.
_SIZE: Final = re.compile(r"\$(registers\d*) 0x0 (0x[0-9a-f]+)>")
_LINE: Final = re.compile(r"\$(interrupt\d*)\b")
# SILICON_CLOCKS of images/silicon/silicon.h: the first is a block's number.
_CLOCKS: Final = 4


def overlay(blocks: Iterable[str], base: Path = OVERLAY, folder: Path = SILICON) -> str:
    """The source of the overlay for a guest that needs these blocks.

    The same blocks have the same numbers, in whatever order they are named.

    Args:
        blocks: those that every guest has need not be among them, and may.
        base: the overlay of every guest.
        folder: has the nodes of the others.

    Raises:
        InputError: more blocks or registers than a guest can have, or a node that does not say
            how many registers it has.
    """
    text = base.read_text()
    others = [name for name in sorted(set(blocks)) if node_file(name, folder).is_file()]
    if not others:
        return text
    return text + "\n&{/} {\n" + "\n".join(_parts(text, others, folder)) + "};\n"


def node_file(block: str, folder: Path = SILICON) -> Path:
    """The file of a block's node, if it is not one of every guest."""
    return folder / f"{block}.dtsi"


def _parts(text: str, blocks: list[str], folder: Path) -> Iterator[str]:
    number = 1 + max(map(int, _DOMAIN.findall(text)), default=-1)
    interrupt = 1 + max(map(int, _INTERRUPT.findall(text)), default=179)
    if number + len(blocks) > BLOCKS_MAX:
        raise InputError(
            f"a guest has room for {BLOCKS_MAX - number} of the blocks {', '.join(blocks)}",
            hint="load fewer drivers in one scenario",
        )
    yield _reserved()
    registers = _WINDOW
    for block in blocks:
        file = node_file(block, folder)
        node = file.read_text()
        sizes = _SIZE.findall(node)
        if not sizes:
            raise InputError(
                f"{file}: it does not say how many bytes of registers it has",
                hint="reg = <0x0 $registers 0x0 0x1000>;",
            )
        words = {"unit": f"{registers:x}", **_clocks(number), "reset": f"{_RESETS * number}"}
        for window, size in sizes:
            words[window] = f"{registers:#x}"
            registers += -(-int(size, 16) // _PAGE) * _PAGE
        if registers > _WINDOW + _WINDOW_SIZE:
            raise InputError(
                f"a guest has no room for the registers of {block}",
                hint=f"all blocks have {_WINDOW_SIZE >> 10} KiB together",
            )
        for line in sorted(set(_LINE.findall(node))):
            words[line], interrupt = f"{interrupt}", interrupt + 1
        yield Template(node).substitute(words)
        number += 1


def _clocks(number: int) -> dict[str, str]:
    """The cells of a block's clocks: $number, which is that of its power domain, $number1, ..."""
    cells = {f"number{n}": f"{number + BLOCKS_MAX * n}" for n in range(1, _CLOCKS)}
    return {"number": f"{number}", **cells}


def _reserved() -> str:
    """Memory that the kernel does not use: it is the registers."""
    return (
        "\t#address-cells = <2>;\n\t#size-cells = <2>;\n\n"
        "\treserved-memory {\n\t\t#address-cells = <2>;\n\t\t#size-cells = <2>;\n\t\tranges;\n\n"
        f"\t\tregisters@{_WINDOW:x} {{\n"
        f"\t\t\treg = <0x0 {_WINDOW:#x} 0x0 {_WINDOW_SIZE:#x}>;\n\t\t\tno-map;\n\t\t}};\n\t}};\n"
    )
