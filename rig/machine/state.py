# SPDX-License-Identifier: GPL-2.0-only
"""A state that QEMU has saved of a machine in the hands of a debugger.

A section is 4, a number of 32 bits, the length of its name, its name, an instance and a version of
32 bits each, and its content (QEMU: migration/savevm.c, save_section_header()).
"""

import struct

from rig.base.errors import GuestError

_NAME = b"globalstate"

# QEMU: migration/global_state.c: the size of a word, and room for it.
_RUN_STATE = struct.Struct(">I100s")


def paused(state: bytes) -> bytes:
    """The same of a machine that QMP has stopped: in the hands of a debugger none can begin.

    Raises:
        GuestError: it has not the form of a state that QEMU 7.2 to 10.0 write.
    """
    head = bytes([len(_NAME)]) + _NAME + bytes(4)
    at = state.find(head)
    begin = at + len(head) + 4
    end = begin + _RUN_STATE.size
    # Before its name stand what it is, a whole section, and its number.
    if at < 5 or state[at - 5] != 4 or state.find(head, begin) >= 0 or len(state) < end:
        raise GuestError("the state that QEMU has saved does not say once how it was stopped")
    word = b"paused\0"
    return state[:begin] + _RUN_STATE.pack(len(word), word) + state[end:]
