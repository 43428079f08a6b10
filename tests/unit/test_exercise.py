# SPDX-License-Identifier: GPL-2.0-only
"""Histories: drawn the same everywhere, written and read, cut down; and cases that hold them."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rig.base.errors import InputError
from rig.base.paths import ROOT, SCENARIOS
from rig.campaign.shrink import shrink
from rig.model.exercise import history as histories
from rig.model.exercise.cprogram import TEMPLATE, c_program
from rig.model.exercise.draw import draw, moves
from rig.model.exercise.history import (
    NAMES,
    THREADS,
    WORDS,
    Call,
    History,
    Round,
    parse,
    read,
)
from rig.model.exercise.smaller import smaller
from rig.model.plan import run_line
from rig.model.scenario import Scenario, load, load_all
from rig.run.drawn import drawn, history_files

GUEST = ROOT / "images" / "workloads" / "lib"
EXERCISE = [each for each in load_all(SCENARIOS) if each.about == "exercise"]

seeds = st.integers(0, 10_000).map(str)


def bundled(name: str) -> Scenario:
    return next(each for each in EXERCISE if each.name == name)


# -- drawn


def test_a_seed_is_one_history_on_every_machine() -> None:
    """Chance is that of a string, and nothing depends on hashes, which each process has its own."""
    code = "from rig.model.exercise.draw import draw; print(*draw('7 first').lines, sep='\\n')"
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": hashes},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hashes in ("1", "2")
    }
    assert said == {"".join(f"{line}\n" for line in draw("7 first").lines)}


@settings(max_examples=200, deadline=None)
@given(seeds)
def test_what_is_drawn_is_bounded_and_makes_what_it_is_about(seed: str) -> None:
    history = draw(seed)
    assert history.consistent() == history
    assert {call.thread for call in history.calls} <= set(range(THREADS))
    assert all(int(call.result[1:]) < NAMES for call in history.calls if call.result)
    assert all(len(call.words) <= WORDS for call in history.calls)
    assert len(history.calls) < 200
    assert history.calls[-1].name == "work"


@settings(max_examples=100, deadline=None)
@given(seeds)
def test_what_a_thread_made_is_another_ones_only_after_the_round(seed: str) -> None:
    there: set[str] = set()
    for each in draw(seed).rounds:
        own: dict[str, int] = {}
        for call in each:
            assert all(name in there or own.get(name) == call.thread for name in call.uses)
            if call.result:
                own[call.result] = call.thread
        there |= set(own)


@pytest.mark.parametrize(
    ("left_out", "never"),
    [("requests", {"media", "request", "put", "queue", "reinit"}), ("mremap", {"mremap"})],
)
def test_what_is_left_out_is_in_no_history(left_out: str, never: set[str]) -> None:
    names = {call.name for seed in range(200) for call in draw(str(seed), [left_out]).calls}
    assert not names & never
    all_names = {call.name for seed in range(200) for call in draw(str(seed)).calls}
    assert all_names >= never


def test_files_are_closed_at_rest_where_abrupt_is_left_out() -> None:
    def streams_at_its_close(history: History) -> bool:
        calls = history.calls
        return any(
            call.name == "close"
            and call.words[0].startswith("v")
            and [each.name for each in calls[at - 2 : at]] != ["streamoff", "streamoff"]
            for at, call in enumerate(calls)
        )

    assert any(streams_at_its_close(draw(str(seed))) for seed in range(100))
    assert not any(streams_at_its_close(draw(str(seed), ["abrupt"])) for seed in range(100))


def test_a_request_is_of_one_file_where_sharing_is_left_out() -> None:
    def is_shared(history: History) -> bool:
        files: dict[str, set[str]] = {}
        for call in history.calls:
            if call.name == "put":
                files.setdefault(call.words[1], set()).add(call.words[0])
        return any(len(each) > 1 for each in files.values())

    without = ["shared-request", "dup", "pass"]
    assert any(is_shared(draw(str(seed), without[1:])) for seed in range(100))
    assert not any(is_shared(draw(str(seed), without)) for seed in range(100))


def test_who_imports_gets_what_is_in_one_piece_where_nothing_else_fits() -> None:
    def sources(leave_out: list[str]) -> set[str]:
        """Of the memory for files that nobody else uses."""
        others = ["heap", "import-queue", "stray-dmabuf"]
        calls = [call for seed in range(60) for call in draw(str(seed), others + leave_out).calls]
        return {word for call in calls if call.name == "heap" for word in call.words[2:]}

    assert sources([]) == {"from=system", "from=cma"}
    assert sources(["scattered"]) == {"from=cma"}


def test_a_seed_has_a_subset_of_what_may_be_asked() -> None:
    """So that what is common does not hide what shows only without it."""
    drawn_by = [{call.name for call in draw(str(seed)).calls} for seed in range(100)]
    for name in ("mmap", "close", "streamoff", "expbuf", "querybuf", "command", "request"):
        assert 10 < sum(name in names for names in drawn_by) < 95, name


def test_the_guest_knows_every_call_that_is_drawn() -> None:
    known = {
        name
        for path in GUEST.glob("calls_*.c")
        for name in re.findall(
            r'^\t\{ "([a-z]+)", \.(?:on|make) = make_', path.read_text(), re.MULTILINE
        )
    }
    assert {call.name for seed in range(300) for call in draw(str(seed)).calls} == known
    # Races are of calls that other interfaces have.
    assert {path.stem.removeprefix("calls_") for path in GUEST.glob("calls_*.c")} == {
        name for name, _ in moves()
    } - {"races"}


def test_two_threads_begin_a_round_with_the_same_object() -> None:
    """A race has its meaning where both start together, and about what both know."""
    others = ["going", *(m.name for name, m in moves() if name != "races" and not m.always)]
    races = [each[:2] for seed in range(200) for each in _rounds_of_races(str(seed), others)]
    assert len(races) > 100
    pairs = {tuple(sorted(call.name for call in each)) for each in races}
    assert {("qbuf", "qbuf"), ("qbuf", "streamoff"), ("queue", "queue")} <= pairs
    assert not any(_rounds_of_races(str(seed), [*others, "races"]) for seed in range(50))


def _rounds_of_races(seed: str, leave_out: list[str]) -> list[Round]:
    return [
        each
        for each in draw(seed, leave_out).rounds
        if len(each) > 1
        and each[0].thread != each[1].thread
        and each[0].uses & each[1].uses
        and each[0].name not in ("open", "fill")
    ]


def test_limits_are_those_of_the_guest() -> None:
    text = (GUEST / "history.h").read_text() + (GUEST / "exercise.h").read_text()
    found = dict(re.findall(r"#define (HISTORY_THREADS|HISTORY_WORDS|NAMES)\s+(\d+)", text))
    assert found == {
        "HISTORY_THREADS": str(THREADS), "HISTORY_WORDS": str(WORDS), "NAMES": str(NAMES),
    }  # fmt: skip


# -- written and read


@settings(max_examples=100, deadline=None)
@given(seeds)
def test_a_history_is_read_as_it_was_written(seed: str) -> None:
    history = draw(seed)
    assert parse(history.lines) == history
    assert read(histories.text(history.lines), "some") == history.lines


@pytest.mark.parametrize(
    "line",
    [
        "",
        "open",
        "3 open",
        "0 v0 = ",
        "0 OPEN",
        "0 v0 open = x",
        "0 qbuf v0 out index=%s",
        "0  open",
    ],
)
def test_a_line_that_is_no_call_is_refused(line: str, tmp_path: Path) -> None:
    if line:
        with pytest.raises(InputError, match="no call of a history"):
            parse([line])
    file = tmp_path / "mine.m2m.yaml"
    file.write_text(
        "name: mine\ntitle: t\ndriver: vim2m\nabout: exercise\n"
        f"programs:\n  - {{name: one, file: exercise, history: ['{line}']}}\n"
    )
    with pytest.raises(InputError, match=r"mine.m2m.yaml:6: programs.0.history.0: "):
        load(file)


def test_a_file_that_is_no_history_is_refused() -> None:
    with pytest.raises(InputError, match="some:1: a history begins with 'm2m-history 1'"):
        read("0 v0 = open\n", "some")


# -- in a case


def test_a_case_holds_its_history() -> None:
    """So that nothing which is changed later makes it another one."""
    scenario = bundled("exercise-vim2m")
    case = drawn(scenario, 5)
    assert case == drawn(case, 6)
    assert {len(set(p.history)) > 1 for p in case.programs} == {True}
    assert len({p.history for p in case.programs}) == len(case.programs)
    assert case != drawn(scenario, 6)


def test_few_seeds_have_hardware_that_fails() -> None:
    """And what ends each history may then be one of the jobs that fail."""
    scenario = bundled("exercise-hantro")
    assert scenario.mishaps
    cases = [drawn(scenario, seed) for seed in range(200)]
    faulty = [case for case in cases if case.hardware and case.hardware.faults]
    assert 20 < len(faulty) < 80
    for case in cases:
        tries = {program.history[-1] for program in case.programs}
        assert tries == {"0 work tries=4" if case in faulty else "0 work"}
    items = {item for case in faulty for item in str(case.hardware.faults).split(",")}  # type: ignore[union-attr]
    assert {f"{block}:{fault}" for block, _job, fault in (i.split(":") for i in items)} == set(
        scenario.mishaps
    )


def test_hardware_that_nobody_names_does_not_fail() -> None:
    scenario = replace(bundled("exercise-hantro"), mishaps=())
    assert {drawn(scenario, seed).hardware for seed in range(50)} == {scenario.hardware}


@pytest.mark.parametrize("wrong", ["late", "vepu", "vepu:lat", "none:late"])
def test_a_mishap_is_of_a_block_that_there_is(tmp_path: Path, wrong: str) -> None:
    text = (SCENARIOS / "exercise-hantro.m2m.yaml").read_text()
    file = tmp_path / "mine.m2m.yaml"
    file.write_text(text.replace("vepu:late,", f"{wrong},"))
    with pytest.raises(InputError, match="mishaps"):
        load(file)


def test_the_guest_finds_its_history_where_its_program_is_told() -> None:
    case = drawn(bundled("exercise-vim2m"), 5)
    files = history_files(case)
    for program in case.programs:
        line = run_line(program, "virtual")
        path = line.split()[-1].removeprefix("--history=/")
        assert files[path].decode().splitlines()[1:] == list(program.history)


@pytest.mark.parametrize("scenario", EXERCISE, ids=lambda each: each.name)
def test_what_a_scenario_leaves_out_is_something(scenario: Scenario) -> None:
    words = {"abrupt", "stray-dmabuf", "queued-reqbufs", "shared-request", "scattered"}
    known = words | {name for name, _ in moves()} | {move.name for _, move in moves()}
    assert {word for program in scenario.programs for word in program.leave_out} <= known


# -- cut down


def quiet(step: str) -> None:
    pass


def smallest(history: History, shows: Callable[[History], bool]) -> History:
    while True:
        for _, candidate in smaller(history):
            if candidate.rounds and shows(candidate):
                history = candidate
                break
        else:
            return history


@settings(max_examples=25, deadline=None)
@given(seeds)
def test_only_what_shows_it_is_left(seed: str) -> None:
    def shows(history: History) -> bool:
        names = [call.name for call in history.calls]
        return "streamon" in names and "work" in names[names.index("streamon") :]

    history = draw(seed)
    assume(shows(history))
    small = smallest(history, shows)
    # What is streamed must have come from somewhere, and nothing else is about it.
    made, streamed, worked = small.calls
    assert made.name in ("open", "receive")
    assert (streamed.name, streamed.words[0], worked.name) == ("streamon", made.result, "work")
    assert {call.thread for call in small.calls} == {0}
    assert len(small.rounds) == 1


def test_threads_stay_where_they_matter() -> None:
    history = History(
        (
            (Call(0, "open", (), "v0"),),
            (Call(0, "sleep", ("ms=30",)), Call(2, "dqbuf", ("v0", "cap"))),
            (Call(1, "sleep", ("ms=10",)),),
        )
    )

    def shows(some: History) -> bool:
        threads = {call.thread for call in some.calls if call.name in ("sleep", "dqbuf")}
        return len(threads) > 1 and any(call.name == "dqbuf" for call in some.calls)

    small = smallest(history, shows)
    assert [str(call) for each in small.rounds for call in each] == [
        "0 v0 = open", "0 sleep", "1 dqbuf v0 cap",
    ]  # fmt: skip


def test_a_red_case_is_cut_down_in_batches() -> None:
    """Candidates share a guest once one program is left; the first that shows it is taken."""
    scenario = drawn(bundled("exercise-vim2m"), 5)
    guests: list[int] = []

    def shows(each: Scenario) -> bool:
        return any(line.endswith("work") for p in each.programs for line in p.history)

    def first(some: list[Scenario]) -> int | None:
        guests.append(len(some))
        return next((at for at, each in enumerate(some) if shows(each)), None)

    small = shrink(scenario, first, quiet, lambda each: 6 if len(each.programs) == 1 else 1)  # type: ignore[arg-type]
    assert [program.history for program in small.programs] == [("0 work",)]
    assert max(guests) == 6


# -- as a C program


@pytest.mark.skipif(not shutil.which("gcc"), reason="there is no compiler")
def test_a_history_is_a_program_that_compiles(tmp_path: Path) -> None:
    """With the headers of this machine; the helpers that it does not call are not in it."""
    (tmp_path / "kselftest.h").write_text(
        "".join(
            f"void {name}({what});\n"
            for name, what in (
                ("ksft_print_header", "void"), ("ksft_print_msg", "const char *text, ..."),
                ("ksft_exit_skip", "const char *text, ..."), ("ksft_set_plan", "unsigned int n"),
                ("ksft_test_result_pass", "const char *text, ..."), ("ksft_finished", "void"),
            )
        )
    )  # fmt: skip
    for seed in range(8):
        source = tmp_path / "one" / f"p{seed}.c"
        source.parent.mkdir(exist_ok=True)
        source.write_text(c_program(draw(str(seed)), "what it shows"))
        warnings = ["-Wall", "-Werror", "-Wno-return-type", "-Wno-implicit-function-declaration"]
        done = subprocess.run(
            ["gcc", "-pthread", "-fsyntax-only", *warnings, str(source)],
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("words", "call"),
    [
        ("width=16 height=8", "\tformat(v0, OUTPUT, 16, 8, VIDIOC_TRY_FMT);\n"),
        (
            "width=16 height=8 pixels=7 stride=9",
            "\twish(v0, OUTPUT, (struct v4l2_pix_format){ .width = 16, .height = 8, "
            ".pixelformat = 7, .bytesperline = 9 }, VIDIOC_TRY_FMT);\n",
        ),
    ],
)
def test_a_program_wishes_for_what_the_history_does(words: str, call: str) -> None:
    assert call in c_program(parse(["0 v0 = open", f"0 format v0 out try {words}"]), "a title")


def test_a_program_has_what_it_needs_and_no_more() -> None:
    text = c_program(parse(["0 v0 = open", "join", "1 dqbuf v0 cap", "0 sleep ms=2"]), "a title")
    assert "\tdequeue(v0, CAPTURE, V4L2_MEMORY_MMAP);\n" in text
    assert "\tv0 = open(video, O_RDWR | O_CLOEXEC);\n\tpthread_barrier_wait(&join);\n" in text
    assert "#define THREADS\t2\n" in text
    assert "a title" in text
    assert "reqbufs" not in text
    assert "reqbufs" in TEMPLATE.read_text()
