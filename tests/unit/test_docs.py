# SPDX-License-Identifier: GPL-2.0-only
"""Every command in README and docs is one that works.

Commands that only read are run, in a directory that has what they name.  Those that would build or
boot are asked what they would do (`--dry-run`), or as far as their input is read.  What they print
is held against the pages by `make test-docs`, which boots guests.
"""

import argparse
import glob
import json
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from rig.base.paths import FAULTS, KERNEL_CONFIG, ROOT
from rig.campaign import matrix
from rig.commands.choice import options_of
from rig.commands.cli import main
from rig.commands.grammar import parser
from rig.evidence.record import RunDir
from rig.judge.run import judge_run
from rig.model import faults
from rig.report.summary import baseline_text, remember
from rig.run.selection import kernel_request
from tests.documents import PAGES, Command, commands, mentioned, other_blocks, prose
from tests.unit.kernel.conftest import git
from tests.unit.mistakes import SCENARIO

COMMANDS = [command for page in PAGES for command in commands(page)]

# Columns of a line of prose.
WIDTH = 100

# What no test runs, and why.
NOT_RUN = {
    r"git clone \S+": "needs the network",
    r"cd m2m-rig": "tests are there already",
    r"\. \.venv/bin/activate": "tests run in it",
    r"pip wheel --no-deps -w dist \.": "test_wheel.py does",
    r"pipx install dist/m2m_rig-0\.1\.0-py3-none-any\.whl": "test_wheel.py installs the wheel",
    r'eval "\$\(register-python-argcomplete m2m-rig\)"': "test_completion.py asks the same way",
    r"m2m-rig new driver scaler --compatible example,scaler( +#.*)?": "test_new.py has such a tree",
    r"apt-get install --no-install-recommends \S+": "changes the machine",
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory, which is also the home, with all that the pages name."""
    made = tmp_path_factory.mktemp("place")
    for name in ("none-001", "producer-fence-001"):
        shutil.copytree(ROOT / "tests" / "corpus" / "clean", made / "out" / name)
    for shard, left in ((1, slice(None)), (2, slice(0))):
        make_shard(made / f"shard-{shard}" / "producer-fence-001", shard, left)
    (made / "gate.json").write_text(baseline_text(remember(made / "out" / "none-001").whole))
    shutil.copytree(ROOT / "tests" / "own_driver", made / "tests" / "own_driver")
    shutil.copytree(ROOT / "docs" / "guide" / "ci", made / "docs" / "guide" / "ci")
    shutil.copyfile(ROOT / "docs" / "guide" / "ci" / "matrix.yaml", made / "nightly.yaml")
    shutil.copytree(KERNEL_CONFIG, made / "kernel-config")
    (made / "mine.m2m.yaml").write_text(SCENARIO)
    patches = sorted((KERNEL_CONFIG / "series" / "producer-fence").glob("*.patch"))
    for name in ("my-series", "outgoing"):
        (made / name).mkdir()
        for patch in patches:
            shutil.copy(patch, made / name)
    for name in ("thread.mbox", "thread.mbox.gz"):
        (made / name).write_text("".join(patch.read_text() for patch in patches))
    shutil.copyfile(patches[0], made / "fix.patch")
    make_tree(made / "src" / "linux")
    return made


def make_shard(path: Path, number: int, left: slice) -> None:
    """One of two shards of the recorded run, with these of its cases."""
    shutil.copytree(ROOT / "tests" / "corpus" / "clean", path)
    run = json.loads((path / "run.json").read_text())
    run["cases"] = run["cases"][left]
    run["options"]["shard"] = [number, 2]
    (path / "run.json").write_text(json.dumps(run))


def make_tree(linux: Path) -> None:
    """A kernel tree as far as a dry run looks."""
    linux.mkdir(parents=True)
    git(linux, "init", "-q", "-b", "main")
    (linux / "Makefile").write_text("VERSION = 6\nPATCHLEVEL = 12\n")
    git(linux, "add", "-A")
    git(linux, "commit", "-qm", "base")
    git(linux, "checkout", "-q", "-b", "my-branch")
    (linux / "vim2m.c").write_text("int a;\n")
    git(linux, "add", "-A")
    git(linux, "commit", "-qm", "media: vim2m: a change")


@pytest.mark.parametrize("command", COMMANDS, ids=str)
def test_a_command_works(
    command: Command,
    place: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for pattern, why in NOT_RUN.items():
        if re.fullmatch(pattern, command.text):
            pytest.skip(why)
    monkeypatch.setenv("HOME", str(place))
    monkeypatch.setenv("M2M_RIG_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(place)
    program, *words = shlex.split(command.text, comments=False)
    words = [str(Path(word).expanduser()) if word.startswith("~") else word for word in words]
    # As a shell does it: a pattern that means no file stays as it is.
    words = [file for word in words for file in sorted(glob.glob(word)) or [word]]  # noqa: PTH207
    if program == "m2m-rig":
        try_rig(words)
        assert capsys.readouterr().err == ""
    elif program == "make":
        run("make", "-n", *words, cwd=ROOT)
    elif program == "pytest":
        run(sys.executable, "-m", "pytest", "--collect-only", "-q", *words, cwd=place)
    elif program == "sed":
        run("sh", "-c", command.text, cwd=place)
    else:
        pytest.fail(f"{command}: nobody tries this one")


@pytest.mark.parametrize("pattern", NOT_RUN)
def test_what_is_not_run_is_on_a_page(pattern: str) -> None:
    assert any(re.fullmatch(pattern, command.text) for command in COMMANDS)


def run(*argv: str, cwd: Path) -> None:
    done = subprocess.run(argv, cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def try_rig(words: list[str]) -> None:
    """Run what only reads; of the rest, what comes before the work."""
    verb = words[0]
    if verb in ("run", "soak", "build"):
        assert main([*words, *(["--dry-run"] if "--dry-run" not in words else [])]) == 0
    elif verb in ("boot", "preflight"):
        kernel_request(options_of(parser().parse_args(words)))
    elif verb == "matrix":
        arguments = parser().parse_args(words)
        assert matrix.load(arguments.file, options_of(arguments))
    elif verb == "selfcheck":
        faults.load(FAULTS).find(parser().parse_args(words).fault)
    elif verb == "shrink":
        # The run that is there has no red case.
        assert judge_run(RunDir(parser().parse_args(words).directory)).cases
    elif verb == "doctor":
        # This machine need not be fit.
        assert main(words) in (0, 3)
    else:
        assert main(words) == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_command_hides_in_another_block(page: Path) -> None:
    for number, block in other_blocks(page):
        hidden = re.search(r"^(\$ |m2m-rig [a-z]|make |pytest |\.venv/)", block, re.MULTILINE)
        assert hidden is None, f"{page.name}:{number}: mark this block as sh or console"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_the_text_mentions_exists(page: Path) -> None:
    [verbs] = [
        action.choices
        for action in parser()._actions
        if isinstance(action, argparse._SubParsersAction)
    ]
    for line in mentioned(page):
        verb, *words = shlex.split(line)[1:]
        if verb.startswith("-"):
            continue
        assert verb in verbs, f"{page.name}: {line}"
        known = verbs[verb]._option_string_actions
        for word in words:
            assert not word.startswith("-") or word in known, f"{page.name}: {line}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if "://" in target:
            continue
        file, _, anchor = target.partition("#")
        found = page.parent / file if file else page
        assert found.exists(), f"{page.name}: {target}"
        if anchor:
            headings = re.findall(r"^#+ (.+)$", found.read_text(), re.MULTILINE)
            slugs = {re.sub(r"[^\w -]", "", head).lower().replace(" ", "-") for head in headings}
            assert anchor in slugs, f"{page.name}: {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_link_to_a_page_is_called_as_the_page_is(page: Path) -> None:
    for text, target in re.findall(r"\[([^\]]+\.md)\]\(([^)\s#]+)", page.read_text()):
        assert f"/{target}".endswith(f"/{text.removeprefix('docs/')}"), f"{page.name}: {text}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_is_named_by_a_link(page: Path) -> None:
    assert not re.findall(r"`[\w./-]+\.md`", page.read_text())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_prose_is_no_wider_than_a_terminal(page: Path) -> None:
    wide = [number for number, line in prose(page) if len(line) > WIDTH and not listed(line)]
    assert not wide, f"{page.name}: lines {wide}"


def listed(line: str) -> bool:
    """Whether it lists the reasons of an oracle, which no person writes or wraps."""
    return line.startswith("- **Reasons** ")


def test_pages_that_files_name_are_there() -> None:
    listed = subprocess.run(
        ["git", "grep", "-Iohw", r"docs/[a-z/-]*\.[a-z][a-z.]*", "--", ":!tests/corpus"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    named = {name.rstrip(".") for name in listed.split()}
    assert "docs/reference/protocol.md" in named
    assert {name for name in named if not (ROOT / name).exists()} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_the_text_names_are_there(page: Path) -> None:
    named = re.findall(r"`((?:docs|images|kernel-config|rig|tests)/[\w./-]+)`", page.read_text())
    made_up = re.compile(r"NAME|scaler")
    assert [n for n in named if not ((ROOT / n).exists() or made_up.search(n))] == []


def test_the_layers_of_the_architecture_are_those_that_a_tool_holds() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    [contract, *_] = project["tool"]["importlinter"]["contracts"]
    page = (ROOT / "docs" / "explain" / "architecture.md").read_text()
    [picture] = re.findall(r"^```\n(commands .*?)^```$", page, re.MULTILINE | re.DOTALL)
    shown = [re.split(r" {2,}", line)[0] for line in picture.splitlines()]
    assert shown == [layer for layer in contract["layers"] if layer != "__main__"]
    owners = re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)
    assert set(owners) == {name for layer in shown for name in layer.split(" | ")}


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needed = {re.split(r"[^\w.-]", wish)[0] for wish in project["dependencies"]}
    page = (ROOT / "docs" / "explain" / "architecture.md").read_text()
    rows = page.partition("| dependency | what for |")[2].splitlines()[2:]
    given = [name.strip() for row in rows for name in row.split("|")[1].split(",")]
    assert sorted(given) == sorted(needed)


def test_every_page_is_within_reach() -> None:
    reached, todo = set(), [ROOT / "README.md"]
    while todo:
        page = todo.pop()
        if page not in reached and page.suffix == ".md" and page.exists():
            reached.add(page)
            links = re.findall(r"\]\(([^)\s#:]+)\)", page.read_text())
            todo += [(page.parent / link).resolve() for link in links]
    assert set(PAGES) <= reached
