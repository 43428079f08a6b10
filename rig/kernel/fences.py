# SPDX-License-Identifier: GPL-2.0-only
"""Whether patches make fences: by what they call, where nobody said.

Looked at is what they add to code of the media subsystem.  Whoever creates a fence, signals one or
puts one into a reservation is a producer; another call with a fence in its name may wait for one.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from rig.kernel.patch import Patch

_PLACES: Final = ("drivers/media/", "drivers/staging/media/", "include/media/")

# include/linux/dma-fence.h, dma-fence-array.h, dma-fence-chain.h, dma-resv.h, sync_file.h.
_PRODUCES: Final = re.compile(
    r"\b(dma_fence_init(?:64)?|dma_fence_signal\w*|dma_fence_set_error|dma_fence_array_(?:create|init)"
    r"|dma_fence_chain_init|dma_fence_context_alloc|dma_resv_add_(?:excl_|shared_)?fence"
    r"|dma_resv_replace_fences|sync_file_create)\s*\("
)
_MENTIONS: Final = re.compile(r"\b(\w*fence\w*|dma_resv_\w+|sync_file_\w+)\s*\(")

# How a series of this rig says in the trace that it publishes one (docs/reference/contract.md).
_PUBLISHES: Final = re.compile(
    r"^(?:TRACE_EVENT|DEFINE_EVENT)\((?:[^,()]*,\s*)?vb2_fence_publish\b"
)

_COMMENT: Final = re.compile(r"/\*.*?\*/|//.*$|^\s*/?\*.*$")
_STRING: Final = re.compile(r'"(?:\\.|[^"\\])*"')


@dataclass(frozen=True, slots=True)
class Sign:
    """Where a series makes fences, or may.

    Args:
        call: what is called.
        sure: by what makes or signals them, not only by name.
    """

    patch: str
    call: str
    sure: bool


def publishes(patches: Iterable[Patch]) -> bool:
    """Whether they add the event by which a series says when it publishes a fence."""
    return any(_PUBLISHES.match(line) for patch in patches for _, line in patch.added)


def sign(patches: Iterable[Patch]) -> Sign | None:
    """The first sign of fences, a sure one if there is any."""
    found = list(_signs(patches))
    return next((one for _, one in found if one.sure), found[0][1] if found else None)


def files(patches: Iterable[Patch]) -> tuple[str, ...]:
    """The files that get code about fences."""
    return tuple(sorted({path for path, _ in _signs(patches)}))


def _signs(patches: Iterable[Patch]) -> Iterator[tuple[str, Sign]]:
    for patch in patches:
        for path, line in patch.added:
            if not path.startswith(_PLACES) or not path.endswith((".c", ".h")):
                continue
            code = _STRING.sub('""', _COMMENT.sub("", line))
            if match := _PRODUCES.search(code):
                yield path, Sign(patch.name, match[1], True)
            elif match := _MENTIONS.search(code):
                yield path, Sign(patch.name, match[1], False)
