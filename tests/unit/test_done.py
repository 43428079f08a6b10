# SPDX-License-Identifier: GPL-2.0-only
"""Oracles of imitated hardware, on recorded evidence, whole and tampered with."""

import io
import json
import random
import re
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from rig.base.paths import ROOT
from rig.evidence.case import CaseEvidence, read_case
from rig.evidence.fences import fence_lives
from rig.evidence.hardware import parse_hardware
from rig.evidence.pairs import join
from rig.judge.case import judge_case
from rig.judge.oracles.mock_hardware import done
from rig.judge.oracles.mock_hardware.sound import sound

RECORDED = ROOT / "tests" / "corpus" / "hardware"
JPEG = "hantro-jpeg"
STALE = "hantro-fault-stale"

Tamper = Callable[[dict[str, str]], None]


def replace(file: str, old: str, new: str, count: int = 1) -> Tamper:
    """Replace what a regular expression finds in a file."""

    def tamper(files: dict[str, str]) -> None:
        files[file], found = re.subn(old, new, files[file], count=count, flags=re.MULTILINE)
        assert found

    return tamper


def drop(file: str) -> Tamper:
    def tamper(files: dict[str, str]) -> None:
        del files[file]

    return tamper


def nothing(files: dict[str, str]) -> None:
    pass


def shift(seconds: int) -> Tamper:
    """Another clock for the trace."""

    def tamper(files: dict[str, str]) -> None:
        files["trace"] = re.sub(
            r" (\d+)(\.\d{6}: )", lambda m: f" {int(m[1]) + seconds}{m[2]}", files["trace"]
        )

    return tamper


def sooner(context: int, seqno: int, seconds: float) -> Tamper:
    """A fence signals sooner than it did."""
    identity = f"context={context} seqno={seqno}$"

    def tamper(files: dict[str, str]) -> None:
        lines = files["trace"].splitlines()
        for at, line in enumerate(lines):
            if "dma_fence_signaled: driver=videobuf2" in line and re.search(identity, line):
                lines[at] = re.sub(
                    r"(\d+\.\d{6}):", lambda m: f"{float(m[1]) - seconds:.6f}:", line, count=1
                )
        assert "\n".join(lines) + "\n" != files["trace"]
        files["trace"] = "\n".join(lines) + "\n"

    return tamper


def append(event: str) -> Tamper:
    """The last event of a name once more, a second later and with the next number."""

    def tamper(files: dict[str, str]) -> None:
        last = [line for line in files["trace"].splitlines() if event in line][-1]
        last = re.sub(r"seqno = (\d+)", lambda m: f"seqno = {int(m[1]) + 1}", last)
        last = re.sub(r" (\d+)(\.\d{6}: )", lambda m: f" {int(m[1]) + 1}{m[2]}", last)
        files["trace"] += f"{last}\n"

    return tamper


def case(folder: Path, name: str, tamper: Tamper = nothing) -> CaseEvidence:
    """The evidence of a case of which only these files are left."""
    files = {file: (RECORDED / name / file).read_text() for file in ("jobs", "stats", "trace")}
    tamper(files)
    (folder / "case.json").write_bytes((RECORDED / name / "case.json").read_bytes())
    with tarfile.open(folder / "dump.tar", "w") as dump:
        for file, text in files.items():
            info = tarfile.TarInfo(file if file == "trace" else f"silicon/{file}")
            info.size = len(text)
            dump.addfile(info, io.BytesIO(text.encode()))
    return read_case(folder)


def ids(evidence: CaseEvidence) -> set[str]:
    found = [*sound(evidence), *done.fences(evidence)]
    return {reason.id for reason in found}


def test_recorded_hardware_is_sound(tmp_path: Path) -> None:
    evidence = case(tmp_path, JPEG)
    assert ids(evidence) == set()
    assert evidence.hardware is not None
    assert len(evidence.hardware.jobs) == 30


