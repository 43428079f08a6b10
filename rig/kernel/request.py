# SPDX-License-Identifier: GPL-2.0-only
"""What a user asks for, and the key under which the answer is kept."""

import hashlib
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from rig.kernel import reading, recipe
from rig.kernel.base import BaseTree
from rig.kernel.fragment import Wish, Wishes
from rig.kernel.layout import Layout
from rig.kernel.patch import Patch, patches_on
from rig.kernel.recipe import Toolchain
from rig.kernel.series import Series
from rig.kernel.source import KernelSource

# What counts of a directory of rig modules.
_MODULE_SOURCES = ("*.c", "*.h", "*.S", "Kbuild", "Makefile")


@dataclass(frozen=True, slots=True)
class KernelRequest:
    """A kernel to be built.

    Args:
        source: the unpatched kernel.
        series: what is under test.
        patches: more patches of the user's, on top of the series.
        profile: the fragment that goes with base and media: ``lockdep``.
        fragments: more fragments of the user's.
        config: a whole `.config` of the user's to begin with.
        wanted: symbols that scenarios ask for.
        modules: directories with modules of the user's own.
        strict: with the patches that make lockdep stricter, on top of the rig's own.
        notes: for people: how the patches were chosen; the build does not depend on it.
    """

    source: KernelSource
    series: Series
    patches: tuple[Patch, ...] = ()
    profile: str = "lockdep"
    fragments: tuple[Path, ...] = ()
    config: Path | None = None
    wanted: tuple[Wish, ...] = ()
    modules: tuple[Path, ...] = ()
    strict: bool = False
    notes: tuple[str, ...] = ()

    def command(self) -> str:
        """The command line that asks for the same."""
        words = ["m2m-rig", "build", "--kernel", self.source.name]
        words += ["--series", self.series.origin or self.series.name, "--profile", self.profile]
        if self.series.upto is not None:
            words += ["--upto", str(self.series.upto)]
        # A mailbox holds several patches and is named once.
        for origin in dict.fromkeys(patch.origin for patch in self.patches):
            words += ["--patch", origin]
        for fragment in self.fragments:
            words += ["--fragment", str(fragment.resolve())]
        if self.config:
            words += ["--config", str(self.config.resolve())]
        if self.strict:
            words.append("--strict")
        return shlex.join(words)

    def on(self, release: str) -> "KernelRequest":
        """The request with the patches as a kernel of this release has them."""
        patches = patches_on(release, self.patches)
        return replace(self, series=self.series.on(release), patches=patches)

    def rig_patches(self, layout: Layout) -> tuple[Patch, ...]:
        """The rig's own patches that this kernel is to have, for all releases."""
        own = reading.plain(layout.rig_patches)
        return (*own, *reading.plain(layout.strict)) if self.strict else own


def module_sources(
    directories: Iterable[Path], prefix: str = "", absent: Iterable[str] = ()
) -> dict[str, bytes]:
    """The sources of modules, by path; each begins with its directory's name.

    A directory without a Kbuild or Makefile has none.

    Args:
        prefix: of the directories' names.
        absent: blocks of imitated hardware whose files, BLOCK_*, are left out.
    """
    others = tuple(f"{block}_" for block in absent)
    files = {
        path: f"{prefix}{path.relative_to(directory.parent)}"
        for directory in directories
        if (directory / "Kbuild").is_file() or (directory / "Makefile").is_file()
        for pattern in _MODULE_SOURCES
        for path in directory.rglob(pattern)
        if not path.name.endswith(".mod.c") and not path.name.startswith(others)
    }
    return {name: path.read_bytes() for path, name in sorted(files.items())}


def build_key(
    request: KernelRequest,
    base: BaseTree,
    rig_patches: tuple[Patch, ...],
    wanted: Wishes,
    modules: Mapping[str, bytes],
    toolchain: Toolchain,
    variables: tuple[str, ...] = (),
) -> str:
    """A digest of everything that makes a difference to the build, and of nothing else."""
    digest = hashlib.sha256()
    words = [
        f"recipe {recipe.VERSION}",
        f"base {base.tree}",
        f"profile {request.profile}",
        f"series {request.series.name} {request.series.digest}",
        *(f"patch {patch.sha256}" for patch in request.patches),
        *(f"rig {patch.sha256}" for patch in rig_patches),
        f"config {hashlib.sha256(wanted.text.encode()).hexdigest()}",
        f"compiler {toolchain.compiler}",
        f"linker {toolchain.linker}",
        *(f"module {name} {hashlib.sha256(text).hexdigest()}" for name, text in modules.items()),
        *(f"make {word}" for word in variables),
    ]
    digest.update("\n".join(words).encode())
    return digest.hexdigest()[:24]
