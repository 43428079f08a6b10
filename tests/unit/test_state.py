# SPDX-License-Identifier: GPL-2.0-only
"""A saved state says how its machine was stopped."""

import struct

import pytest

from rig.base.errors import GuestError
from rig.machine.state import paused


def section(name: str, content: bytes, kind: int = 4) -> bytes:
    """As QEMU writes one."""
    head = struct.pack(">BIB", kind, 7, len(name)) + name.encode()
    return head + struct.pack(">II", 0, 1) + content


def run_state(word: bytes, kind: int = 4) -> bytes:
    return section("globalstate", struct.pack(">I100s", len(word) + 1, word), kind)


def state(*sections: bytes) -> bytes:
    # The names are in the description at its end, too.
    about = b'{"devices": [{"name": "timer"}, {"name": "globalstate"}]}'
    return b"QEVM" + section("ram", b"..") + b"".join(sections) + b"~\0\0\0\x16" + about


def test_nothing_else_is_changed() -> None:
    assert paused(state(run_state(b"debug"))) == state(run_state(b"paused"))


@pytest.mark.parametrize(
    "wrong",
    [
        state(),
        state(run_state(b"debug"), run_state(b"debug")),
        state(run_state(b"debug", kind=1)),
        b"QEVM" + run_state(b"debug")[:-1],
    ],
)
def test_what_has_another_form_is_refused(wrong: bytes) -> None:
    with pytest.raises(GuestError, match="does not say once how it was stopped"):
        paused(wrong)