def test_each_job_has_its_fence(tmp_path: Path) -> None:
    evidence = case(tmp_path, JPEG)
    assert evidence.hardware is not None
    assert evidence.trace is not None
    lives = tuple(fence_lives(evidence.trace).fences.values())
    found = join(evidence.hardware.jobs_of("vepu"), lives, publishes=True)
    assert [(pair.job.number, pair.fence.seqno) for pair in found.pairs][:3] == [
        (0, 1),
        (1, 2),
        (2, 3),
    ]
    assert len(found.pairs) == 30
    assert (found.jobs, found.fences) == ((), ())


def test_a_completion_that_comes_too_late_ends_the_next_job(tmp_path: Path) -> None:
    evidence = case(tmp_path, STALE)
    (early,) = done.fences(evidence)
    assert early.id == "fence.signaled-before-hardware"
    assert "job 4 (aborted" in early.text
    # Injected faults may lead the driver there, and this scenario says so.
    assert list(sound(evidence)) == []


@pytest.mark.parametrize(
    ("name", "tamper", "expected"),
    [
        # The record.
        (JPEG, drop("jobs"), "hardware.lost-evidence"),
        (JPEG, drop("stats"), "hardware.lost-evidence"),
        (JPEG, replace("jobs", r"^7 .*\n", ""), "hardware.lost-evidence"),
        (JPEG, replace("jobs", r"^29 .*\n", ""), "hardware.lost-evidence"),
        (JPEG, replace("jobs", r"^8 vepu 8", "8 vepu 9"), "hardware.lost-evidence"),
        (JPEG, replace("jobs", r"^8 vepu 8 0x", "8 vepu 8 "), "hardware.lost-evidence"),
        (JPEG, replace("jobs", r"none done\n\Z", "none do"), "hardware.lost-evidence"),
        (JPEG, replace("jobs", "m2m_silicon-jobs 1", "m2m_silicon-jobs 2"),
         "hardware.lost-evidence"),
        (JPEG, replace("stats", r"^violations .*\n", ""), "hardware.lost-evidence"),
        (JPEG, replace("stats", r"^seed 1$", "seed 2"), "hardware.lost-evidence"),
        (JPEG, replace("stats", r"^seed 1$", "seed 1\nseed 1"), "hardware.lost-evidence"),
        (JPEG, replace("stats", r"^vepu.accepted 30", "vepu.accepted 31"),
         "hardware.lost-evidence"),
        # What cannot be.
        (JPEG, replace("stats", r"^vepu.done 30", "vepu.done 29"), "hardware.unbalanced"),
        (JPEG, replace("stats", r"clock_enables 30", "clock_enables 31"), "hardware.unbalanced"),
        (JPEG, replace("stats", r"vepu.injected 0", "vepu.injected 1"), "hardware.unbalanced"),
        (JPEG, replace("jobs", r"none done$", "none lost"), "hardware.unbalanced"),
        (JPEG, replace("jobs", r"1 none done$", "0 none done"), "hardware.unbalanced"),
        (JPEG, replace("jobs", r"none done$", "none running"), "hardware.unbalanced"),
        # What the driver must not do.
        (JPEG, replace("stats", r"vepu.violation.dma_free 0", "vepu.violation.dma_free 1"),
         "hardware.violation"),
        (JPEG, replace("stats", r"vepu.violation.gated_busy 0", "vepu.violation.gated_busy 1"),
         "hardware.violation"),
        (STALE, replace("stats", r"vepu.violation.start_busy 0", "vepu.violation.start_busy 1"),
         "hardware.violation"),
        # Time.
        (JPEG, shift(100), "hardware.clocks-differ"),
        (JPEG, shift(-1), "hardware.clocks-differ"),
        (JPEG, sooner(1, 3, 0.0004), "fence.signaled-before-hardware"),
        # What the fences say.
        (JPEG, replace("trace", r"(vb2_fence_signal: .* error =) 0$", r"\1 -5"),
         "fence.success-as-error"),
        (STALE, replace("trace", r"(vb2_fence_signal: .* error =) -62$", r"\1 0"),
         "fence.error-as-success"),
        (STALE, replace("trace", r"(vb2_fence_signal: .* error =) -62$", r"\1 -5"),
         "fence.wrong-error"),
        (JPEG, replace("trace", r"^.*vb2_fence_publish.*\n", ""), "fence.missing-for-job"),
        (JPEG, append(r"vb2_fence_publish"), "fence.without-job"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_seen(tmp_path: Path, name: str, tamper: Tamper, expected: str) -> None:
    assert expected in ids(case(tmp_path, name, tamper))


def test_what_the_hardware_saw_is_told_by_the_hardware(tmp_path: Path) -> None:
    """A consumer can give this reason, too, and it did not."""
    lie = replace("trace", r"(vb2_fence_signal: .* error =) -62$", r"\1 0")
    given = judge_case(case(tmp_path, STALE, lie)).reasons
    told = [reason.oracle for reason in given if reason.id == "fence.error-as-success"]
    assert set(told) == {"mock hardware"}


def texts(evidence: CaseEvidence) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for reason in done.fences(evidence):
        found.setdefault(reason.id, []).append(reason.text)
    return found


def beside(queue: str) -> Tamper:
    """Fences of another context beside those of the first: made, published, and never signaled."""

    def tamper(files: dict[str, str]) -> None:
        lines = []
        for line in files["trace"].splitlines(keepends=True):
            other, first = re.subn(r"(context ?= ?)1\b", r"\g<1>9", line)
            born = "dma_fence_init: driver=videobuf2" in line or "vb2_fence_publish" in line
            lines += [line, other.replace("queue = cap-", f"queue = {queue}-")][: 1 + first * born]
        files["trace"] = "".join(lines)

    return tamper


def late(files: dict[str, str]) -> None:
    """Every fence is published a millisecond after its job was started."""
    starts = re.findall(r"^\d+ vepu \d+ \S+ (\d+) ", files["jobs"], re.MULTILINE)
    moments = (f"{(int(start) + 1_000_000) / 1e9:.6f}: " for start in starts)
    lines = [
        re.sub(r"\d+\.\d{6}: ", next(moments), line, count=1)
        if "vb2_fence_publish" in line
        else line
        for line in files["trace"].splitlines(keepends=True)
    ]
    files["trace"] = "".join(sorted(lines, key=moment_of))


def moment_of(line: str) -> float:
    found = re.search(r" (\d+\.\d{6}): ", line)
    return float(found[1]) if found else 0.0


def test_a_fence_on_an_output_queue_stands_for_no_job(tmp_path: Path) -> None:
    found = texts(case(tmp_path, JPEG, beside("out")))
    assert found.keys() == {"fence.without-job"}
    for text in found["fence.without-job"][:-1]:
        assert re.match(r"fence 9:\d+ was published on an OUTPUT queue, whose buffers no job", text)


def test_of_two_fences_before_a_job_the_first_is_not_told_to_have_none(tmp_path: Path) -> None:
    found = texts(case(tmp_path, JPEG, beside("cap")))
    assert found["fence.without-job"][0].startswith(
        "fence 1:1 was published, and fence 9:1, published later, stands for vepu job 0"
    )


def test_a_fence_that_was_published_late_is_not_that_of_the_next_job(tmp_path: Path) -> None:
    found = texts(case(tmp_path, JPEG, late))
    assert found.keys() == {
        *("fence.signaled-before-hardware", "fence.missing-for-job", "fence.without-job")
    }
    early = found["fence.signaled-before-hardware"][0]
    assert re.search(r"fence 1:1 had signaled \d+ ns before vepu job 1 \(done.*\) started", early)


def test_what_a_fence_said_before_a_job_started_is_not_about_that_job(tmp_path: Path) -> None:
    def failed(files: dict[str, str]) -> None:
        late(files)
        replace("jobs", r"^(1 vepu 1 .*) none done$", r"\1 error failed")(files)
        replace("trace", r"(vb2_fence_signal: .*context = 1, seqno = 2, .*error =) 0$", r"\1 -5")(
            files
        )

    assert "fence.error-as-success" not in texts(case(tmp_path, JPEG, failed))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"jobs": {"vepu": 31}}, "31 expected"),
        ({"jobs": {}, "fences": 31}, "31 expected"),
        ({"jobs": {"rga": 1}}, "rga was given 0 jobs"),
    ],
)
def test_hardware_without_work_proves_nothing(
    tmp_path: Path, change: dict[str, object], expected: str
) -> None:
    case(tmp_path, JPEG)
    record = json.loads((tmp_path / "case.json").read_text())
    record["scenario"]["expect"].update(change)
    (tmp_path / "case.json").write_text(json.dumps(record))
    (reason,) = sound(read_case(tmp_path))
    assert reason.id == "hardware.idle"
    assert expected in reason.text


