# SPDX-License-Identifier: GPL-2.0-only
"""From an object directory to what a guest and its workloads need."""

import hashlib
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rig.host import command
from rig.kernel.compile import Make
from rig.kernel.recipe import Recipe
from rig.model.sources import RIG_MODULES

# Beside the rig's modules: which configuration they were compiled for.
_CONFIGURED = "m2m-rig-configured"

# What is kept of the object directory, and its name in the entry.
_PARTS = (
    ("arch/arm64/boot/Image", "Image"),
    ("vmlinux", "vmlinux"),
    ("System.map", "System.map"),
    (".config", "config"),
)


@dataclass(frozen=True, slots=True)
class Installation:
    """Fills a cache entry.

    Args:
        recipe: the finished object directory.
        make: how make is run.
        directory: the entry in the making.
    """

    recipe: Recipe
    make: Make
    directory: Path

    def kernel(self) -> str:
        """Copy the kernel, its modules and its headers; returns the release."""
        objects, tree = self.recipe.objects, self.recipe.tree
        for built, name in _PARTS:
            shutil.copyfile(objects / built, self.directory / name)
        self._install("modules_install", "headers_install")
        self._collect_debug_modules(objects)
        self._copy_kselftest()
        source = tree / "usr" / "gen_init_cpio.c"
        program = self.directory / "gen_init_cpio"
        command.run(["gcc", "-O2", "-o", program, source])
        return (objects / "include" / "config" / "kernel.release").read_text().strip()

    def headers(self) -> None:
        """Copy what programs of the guest are compiled with; no kernel needs to be there."""
        self._install("headers_install")
        self._copy_kselftest()

    def try_rig_modules(self, sources: Mapping[str, bytes]) -> None:
        """Compile the rig's own modules on nothing but headers: what is wrong with one is known
        before the kernel is built.  They are not linked, and what they need of it is not looked
        for.

        Args:
            sources: as for `rig_modules`.

        Raises:
            InputError: one does not compile.
        """
        self.make.run(self.recipe.make("modules_prepare"))
        options = ("KBUILD_MODPOST_WARN=1", "KBUILD_MODPOST_NOFINAL=1")
        place = self._lay_out(sources)
        self.make.run(self.recipe.make(*options, "modules", external=place))

    def rig_modules(self, sources: Mapping[str, bytes]) -> list[str]:
        """Build and install the rig's own modules; returns paths below ``modules``.

        Args:
            sources: by path, of which the first part names a directory with a Kbuild.
        """
        place = self._lay_out(sources)
        self.make.run(self.recipe.make("modules", external=place))
        self._install("modules_install", external=place)
        self._collect_debug_modules(place)
        names = {Path(line).stem for line in (place / "modules.order").read_text().split()}
        modules = self.directory / "modules"
        found = [path for path in modules.rglob("*.ko") if path.stem in names]
        return sorted(str(path.relative_to(modules)) for path in found)

    def _lay_out(self, sources: Mapping[str, bytes]) -> Path:
        """Write the sources where they are compiled."""
        place = self.recipe.objects / RIG_MODULES
        self._forget_other_configuration(place)
        directories = dict.fromkeys(Path(name).parts[0] for name in sources)
        # One call for all: each reads the whole of kbuild first.
        listing = "".join(f"obj-m += {directory}/\n" for directory in directories)
        write_changed(place, {**sources, "Kbuild": listing.encode()})
        return place

    def _forget_other_configuration(self, place: Path) -> None:
        """Remove objects that were compiled for another configuration.

        kbuild compiles modules of others below their own directory since 6.13, and looks there for
        the parts of the configuration that an object depends on: it finds none, and compiles none
        anew.  Structures of the kernel that the configuration changes would then be other ones.
        """
        stamp = place / _CONFIGURED
        now = hashlib.sha256((self.recipe.objects / ".config").read_bytes()).hexdigest()
        if stamp.is_file() and stamp.read_text() == now:
            return
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        stamp.write_text(now)

    def _install(self, *targets: str, external: Path | None = None) -> None:
        modules = self.directory / "modules"
        self.make.run(
            self.recipe.make(
                f"INSTALL_MOD_PATH={modules}",
                # --strip-debug: the guest has no use for line tables, and unpacks them slowly.
                "INSTALL_MOD_STRIP=1",
                f"INSTALL_HDR_PATH={self.directory / 'headers'}",
                *targets,
                external=external,
            )
        )
        # Points to the object directory, which the next build changes.
        for link in modules.glob("lib/modules/*/build"):
            link.unlink()

    def _copy_kselftest(self) -> None:
        selftests = self.recipe.tree / "tools" / "testing" / "selftests"
        (self.directory / "kselftest").mkdir()
        for header in sorted(selftests.glob("kselftest*.h")):
            shutil.copyfile(header, self.directory / "kselftest" / header.name)

    def _collect_debug_modules(self, place: Path) -> None:
        target = self.directory / "debug-modules"
        target.mkdir(exist_ok=True)
        for line in (place / "modules.order").read_text().split():
            module = (place / line).with_suffix(".ko")
            shutil.copyfile(module, target / module.name)


def write_changed(directory: Path, sources: Mapping[str, bytes]) -> None:
    """Make a directory hold these files; equal ones keep their times, so make compiles little."""
    kept = {directory / name for name in sources}
    for pattern in ("*.c", "*.h", "*.S"):
        for path in directory.rglob(pattern):
            if path not in kept and not path.name.endswith(".mod.c"):
                path.unlink()
    for name, text in sources.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_bytes() != text:
            path.write_bytes(text)
