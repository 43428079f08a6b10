# SPDX-License-Identifier: GPL-2.0-only
"""The whole checklist, line by line, cheapest first."""

import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rig.cache import Cache
from rig.claims import CLAIMS
from rig.errors import InputError, RigError
from rig.evidence.record import RunDir
from rig.kernel import base, config, series
from rig.kernel.base import BaseTree
from rig.kernel.layout import Layout
from rig.kernel.progress import Progress
from rig.kernel.recipe import Toolchain
from rig.kernel.request import KernelRequest
from rig.kernel.source import Catalogue, KernelSource
from rig.kernel.workshop import open_workshop
from rig.preflight.answer import Answer, Line
from rig.preflight.objects import Bench, folders_of, option_off, warnings
from rig.preflight.patches import applies, maintainers, style
from rig.preflight.prefixes import MODULE, OFF, ON, builds
from rig.verdict import judge_run

# Objects that are only looked at lie beside those of real builds.
WORKSHOP = "preflight"

COMPILING = (
    "every patch builds, option on",
    "every patch builds, option module",
    "every patch builds, option off",
    "no new warnings (W=1, sparse)",
    "nothing left with the option off",
)


@dataclass(frozen=True)
class Checklist:
    """What is asked of one series.

    Args:
        request: the series, and the kernel that it was made for.
        compiling: also ask what only a compiler can answer.
        run: the run directory whose verdict counts; None: there is none.
    """

    request: KernelRequest
    compiling: bool
    run: Path | None
    cache: Cache
    layout: Layout
    progress: Progress

    def lines(self) -> Iterator[Line]:
        """Each line as soon as it is answered.

        Raises:
            InputError: there are no patches to ask about, or `run` is no run directory.
            RigError: the kernel of the request cannot be had.
        """
        wanted = self.request.series
        if not wanted.patches:
            raise InputError(f"series {wanted.name} has no patches", hint="choose another --series")
        # Found out now, and not after everything else was compiled.
        verdict = tuple(self._verdict())
        catalogue = Catalogue.load(self.layout.kernels)
        sources = {source.name: source for source in catalogue.kernels.values()}
        sources.setdefault(self.request.source.name, self.request.source)
        for source in sources.values():
            yield self._quiet(applies(wanted, source, self._prepare))
        unpatched = self._prepare(self.request.source)
        with tempfile.TemporaryDirectory(prefix="m2m-rig-preflight-") as scratch:
            yield style(wanted.patches, unpatched.directory, Path(scratch))
            yield maintainers(wanted.patches, unpatched.directory, Path(scratch))
        yield from self._compiled(unpatched)
        yield from verdict

    def _prepare(self, source: KernelSource) -> BaseTree:
        return base.prepare(source, self.cache, self.progress)

    def _quiet(self, line: Line) -> Line:
        self.progress.close()
        return line

    def _compiled(self, unpatched: BaseTree) -> Iterator[Line]:
        if not self.compiling:
            for question in COMPILING:
                yield Line(question, "not run", "left out by --quick")
            return
        wanted = config.wishes(
            self.layout.config, self.request.profile, self.request.series, self.request.fragments
        )
        # The rig's own patches are not in these trees, so their symbols are not either.
        rig_patches = series.read_directory(self.layout.rig_patches)
        wanted = wanted.without(f"CONFIG_{name}" for patch in rig_patches for name in patch.symbols)
        questions: tuple[Callable[[Bench], Line], ...] = (
            lambda bench: builds(bench, ON),
            lambda bench: builds(bench, MODULE),
            lambda bench: builds(bench, OFF),
            warnings,
            option_off,
        )
        with open_workshop(
            unpatched, WORKSHOP, Toolchain.find(), self.cache, self.progress
        ) as workshop:
            folders = folders_of(self.request.series, unpatched)
            bench = Bench(workshop, unpatched, self.request.series, wanted, folders)
            for question, ask in zip(COMPILING, questions, strict=True):
                self.progress.stage(question)
                try:
                    line = ask(bench)
                except RigError as error:
                    line = Line(question, "not run", error.message.partition("\n")[0])
                yield self._quiet(line)

    def _verdict(self) -> Iterator[Line]:
        if self.run is None:
            yield Line("the gate says CLEAN", "not run", "name its run directory with --run")
            return
        directory = RunDir(self.run)
        verdict = judge_run(directory)
        built = json.loads((self.run / "build.json").read_text())
        if built["series"]["digest"] != self.request.series.digest:
            yield Line("the gate says CLEAN", "no", f"{self.run} judged other patches than these")
            return
        for claim in CLAIMS:
            outcome = verdict.claims[claim]
            answer: Answer = "no"
            if outcome in ("CLEAN", "not judged"):
                answer = "yes" if outcome == "CLEAN" else "not run"
            summary = f"{outcome}, {len(verdict.cases)} cases, Linux {verdict.run.kernel}"
            details = tuple(f"{r.id}: {r.text}" for case in verdict.cases for r in case.reasons)
            yield Line(f"the gate says CLEAN: {claim}", answer, summary, details)
