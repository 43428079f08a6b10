# SPDX-License-Identifier: GPL-2.0-only
"""`m2m-rig new driver`: files to begin with."""

import argparse
import re
from pathlib import Path

from rig.base.cache import Cache
from rig.base.errors import InputError
from rig.base.paths import ROOT
from rig.commands.skeleton import skeleton
from rig.kernel import base
from rig.kernel.driverfacts import look
from rig.kernel.layout import Layout
from rig.kernel.source import Catalogue
from rig.model.drivers import bundled
from rig.model.hardware import BLOCKS

# A block's name is a word of C.
_NAME = re.compile(r"[a-z][a-z0-9]*")


def new(arguments: argparse.Namespace) -> int:
    """`new`."""
    name = arguments.name
    if not _NAME.fullmatch(name):
        raise InputError(
            f"{name!r} cannot be the name of a block of hardware",
            hint="lower case letters and digits, a letter first",
        )
    if name in BLOCKS or bundled().find(name):
        raise InputError(f"there is a driver or a block {name!r} already", hint="choose another")
    made = skeleton(name, look(_tree(arguments.kernel), arguments.compatible))
    into = arguments.into or ROOT
    made.write(into)
    for path in made.files:
        print(f"wrote {into / path}")
    print(f"next: m2m-rig run {name}-present; then docs/guide/hardware.md")
    return 0


def _tree(kernel: str | None) -> Path:
    """The source of a kernel, as it is in the cache or where the user says.

    Raises:
        InputError: it is neither.
    """
    source = Catalogue.load(Layout.bundled().kernels).find(kernel)
    found = base.here(source, Cache.default())
    if found is None or found.path is None:
        raise InputError(
            f"the source of {source.name} is not unpacked here",
            hint=f"m2m-rig build --kernel {source.name} does that; or --kernel DIR",
        )
    return found.path