def test_a_fault_that_never_came_proves_nothing(tmp_path: Path) -> None:
    case(tmp_path, JPEG)
    record = json.loads((tmp_path / "case.json").read_text())
    record["scenario"]["hardware"]["faults"] = "vepu:90:lost"
    (tmp_path / "case.json").write_text(json.dumps(record))
    (reason,) = sound(read_case(tmp_path))
    assert reason.id == "hardware.idle"


def test_a_driver_of_two_is_told_by_what_consumers_saw(tmp_path: Path) -> None:
    case(tmp_path, JPEG)
    probe = (
        "    # probe driver=vim2m queue=capture buffer=0 sequence=0 plane=0 export=0 state=active "
        "api=export-read seen=fence fence-driver=videobuf2 status=0 context=1 begin=1 end=2\n"
    )
    (tmp_path / "results.ktap").write_text(f"KTAP version 1\n1..1\n  TAP version 13\n{probe}")
    evidence = read_case(tmp_path)
    assert evidence.results.observations
    # What a consumer knows to be another driver's fence stands for no job of this block.
    assert {reason.id for reason in done.fences(evidence)} == {"fence.missing-for-job"}


@pytest.mark.parametrize("told", [1, 2, 3])
def test_jobs_without_memory_for_a_fence(tmp_path: Path, told: int) -> None:
    """As many as the kernel says, and no others, may run without one."""
    case(tmp_path, JPEG, replace("trace", r"^.*vb2_fence_publish.*\n", "", count=2))
    line = (
        "[    1.2{}][   T97] videobuf2_common: [cap-(____ptrval____)] no fence for buffer 0: -12\n"
    )
    (tmp_path / "serial.log").write_text("".join(line.format(10000 + at) for at in range(told)))
    found = {reason.id for reason in done.fences(read_case(tmp_path))}
    assert found == (set() if told == 2 else {"fence.missing-for-job"})


