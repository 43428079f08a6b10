# SPDX-License-Identifier: GPL-2.0-only
"""Where a kernel's source comes from: a Debian package, a tarball, a directory of the user's."""

import dataclasses
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from rig.base import document
from rig.base.errors import InputError, did_you_mean

Kind = Literal["debian", "tarball", "directory"]

# What each kind must say, and may say.
_NEEDS: Mapping[Kind, tuple[str, ...]] = {
    "debian": ("package",),
    "tarball": ("path",),
    "directory": ("path",),
}
_MAY_SAY: Mapping[Kind, tuple[str, ...]] = {
    "debian": ("package", "suite", "version"),
    "tarball": ("path",),
    "directory": ("path", "commit"),
}


@dataclass(frozen=True, slots=True)
class KernelSource:
    """A kernel's source, not fetched yet.

    Args:
        name: what the user calls it.
        kind: ``debian``, ``tarball`` or ``directory``.
        package: the Debian package that holds ``usr/src/*.tar.*``.
        suite: the Debian suite; None for the machine's own sources.
        version: the package's version; None for the newest one, or the one that the cache has.
        path: the tarball or directory, absolute.
        commit: for a git directory, what to build.
        steps: lines that a first build of the default profile prints; an estimate for the
            progress bar until the cache knows better.
    """

    name: str
    kind: Kind
    package: str | None = None
    suite: str | None = None
    version: str | None = None
    path: Path | None = None
    commit: str = "HEAD"
    steps: int | None = None


@dataclass(frozen=True, slots=True)
class _Record:
    """One kernel of ``kernels.yaml``."""

    __pydantic_config__ = document.STRICT

    kind: Kind
    title: str = ""
    package: str | None = None
    suite: str | None = None
    version: str | None = None
    path: str | None = None
    commit: str = "HEAD"
    steps: int | None = None


@dataclass(frozen=True, slots=True)
class _File:
    """All of ``kernels.yaml``."""

    __pydantic_config__ = document.STRICT

    default: str
    kernels: dict[str, _Record] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The kernels that have a name."""

    default: str
    kernels: Mapping[str, KernelSource]
    titles: Mapping[str, str]

    @classmethod
    def load(cls, path: Path) -> "Catalogue":
        """Read ``kernels.yaml``; relative paths in it are relative to it.

        Raises:
            InputError: with file, line and key.
        """
        read = document.load(path, _File)
        kernels = {name: _source(path, name, entry) for name, entry in read.kernels.items()}
        if read.default not in kernels:
            raise InputError(
                f"{path}: default: there is no kernel {read.default!r} in this file",
                hint=f"known: {', '.join(kernels) or 'none'}",
            )
        return cls(read.default, kernels, {n: entry.title for n, entry in read.kernels.items()})

    def find(self, spec: str | None) -> KernelSource:
        """The kernel that a user means: a name, a directory or a tarball; None is the default.

        Raises:
            InputError: no such name and no such path.
        """
        if spec is None:
            return self.kernels[self.default]
        if spec in self.kernels:
            return self.kernels[spec]
        path = Path(spec).expanduser()
        if path.is_dir():
            return KernelSource(str(path.resolve()), "directory", path=path.resolve())
        if path.is_file():
            return KernelSource(str(path.resolve()), "tarball", path=path.resolve())
        raise InputError(
            f"no kernel {spec!r}: neither a name in kernels.yaml nor a directory or tarball",
            hint=f"{did_you_mean(spec, self.kernels)}known names: {', '.join(self.kernels)}",
        )


def _source(file: Path, name: str, entry: _Record) -> KernelSource:
    given = {
        item.name
        for item in dataclasses.fields(entry)
        if getattr(entry, item.name) != item.default and item.name not in ("kind", "title", "steps")
    }
    if lacking := [key for key in _NEEDS[entry.kind] if key not in given]:
        raise InputError(
            f"{file}: kernels.{name}: kind {entry.kind!r} needs {' and '.join(lacking)}"
        )
    if useless := sorted(given - set(_MAY_SAY[entry.kind])):
        raise InputError(
            f"{file}: kernels.{name}.{useless[0]}: has no meaning for kind {entry.kind!r}",
            hint=f"this kind knows {', '.join(_MAY_SAY[entry.kind])}",
        )
    path = None
    if entry.path is not None:
        path = (file.parent / Path(entry.path).expanduser()).resolve()
    return KernelSource(
        name, entry.kind, entry.package, entry.suite, entry.version, path, entry.commit, entry.steps
    )


def path_key(*words: str) -> str:
    """A short name for what is told apart by these words."""
    return hashlib.sha256("\0".join(words).encode()).hexdigest()[:16]
