# SPDX-License-Identifier: GPL-2.0-only
"""The verdict on recorded evidence, whole and tampered with: one fault, one reason."""

import io
import json
import re
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from rig.base.errors import InputError
from rig.base.paths import ROOT
from rig.evidence.record import RunDir
from rig.judge.run import judge_run
from rig.judge.verdict import Verdict
from rig.model.claims.fences import CLAIM as FENCES
from rig.model.claims.locks import CLAIM as LOCKS
from rig.model.sources import DRIVERS_ONLY

RECORDED = ROOT / "tests" / "corpus" / "run"

VIM2M = "drivers/media/test-drivers/vim2m.c"
RGA = "drivers/media/platform/rockchip/rga/rga.c"
MTK = "drivers/media/platform/mediatek/vcodec/decoder/mtk_vcodec_dec.c"

Tamper = Callable[[Path], None]


@pytest.fixture
def run(tmp_path: Path) -> RunDir:
    shutil.copytree(RECORDED, tmp_path / "run")
    return RunDir(tmp_path / "run")


def reasons(verdict: Verdict) -> list[str]:
    found = [reason.id for reason in verdict.reasons]
    return found + [reason.id for case in verdict.cases for reason in case.reasons]


def replace(name: str, old: str, new: str) -> Tamper:
    """Replace text in a file of the case."""

    def tamper(case: Path) -> None:
        text = (case / name).read_bytes()
        assert old.encode() in text
        (case / name).write_bytes(text.replace(old.encode(), new.encode(), 1))

    return tamper


def dump(member: str, change: Callable[[bytes], bytes | None]) -> Tamper:
    """Change a member of the dump, or drop it."""

    def tamper(case: Path) -> None:
        old = case / "dump.tar"
        with tarfile.open(old) as source, tarfile.open(case / "new", "w") as target:
            for info in source:
                stream = source.extractfile(info)
                data: bytes | None = stream.read() if stream else b""
                if info.name == member:
                    data = change(data or b"")
                if data is not None:
                    info.size = len(data)
                    target.addfile(info, io.BytesIO(data))
        (case / "new").rename(old)

    return tamper


def member(case: Path, name: str, data: bytes) -> None:
    """Put one more file into the dump, before its end mark."""
    with tarfile.open(case / "dump.tar") as source, tarfile.open(case / "new", "w") as target:
        for info in source:
            stream = source.extractfile(info)
            if info.name == "end":
                more = tarfile.TarInfo(name)
                more.size = len(data)
                target.addfile(more, io.BytesIO(data))
            target.addfile(info, stream)
    (case / "new").rename(case / "dump.tar")


def cut(name: str, keep: float) -> Tamper:
    """Keep only the beginning of a file."""

    def tamper(case: Path) -> None:
        data = (case / name).read_bytes()
        (case / name).write_bytes(data[: int(len(data) * keep)])

    return tamper


def record(name: str, **changes: object) -> Tamper:
    """Change keys of one of the rig's own records."""

    def tamper(case: Path) -> None:
        data = json.loads((case / name).read_text())
        (case / name).write_text(json.dumps({**data, **changes}))

    return tamper


def lockdep_off(data: bytes) -> bytes:
    assert b"debug_locks:                             1" in data or b"debug_locks:" in data
    head, _, _ = data.partition(b"debug_locks:")
    return head + b"debug_locks:                             0\n"


def test_the_recorded_run_is_clean(run: RunDir) -> None:
    verdict = judge_run(run)
    assert reasons(verdict) == []
    assert verdict.outcome == "CLEAN"
    assert verdict.exit_status == 0
    assert verdict.judged == (LOCKS,)
    assert verdict.claims[LOCKS] == "CLEAN"


