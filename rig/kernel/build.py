# SPDX-License-Identifier: GPL-2.0-only
"""From a request to a finished kernel in the cache."""

import contextlib
import hashlib
import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rig.base.cache import Cache
from rig.base.progress import Progress, Silent
from rig.kernel import base, config, install, profile, tree
from rig.kernel.base import BaseTree
from rig.kernel.buildid import read_build_ids
from rig.kernel.compile import Make
from rig.kernel.fragment import Wishes
from rig.kernel.layout import Layout
from rig.kernel.patch import Patch, patches_on, symbols_of
from rig.kernel.recipe import Recipe, Toolchain, jobs
from rig.kernel.record import FORMAT, RECORD, KernelBuild, load_build, steps_of_first_builds
from rig.kernel.request import KernelRequest, build_key, module_sources
from rig.kernel.tree import KernelTree
from rig.model.drivers import load_all
from rig.model.sources import OWN_SOURCES

KIND = "kernels"

# How the directories of the user's modules are told from the rig's.
OWN_MODULES = OWN_SOURCES.rpartition("/")[2]


def build(
    request: KernelRequest,
    progress: Progress | None = None,
    *,
    cache: Cache | None = None,
    layout: Layout | None = None,
) -> KernelBuild:
    """Build a kernel unless the cache has it.

    Raises:
        InputError: a patch does not apply, a symbol cannot be had, something does not compile.
        EnvironmentFailure: a tool, the network or room on the disk is missing.
    """
    progress = progress or Silent()
    cache = cache or Cache.default(progress.note)
    cache.clear_leftovers()
    try:
        return _Job.plan(request, cache, layout or Layout.bundled(), progress).run()
    finally:
        progress.close()


@dataclass(frozen=True, slots=True)
class _Job:
    """A request with everything that it stands for."""

    request: KernelRequest
    cache: Cache
    progress: Progress
    base: BaseTree
    rig_patches: tuple[Patch, ...]
    wanted: Wishes
    modules: dict[str, bytes]
    toolchain: Toolchain
    told: tuple[str, ...]
    key: str

    @classmethod
    def plan(
        cls, request: KernelRequest, cache: Cache, layout: Layout, progress: Progress
    ) -> "_Job":
        toolchain = Toolchain.find()
        wanted = config.wishes(
            layout.config, request.profile, request.series, request.fragments, request.config,
            request.wanted,
        )  # fmt: skip
        prepared = base.prepare(request.source, cache, progress)
        rig_patches = patches_on(prepared.version, request.rig_patches(layout))
        for patch in request.patches:
            if why := patch.why_not(prepared.version):
                progress.note(f"not for Linux {prepared.version}: {patch.name}: {why}")
        request = request.on(prepared.version)
        own = profile.modules(layout, request.profile)
        absent = load_all(layout.drivers).absent_blocks(wanted.by_symbol.keys())
        modules = module_sources(own, absent=absent)
        modules |= module_sources(request.modules, OWN_MODULES)
        told = profile.variables(layout.config, request.profile)
        key = build_key(request, prepared, rig_patches, wanted, modules, toolchain, told)
        return cls(
            request, cache, progress, prepared, rig_patches, wanted, modules, toolchain, told, key
        )

    def run(self) -> KernelBuild:
        if found := self.cache.find(KIND, self.key):
            return load_build(found)
        waiting = f"waiting for another build of {self.base.id}"
        with self.cache.lock(base.KIND, self.base.id, waiting=lambda: self.progress.stage(waiting)):
            # The other build may have been this one.
            directory = self.cache.publish(KIND, self.key, self._fill)
        return load_build(directory)

    def _fill(self, directory: Path) -> None:
        started = datetime.now(UTC)
        clock = time.monotonic()
        self._tell_overrides()
        self._tell_untried()
        composed = tree.compose(
            self.base, self.request.series, self.request.patches, self.rig_patches
        )
        self._tell_drift(composed)
        composed.check_out()
        recipe = Recipe(
            self.base.directory, self.request.profile, self.toolchain, jobs(), self.told
        )
        recipe.begin()
        make = Make(recipe.tree, recipe.environment(self.cache), recipe.log, self.progress)
        wanted = self._possible(composed)
        figures = _Work(self, recipe, make, directory).run(wanted, composed)
        figures["seconds"] = round(time.monotonic() - clock, 1)
        figures["ccache"] = dict(recipe.cache_hits())
        shutil.copyfile(recipe.log, directory / "build.log")
        record = self._record(composed, wanted, directory, started, figures)
        (directory / RECORD).write_text(json.dumps(record, indent=2) + "\n")

    def _possible(self, composed: KernelTree) -> Wishes:
        """The wishes without the symbols of rig patches that this kernel does not have."""
        return self.wanted.without(symbols_of(item.patch for item in composed.missing))

    def _tell_overrides(self) -> None:
        for new, old in self.wanted.overrides:
            self.progress.note(
                f"{new.symbol}={new.value} ({new.place}) replaces {old.value} ({old.place})"
            )

    def _tell_untried(self) -> None:
        series, version = self.request.series, self.base.version
        if series.untried_on(version):
            known = " and ".join(series.made_for)
            self.progress.note(
                f"series {series.name} was made for Linux {known}; on {version} nobody has tried it"
            )

    def _tell_drift(self, composed: KernelTree) -> None:
        for applied in composed.applied:
            if applied.how != "as it is":
                self.progress.note(f"patch {applied.patch.name} applied {applied.how}")
        for item in composed.missing:
            self.progress.note(f"rig patch {item.patch.name} does not apply: {item.reason}")

    def _record(
        self,
        composed: KernelTree,
        wanted: Wishes,
        directory: Path,
        started: datetime,
        figures: dict[str, Any],
    ) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "key": self.key,
            **figures,
            "profile": self.request.profile,
            "base": {
                "name": self.request.source.name,
                "origin": self.base.origin,
                "version": self.base.version,
                "tree": self.base.tree,
            },
            "series": {
                "name": self.request.series.name,
                "title": self.request.series.title,
                "made_for": ", ".join(self.request.series.made_for),
                "claims": [claim.name for claim in self.request.series.claims],
                "link": self.request.series.link,
                "digest": self.request.series.digest,
            },
            "patches": _patch_records(
                composed, len(self.request.series.patches), len(self.request.patches)
            ),
            "commits": {"under_test": composed.under_test, "built": composed.commit},
            # What of the kernel under test is not the series' own; reports name it.
            "changed_by_rig": list(composed.differences(())),
            "config_sha256": _sha256(directory / "config"),
            "wishes_sha256": hashlib.sha256(wanted.text.encode()).hexdigest(),
            "compiler": self.toolchain.compiler,
            "linker": self.toolchain.linker,
            "started": started.isoformat(timespec="seconds"),
            "image_sha256": _sha256(directory / "Image"),
            "build_ids": read_build_ids(
                directory / "vmlinux", directory / "modules", f"{self.toolchain.prefix}readelf"
            ),
            "reproduce": self.request.command(),
        }


