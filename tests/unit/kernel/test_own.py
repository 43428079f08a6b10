# SPDX-License-Identifier: GPL-2.0-only
"""A developer's own tree: ranges of its commits, its configuration; and it is never written to."""

import os
import shutil
from pathlib import Path

import pytest

from rig.base.errors import InputError
from rig.base.progress import Silent
from rig.kernel import base, tree
from rig.kernel.own import UserTree, is_range
from rig.kernel.series import Series, recognised
from rig.kernel.source import KernelSource
from rig.model.claims.fences import CLAIM as FENCES
from rig.model.claims.locks import CLAIM as LOCKS
from rig.model.claims.uapi import CLAIM as UAPI
from rig.model.options import Options
from rig.run.selection import kernel_request
from tests.unit.kernel.conftest import FAKE_LINUX, Listener, Rig, git


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """main, and on it a branch of two commits; main has moved on since."""
    directory = tmp_path / "linux"
    shutil.copytree(FAKE_LINUX, directory)
    git(directory, "init", "-q")
    git(directory, "add", "-A")
    git(directory, "commit", "-qm", "base")
    git(directory, "checkout", "-q", "-b", "topic/fences")
    for word in ("one", "two"):
        (directory / "drivers/demo/other.c").write_text(f"int {word};\n")
        git(directory, "commit", "-qam", f"demo: say {word}")
    git(directory, "checkout", "-q", "main")
    (directory / "drivers/demo/upstream.c").write_text("int upstream;\n")
    git(directory, "add", "-A")
    git(directory, "commit", "-qm", "upstream")
    git(directory, "checkout", "-q", "topic/fences")
    return directory


def snapshot(directory: Path) -> dict[str, tuple[int, int, bytes]]:
    """Every file, git's own too, with its inode, its time and its content.

    Not the times of objects: git freshens one that it finds in an alternate and would else have
    written again, so that nobody's garbage collection takes it.
    """
    found = {}
    for path in directory.rglob("*"):
        if path.is_file():
            stat = path.stat()
            name = str(path.relative_to(directory))
            time = 0 if name.startswith(".git/objects/") else stat.st_mtime_ns
            found[name] = (stat.st_ino, time, path.read_bytes())
    return found


def test_a_range_applies_where_the_branch_began(rig: Rig, mine: Path) -> None:
    commits = UserTree(mine).range("main..topic/fences")
    assert commits.base == git(mine, "rev-parse", "main~1").strip()
    series = UserTree(mine).series(commits)
    assert [patch.subject for patch in series.patches] == ["demo: say one", "demo: say two"]
    source = KernelSource("mine", "directory", path=mine, commit=commits.base)
    unpatched = base.prepare(source, rig.cache, Silent())
    composed = tree.compose(unpatched, series, (), ())
    tip = git(mine, "rev-parse", "topic/fences^{tree}").strip()
    assert unpatched.repository.tree_of(composed.commit) == tip


@pytest.mark.parametrize("spec", ["main..", "main..HEAD", "HEAD~2..topic/fences", "main..@"])
def test_ways_to_write_a_range(mine: Path, spec: str) -> None:
    tree = UserTree(mine)
    assert len(tree.series(tree.range(spec)).patches) == 2


def test_nothing_of_the_users_is_touched(rig: Rig, mine: Path) -> None:
    # What is not tracked may lie around, and files that look changed by their time are not.
    (mine / "notes.txt").write_text("do not lose me\n")
    os.utime(mine / "Makefile", (1, 1))
    before = snapshot(mine)
    user = UserTree(mine)
    commits = user.range("main..topic/fences")
    source = KernelSource("mine", "directory", path=mine, commit=commits.base)
    kernel = rig.build(rig.request(source=source, series=user.series(commits)))
    assert b"int two;" in kernel.image.read_bytes()
    assert snapshot(mine) == before


