# SPDX-License-Identifier: GPL-2.0-only
"""The guide says of every mem2mem driver of the kernel whether its hardware can be imitated."""

import re
from pathlib import Path

import pytest

from rig.base.cache import Cache
from rig.base.paths import ROOT
from tests.unit.trees import TREES, unpatched

GUIDE = ROOT / "docs" / "guide" / "hardware.md"
USES = "v4l2_m2m_init("
CORE = "v4l2-mem2mem.c"


def listed() -> tuple[str, ...]:
    """What the first column of the table has, as paths say it."""
    _, _, section = GUIDE.read_text().partition("## Which drivers can be imitated\n")
    cells = re.findall(r"^\| (?!driver |-)(.+?) \|", section.partition("\n## ")[0], re.MULTILINE)
    names = re.split(r", |[()]", ", ".join(cells))
    return tuple(plain(name.removeprefix("staging/").strip()) for name in names if name.strip())


def plain(text: str) -> str:
    return text.lower().replace("_", "-")


def test_every_driver_is_in_the_table(tmp_path: Path) -> None:
    if not TREES:
        pytest.skip(f"no kernel has been unpacked in {Cache.default().root}")
    names = listed()
    for number, name in enumerate(TREES):
        tree = unpatched(name, tmp_path / str(number), ("drivers/media", "drivers/staging/media"))
        files = [
            file.relative_to(tree)
            for file in tree.rglob("*.c")
            if USES in file.read_text(errors="replace") and file.name != CORE
        ]
        assert len(files) > 40
        assert [str(file) for file in files if not any(n in plain(str(file)) for n in names)] == []
