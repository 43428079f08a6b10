# SPDX-License-Identifier: GPL-2.0-only
"""The whole checklist, line by line, cheapest first."""

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rig.base.cache import Cache
from rig.base.errors import InputError
from rig.base.progress import Progress
from rig.evidence.record import RunDir
from rig.judge.run import judge_run
from rig.judge.verdict import Verdict
from rig.kernel import base
from rig.kernel.base import BaseTree
from rig.kernel.layout import Layout
from rig.kernel.request import KernelRequest
from rig.kernel.source import Catalogue, KernelSource
from rig.preflight.answer import Answer, Line
from rig.preflight.compiled import compiled, not_run
from rig.preflight.patches import applies, maintainers, style


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
            raise InputError(
                f"series {wanted.name} has no patches", hint="name one: m2m-rig preflight SERIES"
            )
        if self.request.patches:
            raise InputError(
                "the checklist is about a series, and --patch is not of it",
                hint="--series takes a directory of patches, an mbox or a patch file",
            )
        # Found out now, and not after everything else was compiled.
        verdict = tuple(self._verdict())
        catalogue = Catalogue.load(self.layout.kernels)
        sources = {source.name: source for source in catalogue.kernels.values()}
        sources.setdefault(self.request.source.name, self.request.source)
        for source in sources.values():
            if self._wanting(source):
                yield Line(f"applies to {source.name}", "not run", "its source is not in the cache")
            else:
                yield self._quiet(applies(wanted, source, self._prepare))
        unpatched = self._prepare(self.request.source)
        wanted = wanted.on(unpatched.version)
        with tempfile.TemporaryDirectory(prefix="m2m-rig-preflight-") as scratch:
            yield style(
                wanted.patches,
                unpatched.directory,
                Path(scratch),
                # Debian's packages and tarballs are one commit.
                with_history=self.request.source.kind == "directory",
            )
            yield maintainers(wanted.patches, unpatched.directory, Path(scratch))
        if self.compiling:
            yield from compiled(self.request, unpatched, self.cache, self.layout, self.progress)
        else:
            yield from not_run("left out by --quick")
        yield from verdict

    def _wanting(self, source: KernelSource) -> bool:
        """Whether a quick answer would need a source that is not here; told if it must be had."""
        if base.here(source, self.cache) is not None:
            return False
        if source.name == self.request.source.name:
            what = f"the source of {source.name} is not in the cache: it is fetched and unpacked"
            self.progress.note(f"{what}, which takes a minute and 150 MB to download")
            return False
        return not self.compiling

    def _prepare(self, source: KernelSource) -> BaseTree:
        return base.prepare(source, self.cache, self.progress)

    def _quiet(self, line: Line) -> Line:
        self.progress.close()
        return line

    def _verdict(self) -> Iterator[Line]:
        if self.run is None:
            yield Line("the gate says CLEAN", "not run", "name its run directory with --run")
            return
        directory = RunDir(self.run)
        verdict = judge_run(directory)
        built = json.loads((self.run / "build.json").read_text())
        asked = self.request.series.on(built["base"]["version"])
        if built["series"]["digest"] != asked.digest:
            yield Line("the gate says CLEAN", "no", f"{self.run} judged other patches than these")
            return
        yield from gate_lines(verdict)


def gate_lines(verdict: Verdict) -> Iterator[Line]:
    """What the gate says of each claim."""
    for claim in verdict.told:
        outcome = verdict.claims[claim]
        answer: Answer = "no"
        if outcome in ("CLEAN", "not judged"):
            answer = "yes" if outcome == "CLEAN" else "not run"
        summary = f"{outcome}, {len(verdict.cases)} cases, Linux {verdict.run.kernel}"
        details = tuple(f"{r.id}: {r.text}" for case in verdict.cases for r in case.reasons)
        yield Line(f"the gate says CLEAN: {claim}", answer, summary, details)
