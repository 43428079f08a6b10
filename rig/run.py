# SPDX-License-Identifier: GPL-2.0-only
"""`m2m-rig run`: the chosen scenarios as a pytest session, and the verdict on what it left."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from rich.console import Console

from rig.errors import InputError
from rig.evidence.record import CaseRecord
from rig.gate import Gate
from rig.paths import SCENARIOS
from rig.pytest_plugin import GATE, NotClean, ScenarioItem
from rig.report.files import write_reports
from rig.report.text import case_line
from rig.session import Options, plan_cases
from rig.verdict import Verdict, judge_run, judged_claims


class GateReporter:
    """Hands the gate to pytest, and prints one line for each case as it ends."""

    def __init__(self, gate: Gate, cases: Sequence[CaseRecord], console: Console) -> None:
        self._gate = gate
        self._cases = {case.id for case in cases}
        self._console = console
        self.error: BaseException | None = None

    def pytest_configure(self, config: pytest.Config) -> None:
        config.stash[GATE] = self._gate

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.error = InputError(f"cannot collect {report.nodeid}: {report.longreprtext}")

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [
            item for item in items if isinstance(item, ScenarioItem) and item.case_id in self._cases
        ]

    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        if not isinstance(item, ScenarioItem):
            return
        error = call.excinfo.value if call.excinfo else None
        if isinstance(error, NotClean | pytest.xfail.Exception) and item.verdict is not None:
            self._console.print(case_line(item.verdict), soft_wrap=True)
        elif error is not None:
            # Not a verdict: the rig or the machine failed, and so will the next case.
            self.error = error
            item.session.shouldstop = str(error)
        elif call.when == "call":
            self._console.print(f"[bold green]CLEAN[/bold green]  {item.case_id}", soft_wrap=True)


def run_gate(gate: Gate, options: Options, console: Console) -> Verdict:
    """Run every case, judge the run directory, write the reports into it.

    Raises:
        RigError: a case could not be run at all, or none judges what is claimed.
        KeyboardInterrupt: the user stopped it; what has run is on disk.
    """
    planned = plan_cases(gate, options.scenarios(), options.seeds)
    cases = [case for case in planned if judged_claims(case)]
    if not cases:
        raise InputError(
            f"none of these scenarios judges {' or '.join(gate.claims)} for {gate.facts.series}",
            hint="choose other scenarios, or another claim",
        )
    gate.open(cases, options.choice())
    files = options.selection.paths or (SCENARIOS,)
    argv = [str(path) for path in files]
    argv += [f"--m2m-seed={seed}" for seed in options.seeds]
    # Nothing of the directory that the user stands in has a say in the gate.
    argv += ["--rootdir", str(Path(files[0]).parent), "-c", "/dev/null", "--import-mode=importlib"]
    argv += ["-p", "no:terminal", "-p", "no:cacheprovider", "-p", "no:logging", "--noconftest"]
    reporter = GateReporter(gate, cases, console)
    status = pytest.main(argv, plugins=[reporter])
    if reporter.error is not None:
        raise reporter.error
    if status == pytest.ExitCode.INTERRUPTED:
        raise KeyboardInterrupt
    verdict = judge_run(gate.directory)
    write_reports(verdict, gate.directory)
    return verdict
