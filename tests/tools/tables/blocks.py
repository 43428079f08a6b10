# SPDX-License-Identifier: GPL-2.0-only
"""What each block of imitated hardware has, and what it costs: lines, and who else names it."""

import re
from collections.abc import Iterator

from rig.base.paths import DRIVERS, IMAGES, OVERLAY, SILICON
from rig.machine.overlay import node_file
from rig.model.drivers import Driver, load_all
from rig.model.hardware import BLOCKS
from tests.tools.made import table

_HEAD = (
    "block", "windows, interrupts, clocks", "lines of its file", "of its node",
    "of its driver's file", "programs that name it",
)  # fmt: skip


def made() -> str:
    by_block = {block: each for each in load_all(DRIVERS).all for block in each.blocks}
    return table(_HEAD, (tuple(_row(block, by_block[block])) for block in BLOCKS))


def _row(block: str, driver: Driver) -> Iterator[str]:
    node = _node(block)
    yield f"`{block}`{' *' if driver.wide else ''}"
    yield ", ".join(str(_cells(node, key)) for key in ("reg", "interrupts", "clocks"))
    yield str(_lines((SILICON / f"{block}_block.c").read_text()))
    yield str(_lines(node))
    yield str(_lines((DRIVERS / f"{driver.name}.yaml").read_text()))
    yield ", ".join(f"`{name}`" for name in _programs(block)) or "none"


def _node(block: str) -> str:
    """The node of a block: its file without the licence, or what every guest has of it."""
    file = node_file(block)
    text = file.read_text() if file.is_file() else OVERLAY.read_text()
    found = re.search(rf"^\t{block}@.*?^\t}};\n", text, re.MULTILINE | re.DOTALL)
    assert found, f"{block} has no node"
    return found[0]


def _cells(node: str, key: str) -> int:
    found = re.search(rf"\t{key} = ([^;]*);", node)
    return found[1].count("<") if found else 0


def _lines(text: str) -> int:
    return text.count("\n")


def _programs(block: str) -> Iterator[str]:
    """Only what is particular to a driver: most programs are told which one by the scenario."""
    folder = IMAGES / "workloads" / "lib"
    word = re.compile(rf"(?<![a-z0-9]){block}(?![a-z0-9])", re.IGNORECASE)
    for file in sorted(folder.glob("device_*.c"), key=lambda each: each.name):
        if word.search(file.read_text()):
            yield f"{folder.name}/{file.name}"
