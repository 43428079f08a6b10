# SPDX-License-Identifier: GPL-2.0-only
"""How the command line behaves where nothing is wrong but the circumstances."""

import argparse
import errno
import io
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from rig.base.cache import Cache
from rig.base.errors import InputError
from rig.base.paths import ROOT
from rig.commands.cli import main
from rig.commands.grammar import parser
from rig.kernel import reading
from rig.kernel.layout import Layout
from rig.kernel.patch import patches_on
from rig.model.scenario import load
from rig.run import prepare
from rig.run.directory import run_folder
from rig.view.plain import Plain
from rig.view.terminal import Terminal
from tests.unit.kernel.conftest import FAKE_LINUX, GOOD, STALE, git

CLEAN_RUN = ROOT / "tests" / "corpus" / "clean"
LONG = "x" * 300
SCENARIO = """\
name: {}
title: a driver of mine
driver: vim2m
about: export
modules: [vim2m]
programs: [{{name: export, file: export}}]
"""


# -- the cache below an overlay


def entry(cache: Cache) -> Path:
    def fill(place: Path) -> None:
        (place / "lib").mkdir()
        (place / "lib" / "data").write_bytes(b"x" * 4096)

    path = cache.publish("kernels", "old", fill)
    os.utime(path, (1, 1))
    return path


