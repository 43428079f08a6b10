# SPDX-License-Identifier: GPL-2.0-only
"""The kernel under test: base, series, single patches, rig patches, in that order.

Patches are applied to an index of their own, so a patch that does not apply has changed nothing.
Then the work tree is brought to the result; files that are the same keep their times, and make
compiles what differs.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rig.base.errors import InputError
from rig.kernel.base import BaseTree
from rig.kernel.patch import Patch, patches_on
from rig.kernel.series import Series

How = Literal["as it is", "three-way", "with 1 line of context"]

# Tried in this order; git itself looks for the right line if lines moved.  The second needs the
# blobs that the patch names, so it works in users' trees.  The third can, in theory, put a hunk in
# the wrong place: it is always reported.
_WAYS: tuple[tuple[How, tuple[str, ...]], ...] = (
    ("as it is", ()),
    ("three-way", ("--3way",)),
    ("with 1 line of context", ("-C1",)),
)

_WHERE = re.compile(r"patch failed: (\S+?:\d+)")
_ABSENT = re.compile(r"error: (\S+): (does not exist in index|No such file or directory)")


@dataclass(frozen=True, slots=True)
class Applied:
    """A patch that is in the tree, and the commit it became."""

    patch: Patch
    commit: str
    how: How


@dataclass(frozen=True, slots=True)
class Missing:
    """A rig patch that is not in the tree; what it proves must be called inconclusive."""

    patch: Patch
    reason: str


@dataclass(frozen=True, slots=True)
class KernelTree:
    """The commits of one kernel under test; nothing is checked out yet.

    Args:
        base: the unpatched kernel.
        under_test: base, series and the user's single patches: what the verdict is about.
        commit: the same with the rig's patches: what is built.
        applied: all patches, in order.
        missing: rig patches that did not apply.
    """

    base: BaseTree
    under_test: str
    commit: str
    applied: tuple[Applied, ...]
    missing: tuple[Missing, ...]

    def check_out(self) -> None:
        """Bring the work tree to it; the caller holds the lock of the tree."""
        self.base.repository.check_out(self.commit)

    def changes(self, since: str, paths: Sequence[str]) -> bool:
        """Whether any of these files differs from another commit, or that commit is unknown."""
        done = self.base.repository.run("diff", "--quiet", since, self.commit, "--", *paths)
        return done.status != 0

    def differences(self, paths: Sequence[str], *, against: str | None = None) -> tuple[str, ...]:
        """Files below ``paths`` (empty: all) in which what is built differs from ``against``.

        Args:
            against: a commit; None is ``under_test``, so that the answer names the drivers that
                the rig itself changed.  It must be empty for drivers under test.
        """
        names = self.base.repository.git(
            "diff",
            "--name-only",
            "--no-renames",
            against or self.under_test,
            self.commit,
            "--",
            *paths,
        )
        return tuple(names.splitlines())

    def work_tree_differences(self, paths: Sequence[str]) -> tuple[str, ...]:
        """Files below ``paths`` in which the work tree, byte by byte, is not base and series."""
        names = self.base.repository.git(
            "diff", "--name-only", "--no-renames", self.under_test, "--", *paths
        )
        return tuple(names.splitlines())


def compose(
    base: BaseTree, series: Series, patches: Sequence[Patch], rig_patches: Sequence[Patch]
) -> KernelTree:
    """Apply everything to a scratch index, as this release has it.

    Raises:
        InputError: a patch of the series or of the user does not apply; the message has the
            patch, the file and line, and the two releases.
    """
    series = series.on(base.version)
    patches, rig_patches = (patches_on(base.version, given) for given in (patches, rig_patches))
    with base.cache.scratch("index") as scratch:
        stack = _Stack(base, scratch / "index")
        for number, patch in enumerate((*series.patches, *patches)):
            made_for = series.made_for if number < len(series.patches) else ()
            if complaint := stack.push(patch):
                if stack.has_all(series.patches):
                    raise _in_already(f"series {series.name}", base.version)
                raise _refusal(stack, patch, complaint, made_for)
        under_test = stack.commit
        missing = []
        # Whatever is under test, these come after it: each time anew.
        for patch in () if stack.push_together(rig_patches) else rig_patches:
            if (complaint := stack.push(patch)) and not stack.has(patch, exactly=True):
                missing.append(Missing(patch, _place(complaint) or complaint.splitlines()[0]))
        return KernelTree(base, under_test, stack.commit, tuple(stack.applied), tuple(missing))


class _Stack:
    """Patches applied so far, in an index that no work tree has.

    A patch that has once been applied to a commit as it is needs not be applied again: a ref named
    after the two is the commit that it became.
    """

    def __init__(self, base: BaseTree, index: Path) -> None:
        self.base = base
        self.repository = base.repository
        self.index = index
        self.commit = base.commit
        self.applied: list[Applied] = []
        self._indexed = ""

    def push(self, patch: Patch) -> str:
        """Apply one patch as a commit; returns git's complaint if it does not apply."""
        ref = self._ref(patch)
        if known := self._known(ref):
            self._grow(patch, known, "as it is")
            return ""
        parent = self.commit
        complaint = self._apply(patch)
        if self.commit != parent and self.applied[-1].how == "as it is":
            self.repository.git("update-ref", ref, self.commit)
        return complaint

    def push_together(self, patches: Sequence[Patch]) -> bool:
        """Apply all of them as one commit, if each applies as it is: at the cost of one."""
        if not patches:
            return True
        ref = self._ref(*patches)
        commit = self._known(ref)
        if not commit:
            self._read()
            mails = b"\n".join(patch.text for patch in patches)
            if self._fails((), mails):
                return False
            commit = self._commit("\n".join(patch.subject for patch in patches))
            self.repository.git("update-ref", ref, commit)
        for patch in patches:
            self._grow(patch, commit, "as it is")
        return True

    def _ref(self, *patches: Patch) -> str:
        words = " ".join((self.commit, *(patch.sha256 for patch in patches)))
        return f"refs/applied/{hashlib.sha256(words.encode()).hexdigest()}"

    def _known(self, ref: str) -> str:
        """The commit of a ref; empty if there is none."""
        return self.repository.run("rev-parse", "--quiet", "--verify", ref).text

    def _fails(self, options: Sequence[str], mails: bytes) -> str:
        """Apply to the index; git's complaint."""
        done = self.repository.run(
            "apply", "--cached", "--whitespace=nowarn", *options, "-",
            stdin=mails, index=self.index,
        )  # fmt: skip
        if done.status == 0 and not self._conflicts():
            return ""
        return done.complaint or "does not apply"

    def _commit(self, message: str) -> str:
        """What is in the index, as a commit on top of the last."""
        tree = self.repository.git("write-tree", index=self.index)
        commit = self.repository.commit(tree, f"{message}\n", parent=self.commit)
        self._indexed = commit
        return commit

    def _grow(self, patch: Patch, commit: str, how: How) -> None:
        self.commit = commit
        self.applied.append(Applied(patch, commit, how))

    def _read(self) -> None:
        """Make the index that of the last commit."""
        if self._indexed != self.commit:
            self.repository.git("read-tree", self.commit, index=self.index)
            self._indexed = self.commit

    def _apply(self, patch: Patch) -> str:
        self._read()
        before = self.repository.tree_of(self.commit)
        first_complaint = ""
        for how, options in _WAYS:
            complaint = self._fails(options, patch.text)
            if not complaint and self.repository.git("write-tree", index=self.index) != before:
                self._grow(patch, self._commit(patch.subject), how)
                return ""
            first_complaint = first_complaint or complaint or "changes nothing"
            self._indexed = ""
            self._read()
            # With less context what is there already would be put there once more.
            if self.has(patch):
                break
        return first_complaint

    def has(self, patch: Patch, *, exactly: bool = False) -> bool:
        """Whether the tree has this patch already; not `exactly`: lines around it may differ."""
        return self._takes(patch, "--reverse") or (
            not exactly and self._takes(patch, "--reverse", "-C1")
        )

    def differs_in_space(self, patch: Patch) -> bool:
        """Whether it applies if blanks and tabs count the same."""
        return self._takes(patch, "--ignore-whitespace")

    def _takes(self, patch: Patch, *options: str) -> bool:
        self._read()
        done = self.repository.run(
            "apply", "--cached", "--check", *options, "-", stdin=patch.text, index=self.index
        )
        return done.status == 0

    def has_all(self, patches: Sequence[Patch]) -> bool:
        """Whether the unpatched kernel has all of these, the last on top."""
        self.repository.git("read-tree", self.base.commit, index=self.index)
        self._indexed = ""
        return len(patches) > 1 and not any(
            self._fails(("--reverse",), patch.text) for patch in reversed(patches)
        )

    def _conflicts(self) -> bool:
        return bool(self.repository.git("ls-files", "--unmerged", index=self.index))


def _place(complaint: str) -> str:
    """``file:line`` of git's first complaint, or the file that is not there; else empty."""
    if match := _WHERE.search(complaint):
        return match[1]
    if match := _ABSENT.search(complaint):
        return f"{match[1]} (no such file)"
    return ""


def _refusal(stack: _Stack, patch: Patch, complaint: str, made_for: Sequence[str]) -> InputError:
    version = stack.base.version
    place = _place(complaint)
    where = f" at {place}" if place else f": {complaint.splitlines()[0]}"
    if stack.has(patch):
        return _in_already(f"patch {patch.name}", version)
    if stack.differs_in_space(patch):
        hint = "only blanks and tabs differ: did a mail program change them? get it as it was sent"
    elif made_for and version not in made_for:
        known = " and ".join(made_for)
        hint = f"it was made for Linux {known}, this tree is {version}: rebase it, or choose "
        hint += "another kernel with --kernel"
    else:
        hint = f"this tree is Linux {version}; nothing was changed"
    return InputError(f"patch {patch.name} does not apply{where}", hint=hint)


def _in_already(what: str, version: str) -> InputError:
    return InputError(
        f"{what} is in Linux {version} already",
        hint="leave it out, or choose another kernel with --kernel",
    )
