# SPDX-License-Identifier: GPL-2.0-only
"""Patches on trees: what applies, what does not and what is said, what changes on the disk."""

from pathlib import Path
from typing import Any

import pytest

from rig.base.errors import InputError
from rig.base.progress import Silent
from rig.host.command import Done
from rig.kernel import base, tree
from rig.kernel.base import BaseTree
from rig.kernel.git import Repository
from rig.kernel.patch import Patch
from rig.kernel.series import Series
from rig.kernel.source import KernelSource
from tests.unit.kernel.conftest import GOOD, STALE, THIRD, Rig, edit, git

FILE = "drivers/demo/demo.c"


@pytest.fixture
def unpatched(rig: Rig) -> BaseTree:
    return base.prepare(rig.source, rig.cache, Silent())


def patches(*texts: bytes) -> tuple[Patch, ...]:
    return tuple(Patch.parse(f"{n:04}.patch", text) for n, text in enumerate(texts, 1))


def test_the_base_knows_its_release(unpatched: BaseTree) -> None:
    assert unpatched.version == "6.12.99"
    assert (unpatched.directory / "Makefile").is_file()
    assert unpatched.repository.tree_of(unpatched.commit) == unpatched.tree


def test_executable_bits_survive(unpatched: BaseTree, rig: Rig) -> None:
    modes = unpatched.repository.git("ls-tree", "-r", unpatched.tree)
    assert "100644 blob" in modes
    assert "scripts/conf.awk" in modes


def test_each_patch_is_one_commit_and_ids_are_a_function_of_content(unpatched: BaseTree) -> None:
    stack = Series("two", patches(GOOD, THIRD))
    first = tree.compose(unpatched, stack, (), ())
    second = tree.compose(unpatched, stack, (), ())
    assert first.commit == second.commit
    log = unpatched.repository.git("log", "--format=%s", first.commit).splitlines()
    assert log == ["demo: thirty", "demo: ten", "Linux 6.12.99"]