def test_an_entry_of_a_lower_layer_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An overlay refuses to rename a directory that it has from below."""
    cache = Cache(tmp_path)
    path = entry(cache)
    rename = Path.rename

    def refuse(self: Path, target: Path) -> Path:
        if self == path:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuse)
    assert [each.key for each in cache.prune(0)] == ["old"]
    assert not path.exists()


@pytest.mark.parametrize("changing", [False, True])
def test_what_is_half_removed_is_not_there(tmp_path: Path, changing: bool) -> None:
    cache = Cache(tmp_path)
    path = cache.publish("trees", "old", lambda place: None, changing=changing)
    (path / ".m2m-rig-gone").touch()
    assert cache.find("trees", "old", changing=changing) is None
    made = cache.publish(
        "trees", "old", lambda place: (place / "new").touch(), changing=changing
    )  # fmt: skip
    assert [each.name for each in made.iterdir() if each.name == "new"]
    assert not (made / ".m2m-rig-gone").exists()


def test_a_cache_in_an_image_is_pruned(tmp_path: Path) -> None:
    below, above, work, merged = (tmp_path / name for name in ("below", "above", "work", "merged"))
    for each in (below, above, work, merged):
        each.mkdir()
    entry(Cache(below))
    layers = f"lowerdir={below},upperdir={above},workdir={work}"
    mounted = subprocess.run(["mount", "-t", "overlay", "-o", layers, "overlay", merged],
                             capture_output=True)  # fmt: skip
    if mounted.returncode:
        pytest.skip("overlays cannot be mounted here")
    try:
        assert [each.key for each in Cache(merged).prune(0)] == ["old"]
        assert not (merged / "kernels" / "old").exists()
    finally:
        subprocess.run(["umount", "-l", merged], check=True)


# -- streams that are not there


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
def test_a_stream_that_is_closed_is_no_crash(closed: str, tmp_path: Path) -> None:
    words = f'"{sys.executable}" -m rig judge tests/corpus/clean'
    copied = f"cp -r tests/corpus/clean {tmp_path}/run && cd {tmp_path}"
    done = subprocess.run(
        ["sh", "-c", f"{copied}; {words.replace('tests/corpus/clean', 'run')} {closed}"],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    # What is opened next must not become standard output.
    assert "locks: CLEAN" not in (tmp_path / "run" / "verdict.json").read_text()


# -- names that no file can have


@pytest.mark.parametrize(
    "option", ["--series", "--kernel", "--patch", "--scenario", "--config", "--out"]
)
@pytest.mark.parametrize("dry", [["--dry-run"], []], ids=["dry", "run"])
def test_a_name_that_is_too_long_is_told(
    option: str, dry: list[str], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("M2M_RIG_CACHE", str(tmp_path / "cache"))
    name = f"{LONG}.m2m.yaml" if option == "--scenario" else LONG
    assert main(["run", *dry, option, name]) == 4
    said = capsys.readouterr().err
    assert "Traceback" not in said
    assert len(said.splitlines()) <= 2


def test_a_scenario_whose_name_is_too_long_is_refused_when_it_is_read(tmp_path: Path) -> None:
    file = tmp_path / "mine.m2m.yaml"
    file.write_text(SCENARIO.format("x" * 100))
    assert load(file).name == "x" * 100
    file.write_text(SCENARIO.format(LONG))
    with pytest.raises(InputError, match=r"mine.m2m.yaml:1: name: .*at most 200"):
        load(file)


def test_a_series_with_a_long_name_has_a_directory(tmp_path: Path) -> None:
    first, second = (run_folder(tmp_path, LONG) for _ in range(2))
    assert first.path != second.path
    assert first.path.is_dir()


# -- what a patch says


def test_control_characters_of_a_subject_do_not_reach_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("M2M_RIG_CACHE", str(tmp_path / "cache"))
    series = tmp_path / "mine"
    series.mkdir()
    text = re.sub(rb"(?m)^(Subject: \[.*?\] )", b"\\1\x1b]0;owned\x07\x1b[31m", GOOD)
    assert text != GOOD
    (series / "0001-x.patch").write_bytes(text)
    assert main(["run", "vim2m-export", "--dry-run", "--series", str(series)]) == 0
    told = capsys.readouterr().out
    assert "\\x1b[31m" in told
    assert "\x1b" not in told


def test_control_characters_of_a_name_do_not_reach_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["run", "\x1b[31mred"]) == 4
    said = capsys.readouterr().err
    assert "\\x1b[31mred" in said
    assert "\x1b" not in said


# What a file may say whose writer nobody knows, or the name of a directory.
EVIL = "mine [v2] [/red]\x1b]0;owned\x07\x1b[31m"


@pytest.fixture
def strange(tmp_path: Path) -> Path:
    """A run of a series with such a name, and with such notes."""
    folder = tmp_path / "run"
    shutil.copytree(CLEAN_RUN, folder)
    record = json.loads((folder / "run.json").read_text())
    record |= {name: record[name] + EVIL for name in ("series", "kernel", "reproduce")}
    (folder / "run.json").write_text(json.dumps(record | {"notes": [EVIL]}))
    return folder


@pytest.mark.parametrize(
    "words",
    [["judge", "{}"], ["report", "{}", "--format", "text"], ["compare", "{}", "{}"],
     ["report", "{}", "--format", "junit"], ["report", "{}", "--format", "kcidb"],
     ["union", "{}"], ["diff", "{}", "{}"], ["trend", "{}", "--output", "-"]],
    ids=lambda words: words[-1] if "--format" in words else words[0],
)  # fmt: skip
def test_what_a_run_directory_says_is_shown_as_it_is_and_moves_nothing(
    words: list[str], strange: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main([word.format(strange) for word in words]) == 0
    shown = capfd.readouterr()
    assert "\x1b" not in shown.out + shown.err
    if words[0] not in ("union", "diff") and "kcidb" not in words:
        assert "mine [v2] [/red]" in shown.out


def test_a_cover_letter_moves_nothing(strange: Path, capsys: pytest.CaptureFixture[str]) -> None:
    build = json.loads((strange / "build.json").read_text())
    release = json.loads(next(strange.glob("cases/*/case.json")).read_text())["kernel"]["release"]
    (strange / "build.json").write_text(json.dumps(build | {"release": release}))
    assert main(["report", str(strange), "--format", "cover-letter"]) == 0
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "\\x1b[31m" in shown


def test_what_a_baseline_says_is_shown_as_it_is_and_moves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["report", str(shutil.copytree(CLEAN_RUN, tmp_path / "run")), "--format", "baseline"]
    assert main(words) == 0
    said = json.loads(capsys.readouterr().out)
    reason = {"id": EVIL, "text": EVIL, "file": EVIL, "line": 3, "known": False}
    first = said["cases"][0]
    said["cases"] = [
        first | {"claims": {EVIL: EVIL}, "verdict": EVIL, "reasons": [reason]},
        first | {"id": EVIL},
    ]
    said["reasons"] = [reason]
    said["graphs"]["classes"] = [[EVIL, *rest] for _, *rest in said["graphs"]["classes"]]
    baseline = tmp_path / "gate.json"
    baseline.write_text(json.dumps(said))
    for pair in ([baseline, words[1]], [words[1], baseline]):
        assert main(["compare", *map(str, pair)]) in (0, 1)
        shown = capsys.readouterr()
        assert "mine [v2] [/red]" in shown.out
        assert "\x1b" not in shown.out + shown.err


def test_a_report_in_a_file_has_no_colours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever a CI service says of its log."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    folder = shutil.copytree(CLEAN_RUN, tmp_path / "run")
    assert main(["judge", str(folder)]) == 0
    assert "\x1b" not in (folder / "report.txt").read_text()
    capsys.readouterr()
    assert main(["report", str(folder), "--format", "text"]) == 0
    assert "\x1b" not in capsys.readouterr().out


# -- a dry run refuses what a run refuses


@pytest.fixture
def linux(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The fake kernel as somebody's git tree."""
    monkeypatch.setenv("M2M_RIG_CACHE", str(tmp_path / "cache"))
    tree = tmp_path / "linux"
    subprocess.run(["cp", "-r", FAKE_LINUX, tree], check=True)
    return tree


