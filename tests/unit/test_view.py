# SPDX-License-Identifier: GPL-2.0-only
"""What is seen of a run while it runs: on a terminal, in a log, and by who wants more or less."""

import asyncio
import io
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from rig.base import console
from rig.base.errors import InputError
from rig.base.paths import ROOT
from rig.evidence.durations import FILE, Durations, Estimate
from rig.evidence.record import CaseRecord, load
from rig.judge.oracles.serial import SPLAT
from rig.judge.reasons import Reason
from rig.judge.verdict import CaseVerdict, Figures
from rig.model.claims.fences import CLAIM as FENCES
from rig.model.claims.locks import CLAIM as LOCKS
from rig.view import plain
from rig.view.cases import CasesView
from rig.view.guest import GuestView
from rig.view.output import Level, Output
from rig.view.plain import Plain
from rig.view.tail import Tail
from rig.view.terminal import Terminal
from rig.view.view import Quiet, View
from rig.view.words import duration

RECORDED = next((ROOT / "tests" / "corpus" / "clean" / "cases").glob("*/case.json"))


def record(seed: int = 1) -> CaseRecord:
    return replace(load(RECORDED, CaseRecord), seed=seed)


def verdict(case: CaseRecord, *reasons: Reason) -> CaseVerdict:
    return CaseVerdict(
        id=case.id,
        driver="vim2m",
        scenario=case.scenario.name,
        about=case.scenario.about,
        seed=case.seed,
        claims={LOCKS: "DIRTY" if reasons else "CLEAN", FENCES: "not judged"},
        reasons=reasons,
        reproduce="m2m-rig run",
        figures=Figures(fences=0, jobs=0, guest_seconds=1.0, host_seconds=1.0),
    )


# -- what a guest has written


def test_lines_are_whole_and_come_once(tmp_path: Path) -> None:
    path = tmp_path / "serial.log"
    tail = Tail(path)
    assert list(tail.lines()) == []
    path.write_bytes(b"one\r\ntw")
    assert list(tail.lines()) == ["one"]
    with path.open("ab") as file:
        file.write(b"o\n\xff\n")
    assert list(tail.lines()) == ["two", "\N{REPLACEMENT CHARACTER}"]
    assert list(tail.lines()) == []


def test_a_guest_that_was_started_again_is_read_from_its_start(tmp_path: Path) -> None:
    path = tmp_path / "serial.log"
    tail = Tail(path)
    path.write_bytes(b"a long first life\n")
    assert list(tail.lines()) == ["a long first life"]
    path.rename(tmp_path / "lost")
    path.write_bytes(b"the second life is longer\n")
    assert list(tail.lines()) == ["the second life is longer"]


def test_the_stages_of_a_guest(tmp_path: Path) -> None:
    case = record()
    [program] = case.scenario.programs
    guest = GuestView(case, tmp_path)
    assert guest.stage == "booting"
    results = tmp_path / "results.ktap"
    results.write_text("KTAP version 1\n1..1\n  ok 1 of its own\n")
    assert ("workload", "  ok 1 of its own") in list(guest.look())
    assert guest.stage == program.name
    results.write_text(results.read_text() + f"ok 1 {program.name}\n")
    assert [line for _, line in guest.look()] == [f"ok 1 {program.name}"]
    assert guest.stage == "gathering evidence"
    results.rename(tmp_path / "lost")
    results.write_text("KTAP version 1\n")
    list(guest.look())
    assert guest.stage == program.name


# -- the time left


def test_durations_are_kept(tmp_path: Path) -> None:
    first = Durations(tmp_path / "cache" / FILE)
    assert first.of(record()) is None
    first.learn(record(), 4.25)
    first.save()
    again = Durations(tmp_path / "cache" / FILE)
    assert again.of(record(seed=7)) == 4.2
    assert again.of(replace(record(), clock="real")) is None
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [FILE]


