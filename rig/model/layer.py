# SPDX-License-Identifier: GPL-2.0-only
"""Layers: programs of Debian's that a guest may have, each one file of `images/layers`.

A layer is what its programs need and no more: the files that are named, and all that they link to.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass as strict_dataclass

from rig.base import document
from rig.base.document import STRICT
from rig.base.errors import InputError, did_you_mean
from rig.base.paths import LAYERS

# The kernel's own, which are compiled from the tree under test.
SELFTESTS = "selftests"

_File = Annotated[str, Field(pattern=r"^[^/].*[^/]$")]


@strict_dataclass(frozen=True, config=STRICT)
class Layer:
    """Programs of Debian's arm64 packages.

    `name` is that of its file, and what a scenario's `outside` says.  `packages` are all that its
    files are in; none is added for what they depend on.  `suite` is Debian's; left out, the
    machine's own.  `programs`, and `files` that they load, are paths in the packages, and in the
    guest; what they link to comes with them.
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    title: Annotated[str, Field(min_length=1)]
    packages: Annotated[tuple[str, ...], Field(min_length=1)]
    programs: Annotated[tuple[_File, ...], Field(min_length=1)]
    files: tuple[_File, ...] = ()
    suite: str | None = None


def load(name: str, folder: Path = LAYERS) -> Layer:
    """The layer of this name.

    Raises:
        InputError: there is none; its file cannot be read, or says another name.
    """
    check((name,), folder)
    path = folder / f"{name}.yaml"
    layer = document.load(path, Layer)
    if layer.name != name:
        raise InputError(
            f"{document.place(path, ('name',))}: name: {layer.name!r} is not what its file is "
            "called",
            hint=f"rename the file to {layer.name}{path.suffix}",
        )
    return layer


def beside(name: str, folder: Path = LAYERS) -> tuple[Path, ...]:
    """Files that programs of a layer are to read: all in the folder that is called as it is.

    The guest has them in a folder of that name, too.
    """
    return tuple(sorted((folder / name).glob("*")))


def check(names: Iterable[str], folder: Path = LAYERS) -> None:
    """Whether there are such layers.

    Raises:
        InputError: one is not there.
    """
    there = (SELFTESTS, *sorted(path.stem for path in folder.glob("*.yaml")))
    for name in names:
        if name not in there:
            raise InputError(
                f"no programs of others are called {name!r}",
                hint=f"{did_you_mean(name, there)}there are: {', '.join(there)}",
            )
