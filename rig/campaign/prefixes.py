# SPDX-License-Identifier: GPL-2.0-only
"""A series patch by patch: the kernel after each of its patches is a run of its own.

A series is merged as a whole and bisected one patch at a time: each prefix has to build, and none
may have what only a later patch repairs.
"""

from dataclasses import replace

from rig.base.errors import InputError
from rig.campaign.batch import Item
from rig.model.options import Options
from rig.run.selection import kernel_request

HEADS = ("patch", "subject")


def prefixes(options: Options) -> tuple[Item, ...]:
    """One run for each patch of the series.

    Raises:
        InputError: the series has no patches.
    """
    patches = kernel_request(options).series.patches
    if not patches:
        raise InputError(f"series {options.series} has no patches", hint="choose another --series")
    each = replace(options, each_patch=False)
    return tuple(
        Item(
            (str(number), patch.subject),
            # With its last patch it is the series itself, which may have been built.
            replace(each, upto=number) if number < len(patches) else each,
            patch.subject,
        )
        for number, patch in enumerate(patches, 1)
    )