@pytest.mark.parametrize("text", ["", "[]", '{"a": "b"}', '{"a": null}', "\x00"])
def test_damaged_durations_are_none(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    assert Durations(tmp_path / FILE).of(record()) is None


def test_the_time_left_is_that_of_the_cases(tmp_path: Path) -> None:
    durations = Durations(tmp_path / FILE)
    cases = [record(seed) for seed in (1, 2, 3, 4)]
    unknown = Estimate(durations, cases, jobs=1)
    assert unknown.left(0.0) is None
    unknown.start(cases[0].id, 0.0)
    assert unknown.end(cases[0].id, 6.0) == 6.0
    assert unknown.left(6.0) == 18.0

    durations.learn(cases[0], 4.0)
    known = Estimate(durations, cases, jobs=2)
    assert known.left(0.0) == 8.0
    known.start(cases[0].id, 0.0)
    known.start(cases[1].id, 0.0)
    assert known.running(cases[0].id, 1.0) == (1.0, 4.0)
    assert known.left(1.0) == 7.0
    # It takes twice as long today.
    known.end(cases[0].id, 8.0)
    assert known.left(8.0) == 8.0
    # The last one cannot be shared.
    for case in cases[2:]:
        known.start(case.id, 8.0)
        known.end(case.id, 16.0)
    assert known.left(3.0) == 5.0


# -- the view


class Stream(io.StringIO):
    """A stream that says it is a terminal, or not."""

    def __init__(self, *, terminal: bool) -> None:
        super().__init__()
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal


def output(level: Level, out: Stream, view: View, *, follow: bool = False) -> Output:
    return Output(console.console_for(out), view, level, follow)


async def show(view: CasesView, cases: list[CaseRecord], folder: Path) -> None:
    for case in cases:
        view.start(case)
        (folder / "argv.json").write_text('["qemu", "-M virt"]\n')
        watcher = asyncio.create_task(view.watch(case, folder))
        await asyncio.sleep(0)
        (folder / "serial.log").write_text("[ 0.1] \x1b[31mhello\x07\n")
        (folder / "results.ktap").write_text("KTAP version 1\n")
        watcher.cancel()
        await asyncio.wait([watcher])
        view.judging(case)
        view.end(case, verdict(case, Reason(SPLAT, "WARNING: \x1b[2J here", part="warn")))
    view.close()


def shown(tmp_path: Path, level: Level, *, follow: bool = False, progress: View) -> str:
    out = Stream(terminal=False)
    cases = [record(1), record(2)]
    view = CasesView(
        output(level, out, progress, follow=follow), cases, 3, 1, Durations(tmp_path / FILE)
    )
    asyncio.run(show(view, cases, tmp_path))
    return out.getvalue()


CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


def test_a_log_has_one_line_a_case_and_no_control_characters(tmp_path: Path) -> None:
    errors = io.StringIO()
    text = shown(tmp_path, "normal", progress=Plain(errors))
    name = record().scenario.name
    assert re.fullmatch(
        rf"4/5  DIRTY  {name}-s1  \d+ s  splat.warn: WARNING: \\x1b\[2J here\n"
        rf"5/5  DIRTY  {name}-s2  \d+ s  splat.warn: WARNING: \\x1b\[2J here\n",
        text,
    )
    assert errors.getvalue().splitlines()[0] == "running 2 cases, 3 have run before"
    assert not CONTROL.search(errors.getvalue())


def test_a_log_tells_once_a_minute_what_still_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(plain, "monotonic", lambda: now)
    stream = io.StringIO()
    view = Plain(stream)
    view.stage("running 2 cases")
    for second in range(0, 150):
        now = float(second)
        view.row("a-s1", now, 5.0, "booting" if second < 100 else "export\x1b")
        if second >= 30:
            view.row("b-s1", now - 30, None, "export")
        if second == 95:
            view.end_row("b-s1")
    assert stream.getvalue().splitlines()[1:] == [
        "  a-s1 runs: booting, 1 min 00 s, usually 5 s",
        "  b-s1 runs: export, 1 min 00 s",
        "  a-s1 runs: export\\x1b, 2 min 00 s, usually 5 s",
    ]


def test_quiet_shows_no_case(tmp_path: Path) -> None:
    assert shown(tmp_path, "quiet", progress=Quiet()) == ""


def test_verbose_tells_stages_and_commands(tmp_path: Path) -> None:
    errors = io.StringIO()
    text = shown(tmp_path, "verbose", progress=Plain(errors, commands=True))
    assert f"{record().id}: booting\n" in text
    assert "  $ qemu '-M virt'\n" in errors.getvalue()


def test_follow_names_the_case_and_spells_control_characters_out(tmp_path: Path) -> None:
    text = shown(tmp_path, "normal", follow=True, progress=Plain(io.StringIO()))
    assert f"{record().id} kernel| [ 0.1] \\x1b[31mhello\\x07\n" in text
    assert f"{record().id} workload| KTAP version 1\n" in text
    assert not CONTROL.search(text)


def test_nothing_and_everything_exclude_each_other() -> None:
    with pytest.raises(InputError, match="exclude each other"):
        Output.standard("quiet", follow=True)


def test_rows_come_and_go_on_a_terminal() -> None:
    stream = io.StringIO()
    view = Terminal(Console(file=stream, force_terminal=True, width=100))
    view.stage("running 2 cases")
    view.row("[a]-s1", 1.0, 4.0, "booting")
    view.at(1, 2, "1/2, about 4 s left")
    view.refresh()
    assert "[a]-s1" in stream.getvalue()
    assert "booting" in stream.getvalue()
    assert "1/2, about 4 s left" in stream.getvalue()
    view.end_row("[a]-s1")
    view.end_row("never begun")
    before = len(stream.getvalue())
    view.refresh()
    assert "[a]-s1" not in stream.getvalue()[before:]
    view.close()
    assert stream.getvalue().rstrip().endswith("\x1b[0m")
    assert "running 2 cases: " in stream.getvalue()


@pytest.mark.parametrize("name", ["FORCE_COLOR", "TTY_COMPATIBLE", "GITHUB_ACTIONS"])
def test_a_log_stays_plain_whatever_the_environment_says(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "1")
    stream = Stream(terminal=False)
    console.console_for(stream).print("[bold red]DIRTY[/bold red]", ("x" * 100))
    assert stream.getvalue() == f"DIRTY {'x' * 100}\n"


class Closed(Stream):
    """A pipe whose reader went away."""

    def write(self, text: str) -> int:
        raise BrokenPipeError

    def fileno(self) -> int:
        raise io.UnsupportedOperation


def test_a_reader_that_goes_away_is_no_verdict() -> None:
    with pytest.raises(BrokenPipeError):
        console.console_for(Closed(terminal=False)).print("DIRTY")


def test_a_terminal_has_colour_unless_it_is_unwanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    coloured, plain = Stream(terminal=True), Stream(terminal=True)
    console.console_for(coloured).print("[red]DIRTY[/red]")
    assert "\x1b[31m" in coloured.getvalue()
    monkeypatch.setenv("NO_COLOR", "1")
    console.console_for(plain).print("[red]DIRTY[/red]")
    assert plain.getvalue() == "DIRTY\n"


def test_a_terminal_that_can_only_print_gets_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    assert not console.moves(Stream(terminal=True))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.4, "0 s"), (59.6, "1 min 00 s"), (125, "2 min 05 s"), (11220, "3 h 07 min")],
)
def test_durations_in_words(seconds: float, words: str) -> None:
    assert duration(seconds) == words


# -- who waits for what


@pytest.mark.parametrize(
    ("words", "needed"),
    [
        ("--version", ""),
        ("run --help", ""),
        ("prune", ""),
        ("schema", "pydantic"),
        ("list", "pydantic"),
    ],
)
def test_a_verb_imports_what_it_needs(tmp_path: Path, words: str, needed: str) -> None:
    code = (
        "import sys; from rig.commands.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        "print(*sorted({'networkx', 'jinja2', 'rich', 'pydantic'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *words.split()],
        capture_output=True, text=True, check=True,
        env={**os.environ, "M2M_RIG_CACHE": str(tmp_path)},
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == needed
