# SPDX-License-Identifier: GPL-2.0-only
"""A git repository that only the rig writes to."""

from dataclasses import dataclass
from pathlib import Path

from rig.host import command
from rig.host.command import Done

# Commits are a function of their content: the same series on the same base has the same id on
# every machine.
_IDENTITY = {
    "GIT_AUTHOR_NAME": "m2m-rig",
    "GIT_AUTHOR_EMAIL": "m2m-rig@localhost",
    "GIT_AUTHOR_DATE": "1767225600 +0000",
    "GIT_COMMITTER_NAME": "m2m-rig",
    "GIT_COMMITTER_EMAIL": "m2m-rig@localhost",
    "GIT_COMMITTER_DATE": "1767225600 +0000",
}

# The user's configuration (hooks, signing, line ends, whitespace rules) changes nothing here.
ISOLATED = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null"}

# The repository is made once and goes with its cache entry, so nothing is ever repacked; and it is
# read much more often than it is sent anywhere, so little is compressed.
_SETTINGS = """\
[core]
\tcompression = 1
\tautocrlf = false
\tfileMode = true
\tpreloadIndex = true
[gc]
\tauto = 0
[maintenance]
\tauto = false
[checkout]
\tworkers = 0
[advice]
\tdetachedHead = false
"""


# Holds the inode of the work tree, as the last checkout found it.
_INODE = "m2m-rig-inode"


@dataclass(frozen=True, slots=True)
class Repository:
    """A work tree with its ``.git`` directory."""

    directory: Path

    @classmethod
    def create(cls, directory: Path) -> "Repository":
        """Make an empty repository."""
        # An empty template: no sample hooks, nothing of the machine's.
        command.run(["git", "init", "-q", "--template=", directory], env=ISOLATED)
        repository = cls(directory)
        with (repository.git_directory / "config").open("a") as config:
            config.write(_SETTINGS)
        (repository.git_directory / "info").mkdir(exist_ok=True)
        return repository

    @property
    def git_directory(self) -> Path:
        """The ``.git`` directory."""
        return self.directory / ".git"

    def run(
        self,
        *arguments: str | Path,
        stdin: bytes = b"",
        index: Path | None = None,
        check: bool = False,
    ) -> Done:
        """Run git; ``index`` names a file to use as the index instead of the work tree's."""
        env = {
            **ISOLATED,
            **_IDENTITY,
            # Named outright: no discovery, so no check of who owns the directory either.
            "GIT_DIR": str(self.git_directory),
            "GIT_WORK_TREE": str(self.directory),
        }
        if index is not None:
            env["GIT_INDEX_FILE"] = str(index)
        return command.run(
            ["git", *arguments], cwd=self.directory, env=env, stdin=stdin, check=check
        )

    def git(self, *arguments: str | Path, stdin: bytes = b"", index: Path | None = None) -> str:
        """Run git and return what it printed; a failure is an `EnvironmentFailure`."""
        return self.run(*arguments, stdin=stdin, index=index, check=True).text

    def commit(self, tree: str, message: str, *, parent: str | None = None) -> str:
        """Make a commit object of a tree; no ref moves.  Returns its id."""
        parents = ("-p", parent) if parent else ()
        return self.git("commit-tree", tree, *parents, stdin=message.encode())

    def tree_of(self, commit: str) -> str:
        """The id of a commit's tree."""
        return self.git("rev-parse", f"{commit}^{{tree}}")

    def show(self, commit: str, path: str) -> bytes | None:
        """A file's content at a commit; None if it is not there."""
        done = self.run("cat-file", "blob", f"{commit}:{path}")
        return done.out if done.status == 0 else None

    def check_out(self, commit: str) -> None:
        """Bring the work tree to a commit; files that are the same keep their times."""
        # Left by a run that was killed; the caller holds the lock of the tree.
        (self.git_directory / "index.lock").unlink(missing_ok=True)
        self._recognise()
        self.git("checkout", "-q", "-f", "--detach", commit)

    def _recognise(self) -> None:
        """In a copy, where every file has another inode, have git look at what is in the files.

        A checkout takes them for changed, and gives them times that make takes for changes.
        """
        mark = self.git_directory / _INODE
        inode = str(self.directory.stat().st_ino)
        if not mark.exists() or mark.read_text() != inode:
            # Its status says whether something is changed indeed.
            self.run("update-index", "-q", "--refresh")
            mark.write_text(inode)

    def exclude(self, *patterns: str) -> None:
        """Make git overlook untracked files."""
        text = "".join(f"{pattern}\n" for pattern in patterns)
        (self.git_directory / "info" / "exclude").write_text(text)