@pytest.mark.parametrize(
    ("tamper", "expected"),
    [
        (dump("end/prove_locking", lambda _: b"0\n"), "lockdep.not-proving"),
        (dump("start/prove_locking", lambda _: b"0\n"), "lockdep.not-proving"),
        (dump("end/lockdep_stats", lockdep_off), "lockdep.off"),
        (dump("start/lockdep_stats", lockdep_off), "lockdep.off"),
        (dump("end/lockdep_stats", lambda _: None), "lockdep.no-statistics"),
        (dump("kmsg", lambda _: None), "log.no-record"),
        (dump("kmsg", lambda data: data[: len(data) // 2]), "log.gap"),
        (dump("end", lambda _: None), "guest.unfinished"),
        (dump("start/version", lambda _: b"Linux version 6.1.0 x"), "guest.wrong-kernel"),
        (dump("start/config.gz", lambda _: b""), "guest.wrong-kernel"),
        (cut("dump.tar", 0.5), "guest.unfinished"),
        (cut("serial.log", 0.5), "log.gap"),
        (cut("results.ktap", 0.0), "results.missing"),
        (replace("results.ktap", "ok 1 idle", "ok 1 other"), "results.unplanned"),
        (replace("results.ktap", "\nok 1 idle", "\nnot ok 1 idle # signal 11"), "workload.died"),
        (replace("results.ktap", "\nok 1 idle", "\nok 1 idle # SKIP"), "workload.skipped"),
        (
            replace("results.ktap", "\nok 1 idle", "\nok 1 idle # SKIP because round 1 was red"),
            "workload.skipped",
        ),
        (replace("results.ktap", "\n  ok 1", "\n  not ok 1"), "workload.failed"),
        (replace("results.ktap", "# end\n", ""), "guest.unfinished"),
        (replace("serial.log", "m2m_canary_a", "m2m_parrot_a"), "log.gap"),
        (record("guest.json", end="lost", cause="QEMU was killed by SIGKILL"), "guest.lost"),
        (record("guest.json", end="reset"), "guest.reset"),
        (record("guest.json", end="stalled"), "guest.stalled"),
        (record("guest.json", end="flooded"), "guest.flooded"),
        (record("case.json", periods=(1, 3)), "schedule.uncut"),
        (record("case.json", build_ids={}), "guest.wrong-kernel"),
        (dump("start/loaded", lambda _: None), "dump.missing"),
        (dump("end/loaded", lambda data: data + b"notes x 0g"), "dump.unreadable"),
        (dump("start/lockdep", lambda _: None), "dump.missing"),
        (dump("lockdep", lambda data: data + b" => [1] x\n"), "dump.unreadable"),
        (
            dump("end/lockdep_stats", lambda data: data.replace(b" [max:", b" max")),
            "lockdep.no-statistics",
        ),
        (dump("end/lockdep_stats", lambda data: data.replace(b"8192]", b"400]")), "lockdep.full"),
        (
            dump(
                "start/lockdep_stats",
                lambda data: re.sub(rb"(hits: +)", rb"\g<1>9", data),
            ),
            "lockdep.idle",
        ),
        (replace("plan", "--seconds=5", "--seconds=1"), "results.malformed"),
        (lambda case: (case / "guest.json").unlink(), "guest.lost"),
    ],
)
def test_what_is_not_proven_is_inconclusive(run: RunDir, tamper: Tamper, expected: str) -> None:
    tamper(run.case("idle-s1"))
    verdict = judge_run(run)
    assert expected in reasons(verdict)
    assert verdict.outcome == "INCONCLUSIVE"
    assert verdict.exit_status == 2


@pytest.mark.parametrize(
    ("told", "wrong"),
    [
        (None, True),
        (
            b"policy=random one-in=16 usec=100\nsites=3 hits=9 lost=0 delays=0 microseconds=0\n",
            True,
        ),
        (
            b"policy=random one-in=16 usec=100\nsites=3 hits=9 lost=0 delays=2 microseconds=7\n",
            False,
        ),
    ],
)
def test_delays_that_are_asked_for_must_have_been(
    run: RunDir, told: bytes | None, wrong: bool
) -> None:
    case = run.case("idle-s1")
    scenario = json.loads((case / "case.json").read_text())["scenario"]
    record("case.json", scenario={**scenario, "delays": "random"})(case)
    if told is not None:
        # Instead of a file that nobody reads.
        member(case, "delays", told)
    assert ("schedule.no-delays" in reasons(judge_run(run))) == wrong


@pytest.mark.parametrize("line", range(0, 60, 7))
def test_no_line_can_be_lost(run: RunDir, line: int) -> None:
    serial = run.case("idle-s1") / "serial.log"
    lines = serial.read_bytes().splitlines(keepends=True)
    del lines[line]
    serial.write_bytes(b"".join(lines))
    assert "log.gap" in reasons(judge_run(run))


def test_a_case_that_never_ran_is_missed(run: RunDir) -> None:
    shutil.rmtree(run.case("idle-s1"))
    verdict = judge_run(run)
    assert reasons(verdict)[0] == "guest.lost"
    assert verdict.outcome == "INCONCLUSIVE"


def test_a_claim_that_no_case_looks_at_is_not_clean(run: RunDir) -> None:
    data = json.loads(run.run.read_text())
    run.run.write_text(json.dumps({**data, "claims": ["locks", "fences"]}))
    verdict = judge_run(run)
    assert verdict.judged == (LOCKS, FENCES)
    assert (verdict.claims[LOCKS], verdict.claims[FENCES]) == ("CLEAN", "INCONCLUSIVE")
    assert reasons(verdict) == ["run.none-judged"]


def test_a_missing_patch_of_the_rig_blinds_an_oracle(run: RunDir) -> None:
    case = run.case("idle-s1") / "case.json"
    data = json.loads(case.read_text())
    data["kernel"]["missing_patches"] = ["0001-lib.patch"]
    case.write_text(json.dumps(data))
    assert reasons(judge_run(run)) == ["rig.patch-missing"]


@pytest.mark.parametrize(
    ("driver", "sources", "files", "expected"),
    [
        ("vim2m", [VIM2M], [RGA], []),
        ("vim2m", [VIM2M], [VIM2M], ["rig.patch-missing"]),
        ("vim2m", [VIM2M], [RGA, "lib/Kconfig"], ["rig.patch-missing"]),
        # Nothing in the path is called as the driver is.
        ("mtk-vcodec", ["drivers/media/platform/mediatek/vcodec/**"], [MTK], ["rig.patch-missing"]),
        ("mtk-vcodec", ["drivers/media/platform/mediatek/vcodec/**"], [RGA], []),
        # A driver of which nobody said what is its own; and none at all.
        ("vim2m", [], [RGA], ["rig.patch-missing"]),
        ("none", [], [RGA], []),
        # What the run says is one driver's alone, too.
        ("vim2m", [VIM2M], ["drivers/staging/mine/mine.c"], []),
    ],
)
def test_a_missing_patch_of_another_driver_blinds_nothing(
    run: RunDir, driver: str, sources: list[str], files: list[str], expected: list[str]
) -> None:
    case = run.case("idle-s1") / "case.json"
    data = json.loads(case.read_text())
    data["scenario"]["driver"] = driver
    data["scenario"]["sources"] = sources
    data["kernel"]["drivers_only"] = [*DRIVERS_ONLY, "drivers/staging/mine/**"]
    data["kernel"]["missing_patches"] = ["0001-a.patch"]
    data["kernel"]["missing_files"] = {"0001-a.patch": files}
    case.write_text(json.dumps(data))
    blind = [id for id in reasons(judge_run(run)) if id == "rig.patch-missing"]
    assert blind == expected


def test_another_version_is_refused(run: RunDir) -> None:
    run.run.write_text(json.dumps({"schema": 99}))
    with pytest.raises(InputError, match="has version 99"):
        judge_run(run)


def test_what_is_no_run_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is this a run directory"):
        judge_run(RunDir(tmp_path))


@pytest.mark.parametrize(
    ("tamper", "expected"),
    [
        (dump("start/version", lambda _: None), "dump.missing"),
        (dump("dmabuf_bufinfo", lambda _: None), "dump.missing"),
        (dump("end/tainted", lambda _: b"4608\n"), "splat.unknown"),
        (dump("end/prove_locking", lambda _: b"\xff"), "lockdep.not-proving"),
        (replace("results.ktap", "# case idle", "# case other"), "results.malformed"),
        (replace("results.ktap", "\nok 1 idle", "\nnot ok 1 idle # TODO"), "workload.died"),
        (replace("results.ktap", "\n  ok 1 ", "\n  ok 1 # TIMEOUT "), "workload.failed"),
        (replace("results.ktap", "\nok 1 idle", "\nok 1 idle\nok 2 idle"), "results.unplanned"),
        (replace("plan", "run idle", "rum idle"), "results.malformed"),
        (replace("serial.log", "m2m_canary_init", "vb2_core_qbuf_x"), "log.gap"),
    ],
)
def test_attacks_are_noticed(run: RunDir, tamper: Tamper, expected: str) -> None:
    tamper(run.case("idle-s1"))
    verdict = judge_run(run)
    assert expected in reasons(verdict)
    assert verdict.outcome == "INCONCLUSIVE"


@pytest.mark.parametrize(
    ("release", "expected"), [("6.12.117-m2m-rig", ["splat.unknown"]), ("7.3.4-m2m-rig", [])]
)
def test_a_fence_of_sw_sync_sets_the_taint_of_soft_lockups_since_7_0(
    run: RunDir, release: str, expected: list[str]
) -> None:
    case = run.case("idle-s1") / "case.json"
    data = json.loads(case.read_text())
    data["kernel"]["release"] = release
    case.write_text(json.dumps(data))
    before = reasons(judge_run(run))
    # TAINT_SOFTLOCKUP and TAINT_OOT_MODULE.
    dump("end/tainted", lambda _: b"20480\n")(run.case("idle-s1"))
    assert [id for id in reasons(judge_run(run)) if id not in before] == expected
    # TAINT_WARN is never that.
    dump("end/tainted", lambda _: b"4608\n")(run.case("idle-s1"))
    assert "splat.unknown" in reasons(judge_run(run))


def test_nothing_judged_is_nothing_proven(run: RunDir) -> None:
    data = json.loads(run.run.read_text())
    run.run.write_text(json.dumps({**data, "claims": []}))
    assert judge_run(run).exit_status == 2


def test_a_case_of_another_name_does_not_stand_for_the_planned_one(run: RunDir) -> None:
    case = run.case("idle-s1") / "case.json"
    case.write_text(json.dumps({**json.loads(case.read_text()), "seed": 2}))
    assert "results.malformed" in reasons(judge_run(run))


@pytest.mark.parametrize("name", ["case.json", "guest.json", "symbols.json", "locks.json"])
@pytest.mark.parametrize("text", ["", "{", "[]", "3", '{"schema": 1}', '{"schema": 2}'])
def test_a_damaged_record_is_refused(run: RunDir, name: str, text: str) -> None:
    (run.case("idle-s1") / name).write_text(text)
    with pytest.raises(InputError, match=name):
        judge_run(run)


@pytest.mark.parametrize(
    "gone", sorted(path.name for path in (RECORDED / "cases/idle-s1").iterdir())
)
def test_half_a_case_is_not_clean(run: RunDir, gone: str) -> None:
    (run.case("idle-s1") / gone).unlink()
    verdict = judge_run(run)
    # Of symbols and locks there is nothing to be seen where nothing splats and nothing drives.
    assert verdict.outcome == (
        "CLEAN" if gone in ("symbols.json", "locks.json") else "INCONCLUSIVE"
    )


def test_a_case_is_not_planned_twice(run: RunDir) -> None:
    data = json.loads(run.run.read_text())
    run.run.write_text(json.dumps({**data, "cases": ["idle-s1", "idle-s1"]}))
    with pytest.raises(InputError, match="names a case twice"):
        judge_run(run)


def test_a_canary_from_elsewhere_is_a_splat(run: RunDir) -> None:
    """What the report looks like is not enough: it must come from init and from the module."""
    case = run.case("idle-s1")
    text = (case / "serial.log").read_bytes()
    (case / "serial.log").write_bytes(text.replace(b"[m2m_canary]", b"[videobuf2_common]"))
    found = reasons(judge_run(run))
    assert "lockdep.canary-silent" in found