def test_what_was_applied_once_is_remembered_with_what_it_was_applied_to(
    unpatched: BaseTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree.compose(unpatched, Series("two", patches(GOOD, THIRD)), (), ())
    calls: list[str] = []
    run = Repository.run

    def counted(self: Repository, *arguments: str | Path, **options: Any) -> Done:
        calls.append(str(arguments[0]))
        return run(self, *arguments, **options)

    monkeypatch.setattr(Repository, "run", counted)
    tree.compose(unpatched, Series("two", patches(GOOD, THIRD)), (), ())
    assert "apply" not in calls
    # On another commit the same patch is another one, and is applied to what is there.
    other = tree.compose(unpatched, Series("third", patches(THIRD)), (), ())
    assert "apply" in calls
    assert b"return 10;" not in (other.base.repository.show(other.commit, FILE) or b"return 10;")


def test_composing_leaves_the_work_tree_alone(unpatched: BaseTree) -> None:
    before = (unpatched.directory / "drivers/demo/demo.c").read_bytes()
    composed = tree.compose(unpatched, Series("ten", patches(GOOD)), (), ())
    assert (unpatched.directory / "drivers/demo/demo.c").read_bytes() == before
    assert unpatched.repository.git("status", "--porcelain") == ""
    composed.check_out()
    assert b"return 10;" in (unpatched.directory / "drivers/demo/demo.c").read_bytes()


def test_files_that_are_the_same_keep_their_times(unpatched: BaseTree) -> None:
    tree.compose(unpatched, Series("none"), (), ()).check_out()
    other = unpatched.directory / "drivers/demo/other.c"
    before = other.stat().st_mtime_ns
    tree.compose(unpatched, Series("ten", patches(GOOD)), (), ()).check_out()
    assert other.stat().st_mtime_ns == before


def test_a_lock_left_by_a_killed_run_is_no_obstacle(unpatched: BaseTree) -> None:
    (unpatched.directory / ".git" / "index.lock").touch()
    tree.compose(unpatched, Series("ten", patches(GOOD)), (), ()).check_out()


def test_a_patch_that_does_not_apply_is_named_with_place_and_releases(
    unpatched: BaseTree,
) -> None:
    stack = Series("s", patches(THIRD, STALE), made_for=("6.11.3",))
    with pytest.raises(InputError) as caught:
        tree.compose(unpatched, stack, (), ())
    assert "patch 0002.patch does not apply at drivers/demo/demo.c:3" in caught.value.message
    assert "6.11.3" in caught.value.hint
    assert "6.12.99" in caught.value.hint
    assert unpatched.repository.git("status", "--porcelain") == ""


def test_a_patch_for_a_file_that_is_not_there(unpatched: BaseTree) -> None:
    text = GOOD.replace(b"drivers/demo/demo.c", b"drivers/demo/gone.c")
    with pytest.raises(InputError, match=r"drivers/demo/gone\.c \(no such file\)"):
        tree.compose(unpatched, Series("s", patches(text)), (), ())


def test_a_patch_that_is_there_already(unpatched: BaseTree) -> None:
    with pytest.raises(InputError, match=r"patch 0002\.patch is in Linux 6\.12\.99 already"):
        tree.compose(unpatched, Series("s", patches(GOOD, GOOD)), (), ())


def undone(patch: bytes) -> bytes:
    """A patch that does the contrary: what it does is in the tree that the other is made for."""
    swap = {b"-\t": b"+\t", b"+\t": b"-\t"}
    lines = [swap.get(line[:2], line[:2]) + line[2:] for line in patch.split(b"\n")]
    at = next(number for number, line in enumerate(lines) if line.startswith(b"+\t"))
    lines[at : at + 2] = reversed(lines[at : at + 2])
    return b"\n".join(lines)


def test_a_series_that_is_there_already_is_said_as_a_whole(unpatched: BaseTree) -> None:
    there = Series("s", patches(undone(GOOD), undone(THIRD)))
    with pytest.raises(InputError, match=r"series s is in Linux 6\.12\.99 already"):
        tree.compose(unpatched, there, (), ())
    some = Series("s", patches(undone(GOOD), THIRD))
    with pytest.raises(InputError, match=r"patch 0001\.patch is in Linux 6\.12\.99 already"):
        tree.compose(unpatched, some, (), ())


def test_what_is_there_is_not_put_there_once_more(unpatched: BaseTree) -> None:
    """With one line of context a patch that adds lines goes in again."""
    context = b" static int demo_first(void)\n {\n \treturn 1;\n }\n"
    head = GOOD[: GOOD.index(b"@@")]
    added = b"@@ -4,4 +4,5 @@\n" + context.replace(b" {\n", b" {\n+\tint x;\n")
    again = added.replace(b"demo_first", b"demo_uno")
    with pytest.raises(InputError, match=r"patch 0002\.patch is in Linux 6\.12\.99 already"):
        tree.compose(unpatched, Series("s", patches(head + added, head + again)), (), ())


def test_a_rig_patch_that_is_there_already_is_not_missing(unpatched: BaseTree) -> None:
    composed = tree.compose(unpatched, Series("none"), (), patches(undone(GOOD)))
    assert composed.missing == ()


def test_white_space_that_a_mail_program_changed_is_named(unpatched: BaseTree) -> None:
    text = GOOD.replace(b"-\treturn", b"-        return").replace(b" {", b" {")
    with pytest.raises(InputError, match="does not apply") as caught:
        tree.compose(unpatched, Series("s", patches(text)), (), ())
    assert "only blanks and tabs differ" in caught.value.hint


def test_moved_lines_are_found_without_a_note(unpatched: BaseTree) -> None:
    text = THIRD.replace(b"@@ -13,7 +13,7 @@", b"@@ -113,7 +113,7 @@")
    assert text != THIRD
    composed = tree.compose(unpatched, Series("s", patches(text)), (), ())
    assert composed.applied[0].how == "as it is"


def test_changed_context_is_applied_and_noted(unpatched: BaseTree) -> None:
    text = THIRD.replace(b" static int demo_third(void)", b" static int demo_tierce(void)")
    composed = tree.compose(unpatched, Series("s", patches(text)), (), ())
    assert composed.applied[0].how == "with 1 line of context"
    content = unpatched.repository.show(composed.commit, "drivers/demo/demo.c")
    assert content is not None
    assert b"demo_third(void)\n{\n\treturn 30;" in content


def test_what_the_rig_changed_is_told_apart_from_the_series(unpatched: BaseTree) -> None:
    rig_patch = edit("drivers/demo/other.c", "\treturn 0;", "\treturn 7;", subject="rig: seven")
    composed = tree.compose(unpatched, Series("s", patches(GOOD)), (), patches(rig_patch))
    assert composed.differences(["drivers/demo"]) == ("drivers/demo/other.c",)
    assert composed.differences(["drivers/demo/demo.c"]) == ()
    assert composed.differences(["drivers"], against=unpatched.commit) == (
        "drivers/demo/demo.c",
        "drivers/demo/other.c",
    )
    composed.check_out()
    assert composed.work_tree_differences(["drivers/demo/demo.c"]) == ()
    assert composed.work_tree_differences(["drivers"]) == ("drivers/demo/other.c",)


def test_a_change_by_hand_in_the_work_tree_is_seen(unpatched: BaseTree) -> None:
    composed = tree.compose(unpatched, Series("none"), (), ())
    composed.check_out()
    (unpatched.directory / "drivers/demo/demo.c").write_text("int x;\n")
    assert composed.work_tree_differences(["drivers"]) == ("drivers/demo/demo.c",)
    composed.check_out()
    assert composed.work_tree_differences(["drivers"]) == ()


@pytest.fixture
def user_tree(tmp_path: Path, unpatched: BaseTree) -> Path:
    """A user's git tree with a commit of their own."""
    directory = tmp_path / "linux"
    git(tmp_path, "clone", "-q", str(unpatched.directory), str(directory))
    git(directory, "checkout", "-q", "-B", "mine", unpatched.commit)
    (directory / "drivers/demo/other.c").write_text("int mine;\n")
    git(directory, "commit", "-qam", "mine")
    return directory


def _snapshot(directory: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path.relative_to(directory)): (path.stat().st_mtime_ns, path.read_bytes())
        for path in directory.rglob("*")
        if path.is_file()
    }


