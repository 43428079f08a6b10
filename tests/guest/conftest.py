# SPDX-License-Identifier: GPL-2.0-only
"""Guest tests boot real kernels; the first one waits for the build."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from rig.base.paths import SCENARIOS
from rig.commands.pytest_plugin import GuestOutcome, GuestSession
from rig.kernel.layout import Layout
from rig.kernel.source import Catalogue
from rig.model.claims import claims
from rig.model.options import Options
from rig.model.scenario import SUFFIX, Scenario, load
from rig.run.prepare import prepare
from rig.view.output import progress_for

# Its assertions are the tests' own: what differs from a table is told.
pytest.register_assert_rewrite("tests.guest.known")

# Scenarios of tests here, which say for which kernel they are meant.
collect_ignore_glob = ["scenarios/*"]


def passed_key(kernel: str) -> str:
    """Where pytest's cache has when all of a kernel passed for the last time."""
    return f"m2m-rig/passed/{kernel}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say it, whenever something long was asked for."""
    config = terminalreporter.config
    if config.getoption("-m") != "long" or config.cache is None:
        return
    for kernel in Catalogue.load(Layout.bundled().kernels).kernels:
        said = config.cache.get(passed_key(kernel), None)
        if said:
            terminalreporter.write_line(f"all of {kernel} passed last: {said}")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.guest)
    if "outside" not in config.getoption("-m"):
        items[:] = [item for item in items if not item.get_closest_marker("outside")]


@dataclass(frozen=True)
class Command:
    """How one call of m2m-rig ended.  `directory` is the run directory, if it made one."""

    status: int
    output: str
    errors: str
    directory: Path | None

    @property
    def verdict(self) -> dict[str, Any]:
        assert self.directory is not None, self.errors
        document = json.loads((self.directory / "verdict.json").read_text())
        assert isinstance(document, dict)
        return document

    def case(self, id: str) -> Path:
        """Where the evidence of one case is."""
        assert self.directory is not None, self.errors
        return self.directory / "cases" / id

    def reason_ids(self) -> set[str]:
        return {reason["id"] for case in self.verdict["cases"] for reason in case["reasons"]}


M2mRig = Callable[..., Command]


@pytest.fixture
def m2m_rig(tmp_path: Path) -> M2mRig:
    """Call m2m-rig as a user does; run directories go to a temporary place."""

    def call(verb: str, *words: str) -> Command:
        out = ["--out", str(tmp_path / "out")] if verb in ("run", "boot", "shrink") else []
        done = subprocess.run(
            [sys.executable, "-m", "rig", verb, *words, *out], capture_output=True, text=True
        )
        made = sorted((tmp_path / "out").glob("*")) if (tmp_path / "out").exists() else []
        return Command(done.returncode, done.stdout, done.stderr, made[-1] if made else None)

    return call


def bundled(name: str) -> Scenario:
    """A scenario of the gate."""
    return load(SCENARIOS / f"{name}{SUFFIX}")


@dataclass
class Guests:
    """Guests of any series.  A scenario runs once; what it left is shared and stays as it is."""

    out: Path
    sessions: dict[str, GuestSession] = field(default_factory=dict)
    outcomes: dict[tuple[str, str], GuestOutcome] = field(default_factory=dict)

    def session(self, series: str) -> GuestSession:
        """Guests on the kernel of a series, built if nobody has built it yet."""
        if series not in self.sessions:
            options = Options(series=series, claims=claims(), fresh="boot", out=self.out)
            self.sessions[series] = GuestSession(prepare(options, progress_for()))
        return self.sessions[series]

    def run(self, series: str, scenario: str | Scenario) -> GuestOutcome:
        """What a scenario left on the kernel of a series; each has a name of its own."""
        wanted = bundled(scenario) if isinstance(scenario, str) else scenario
        key = (series, wanted.name)
        if key not in self.outcomes:
            self.outcomes[key] = self.session(series).run(wanted)
        outcome = self.outcomes[key]
        assert outcome.evidence.record.scenario == wanted, f"two scenarios are called {wanted.name}"
        return outcome


@pytest.fixture(scope="session")
def guests(tmp_path_factory: pytest.TempPathFactory) -> Guests:
    """Guests that the tests of a session share."""
    return Guests(tmp_path_factory.mktemp("guests"))
