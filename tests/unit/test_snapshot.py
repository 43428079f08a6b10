# SPDX-License-Identifier: GPL-2.0-only
"""What a snapshot is recognised by."""

from pathlib import Path

import pytest

from rig.base.digest import BLOCK, digest_of
from rig.model.plan import waiting_plan


def memory(path: Path, size: int, data: dict[int, bytes]) -> Path:
    """A file with holes."""
    with path.open("wb") as stream:
        stream.truncate(size)
        for place, content in data.items():
            stream.seek(place)
            stream.write(content)
    return path


DATA = {5: b"low", 3 * BLOCK - 1: b"across two blocks", 9 * BLOCK: b"high"}
SIZE = 10 * BLOCK + 77


def test_a_hole_is_as_good_as_zeros(tmp_path: Path) -> None:
    sparse = memory(tmp_path / "sparse", SIZE, DATA)
    full = tmp_path / "full"
    full.write_bytes(sparse.read_bytes())
    assert sparse.stat().st_blocks < full.stat().st_blocks
    assert digest_of(sparse) == digest_of(full)


@pytest.mark.parametrize(
    ("size", "data"),
    [
        (SIZE - 1, DATA),
        (SIZE + BLOCK, DATA),
        (SIZE, {**DATA, 5: b"lot"}),
        (SIZE, {**DATA, 6 * BLOCK: b"\1"}),
        (SIZE, {**DATA, SIZE - 1: b"\1"}),
        # The same blocks elsewhere.
        (SIZE, {place + BLOCK if place > BLOCK else place: text for place, text in DATA.items()}),
    ],
)
def test_another_memory_is_another(tmp_path: Path, size: int, data: dict[int, bytes]) -> None:
    assert digest_of(memory(tmp_path / "one", SIZE, DATA)) != digest_of(
        memory(tmp_path / "other", size, data)
    )


def test_an_empty_file_has_a_digest(tmp_path: Path) -> None:
    assert digest_of(memory(tmp_path / "none", 0, {})) != digest_of(
        memory(tmp_path / "some", 1, {})
    )


def test_who_waits_loads_modules_in_their_order() -> None:
    lines = waiting_plan(("mc.ko", "videodev.ko")).splitlines()
    assert lines[:4] == ["m2m-rig-plan 1", "wait", "module mc.ko", "module videodev.ko"]
    assert lines[-1] == "end"
