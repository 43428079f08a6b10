# SPDX-License-Identifier: GPL-2.0-only
"""A recorded run that is clean on both claims, and what must not be called clean any more."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rig.base.paths import ROOT
from rig.evidence.dump import read_dump
from rig.evidence.record import RunDir
from rig.judge.run import judge_run
from rig.judge.verdict import Verdict
from tests.unit.outcomes import judged
from tests.unit.test_verdict import Tamper, dump, record, replace

RECORDED = ROOT / "tests" / "corpus" / "clean"
CASE = "vim2m-signal-s1"


@pytest.fixture
def run(tmp_path: Path) -> RunDir:
    shutil.copytree(RECORDED, tmp_path / "run")
    return RunDir(tmp_path / "run")


def ids(verdict: Verdict) -> list[str]:
    found = [reason.id for reason in verdict.reasons]
    return found + [reason.id for case in verdict.cases for reason in case.reasons]


def edit(path: Path, *keys: str, value: Any) -> None:
    """Change one value of a record."""
    data = json.loads(path.read_text())
    place = data
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = value
    path.write_text(json.dumps(data))


def events(change: Callable[[list[bytes]], list[bytes]]) -> Tamper:
    """Change the events of the trace, and the number of events that it tells."""

    def tamper(data: bytes) -> bytes:
        lines = data.splitlines(keepends=True)
        head = [line for line in lines if line.startswith(b"#")]
        kept = change([line for line in lines if not line.startswith(b"#")])
        told = re.sub(rb"\d+/\d+ ", b"%d/%d " % (len(kept), len(kept)), b"".join(head), count=1)
        return told + b"".join(kept)

    return dump("trace", tamper)


def without(*words: bytes) -> Tamper:
    """A trace without the events that hold all of these words."""
    return events(lambda lines: [line for line in lines if not all(word in line for word in words)])


def test_the_recorded_run_is_clean(run: RunDir) -> None:
    verdict = judge_run(run)
    assert ids(verdict) == []
    assert judged(verdict.by_name) == {"locks": "CLEAN", "fences": "CLEAN"}


def test_a_driver_whose_locks_nobody_took_did_not_run(run: RunDir) -> None:
    """As in an idle guest: the driver is loaded, lockdep alive, and new chains are found."""
    idle = read_dump(run.case(CASE) / "dump.tar").files["lockdep"]
    dump("start/lockdep", lambda _: idle)(run.case(CASE))
    verdict = judge_run(run)
    assert ids(verdict) == ["exercise.driver-idle", "exercise.class-idle"]
    assert judged(verdict.by_name) == {
        "locks": "INCONCLUSIVE",
        "fences": "INCONCLUSIVE",
    }


def test_an_idle_scenario_that_claims_a_driver_is_not_clean(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "tests" / "corpus" / "run", tmp_path / "run")
    run = RunDir(tmp_path / "run")
    assert judge_run(run).outcome == "CLEAN"
    edit(run.case("idle-s1") / "case.json", "scenario", "driver", value="vim2m")
    # Its program opens and closes the device, which takes locks of the driver.
    assert ids(judge_run(run)) == ["exercise.class-idle"]


def test_whose_locks_they_are_must_be_known(run: RunDir) -> None:
    (run.case(CASE) / "locks.json").unlink()
    assert ids(judge_run(run)) == ["exercise.driver-idle"]


def test_counters_must_be_there(run: RunDir) -> None:
    """As without CONFIG_DEBUG_LOCKDEP."""
    drop = re.compile(rb" OPS: *\d+")
    for member in ("start/lockdep", "lockdep"):
        dump(member, lambda data: drop.sub(b"", data))(run.case(CASE))
    assert "exercise.driver-idle" in ids(judge_run(run))


def test_a_class_that_was_not_taken(run: RunDir) -> None:
    case = run.case(CASE) / "case.json"
    edit(case, "scenario", "expect", "classes", value=["&m2m_dev->job_spinlock"])
    assert ids(judge_run(run)) == []
    edit(case, "scenario", "expect", "classes", value=["console_mutex"])
    assert ids(judge_run(run)) == ["exercise.class-idle"]


@pytest.mark.parametrize("name", ["vmlinux", "vim2m", "videobuf2_common"])
def test_another_kernel_of_the_same_release_and_configuration(run: RunDir, name: str) -> None:
    edit(run.case(CASE) / "case.json", "build_ids", name, value="00" * 20)
    assert ids(judge_run(run)) == ["guest.wrong-kernel"]


@pytest.mark.parametrize("owner", [b"vmlinux", b"vim2m"])
def test_a_kernel_that_does_not_say_what_it_is(run: RunDir, owner: bytes) -> None:
    for member in ("start/loaded", "end/loaded"):
        dump(member, lambda data: re.sub(b"notes " + owner + b" .*\n", b"", data))(run.case(CASE))
    assert ids(judge_run(run)) == ["guest.wrong-kernel"]


@pytest.mark.parametrize(
    ("tamper", "expected"),
    [
        (without(b"dma_fence_signaled", b"videobuf2", b"seqno=2"), "fence.never-signaled"),
        (without(b"dma_fence_destroy", b"videobuf2", b"seqno=2"), "fence.leaked"),
        (without(b"dma_fence_init", b"videobuf2", b"seqno=2"), "fence.never-published"),
        (without(b"vb2_fence_publish"), "fence.never-published"),
        (without(b"vb2_fence_publish"), "exercise.no-fence"),
        (without(b"vb2_buf_queue"), "fence.uncommitted"),
        (without(b"dma_fence", b"videobuf2"), "fence.never-published"),
        (events(lambda _: []), "exercise.no-fence"),
        (
            events(lambda lines: [part for line in lines for part in [line] * (
                2 if b"dma_fence_signaled" in line and b"seqno=2" in line else 1)]),
            "fence.signaled-twice",
        ),
        (dump("trace", lambda data: data.replace(b"dma_fence_init:", b"dma fence init:", 1)),
         "dump.unreadable"),
        (dump("trace", lambda data: data[: data.rindex(b"\n", 0, -1) + 1]), "dump.unreadable"),
        (dump("trace", lambda _: b""), "dump.missing"),
        (dump("trace_stats", lambda data: data.replace(b"overrun: 0", b"overrun: 3", 1)),
         "trace.lost"),
        (replace("results.ktap", "state=active", "state=aktive"), "results.malformed"),
        (replace("results.ktap", "# probe driver=vim2m queue=", "# probe driver=vim2m que"),
         "results.malformed"),
        (replace("results.ktap", "api=export-read seen=stub fence-driver=stub",
                 "api=export-read seen=error errno=25 fence-driver=stub"), "exercise.probe-failed"),
    ],
)  # fmt: skip
def test_what_is_not_proven_of_fences(run: RunDir, tamper: Tamper, expected: str) -> None:
    tamper(run.case(CASE))
    verdict = judge_run(run)
    assert expected in ids(verdict)
    assert verdict.by_name["fences"] != "CLEAN"


def test_fences_are_accounted_for_even_if_the_scenario_does_not_say_so(run: RunDir) -> None:
    edit(run.case(CASE) / "case.json", "scenario", "trace", value=[])
    verdict = judge_run(run)
    assert "trace.lost" in ids(verdict)
    assert judged(verdict.by_name) == {"locks": "CLEAN", "fences": "INCONCLUSIVE"}


def test_no_driver_of_the_series_is_overlooked(run: RunDir) -> None:
    edit(run.run, "drivers", value=["vim2m"])
    assert ids(judge_run(run)) == []
    edit(run.run, "drivers", value=["vim2m", "visl"])
    verdict = judge_run(run)
    assert ids(verdict) == ["run.driver-not-judged"] * 2
    assert judged(verdict.by_name) == {
        "locks": "INCONCLUSIVE",
        "fences": "INCONCLUSIVE",
    }


def test_a_driver_is_overlooked_by_one_claim(run: RunDir) -> None:
    edit(run.run, "drivers", value=["vim2m"])
    edit(run.case(CASE) / "case.json", "scenario", "claims", value=["locks"])
    verdict = judge_run(run)
    assert judged(verdict.by_name) == {"locks": "CLEAN", "fences": "INCONCLUSIVE"}


def test_a_series_is_not_judged_by_a_guest_in_which_no_driver_runs(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "tests" / "corpus" / "run", tmp_path / "run")
    run = RunDir(tmp_path / "run")
    edit(run.run, "changed", value=True)
    assert ids(judge_run(run)) == ["run.driver-not-judged"]
    assert judge_run(run).outcome == "INCONCLUSIVE"


def test_a_control_does_not_stand_for_the_drivers_that_opted_in(run: RunDir) -> None:
    """Nothing is seen of fences where none are made."""
    case = run.case(CASE)
    edit(case / "case.json", "scenario", "control", value=True)
    edit(case / "case.json", "kernel", "drivers", value=["rga"])
    results = (case / "results.ktap").read_text()
    (case / "results.ktap").write_text(results.replace("=videobuf2", "=sw_sync"))
    verdict = judge_run(run)
    assert verdict.cases[0].by_name["fences"] == "CLEAN"
    assert "run.driver-not-judged" in ids(verdict)
    assert verdict.by_name["fences"] == "INCONCLUSIVE"


def test_old_runs_are_refused_by_version(run: RunDir) -> None:
    record("run.json", schema=1)(run.path)
    with pytest.raises(Exception, match="has version 1, this m2m-rig reads 4"):
        judge_run(run)


SPLAT = (
    "WARNING: possible circular locking dependency detected",
    "** 7 printk messages dropped **",
    "Call trace:",
)


@pytest.mark.parametrize("text", SPLAT)
@pytest.mark.parametrize(("priority", "clean"), [(12, True), (4, False)])
def test_programs_may_write_what_they_like(
    run: RunDir, text: str, priority: int, clean: bool
) -> None:
    """A program's words in the kernel's log are no report; only the record tells them apart."""
    case = run.case(CASE)
    kmsg = read_dump(case / "dump.tar").files["kmsg"]
    # Two records before the canary, the first line of which is an empty one.
    at = kmsg.index(b"possible circular locking")
    at = kmsg.rindex(b"\n", 0, kmsg.rindex(b"\n", 0, kmsg.rindex(b"\n", 0, at))) + 1
    _, number, time, _ = kmsg[at:].split(b";", 1)[0].split(b",", 3)
    seconds, micros = divmod(int(time), 1_000_000)
    written = b"%d,%d,%d,-,caller=T77;%s\n" % (priority, int(number), int(time), text.encode())

    def renumber(line: bytes) -> bytes:
        found = re.match(rb"(\d+),(\d+),(.*)", line, re.DOTALL)
        return b"%s,%d,%s" % (found[1], int(found[2]) + 1, found[3]) if found else line

    behind = b"".join(renumber(line) for line in kmsg[at:].splitlines(keepends=True))
    dump("kmsg", lambda _: kmsg[:at] + written + behind)(case)
    serial = (case / "serial.log").read_bytes()
    cut = serial.index(b"possible circular locking")
    for _ in range(3):
        cut = serial.rindex(b"\n", 0, cut)
    line = b"[%5d.%06d][%6s] %s\r\n" % (seconds, micros, b"T77", text.encode())
    (case / "serial.log").write_bytes(serial[: cut + 1] + line + serial[cut + 1 :])
    verdict = judge_run(run)
    assert (verdict.outcome == "CLEAN") == clean, verdict.cases[0].reasons
