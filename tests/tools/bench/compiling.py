# SPDX-License-Identifier: GPL-2.0-only
"""What compiling costs, and what it would cost without what the rig leaves out or makes cheaper."""

import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rig.base.cache import Cache
from rig.base.progress import Silent
from rig.host import command
from rig.kernel import base
from rig.kernel.build import build
from rig.kernel.compile import Make
from rig.kernel.recipe import Recipe, Toolchain, jobs
from rig.model.options import Options
from rig.run.selection import kernel_request
from tests.tools.bench.way import Way, compare

# What of the rig's configuration could be left out by who does not need it.
FEATURES = {
    "vgem and vkms": ("DRM",),
    "UNIX sockets": ("NET",),
    "vivid": ("VIDEO_VIVID", "FB"),
    "vimc": ("VIDEO_VIMC",),
    "suspend": ("SUSPEND",),
}

# A part of the kernel that is compiled in a minute.
PART = "mm/"

# Flags after those of the rig.
DEBUG_INFORMATION = {
    "line tables": "",
    "all of it, in DWARF 5": "-g -femit-struct-debug-detailed=any",
    "none": "-g0",
}


@dataclass(frozen=True)
class Scratch:
    """A directory of objects that nothing else uses, in the tree of the default kernel."""

    recipe: Recipe
    cache: Cache

    def make(self, *targets: str, flags: str = "", cached: bool = False) -> None:
        """Run make.

        Args:
            flags: for the compiler, after the rig's own.
            cached: whether ccache may know the answer.
        """
        env = self.recipe.environment(self.cache)
        if not cached:
            env["CCACHE_DISABLE"] = "1"
        argv = [*self.recipe.make(*targets), f"KCFLAGS+={flags}"]
        Make(self.recipe.tree, env, self.recipe.log, Silent()).run(argv)

    def steps(self) -> int:
        """How many files would be compiled now."""
        # It has nothing to link, and says so; what it would compile it has listed by then.
        done = command.run(
            [*self.recipe.make("Image", "modules"), "-n"],
            cwd=self.recipe.tree, env=self.recipe.environment(self.cache), check=False,
        )  # fmt: skip
        return len(re.findall(r"  CC (?:\[M\])? +\S+\.o\b", done.text))

    def configure(self, config: Path, without: Sequence[str] = ()) -> None:
        """Take a configuration, less some symbols and what depends on them."""
        written = self.recipe.objects / ".config"
        shutil.copyfile(config, written)
        with written.open("a") as stream:
            stream.writelines(f"# CONFIG_{symbol} is not set\n" for symbol in without)
        self.make("olddefconfig", "syncconfig")

    def forget(self, folder: str) -> None:
        """Have this folder compiled anew."""
        shutil.rmtree(self.recipe.objects / folder, ignore_errors=True)


@contextmanager
def scratch() -> Iterator[tuple[Scratch, Path]]:
    """Also the configuration that the rig builds."""
    request = kernel_request(Options(series="producer-fence"))
    config, cache = build(request).config, Cache.default()
    prepared = base.prepare(request.source, cache, Silent())
    recipe = Recipe(prepared.directory, "bench", Toolchain.find(), jobs())
    with cache.lock(base.KIND, prepared.id):
        recipe.begin()
        try:
            yield Scratch(recipe, cache), config
        finally:
            shutil.rmtree(recipe.objects)


def compiling(folder: Path, rounds: int) -> Iterator[Way]:
    """How much there is to compile, and how long that takes with more or less debug information."""
    with scratch() as (objects, config):
        objects.make("defconfig", "modules_prepare")
        defconfig = folder / "defconfig"
        shutil.copyfile(objects.recipe.objects / ".config", defconfig)
        for name, file, without in (
            ("the rig's configuration", config, ()),
            *((f"the same without {name}", config, symbols) for name, symbols in FEATURES.items()),
            ("arm64's defconfig", defconfig, ()),
        ):
            objects.configure(file, without)
            yield Way("files to compile", name, (objects.steps(),), measure="files")
        objects.configure(config)
        objects.make("modules_prepare")

        def compiled(flags: str, cached: bool = False) -> Callable[[], None]:
            def work() -> None:
                objects.forget(PART)
                objects.make(PART, flags=flags, cached=cached)

            return work

        ways = {name: compiled(flags) for name, flags in DEBUG_INFORMATION.items()}
        ways["line tables, from ccache"] = compiled("", cached=True)
        yield from compare(f"compile {PART}, debug information", ways, rounds)
