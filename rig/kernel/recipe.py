# SPDX-License-Identifier: GPL-2.0-only
"""How make is called, so that the same input gives the same bytes, wherever it is built."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rig.base.cache import Cache
from rig.host import command, tools
from rig.kernel.compile import discard_half_made

# Goes into the key of every build: raise it when a build with the same input would differ.
VERSION = 4

# Bounds of what the compiler cache keeps; a build of one profile takes about 60 MB.
_CCACHE_SIZE = "5G"

# The directory that a program is in, by a name that it has anywhere.  As PWD it is believed by
# whoever looks whether PWD is where he is: the shell, the compiler cache, GCC, the assembler.
_HERE = "/proc/self/cwd"

# Every build of the same content is the same build.
_PINNED = {
    "KBUILD_BUILD_USER": "m2m-rig",
    "KBUILD_BUILD_HOST": "m2m-rig",
    "KBUILD_BUILD_TIMESTAMP": "Thu Jan  1 00:00:00 UTC 2026",
    "KBUILD_BUILD_VERSION": "1",
}


@dataclass(frozen=True, slots=True)
class Toolchain:
    """The compiler and linker for the guest.

    Args:
        prefix: what their names begin with; empty on an arm64 host.
        compiler: first line of the compiler's version.
        linker: first line of the linker's version.
    """

    prefix: str
    compiler: str
    linker: str

    @classmethod
    def find(cls) -> "Toolchain":
        """The toolchain that ``CROSS_COMPILE`` or the host asks for."""
        prefix = tools.cross_prefix()
        lines = [_first_line(f"{prefix}{program}") for program in ("gcc", "ld")]
        return cls(prefix, *lines)


@dataclass(frozen=True, slots=True)
class Recipe:
    """make for one kernel tree and one profile.

    The object directory is a direct child of the tree: kbuild then names sources by ``../``, so
    neither objects nor the compiler cache know where the tree is.  (kbuild: ``srctree := ..`` if
    the parent of the object directory is the source.)

    Args:
        tree: the kernel's work tree.
        profile: names the object directory.
        toolchain: what to compile with.
        jobs: how many at once.
        variables: ``NAME=VALUE``, what the profile has make told.
    """

    tree: Path
    profile: str
    toolchain: Toolchain
    jobs: int
    variables: tuple[str, ...] = ()

    @property
    def objects(self) -> Path:
        """The object directory."""
        return self.tree / f"build-{self.profile.replace('+', '-')}"

    def make(self, *targets: str, external: Path | None = None) -> list[str]:
        """The argv of one call, to be run in the tree.

        It does not say where the tree is: kbuild compiles again whatever it compiled by another
        command line, and a cache may be moved.

        Args:
            external: a directory of modules to work on, below the object directory.  kbuild knows
                it by its whole path, so these few are compiled anew in a cache that was moved.
        """
        prefix = self.toolchain.prefix
        maps = self._maps(self.objects if external else Path(_HERE))
        return [
            "make", f"-j{self.jobs}", "--no-print-directory", f"O={self.objects.name}",
            "ARCH=arm64", f"CROSS_COMPILE={prefix}", f"CC=ccache {prefix}gcc",
            # Line tables are enough to turn addresses into lines, at a third of the size.
            f"KCFLAGS=-g1 {maps}", f"KAFLAGS={maps}",
            # Set but empty: no "+" for a tree that is not a tagged release.
            "LOCALVERSION=",
            # Else the configuration, which the kernel carries, tells what else is installed here.
            "RUSTC=false", "BINDGEN=false", "PAHOLE=false",
            f"M={external}" if external else f"PWD={_HERE}",
            *self.variables,
            *targets,
        ]  # fmt: skip

    @staticmethod
    def _maps(objects: Path) -> str:
        """What makes paths begin at the top of the kernel, in line tables as in messages."""
        return (
            f"-fdebug-prefix-map={objects}=. -fdebug-prefix-map=../= -fmacro-prefix-map={objects}/="
        )

    def environment(self, cache: Cache) -> dict[str, str]:
        """What make's programs read."""
        return {
            **_PINNED,
            "CCACHE_DIR": str(cache.directory("ccache")),
            "CCACHE_MAXSIZE": _CCACHE_SIZE,
            "CCACHE_BASEDIR": str(self.tree),
            "CCACHE_STATSLOG": str(self._statistics),
            # Not its time of change, which a container or another machine does not share.
            "CCACHE_COMPILERCHECK": "content",
        }

    def begin(self) -> None:
        """Make the object directory, with a new log, and nothing in it that is half made."""
        self.objects.mkdir(exist_ok=True)
        discard_half_made(self.objects)
        self.log.write_bytes(b"")
        self._statistics.unlink(missing_ok=True)

    @property
    def log(self) -> Path:
        """All that make says, from `begin` on."""
        return self.objects / "m2m-rig-build.log"

    def cache_hits(self) -> Mapping[str, int]:
        """``hits`` and ``misses`` of the compiler cache since `begin`."""
        return count_hits(self._statistics)

    @property
    def _statistics(self) -> Path:
        return self.objects / "m2m-rig-ccache.log"


def jobs() -> int:
    """One more than the CPUs that this process may use, so that none waits for the disk."""
    return len(os.sched_getaffinity(0)) + 1


def count_hits(statistics: Path) -> Mapping[str, int]:
    """``hits`` and ``misses`` in a log that ccache was told to keep (CCACHE_STATSLOG)."""
    try:
        text = statistics.read_text(errors="replace")
    except FileNotFoundError:
        return {"hits": 0, "misses": 0}
    hits = len(re.findall(r"^(?:direct|preprocessed)_cache_hit$", text, re.MULTILINE))
    return {"hits": hits, "misses": len(re.findall(r"^cache_miss$", text, re.MULTILINE))}


def _first_line(program: str) -> str:
    return command.run([program, "--version"]).text.partition("\n")[0]