@dataclass(frozen=True, slots=True)
class _Work:
    """The calls of make of one build."""

    job: _Job
    recipe: Recipe
    make: Make
    directory: Path

    def run(self, wanted: Wishes, composed: KernelTree) -> dict[str, Any]:
        progress = self.job.progress
        # Also what an interrupted build left makes the number of steps unknown.
        first = not (self.recipe.objects / ".config").exists()
        times: dict[str, float] = {}
        with _timed(times, "configure"):
            progress.stage("configuring")
            config.configure(self.recipe, self.make, wanted, composed)
        installed = install.Installation(self.recipe, self.make, self.directory)
        if not (self.recipe.objects / "vmlinux").exists():
            # Minutes lie ahead; a change to what is there takes seconds.
            with _timed(times, "try"):
                progress.stage("trying the rig's own modules on headers")
                installed.try_rig_modules(self.job.modules)
        with _timed(times, "compile"):
            progress.stage(f"compiling Linux {self.job.base.version} ({self.recipe.profile})")
            expected = self._expected_steps() if first else None
            steps = self.make.run(self.recipe.make("Image", "modules"), expected=expected)
            # make itself configures again if it sees a reason to.
            config.check(self.recipe, wanted)
        with _timed(times, "install"):
            progress.stage("installing modules and headers")
            release = installed.kernel()
            modules = installed.rig_modules(self.job.modules)
        return {
            "release": release,
            "rig_modules": modules,
            "first": first,
            "steps": steps,
            "parts": times,
        }

    def _expected_steps(self) -> int | None:
        """Steps of the last first build like this one, else the catalogue's estimate."""
        kernels = self.job.cache.root / KIND
        known = steps_of_first_builds(kernels, self.recipe.profile, self.job.base.version)
        return known or self.job.request.source.steps


@contextlib.contextmanager
def _timed(times: dict[str, float], name: str) -> Iterator[None]:
    begin = time.monotonic()
    yield
    times[name] = round(time.monotonic() - begin, 1)


def _patch_records(composed: KernelTree, series_count: int, user_count: int) -> dict[str, Any]:
    entries = [
        {
            "name": item.patch.name,
            "subject": item.patch.subject,
            "sha256": item.patch.sha256,
            "commit": item.commit,
            "applied": item.how,
        }
        for item in composed.applied
    ]
    end = series_count + user_count
    return {
        "series": entries[:series_count],
        "user": entries[series_count:end],
        "rig": entries[end:],
        "missing": [
            {
                "name": item.patch.name,
                "files": list(item.patch.files),
                "sha256": item.patch.sha256,
                "reason": item.reason,
            }
            for item in composed.missing
        ],
    }


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