def test_the_users_git_settings_have_no_say(mine: Path) -> None:
    plain = UserTree(mine).series(UserTree(mine).range("main.."))
    hooks = mine / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("post-checkout", "reference-transaction", "post-index-change"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {mine}/hook-ran\n")
        (hooks / name).chmod(0o755)
    for setting in (
        "format.attach=x", "format.coverLetter=true", "format.signature=me", "format.thread=deep",
        "format.subjectPrefix=RFC", "diff.noprefix=true", "diff.mnemonicPrefix=true",
        "diff.external=/bin/false", "color.ui=always", "format.suffix=.txt", "diff.renames=copies",
    ):  # fmt: skip
        git(mine, "config", *setting.split("="))
    unusual = UserTree(mine).series(UserTree(mine).range("main.."))
    assert unusual.digest == plain.digest
    assert not (mine / "hook-ran").exists()


@pytest.mark.parametrize(
    ("spec", "message", "hint"),
    [
        ("main..gone", "no commit 'gone'", "branches here: "),
        ("gone..main", "no commit 'gone'", "branches here"),
        ("topic/fences..main~1", "no commit in", "other way round"),
        ("main...topic/fences", "two dots", "main..topic/fences"),
    ],
)
def test_a_range_that_is_none(mine: Path, spec: str, message: str, hint: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        UserTree(mine).range(spec)
    assert hint in caught.value.hint


def test_a_merge_is_no_series(mine: Path) -> None:
    git(mine, "merge", "-q", "--no-edit", "main")
    with pytest.raises(InputError, match="has a merge in it") as caught:
        UserTree(mine).range("main~1..topic/fences")
    assert "rebase" in caught.value.hint


def test_unrelated_histories(mine: Path) -> None:
    git(mine, "checkout", "-q", "--orphan", "island")
    git(mine, "commit", "-qm", "island")
    with pytest.raises(InputError, match="no common ancestor"):
        UserTree(mine).range("main..island")


def cloned(mine: Path, name: str, *options: str) -> Path:
    """A clone as a server gives it: not one that shares the files."""
    git(mine, "config", "uploadpack.allowFilter", "true")
    directory = mine.parent / name
    git(mine, "clone", "-q", *options, f"file://{mine}", str(directory))
    return directory


def test_a_shallow_clone_is_said_to_be_one(mine: Path) -> None:
    shallow = cloned(mine, "shallow", "--depth=1", "--no-single-branch")
    for spec, message in (("HEAD~1..", "no commit 'HEAD~1'"), ("origin/main..", "no common anc")):
        with pytest.raises(InputError, match=message) as caught:
            UserTree(shallow).range(spec)
        assert f"shallow clone, which has the newest commits only: git -C {shallow}" in (
            caught.value.hint
        )
    git(shallow, "fetch", "-q", "--unshallow")
    assert UserTree(shallow).range("HEAD~1..")


def test_a_partial_clone_is_said_to_be_one_and_fetches_nothing(rig: Rig, mine: Path) -> None:
    partial = cloned(mine, "partial", "--filter=blob:none", "--no-checkout")
    before = snapshot(partial)
    source = KernelSource(
        "partial", "directory", path=partial, commit=git(partial, "rev-parse", "HEAD").strip()
    )
    with pytest.raises(
        InputError, match=r"is a partial clone, and \d+ files are not here yet"
    ) as caught:
        base.prepare(source, rig.cache, Silent())
    assert snapshot(partial) == before
    assert caught.value.hint == f"git -C {partial} fetch --refetch --no-filter"
    git(partial, "fetch", "-q", "--refetch", "--no-filter")
    assert base.prepare(source, rig.cache, Silent()).version == "6.12.99"


def test_a_partial_clone_that_is_checked_out_has_what_is_built(rig: Rig, mine: Path) -> None:
    partial = cloned(mine, "partial", "--filter=blob:none")
    source = KernelSource("partial", "directory", path=partial)
    assert base.prepare(source, rig.cache, Silent()).version == "6.12.99"
    with pytest.raises(InputError, match=r"is a partial clone, and 1 file is not here yet"):
        UserTree(partial).range("HEAD~1..")


def test_changes_that_would_not_be_tested_are_refused(mine: Path) -> None:
    (mine / "drivers/demo/other.c").write_text("int three;\n")
    with pytest.raises(InputError, match=r"uncommitted changes in drivers/demo/other\.c"):
        UserTree(mine).range("main..topic/fences")
    # They are not part of another branch.
    git(mine, "branch", "old", "topic/fences~1")
    assert UserTree(mine).range("main..old").tip == git(mine, "rev-parse", "old").strip()


def test_a_range_needs_a_tree() -> None:
    with pytest.raises(InputError, match="range of commits") as caught:
        kernel_request(Options(series="main..topic"))
    assert "--kernel" in caught.value.hint


def test_a_request_from_the_command_line(mine: Path) -> None:
    request = kernel_request(Options(kernel=str(mine), series="main..topic/fences"))
    assert request.source.commit == git(mine, "rev-parse", "main~1").strip()
    assert request.series.title == "2 commits from 'demo: say one' on"
    assert request.series.claims == (LOCKS, UAPI)


@pytest.mark.parametrize(
    ("spec", "meant"),
    [("a..b", True), ("a..", True), ("..b", True), ("v6.12..HEAD", True), ("../series", False),
     ("../../series", False), ("series", False), ("./a", False), ("..", False)],
)  # fmt: skip
def test_what_looks_like_a_range(spec: str, meant: bool) -> None:
    assert is_range(spec) is meant


def test_a_path_that_exists_is_no_range(tmp_path: Path) -> None:
    (tmp_path / "v1..v2").mkdir()
    assert not is_range(str(tmp_path / "v1..v2"))


def test_a_series_that_traces_its_fences_is_judged_by_them(rig: Rig) -> None:
    event = b"--- a/x.h\n+++ b/x.h\n@@ -0,0 +1 @@\n+TRACE_EVENT(vb2_fence_publish,\n"
    series = rig.add_series("fences", event)
    assert (series.publishes, series.claims) == (True, (LOCKS, UAPI, FENCES))
    # Who says what the series claims is believed.
    spoken = rig.add_series("modest", event, about="claims: [locks]\n")
    assert (spoken.publishes, spoken.claims) == (False, (LOCKS,))
    assert recognised(Series("none")) == Series("none")


def test_a_whole_configuration_is_a_beginning(rig: Rig, tmp_path: Path) -> None:
    config = tmp_path / ".config"
    config.write_text(
        "CONFIG_ARM64=y\n# CONFIG_NET is not set\nCONFIG_NO_SUCH_THING=y\n"
        "# CONFIG_DEMO is not set\n"
    )
    listener = Listener()
    kernel = rig.build(rig.request(config=config), listener)
    final = kernel.config.read_text()
    # What the rig asks for wins, without a note for every symbol; what is no more is let go.
    assert "CONFIG_NET=y" in final
    assert "NO_SUCH_THING" not in final
    assert listener.notes == []
    plain = rig.build(rig.request())
    assert plain.key != kernel.key


def test_a_configuration_for_another_machine(rig: Rig, tmp_path: Path) -> None:
    config = tmp_path / ".config"
    config.write_text("CONFIG_X86_64=y\n")
    with pytest.raises(InputError, match="not a whole configuration for arm64"):
        rig.build(rig.request(config=config))
