# SPDX-License-Identifier: GPL-2.0-only
"""pytest: scenario files are test items, and Python tests get guests.

A file `*.m2m.yaml` becomes one item for each seed.  An item passes if every claim that it judges is
CLEAN, and fails as expected if all that is wrong is a known issue.  The kernel is built once for a
session, before the first item that needs it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from rig.evidence.case import CaseEvidence
from rig.evidence.record import CaseRecord
from rig.host.workers import worker_limit
from rig.judge.judged import judge_folder
from rig.judge.verdict import CaseVerdict
from rig.model.claims import claim_named, claims
from rig.model.options import Options
from rig.model.scenario import SUFFIX, Program, Scenario, Shape, load
from rig.run.gate import ATTEMPTS, Gate
from rig.run.prepare import prepare
from rig.view.output import progress_for

GATE = pytest.StashKey[Gate]()
SCENARIOS = pytest.StashKey[tuple[Scenario, ...]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("m2m-rig", "virtual test rig for V4L2 mem2mem drivers")
    group.addoption("--m2m-kernel", default=Options.kernel, help="kernel to build and boot")
    group.addoption("--m2m-series", default=Options.series, help="series to judge")
    group.addoption("--m2m-patch", action="append", default=[], help="one more patch on top")
    group.addoption(
        "--m2m-claim",
        action="append",
        default=[],
        choices=[claim.name for claim in claims()],
        help="judge this claim",
    )
    group.addoption("--m2m-seed", action="append", type=int, default=[], help="schedule")
    group.addoption("--m2m-clock", default="virtual", choices=("virtual", "real"))
    group.addoption("--m2m-fresh", default="boot", choices=("boot", "snapshot"))
    group.addoption("--m2m-out", default="out", help="where run directories are made")


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
    found = {item.scenario.name: item.scenario for item in items}
    session.config.stash[SCENARIOS] = tuple(found.values())


class ScenarioFile(pytest.File):
    """A scenario file: one item for each seed."""

    def collect(self) -> Iterator[pytest.Item]:
        scenario = load(self.path)
        for seed in self.config.getoption("--m2m-seed") or [1]:
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
        session = GuestSession(session_gate(self.config))
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
    return Options(
        kernel=config.getoption("--m2m-kernel"),
        series=config.getoption("--m2m-series"),
        patches=tuple(map(Path, config.getoption("--m2m-patch"))),
        claims=tuple(map(claim_named, config.getoption("--m2m-claim"))),
        clock=config.getoption("--m2m-clock"),
        seeds=tuple(config.getoption("--m2m-seed") or [1]),
        fresh=config.getoption("--m2m-fresh"),
        out=Path(config.getoption("--m2m-out")),
    )


def session_gate(config: pytest.Config) -> Gate:
    """The gate of this session; built by the first who asks."""
    if GATE not in config.stash:
        # All scenarios share one kernel, so it needs what each of them asks for.
        scenarios = config.stash.get(SCENARIOS, ())
        config.stash[GATE] = prepare(session_options(config), progress_for(), scenarios)
    return config.stash[GATE]


@pytest.fixture
def guest(request: pytest.FixtureRequest) -> GuestSession:
    """Guests on the kernel that pytest's options name."""
    return GuestSession(session_gate(request.config))
