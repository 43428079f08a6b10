# SPDX-License-Identifier: GPL-2.0-only
"""The table of options: every row can be typed, is kept, and is written as it can be typed."""

import argparse
import dataclasses
import json
import shlex
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from rig.base.errors import InputError
from rig.commands.choice import parse_options
from rig.commands.cli import main
from rig.commands.grammar import parser
from rig.commands.pytest_plugin import session_options
from rig.evidence.record import RunDir, RunRecord, encode, load, save
from rig.model.claims.fences import CLAIM as FENCES
from rig.model.claims.locks import CLAIM as LOCKS
from rig.model.option import PYTEST, Option
from rig.model.options import Options, rows_of, table

VERBS = ("run", "soak")

# One value of each row that nobody would have chosen, and so does not go unseen.
CHOSEN: dict[str, Any] = {
    "names": ("vim2m-export", "rga-*"),
    "kernel": "/my kernel",
    "series": "-odd",
    "upto": 2,
    "patches": (Path("a.patch"), Path("b c.patch")),
    "fragments": (Path("x.config"),),
    "config": Path("my.config"),
    "profile": "lockdep+kasan",
    "strict": True,
    "delays": "rendezvous",
    "rounds": 5,
    "fault": "F06",
    "drivers": ("vim2m", "rga"),
    "about": ("going away",),
    "scenario_files": (Path("mine.m2m.yaml"),),
    "isolated": True,
    "claims": (FENCES, LOCKS),
    "seeds": (9, 7),
    "clock": "real",
    "real_seeds": (1, 2),
    "fresh": "boot",
    "shard": (2, 3),
    "jobs": 3,
    "fail_fast": True,
    "out": Path("elsewhere"),
    "resume": Path("out/none-001"),
    "each_patch": True,
    "dry_run": True,
}

ROWS = [(verb, row) for verb in VERBS for row in rows_of(verb)]


def typed(row: Option, value: object, verb: str) -> Options:
    """What is chosen by typing just this value, without what `--resume` brings."""
    words = [verb, *row.words(value)]
    rows = {each.name for each in rows_of(verb)}
    found = vars(parser().parse_args(words))
    return Options.chosen(verb, {name: found[name] for name in rows & found.keys()})


def kept(options: Options) -> Options:
    """The same from JSON."""
    text = encode(options)
    return TypeAdapter(Options).validate_python(json.loads(text))


def test_each_row_has_a_value_here() -> None:
    assert {row.name for row in table()} == set(CHOSEN)
    assert {row.name for _, row in ROWS} == set(CHOSEN)


@pytest.mark.parametrize(("verb", "row"), ROWS, ids=lambda each: getattr(each, "name", each))
def test_a_row_is_typed_kept_and_written(verb: str, row: Option) -> None:
    value = CHOSEN[row.name]
    assert value != row.usually(verb)
    options = typed(row, value, verb)
    assert options == dataclasses.replace(Options.usual(verb), **{row.name: value})
    again = kept(options)
    assert again == options
    assert list(row.words(getattr(again, row.name))) == list(row.words(value))
    # What says how a run goes is no part of what it is.
    command = shlex.split(again.command())
    repeated = parse_options(command[1:])
    assert repeated == (Options.usual(verb) if row.free else options)


@pytest.mark.parametrize(("verb", "row"), ROWS, ids=lambda each: getattr(each, "name", each))
def test_what_is_usual_need_not_be_typed(verb: str, row: Option) -> None:
    usual = Options.usual(verb)
    assert parse_options([verb]) == usual
    assert parse_options(shlex.split(usual.command())[1:]) == usual
    # But it may be.
    assert typed(row, row.usually(verb), verb) == usual


@pytest.mark.parametrize("row", rows_of(PYTEST), ids=lambda row: row.name)
def test_pytest_has_the_same_rows(row: Option, pytestconfig: pytest.Config) -> None:
    words = [word.replace(row.flags[-1], row.pytest_flag) for word in row.words(CHOSEN[row.name])]
    config = type(pytestconfig).fromdictargs({}, words)
    chosen = session_options(config)
    # Of what is made by pytest itself each guest is booted.
    usual = dataclasses.replace(Options(), fresh="boot")
    assert chosen == dataclasses.replace(usual, **{row.name: CHOSEN[row.name]})


def test_help_has_every_row(capsys: pytest.CaptureFixture[str]) -> None:
    for verb in VERBS:
        with pytest.raises(SystemExit):
            main([verb, "--help"])
        said = capsys.readouterr().out
        assert all(flag in said for row in rows_of(verb) for flag in row.flags)


def test_a_verb_has_no_option_twice() -> None:
    [verbs] = [a for a in parser()._actions if isinstance(a, argparse._SubParsersAction)]
    for name, verb in verbs.choices.items():
        dests = [action.dest for action in verb._actions if not getattr(action, "const", None)]
        twice = {dest for dest in dests if dests.count(dest) > 1}
        assert twice <= {row.name for row in rows_of(name) if row.counted}