def committed(linux: Path) -> Path:
    git(linux, "init", "-q", "-b", "main")
    git(linux, "add", "-A")
    git(linux, "commit", "-qm", "base")
    return linux


def dry(linux: Path, *words: str) -> int:
    return main(["run", "vim2m-export", "--dry-run", "--kernel", str(linux), *words])


def test_a_tree_that_is_not_git(linux: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert dry(linux) == 4
    shown = capsys.readouterr()
    assert f"{linux} is not a git tree" in shown.err
    assert shown.out == ""


def test_a_tree_that_is_dirty(linux: Path, capsys: pytest.CaptureFixture[str]) -> None:
    committed(linux)
    (linux / "Makefile").write_text("VERSION = 6\n")
    assert dry(linux) == 4
    assert "uncommitted changes in Makefile" in capsys.readouterr().err


def test_a_series_that_does_not_apply(linux: Path, capsys: pytest.CaptureFixture[str]) -> None:
    committed(linux)
    series = linux.parent / "stale"
    series.mkdir()
    (series / "0001-stale.patch").write_bytes(STALE)
    assert dry(linux, "--series", str(series)) == 4
    assert "0001-stale.patch does not apply at " in capsys.readouterr().err


def test_how_each_patch_applies(linux: Path, capsys: pytest.CaptureFixture[str]) -> None:
    committed(linux)
    series = linux.parent / "mine"
    series.mkdir()
    (series / "0001-good.patch").write_bytes(GOOD)
    before = sorted(linux.rglob("*"))
    assert dry(linux, "--series", str(series)) == 0
    assert re.search(r"^ +1  [0-9a-f]{12}  .*, as it is$", capsys.readouterr().out, re.MULTILINE)
    assert sorted(linux.rglob("*")) == before
    assert not (linux.parent / "cache").exists()


def test_patches_are_those_that_this_kernel_has(
    linux: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Some have variants, and others are for a range of releases only."""
    makefile = linux / "Makefile"
    text = makefile.read_text().replace("VERSION = 6", "VERSION = 7", 1)
    makefile.write_text(text.replace("PATCHLEVEL = 12", "PATCHLEVEL = 3", 1))
    committed(linux)
    assert dry(linux) == 0
    told = capsys.readouterr().out
    on_file = [patch for patch in reading.plain(Layout.bundled().rig_patches)]
    there = [patch for patch in patches_on("7.3", on_file) if patch.text]
    assert there != on_file
    assert f"its own, for the test only: {len(there)} patches" in told
    for patch in there:
        assert patch.sha256[:12] in told


def test_scenarios_that_this_kernel_has_not_everything_for(
    linux: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    committed(linux)
    words = ["run", "--dry-run", "--kernel", str(linux)]
    assert main([*words, "rga3-convert", "rga-copy"]) == 0
    told = capsys.readouterr().out
    assert "note        not for Linux 6.12.99: rga3-convert" in told
    assert "case        rga3-convert" not in told
    assert "case        rga-copy" in told
    assert main([*words, "rga3-convert"]) == 4
    assert "not for Linux 6.12.99: rga3-convert" in capsys.readouterr().err


@pytest.mark.parametrize("way", [["--dry-run"], []], ids=["dry", "run"])
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--out", "taken"], "taken cannot hold run directories: Not a directory"),
        (["--shard", "3/3", "--seeds", "2"], "shard 3/3 has no case: there are 2"),
        (["--claim", "fences", "idle"], "none of these scenarios judges fences for none"),
    ],
    ids=["place", "shard", "claim"],
)
def test_what_no_run_could_do_is_refused_before_anything_is_built(
    words: list[str], said: str, way: list[str], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("M2M_RIG_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(prepare, "build", lambda *_, **__: pytest.fail("a kernel is built"))
    (tmp_path / "taken").touch()
    names = [] if words[-1] == "idle" else ["vim2m-export"]
    assert main(["run", *names, *words, *way]) == 4
    shown = capsys.readouterr()
    assert said in shown.err
    assert shown.out == ""


def test_a_kernel_that_is_not_here_yet_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("M2M_RIG_CACHE", str(tmp_path / "cache"))
    assert main(["run", "vim2m-export", "--dry-run", "--series", "producer-fence"]) == 0
    assert "whether they apply is not known: linux-6.12 is not in the cache" in (
        capsys.readouterr().out
    )


# -- preflight


def test_preflight_leaves_nothing_where_it_stands(
    linux: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    committed(linux)
    kernels = linux.parent / "kernels.yaml"
    kernels.write_text("default: far\nkernels:\n  far: {kind: debian, package: linux-source-far}\n")
    bundled = replace(Layout.bundled(), config=linux.parent)
    monkeypatch.setattr(Layout, "bundled", lambda: bundled)
    monkeypatch.chdir(linux.parent)
    series = linux.parent / "mine"
    series.mkdir()
    (series / "0001-good.patch").write_bytes(GOOD)
    before = {path.name for path in linux.parent.iterdir()} | {"cache"}
    words = ["preflight", str(series), "--quick", "--kernel", str(linux)]
    assert main(words) in (1, 2)
    shown = capsys.readouterr()
    assert {path.name for path in linux.parent.iterdir()} <= before
    # And nothing is fetched for a question that was not asked.
    assert "applies to far" in shown.out
    assert "not run: its source is not in the cache" in shown.out
    assert main([*words, "--output", "findings.json"]) in (1, 2)
    assert (linux.parent / "findings.json").stat().st_size


# -- what is shown when it was stopped


def test_what_was_stopped_does_not_read_as_done() -> None:
    text = io.StringIO()
    shown = Terminal(Console(file=text, force_terminal=True, width=100))
    shown.stage("running 2 cases")
    shown.at(1, 2, "1/2")
    shown.stop("1 of 2 have run")
    last = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text.getvalue()).strip().splitlines()[-1]
    assert re.fullmatch(r"running 2 cases: stopped after 0 s, 1 of 2 have run", last)
    log = io.StringIO()
    plain = Plain(log)
    plain.stage("running 2 cases")
    plain.stop("1 of 2 have run")
    assert log.getvalue().splitlines()[-1] == "stopped: 1 of 2 have run"


# -- help


VERDICTS = {"run", "soak", "matrix", "judge", "merge"}


def helps() -> dict[str, str]:
    [action] = [each for each in parser()._actions if isinstance(each, argparse._SubParsersAction)]
    return {name: verb.format_help() for name, verb in action.choices.items()}


def test_only_verbs_with_verdicts_speak_of_them() -> None:
    for verb, text in helps().items():
        assert ("CLEAN" in text) == (verb in VERDICTS), verb
        assert "exit status:" in text, verb
    assert "1 worse" in helps()["compare"]


def test_a_list_is_as_wide_as_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    assert [line for line in capsys.readouterr().out.splitlines() if len(line) > 80] == []
