# SPDX-License-Identifier: GPL-2.0-only
"""Oracles are found by name, say what they give, and a reason knows who gave it."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import rig.judge.oracles
from rig.base.paths import ROOT
from rig.evidence.case import CaseEvidence, read_case
from rig.evidence.ktap import Observation
from rig.judge.case import judge_case
from rig.judge.kinds import Kind
from rig.judge.oracle import Oracle
from rig.judge.oracles.contract.kinds import ERROR_AS_SUCCESS
from rig.judge.reasons import Reason
from rig.judge.registry import givers, oracles
from rig.model.claims.locks import CLAIM as LOCKS
from tests.unit.added import added

CORPUS = ROOT / "tests" / "corpus"
RED = CORPUS / "red" / "cases" / "vim2m-import-cma-signaled-s1"
FRESH = CORPUS / "red" / "cases" / "vim2m-import-cma-fresh-s1"

SKY = """\
# SPDX-License-Identifier: GPL-2.0-only
from rig.judge.kinds import Kind
from rig.judge.oracle import Oracle
from rig.judge.oracles.guest import LOST
from rig.judge.reasons import Reason
from rig.model.claims.locks import CLAIM as LOCKS

RAIN = Kind("sky.rain", "It rains.", {LOCKS: "DIRTY"})


def falls(case):
    yield Reason(RAIN, "drops")


def hails(case):
    yield Reason(LOST, "nobody said that this oracle gives it")


ORACLE = Oracle("sky", 500, "up.", "nothing.", "anything.", (RAIN,), (falls, hails))
"""


def test_files_have_the_names_of_their_oracles() -> None:
    folder = ROOT / "rig" / "judge" / "oracles"
    modules = {path.stem for path in folder.iterdir() if not path.name.startswith("__")}
    assert {oracle.name.replace(" ", "_") for oracle in oracles()} == modules


def test_every_oracle_says_what_its_silence_is_worth() -> None:
    for oracle in oracles():
        for text in (oracle.looks_at, oracle.proves, oracle.not_proven):
            assert text.endswith("."), oracle.name
        assert oracle.kinds, oracle.name
    assert len({oracle.rank for oracle in oracles()}) == len(oracles())


def test_oracles_are_heard_in_their_order() -> None:
    """What is told first among equals is the cause, and not what it leaves behind."""
    heard = [oracle.name for oracle in oracles() if oracle.looks]
    causes = {
        "serial": ("guest", "results", "lockdep", "detectors", "leftovers"),
        "guest": ("results", "schedule", "lockdep", "log", "lock graph", "fences"),
        "detectors": ("log", "lock graph", "fences", "accounting", "leftovers"),
        "lock graph": ("fences", "uapi", "contract", "waits", "accounting"),
        "fences": ("contract", "accounting"),
        "uapi": ("contract", "leftovers"),
        "waits": ("accounting",),
        "accounting": ("leftovers", "mock hardware", "build"),
    }
    for first, left_behind in causes.items():
        for then in left_behind:
            assert heard.index(first) < heard.index(then), (first, then)


def test_several_oracles_give_one_kind() -> None:
    assert [oracle.name for oracle in givers(ERROR_AS_SUCCESS)] == ["contract", "mock hardware"]


def test_every_reason_of_a_case_says_who_gave_it() -> None:
    verdict = judge_case(read_case(FRESH))
    assert {(reason.id, reason.oracle) for reason in verdict.reasons} >= {
        ("splat.oops", "serial"),
        ("guest.reset", "guest"),
        ("results.missing", "results"),
        ("exercise.driver-idle", "lock graph"),
        ("trace.lost", "accounting"),
    }
    for reason in verdict.reasons:
        assert reason.oracle in {oracle.name for oracle in givers(reason.kind)}


def test_a_consumer_and_the_hardware_each_speak_for_themselves() -> None:
    """Both can see that a job failed and its fence says success."""
    evidence = read_case(next((CORPUS / "clean" / "cases").iterdir()))
    fields = {"id": "1", "when": "after-dqbuf", "error-flag": "1", "status": "1"}
    lie = Observation("fence", {**fields, "fence-driver": "videobuf2"}, (), 1)
    results = replace(evidence.results, observations=(*evidence.results.observations, lie))
    verdict = judge_case(replace(evidence, results=results))
    [reason] = [reason for reason in verdict.reasons if reason.kind is ERROR_AS_SUCCESS]
    assert reason.oracle == "contract"
    # What the hardware says of it: test_done.


def test_an_oracle_gives_what_it_says_or_has_crashed(tmp_path: Path) -> None:
    with added(rig.judge.oracles, "sky", SKY, tmp_path):
        verdict = judge_case(read_case(RED))
    given = {reason.id: reason for reason in verdict.reasons}
    assert given["sky.rain"].oracle == "sky"
    assert verdict.claims[LOCKS] == "DIRTY"
    assert "guest.lost" not in given
    assert given["rig.crashed"].oracle == "rig"
    assert given["rig.crashed"].text == (
        "rig.judge.oracles.sky.hails: ValueError: sky does not say that it gives guest.lost"
    )


def test_an_oracle_that_crashes_silences_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(case: CaseEvidence) -> Iterator[Reason]:
        raise KeyError(case.record.id)

    kind = Kind("sky.rain", "It rains.", {LOCKS: "DIRTY"})
    blind = Oracle("sky", 1, "up.", "nothing.", "anything.", (kind,), (stumble,))
    whole = judge_case(read_case(RED))
    monkeypatch.setattr("rig.judge.case.oracles", lambda: (blind, *oracles()))
    verdict = judge_case(read_case(RED))
    rest = [reason for reason in verdict.reasons if reason.id != "rig.crashed"]
    assert rest == list(whole.reasons)
    assert len(verdict.reasons) == len(rest) + 1


def test_judging_needs_no_machine() -> None:
    """A fresh interpreter: others may have loaded what must not be needed."""
    code = (
        "import sys\n"
        "import rig.judge, rig.judge.verdict, rig.judge.document\n"
        "from rig.evidence.record import RunDir\n"
        "from rig.judge.run import judge_run\n"
        "from pathlib import Path\n"
        "judge_run(RunDir(Path(sys.argv[1])))\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))\n"
    )
    run = RED.parent.parent
    done = subprocess.run(
        [sys.executable, "-c", code, run], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert "pydantic" in loaded
    assert loaded.isdisjoint({"qemu", "asyncio", "filelock"})
