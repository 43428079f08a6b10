# SPDX-License-Identifier: GPL-2.0-only
"""pytest: scenario files are test items, and Python tests get guests.

A file `*.m2m.yaml` becomes one item for each seed.  An item passes if every claim that it judges is
CLEAN, and fails as expected if all that is wrong is a known issue.  The kernel is built once for a
session, before the first item that needs it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from rig.base.paths import SCENARIOS
from rig.commands.arguments import how_typed
from rig.evidence.case import CaseEvidence
from rig.evidence.record import CaseRecord
from rig.host.workers import worker_limit
from rig.judge.judged import judge_folder
from rig.judge.verdict import CaseVerdict
from rig.model.option import PYTEST, Option
from rig.model.options import RUN, Options, rows_of
from rig.model.scenario import SUFFIX, Program, Scenario, Shape, load
from rig.run.gate import ATTEMPTS, Gate
from rig.run.prepare import prepare
from rig.view.output import progress_for

GATE = pytest.StashKey[Gate]()
FILES = pytest.StashKey[Mapping[Path, Scenario]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("m2m-rig", "virtual test rig for V4L2 mem2mem drivers")
    for row in rows_of(PYTEST):
        group.addoption(row.pytest_flag, dest=_dest(row), default=None, **how_typed(row, PYTEST))


def _dest(row: Option) -> str:
    return f"m2m_{row.name}"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """`pytest -n auto`: as many as there are CPUs, and memory for a guest each."""
    return worker_limit(Shape().memory)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    if file_path.name.endswith(SUFFIX):
        return ScenarioFile.from_parent(parent, path=file_path)
    return None


def pytest_collection_finish(session: pytest.Session) -> None:
    items = [item for item in session.items if isinstance(item, ScenarioItem)]
    files: Mapping[Path, Scenario] = {item.path: item.scenario for item in items}
    session.config.stash[FILES] = files


class ScenarioFile(pytest.File):
    """A scenario file: one item for each seed."""

    def collect(self) -> Iterator[pytest.Item]:
        scenario = load(self.path)
        for seed in session_options(self.config).seeds:
            yield ScenarioItem.from_parent(
                self, name=f"{scenario.name}[seed {seed}]", scenario=scenario, seed=seed
            )


class NotClean(Exception):
    """A case that was judged and is not clean."""

    def __init__(self, verdict: CaseVerdict, folder: Path) -> None:
        super().__init__(f"{verdict.id} is {verdict.outcome}")
        self.verdict = verdict
        self.folder = folder


class ScenarioItem(pytest.Item):
    """One scenario under one seed."""

    def __init__(self, scenario: Scenario, seed: int, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.scenario = scenario
        self.seed = seed

    def runtest(self) -> None:
        gate = session_gate(self.config)
        options = options_of_item(gate.options, self.path, self.config.stash[FILES])
        session = GuestSession(gate.with_options(options))
        outcome = session.run(self.scenario, self.seed, attempts=ATTEMPTS)
        for cause in outcome.verdict.lost:
            self.warn(pytest.PytestWarning(f"{self.name} was started again: {cause}"))
        if outcome.verdict.outcome == "known issue":
            pytest.xfail(", ".join(issue.name for issue in outcome.verdict.known.seen))
        if outcome.verdict.outcome != "CLEAN":
            raise NotClean(outcome.verdict, outcome.folder)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if not isinstance(excinfo.value, NotClean):
            return super().repr_failure(excinfo)
        verdict, folder = excinfo.value.verdict, excinfo.value.folder
        reasons = [f"  {reason.id}: {reason.text}" for reason in verdict.reasons]
        return "\n".join(
            [
                str(excinfo.value),
                *reasons,
                f"  evidence: {folder}",
                f"  reproduce: {verdict.reproduce}",
            ]
        )

    def reportinfo(self) -> tuple[Path, None, str]:
        return self.path, None, self.name


@dataclass(frozen=True)
class GuestOutcome:
    """What a guest left: its directory, the evidence read from it, and the verdict."""

    folder: Path
    evidence: CaseEvidence
    verdict: CaseVerdict

    def reason_ids(self) -> tuple[str, ...]:
        """The ids of all reasons, the worst first."""
        return tuple(reason.id for reason in self.verdict.reasons)


@dataclass(frozen=True)
class GuestSession:
    """Runs cases in guests of their own, from Python."""

    gate: Gate

    def run(self, scenario: Scenario, seed: int = 1, attempts: int = 1) -> GuestOutcome:
        """Run a scenario, read what it left, judge it; `attempts` as in `Gate.live`."""
        case = self.gate.plan(scenario, seed)
        self.gate.run(case, attempts)
        return self.judge(case)

    def judge(self, case: CaseRecord) -> GuestOutcome:
        """Judge what is on disk now; tests use it to see what tampering does."""
        judged = judge_folder(self.gate.directory.case(case.id))
        return GuestOutcome(judged.folder, judged.evidence, judged.verdict)

    def program(
        self, name: str, file: str, *args: str, modules: tuple[str, ...] = (), **scenario: Any
    ) -> GuestOutcome:
        """Run one program of the image in a guest of its own."""
        return self.run(
            Scenario(
                name=name,
                title=name,
                driver=scenario.pop("driver", "none"),
                about=name,
                programs=(Program(name=name, file=file, args=args),),
                modules=modules,
                machine=scenario.pop("machine", Shape(turns="coarse")),
                **scenario,
            )
        )


def session_options(config: pytest.Config) -> Options:
    """The options of `m2m-rig run`, from pytest's command line."""
    usual = {row.name: row.usual.get(PYTEST) for row in rows_of(PYTEST)}
    typed = {row.name: config.getoption(_dest(row)) for row in rows_of(PYTEST)}
    said = {name: value for name, value in typed.items() if value is not None}
    return Options.chosen(RUN, usual | said)


def options_of_item(options: Options, file: Path, files: Mapping[Path, Scenario]) -> Options:
    """The options that choose one item of a session.

    Args:
        file: that of the item.
        files: all of the session.  They share a kernel and an image, so those that bring
            something along take part in what makes them again.
    """
    others = [path for path, each in files.items() if path != file and _shapes(path, each)]
    own = [] if is_bundled(file) and not others else [file]
    return replace(options, scenario_files=tuple(map(_from_here, (*own, *others))))


def is_bundled(file: Path) -> bool:
    """Whether a scenario file is one of the rig's."""
    return SCENARIOS in file.resolve().parents


def _shapes(file: Path, scenario: Scenario) -> bool:
    """Whether kernel or image are others because of it."""
    brought = scenario.config or scenario.module_sources
    own = any(program.own for program in scenario.programs)
    return not is_bundled(file) and bool(brought or own)


def _from_here(file: Path) -> Path:
    here = Path.cwd()
    return file.relative_to(here) if file.is_relative_to(here) else file


def session_gate(config: pytest.Config) -> Gate:
    """The gate of this session; built by the first who asks."""
    if GATE not in config.stash:
        # All scenarios share one kernel, so it needs what each of them asks for.
        scenarios = {each.name: each for each in config.stash.get(FILES, {}).values()}
        config.stash[GATE] = prepare(
            session_options(config), progress_for(), tuple(scenarios.values())
        )
    return config.stash[GATE]


@pytest.fixture
def guest(request: pytest.FixtureRequest) -> GuestSession:
    """Guests on the kernel that pytest's options name."""
    return GuestSession(session_gate(request.config))