def test_a_user_tree_is_built_from_and_never_touched(rig: Rig, user_tree: Path) -> None:
    before = _snapshot(user_tree)
    request = rig.request(source=KernelSource("mine", "directory", path=user_tree))
    kernel = rig.build(request)
    assert b"int mine;" in kernel.image.read_bytes()
    assert _snapshot(user_tree) == before


def test_a_new_commit_of_the_user_is_a_new_kernel(rig: Rig, user_tree: Path) -> None:
    request = rig.request(source=KernelSource("mine", "directory", path=user_tree))
    first = rig.build(request)
    (user_tree / "drivers/demo/other.c").write_text("int later;\n")
    git(user_tree, "commit", "-qam", "later")
    second = rig.build(request)
    assert second.key != first.key
    assert b"int later;" in second.image.read_bytes()


def test_a_linked_work_tree_of_the_user(rig: Rig, user_tree: Path, tmp_path: Path) -> None:
    git(user_tree, "worktree", "add", "-q", str(tmp_path / "linked"), "HEAD")
    source = KernelSource("linked", "directory", path=tmp_path / "linked")
    assert base.prepare(source, rig.cache, Silent()).version == "6.12.99"


def test_uncommitted_changes_are_refused(rig: Rig, user_tree: Path) -> None:
    (user_tree / "drivers/demo/demo.c").write_text("int x;\n")
    source = KernelSource("mine", "directory", path=user_tree)
    with pytest.raises(InputError, match=r"uncommitted changes in drivers/demo/demo\.c") as caught:
        base.prepare(source, rig.cache, Silent())
    assert "commit them" in caught.value.hint


def test_a_directory_without_git_is_refused_with_a_way_out(rig: Rig, tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.mkdir()
    with pytest.raises(InputError, match="is not a git tree") as caught:
        base.prepare(KernelSource("plain", "directory", path=plain), rig.cache, Silent())
    assert "git init" in caught.value.hint


def test_a_git_tree_that_is_no_kernel(rig: Rig, tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.mkdir()
    git(plain, "init", "-q")
    (plain / "README").write_text("hello\n")
    git(plain, "add", "-A")
    git(plain, "commit", "-qm", "hello")
    with pytest.raises(InputError, match="not a kernel source"):
        base.prepare(KernelSource("plain", "directory", path=plain), rig.cache, Silent())


def test_an_archive_that_is_none(rig: Rig, tmp_path: Path) -> None:
    for name, content in (("linux.tar", b"hello"), ("linux.tar.gz", b"hello"), ("x.zip", b"")):
        (tmp_path / name).write_bytes(content)
        source = KernelSource("bad", "tarball", path=tmp_path / name)
        with pytest.raises(InputError, match=name):
            base.prepare(source, rig.cache, Silent())
    assert list((rig.cache.root / "tmp").iterdir()) == []


@pytest.mark.parametrize(
    ("makefile", "version"),
    [
        ("VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 117\nEXTRAVERSION =\n", "6.12.117"),
        ("VERSION = 7\nPATCHLEVEL = 4\nSUBLEVEL = 0\nEXTRAVERSION = -rc3\n", "7.4.0-rc3"),
    ],
)
def test_versions_of_makefiles(makefile: str, version: str) -> None:
    assert base.kernel_version(makefile) == version
