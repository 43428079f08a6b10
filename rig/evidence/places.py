# SPDX-License-Identifier: GPL-2.0-only
"""What virtual CPUs were at when their guest was given up, in words."""

from collections.abc import Sequence
from typing import Final

from rig.evidence.loaded import Loaded
from rig.evidence.symbolizer import Symbolizer
from rig.evidence.symbols import SourceLine

TEXT: Final = ".text"

# Of an arm64 kernel with addresses of any width: the upper half is its own.
_KERNEL: Final = 1 << 63


def tell_places(places: Sequence[int], loaded: Loaded, symbolizer: Symbolizer) -> str:
    """ "CPU 0 in spin (drivers/x.c:7), CPU 1 in a program"; "" without places."""
    told = []
    for number, address in enumerate(places):
        if address < _KERNEL:
            told.append(f"CPU {number} in a program")
        elif chain := _lines(address, loaded, symbolizer):
            # The innermost call that is not in a header says most.
            line = next((each for each in chain if not each.file.endswith(".h")), chain[-1])
            told.append(f"CPU {number} in {chain[-1].function} ({line.file}:{line.line})")
        else:
            told.append(f"CPU {number} at {address:#x}")
    return ", ".join(told)


def _lines(address: int, loaded: Loaded, symbolizer: Symbolizer) -> tuple[SourceLine, ...]:
    """The chain of inlined calls there, innermost first; () if nobody knows."""
    below = [
        (base, module)
        for (module, section), base in loaded.sections.items()
        if section == TEXT and base <= address
    ]
    if below:
        base, module = max(below)
        if chain := symbolizer.at(module, TEXT, address - base):
            return chain
    return symbolizer.at(None, "", address)
