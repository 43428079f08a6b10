# SPDX-License-Identifier: GPL-2.0-only
"""A kernel tree in which objects are compiled to be looked at; no kernel comes out of it."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rig.base.cache import Cache
from rig.base.progress import Progress
from rig.kernel import base, config
from rig.kernel.base import BaseTree
from rig.kernel.compile import Make
from rig.kernel.fragment import Wishes
from rig.kernel.recipe import Recipe, Toolchain, jobs
from rig.kernel.tree import KernelTree

# Line numbers are in the code (might_sleep() passes one); a patch moves them.
NO_LINES = "-D__LINE__=0 -Wno-builtin-macro-redefined"


@dataclass(frozen=True, slots=True)
class Workshop:
    """Compiles parts of one kernel; `open_workshop` makes it."""

    recipe: Recipe
    make: Make

    def set_up(self, composed: KernelTree, wanted: Wishes) -> None:
        """Check a tree out and configure it.

        Raises:
            InputError: a symbol cannot be had.
        """
        composed.check_out()
        config.configure(self.recipe, self.make, wanted, composed)

    def compile(
        self,
        targets: Sequence[str],
        *,
        flags: str = "",
        options: Sequence[str] = (),
        expected: int | None = None,
    ) -> str:
        """Compile targets (``drivers/media/v4l2-core/``); what make said.

        Args:
            flags: more flags of the compiler.
            options: variables of make (``W=1``).
            expected: how many steps that will be, if somebody knows.

        Raises:
            InputError: something does not compile.
        """
        begin = self.recipe.log.stat().st_size
        words = [
            f"{word} {flags}" if word.startswith("KCFLAGS=") else word
            for word in self.recipe.make(*options, *targets)
        ]
        self.make.run(words, expected=expected)
        with self.recipe.log.open("rb") as log:
            log.seek(begin)
            return log.read().decode(errors="replace")

    def objects(self, folders: Sequence[str]) -> dict[str, Path]:
        """The object files of these folders, by their path in the kernel."""
        top = self.recipe.objects
        found = (path for folder in folders for path in (top / folder).glob("*.o"))
        return {str(path.relative_to(top)): path for path in found}


@contextlib.contextmanager
def open_workshop(
    unpatched: BaseTree,
    name: str,
    toolchain: Toolchain,
    cache: Cache,
    progress: Progress,
    variables: tuple[str, ...] = (),
) -> Iterator[Workshop]:
    """The workshop called `name`; nobody else uses the tree meanwhile.

    Args:
        variables: as for `Recipe`.

    Raises:
        EnvironmentFailure: no room on the disk.
    """
    waiting = f"waiting for another build of {unpatched.id}"
    with cache.lock(base.KIND, unpatched.id, waiting=lambda: progress.stage(waiting)):
        recipe = Recipe(unpatched.directory, name, toolchain, jobs(), variables)
        recipe.begin()
        make = Make(recipe.tree, recipe.environment(cache), recipe.log, progress)
        yield Workshop(recipe, make)
