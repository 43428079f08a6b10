# SPDX-License-Identifier: GPL-2.0-only
"""A git tree of the user's: only ever read.  Its commits, and ranges of them as a series.

Nothing of the user's may have a say: neither configuration nor hooks nor attributes; and no command
may write, so git's own optional refresh of the index is off too.
"""

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rig.base.errors import InputError
from rig.host import command
from rig.kernel import reading
from rig.kernel.git import ISOLATED
from rig.kernel.series import Series, recognised

# git-format-patch(1) reads these from the tree's own configuration too.
_FORMAT: Final = (
    *("format-patch", "--quiet", "--no-signature", "--no-cover-letter", "--no-attach"),
    *("--no-thread", "--no-base", "--no-ext-diff", "--no-textconv", "--binary", "--full-index"),
    *("--src-prefix=a/", "--dst-prefix=b/", "--no-color", "--topo-order", "--suffix=.patch"),
)


@dataclass(frozen=True, slots=True)
class CommitRange:
    """A range of commits, looked up.

    Args:
        base: the commit that the first patch applies to.
        tip: the last commit.
    """

    spec: str
    base: str
    tip: str


@dataclass(frozen=True, slots=True)
class UserTree:
    """A git tree of the user's."""

    directory: Path

    def commit(self, name: str) -> str:
        """The full id of a commit.

        Raises:
            InputError: this is no git tree, or there is no such commit.
        """
        done = self._git("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        if done.status == 0:
            return done.text
        if self._git("rev-parse", "--git-dir").status != 0:
            raise InputError(
                f"{self.directory} is not a git tree",
                hint="commit it: git init && git add -A && git commit -m base; "
                "or give the tarball instead",
            )
        raise InputError(
            f"{self.directory}: no commit {name!r}", hint=self._cut_off() or self._branches()
        )

    def tree(self, commit: str) -> str:
        """The content of a commit."""
        return self._git("rev-parse", f"{commit}^{{tree}}").text

    def objects(self) -> Path:
        """Where its objects are; also of a linked work tree."""
        path = Path(self._git("rev-parse", "--git-path", "objects").text)
        return (self.directory / path).resolve()

    def refuse_changes(self) -> None:
        """What is not committed would silently not be tested.

        Raises:
            InputError: tracked files differ from the commit.
        """
        changed = self._git("status", "--porcelain", "--untracked-files=no").text.splitlines()
        if changed:
            first = changed[0][3:]
            more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
            raise InputError(
                f"{self.directory}: uncommitted changes in {first}{more}",
                hint="commit them, or keep them out with `git stash`: "
                "only what is committed is built",
            )

    def refuse_holes(self, *commits: str) -> None:
        """What a partial clone has not fetched yet cannot be built, and nobody fetches it here.

        Raises:
            InputError: the content of a commit is not all here.
        """
        if self._git("config", "--get-regexp", r"^remote\..*\.promisor$").status != 0:
            return
        # Lists what is not here instead of fetching it, which would write to the tree.
        walk = ("rev-list", "--objects", "--no-walk=unsorted", "--missing=print")
        lines = self._git(*walk, *commits).text.splitlines()
        if absent := sum(line.startswith("?") for line in lines):
            files = "1 file is" if absent == 1 else f"{absent} files are"
            raise InputError(
                f"{self.directory} is a partial clone, and {files} not here yet",
                hint=f"git -C {self.directory} fetch --refetch --no-filter",
            )

    def range(self, spec: str) -> CommitRange:
        """Look a range ``A..B`` up; an end that is left out is HEAD.

        Raises:
            InputError: no such commits, nothing between them, a merge among them, or what is
                checked out has changes that would not be tested.
        """
        if "..." in spec:
            raise InputError(
                f"{spec}: a range has two dots", hint=f"write {spec.replace('...', '..')}"
            )
        first, _, last = spec.partition("..")
        ends = [self.commit(name or "HEAD") for name in (first, last)]
        base = self._git("merge-base", *ends)
        if base.status != 0:
            raise InputError(
                f"{self.directory}: {spec}: the two have no common ancestor", hint=self._cut_off()
            )
        found = CommitRange(spec, base.text, ends[1])
        commits = f"{found.base}..{found.tip}"
        if not int(self._git("rev-list", "--count", commits).text):
            hint = f"is it the other way round, {last}..{first}?" if first and last else ""
            raise InputError(f"{self.directory}: no commit in {spec}", hint=hint)
        if merge := self._git("rev-list", "--merges", "--max-count=1", commits).text:
            raise InputError(
                f"{self.directory}: {spec} has a merge in it, {merge[:12]}",
                hint="a series is a line of commits: rebase it first",
            )
        if found.tip == self.commit("HEAD"):
            self.refuse_changes()
        self.refuse_holes(found.base, *self._git("rev-list", "--reverse", commits).text.split())
        return found

    def series(self, commits: CommitRange) -> Series:
        """The commits of a range as a series; it applies to their base."""
        with tempfile.TemporaryDirectory(prefix="m2m-rig-commits-") as scratch:
            # A file each: what a message says cannot be taken for the beginning of another mail.
            done = self._git(*_FORMAT, f"-o{scratch}", f"{commits.base}..{commits.tip}")
            if done.status != 0:
                raise InputError(f"{self.directory}: {commits.spec}: git format-patch failed")
            patches = reading.plain(Path(scratch), anew=True)
        title = patches[0].subject
        if len(patches) > 1:
            title = f"{len(patches)} commits from {title!r} on"
        origin = f"{commits.base}..{commits.tip}"
        return recognised(Series(_short(commits.spec), patches, title=title, origin=origin))

    def _cut_off(self) -> str:
        """What to do if commits may be missing only because the clone is shallow."""
        if self._git("rev-parse", "--is-shallow-repository").text != "true":
            return ""
        return (
            "this is a shallow clone, which has the newest commits only: "
            f"git -C {self.directory} fetch --unshallow"
        )

    def _branches(self) -> str:
        form = ["for-each-ref", "--format=%(refname:short)", "--sort=-committerdate"]
        names = self._git(*form, "--count=6", "refs/heads").text.split()
        return f"branches here: {', '.join(names)}" if names else ""

    def _git(self, *arguments: str) -> command.Done:
        # The tree may belong to somebody else (a mounted directory in a container); the rig
        # runs none of its hooks and none of its configured programs.
        settings = ("safe.directory=*", "core.fsmonitor=false", "diff.noprefix=false")
        argv = ["git", *(word for setting in settings for word in ("-c", setting)), *arguments]
        env = {**ISOLATED, "GIT_OPTIONAL_LOCKS": "0"}
        return command.run(argv, cwd=self.directory, env=env, check=False)


def _short(spec: str) -> str:
    """What a range is called in front of people: whole ids of commits are cut."""
    return re.sub(r"\b([0-9a-f]{12})[0-9a-f]{28}\b", r"\1", spec)


def is_range(spec: str) -> bool:
    """Whether somebody who writes this means commits; a path that exists is a path."""
    return (
        re.search(r"[^./]\.\.|\.\.[^./]", spec) is not None and not Path(spec).expanduser().exists()
    )