# argparse takes "--" for the end of the options wherever it stands.
WORDS = st.text(
    st.characters(codec="ascii", exclude_characters="\0"), min_size=1, max_size=6
).filter(lambda word: word != "--")
NAMES = WORDS.filter(lambda word: not word.startswith("-"))
PATHS = WORDS.filter(lambda word: word.strip("./")).map(Path)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(VERBS),
    st.fixed_dictionaries(
        {},
        optional={
            "names": st.lists(NAMES, unique=True).map(tuple),
            "kernel": WORDS,
            "series": WORDS,
            "patches": st.lists(PATHS, unique=True).map(tuple),
            "config": PATHS,
            "about": st.lists(WORDS, unique=True).map(tuple),
            "seeds": st.lists(st.integers(0, 9), min_size=1, unique=True).map(tuple),
            "strict": st.booleans(),
            "upto": st.integers(1, 9),
        },
    ),
)
def test_a_command_says_all_of_a_run(verb: str, chosen: dict[str, Any]) -> None:
    options = dataclasses.replace(Options.usual(verb), **chosen)
    assert parse_options(shlex.split(options.command())[1:]) == options
    assert kept(options) == options


@pytest.mark.parametrize(
    ("words", "seeds"),
    [
        ("run", (1,)),
        ("run --seed 7 --seed 3 --seed 7", (7, 3)),
        ("run --seeds 3", (1, 2, 3)),
        ("soak --seeds 2", (1, 2)),
        ("soak", tuple(range(1, 21))),
        ("soak --seed 9", (9,)),
    ],
)
def test_seeds(words: str, seeds: tuple[int, ...]) -> None:
    assert parse_options(words.split()).seeds == seeds


@pytest.mark.parametrize(
    "words",
    ["run --seed 1 --seeds 3", "run --seeds x", "run --shard 3/2", "run --shard 0/2",
     "run --shard 2", "run -j 0", "run -j many", "run --seeds 0", "run --seed -1"],
)  # fmt: skip
def test_bad_choices_are_refused(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words.split()) == 4
    assert len(capsys.readouterr().err.splitlines()) <= 2


@pytest.mark.parametrize("words", ["a b --seed 3 -q", "--seed 3 a b -q", "a --seed 3 -q b"])
def test_names_stand_on_either_side_of_options(words: str) -> None:
    options = parse_options(["run", *words.split()])
    assert (options.names, options.seeds) == (("a", "b"), (3,))


def made_by(folder: Path, words: str) -> Path:
    options = parse_options(words.split())
    record = RunRecord(("a-s1",), (LOCKS,), "none", "6.12", "virtual", (1,), "for people", options)
    folder.mkdir()
    save(record, RunDir(folder).run)
    return folder


def test_a_run_keeps_its_options_and_no_command_is_read(tmp_path: Path) -> None:
    words = "run 'rga-fault-*' --patch 'my fix.patch' --seed 4 --shard 1/2"
    folder = made_by(tmp_path / "run", "run")
    options = parse_options(shlex.split(words))
    record = dataclasses.replace(load(RunDir(folder).run, RunRecord), options=options)
    save(record, RunDir(folder).run)
    assert load(RunDir(folder).run, RunRecord) == record
    assert json.loads(RunDir(folder).run.read_text())["options"]["patches"] == ["my fix.patch"]


def test_a_run_is_resumed_as_it_was_begun(tmp_path: Path) -> None:
    words = "soak vim2m-export --series none --seeds 4 --real-seeds 1 --shard 1/2"
    folder = made_by(tmp_path / "run", words)
    resumed = parse_options(["soak", "--resume", str(folder), "-j", "3", "--fail-fast"])
    begun = parse_options(words.split())
    assert resumed == dataclasses.replace(begun, resume=folder, jobs=3, fail_fast=True)
    # What it was made for may be said again.
    same = ["soak", "--resume", str(folder), "--seeds", "4", "vim2m-export"]
    assert parse_options(same) == dataclasses.replace(begun, resume=folder)


@pytest.mark.parametrize(
    "words", ["run", "soak --seeds 5", "soak --series producer-fence", "soak vim2m-export"]
)
def test_a_resumed_run_is_no_other_run(tmp_path: Path, words: str) -> None:
    folder = made_by(tmp_path / "run", "soak --series none --seeds 4")
    with pytest.raises(InputError, match="is another run") as error:
        parse_options([*words.split(), "--resume", str(folder)])
    assert error.value.hint == "it was made by: m2m-rig soak --series none --seeds 4"


def test_what_is_no_run_is_not_resumed(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"run\.json is missing"):
        parse_options(["run", "--resume", str(tmp_path)])
    (tmp_path / "run.json").write_text(json.dumps({"schema": 99}))
    with pytest.raises(InputError, match="version 99"):
        parse_options(["run", "--resume", str(tmp_path)])


def test_an_option_of_another_version_is_refused(tmp_path: Path) -> None:
    folder = made_by(tmp_path / "run", "run")
    text = json.loads(RunDir(folder).run.read_text())
    text["options"]["workloads"] = ["W1"]
    RunDir(folder).run.write_text(json.dumps(text))
    with pytest.raises(InputError, match=r"damaged: options\.workloads: "):
        load(RunDir(folder).run, RunRecord)
