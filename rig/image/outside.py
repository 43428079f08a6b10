# SPDX-License-Identifier: GPL-2.0-only
"""Programs that nobody here wrote, for the scenarios that ask for them.

`selftests` are the kernel's own, compiled from the tree under test by its own makefiles, static.
All others are Debian's, as a file of `images/layers` says, with the shared libraries that they
need.
"""

import hashlib
import re
import shutil
import tarfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rig.base.cache import Cache
from rig.base.errors import InputError
from rig.base.progress import Progress
from rig.host import command
from rig.host.apt import AptFetcher
from rig.image.programs import run_tool
from rig.kernel import base, tree
from rig.kernel.layout import Layout
from rig.kernel.record import KernelBuild
from rig.kernel.request import KernelRequest
from rig.model.layer import SELFTESTS, Layer, beside, load

RECIPE = 2

_SELFTESTS = "tools/testing/selftests"
# What is compiled: a folder, and its programs.
_SUITES = {
    "sync": ("sync_test",),
    "dmabuf-heaps": ("dmabuf-heap",),
    "drivers/dma-buf": ("udmabuf",),
    "media_tests": ("media_device_test", "media_device_open", "video_device_test"),
}
# What their makefiles include.
_SHARED = (f"{_SELFTESTS}/lib.mk", f"{_SELFTESTS}/kselftest.h", f"{_SELFTESTS}/kselftest_harness.h",
           "tools/scripts", "scripts/Makefile.compiler")  # fmt: skip

# Of an entry of the cache: what the guest has.
_FILES = "files"
_LIBRARIES = ("usr/lib/aarch64-linux-gnu", "lib/aarch64-linux-gnu", "usr/lib", "lib")
_LOADER = "lib/ld-linux-aarch64.so.1"


@dataclass(frozen=True)
class Outside:
    """Where the programs of others come from.

    Args:
        request: what the kernel was built for.
        cross: prefix of the cross compiler.
    """

    kernel: KernelBuild
    request: KernelRequest
    cross: str
    cache: Cache
    progress: Progress
    # Of layers that a case of this run had already: apt is slow, and may answer otherwise later.
    _had: dict[str, dict[str, Path]] = field(default_factory=dict, compare=False)

    def files(self, layers: Collection[str]) -> dict[str, Path]:
        """What a guest with these layers has: path, without the leading slash, to file.

        Raises:
            InputError: a selftest does not compile; layers that do not go together.
            EnvironmentFailure: a package cannot be had.
        """
        debian = [load(name) for name in layers if name != SELFTESTS]
        if len({layer.suite for layer in debian}) > 1:
            raise InputError(
                f"{' and '.join(layer.name for layer in debian)} are of two suites of Debian",
                hint="a guest has one C library",
            )
        found = self._selftests() if SELFTESTS in layers else {}
        for layer in debian:
            found |= self._debian(layer)
        return found

    def _selftests(self) -> dict[str, Path]:
        unpatched = base.prepare(self.request.source, self.cache, self.progress)
        commit = self._commit(unpatched)
        repository = unpatched.directory
        sources = (*_SHARED, *(f"{_SELFTESTS}/{suite}" for suite in _SUITES))
        content = "".join(_git(repository, "rev-parse", f"{commit}:{path}") for path in sources)
        key = hashlib.sha256(f"{RECIPE}{self.cross}{content}".encode()).hexdigest()[:20]

        def make(target: Path) -> None:
            with self.cache.scratch("selftests") as place:
                archive = place / "sources.tar"
                _git(repository, "archive", "-o", str(archive), commit, *sources)
                with tarfile.open(archive) as stream:
                    stream.extractall(place, filter="data")
                (out := place / "out").mkdir()
                for suite, programs in _SUITES.items():
                    self._compile(place / _SELFTESTS / suite, out)
                    for program in programs:
                        shutil.copy(out / program, target)

        entry = self.cache.publish("selftests", key, make)
        programs = (name for names in _SUITES.values() for name in names)
        return {f"outside/{name}": entry / name for name in sorted(programs)}

    def _commit(self, unpatched: base.BaseTree) -> str:
        """What was built; a tree that is younger than the kernel does not have it yet."""
        request = self.request
        own = request.rig_patches(Layout.bundled())
        return tree.compose(unpatched, request.series, request.patches, own).commit

    def _compile(self, suite: Path, out: Path) -> None:
        argv = [
            "make", "-s", "-C", str(suite), "ARCH=arm64",
            f"CROSS_COMPILE={self.cross}",
            f"KHDR_INCLUDES=-isystem {self.kernel.headers}",
            "LDFLAGS=-static -pthread",
            f"OUTPUT={out}",
        ]  # fmt: skip
        run_tool(argv, f"the kernel's selftests in {suite.name} did not compile")

    def _debian(self, layer: Layer) -> dict[str, Path]:
        """The files of a layer, from the cache where they are there."""
        if layer.name not in self._had:
            self._had[layer.name] = self._fetched(layer)
        return self._had[layer.name]

    def _fetched(self, layer: Layer) -> dict[str, Path]:
        fetcher = AptFetcher("arm64", layer.suite, cache=self.cache, progress=self.progress)
        versions = fetcher.candidates(layer.packages)
        packages = [fetcher.download(name, version) for name, version in versions.items()]
        names = " ".join(package.name for package in packages)
        wanted = " ".join((*layer.programs, *layer.files))
        key = hashlib.sha256(f"{RECIPE} {names} {wanted}".encode()).hexdigest()[:20]

        def make(target: Path) -> None:
            with self.cache.scratch("layer") as root:
                for package in packages:
                    command.run(["dpkg-deb", "-x", package, root])
                for name, path in with_libraries(layer, root, f"{self.cross}readelf").items():
                    place = target / _FILES / name
                    place.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy(path, place)

        root = self.cache.publish("layers", key, make) / _FILES
        found = {str(path.relative_to(root)): path for path in root.rglob("*") if path.is_file()}
        return found | {f"{layer.name}/{path.name}": path for path in beside(layer.name)}


def _git(repository: Path, *words: str) -> str:
    return run_tool(["git", "-C", str(repository), *words], "the kernel's tree")


def with_libraries(layer: Layer, root: Path, readelf: str) -> Mapping[str, Path]:
    """The programs, and everything that the loader will look for, but for libraries that are named:
    those are found where they lie, by the path that is in whoever needs them."""
    named = {Path(name).name for name in layer.files}
    found = {name: _there(root, name) for name in (*layer.programs, *layer.files, _LOADER)}
    queue = list(found.values())
    while queue:
        text = run_tool([readelf, "-d", str(queue.pop())], "a shared library")
        for soname in re.findall(r"\(NEEDED\).*\[(.+)\]", text):
            name = f"lib/{soname}"
            if name not in found and soname not in named:
                found[name] = _library(layer, root, soname)
                queue.append(found[name])
    return found


def _there(root: Path, name: str) -> Path:
    """A file of the packages; /lib is a link to /usr/lib in a system, and not in a package."""
    for path in (root / name, root / "usr" / name):
        if path.exists():
            return path.resolve()
    raise InputError(f"no package of the layer has {name}", hint="look into images/layers")


def _library(layer: Layer, root: Path, soname: str) -> Path:
    for folder in _LIBRARIES:
        path = root / folder / soname
        if path.exists():
            return path.resolve()
    raise InputError(
        f"no package of the layer {layer.name} has {soname}",
        hint=f"images/layers/{layer.name}.yaml needs more packages than before",
    )