def test_no_input_makes_the_parser_raise() -> None:
    jobs = (RECORDED / STALE / "jobs").read_bytes()
    stats = (RECORDED / STALE / "stats").read_bytes()
    assert parse_hardware(jobs, stats).problems == ()
    rng = random.Random(1)
    for _ in range(300):
        damaged = bytearray(jobs + stats)
        for _ in range(rng.randrange(1, 4)):
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        at = rng.randrange(len(damaged))
        parse_hardware(bytes(damaged[:at]), bytes(damaged[at:]))
    for end in range(len(jobs)):
        assert parse_hardware(jobs[:end], stats).problems or jobs[:end].endswith(b"\n")
    for end in range(len(stats)):
        assert parse_hardware(jobs, stats[:end]).problems


def test_a_job_whose_fence_nobody_asked_about_is_not_without_one(tmp_path: Path) -> None:
    """Of a context that no consumer asked about it is open which of several devices it is of."""
    evidence = case(tmp_path, JPEG)
    assert evidence.hardware is not None
    assert evidence.trace is not None
    jobs = evidence.hardware.jobs_of("vepu")
    lives = tuple(fence_lives(evidence.trace).fences.values())
    assert join(jobs, lives, publishes=True).jobs == ()
    own, unknown = lives[: len(lives) // 2], lives[len(lives) // 2 :]
    assert len(join(jobs, own, publishes=True).jobs) == len(unknown) > 1
    found = join(jobs, own, publishes=True, unknown=unknown)
    assert found.jobs == ()
    assert len(found.pairs) == len(own)
    # One that was committed for one job excuses no other.
    assert len(join(jobs, own, publishes=True, unknown=unknown[1:]).jobs) == 1
