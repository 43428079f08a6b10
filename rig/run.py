# SPDX-License-Identifier: GPL-2.0-only
"""`m2m-rig run`: the chosen scenarios as a pytest session, and the verdict on what it left."""

from pathlib import Path

import pytest
from rich.console import Console

from rig.errors import RigError
from rig.gate import Gate
from rig.paths import SCENARIOS
from rig.pytest_plugin import GATE, NotClean, ScenarioItem
from rig.report.files import write_reports
from rig.report.text import case_line
from rig.scenario import Scenario
from rig.session import Options, plan_cases
from rig.verdict import Verdict, judge_run


class GateReporter:
    """Hands the gate to pytest, and prints one line for each case as it ends."""

    def __init__(self, gate: Gate, scenarios: tuple[Scenario, ...], console: Console) -> None:
        self._gate = gate
        self._names = {scenario.name for scenario in scenarios}
        self._console = console
        self.error: RigError | None = None

    def pytest_configure(self, config: pytest.Config) -> None:
        config.stash[GATE] = self._gate

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [
            item
            for item in items
            if isinstance(item, ScenarioItem) and item.scenario.name in self._names
        ]

    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        if call.when != "call" or not isinstance(item, ScenarioItem):
            return
        error = call.excinfo.value if call.excinfo else None
        if isinstance(error, RigError):
            self.error = error
            item.session.shouldstop = str(error)
        elif isinstance(error, NotClean):
            self._console.print(case_line(error.verdict), soft_wrap=True)
        elif error is None:
            self._console.print(
                f"[bold green]CLEAN[/bold green]  {item.scenario.name}-s{item.seed}",
                soft_wrap=True,
            )


def run_gate(gate: Gate, options: Options, console: Console) -> Verdict:
    """Run every case, judge the run directory, write the reports into it.

    Raises:
        RigError: a case could not be run at all.
        KeyboardInterrupt: the user stopped it; what has run is on disk.
    """
    scenarios = options.scenarios()
    gate.open(plan_cases(gate, scenarios, options.seeds), options.choice())
    files = options.selection.paths or (SCENARIOS,)
    argv = [str(path) for path in files]
    argv += [f"--m2m-seed={seed}" for seed in options.seeds]
    # Nothing of the directory that the user stands in has a say in the gate.
    argv += ["--rootdir", str(Path(files[0]).parent), "-c", "/dev/null", "--import-mode=importlib"]
    argv += ["-p", "no:terminal", "-p", "no:cacheprovider", "-p", "no:logging"]
    reporter = GateReporter(gate, scenarios, console)
    status = pytest.main(argv, plugins=[reporter])
    if reporter.error is not None:
        raise reporter.error
    if status == pytest.ExitCode.INTERRUPTED:
        raise KeyboardInterrupt
    verdict = judge_run(gate.directory)
    write_reports(verdict, gate.directory)
    return verdict
