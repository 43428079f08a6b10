# SPDX-License-Identifier: GPL-2.0-only
"""What selfcheck prints."""

from io import StringIO

from rig.base.console import console_for
from rig.base.paths import FAULTS, ROOT
from rig.campaign.planted import print_matrix
from rig.campaign.selfcheck import Finding
from rig.judge.judged import judge_folder
from rig.model.faults import load

CASES = ROOT / "tests" / "corpus" / "red" / "cases"


def finding(scenario: str, wanted: tuple[str, ...]) -> Finding:
    folder = CASES / f"{scenario}-s1"
    fault = next(fault for fault in load(FAULTS).faults if fault.id == "F02")
    return Finding(fault, scenario, wanted, judge_folder(folder).verdict, folder, 1.0)


def test_a_pipe_cuts_nothing_off() -> None:
    found = finding("vim2m-import-cma-signaled", ("fence.stub-in-flight",))
    shown = StringIO()
    print_matrix([found], console_for(shown))
    [row] = [line for line in shown.getvalue().splitlines() if line.startswith("F02")]
    words = row.split()
    assert words[1] == "vim2m-import-cma-signaled"
    assert words[4] == found.verdict.reasons[0].id
    assert words[5] == "contract"
    # An id says nothing to anybody.
    assert found.fault is not None
    assert " ".join(words[6:]) == found.fault.title
    assert f"F02 {found.fault.title}  in vim2m-import-cma-signaled" in shown.getvalue()
