# SPDX-License-Identifier: GPL-2.0-only
"""What can be asked of patches without compiling anything."""

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from rig.base.errors import InputError, RigError
from rig.host import command
from rig.kernel import tree
from rig.kernel.base import BaseTree
from rig.kernel.patch import Patch
from rig.kernel.series import Series
from rig.kernel.source import KernelSource
from rig.preflight.answer import Line

_PLACE = re.compile(r" at (\S+):(\d+)")
_TOTAL = re.compile(r"^total: (\d+) errors?, (\d+) warnings?, (\d+) checks?", re.MULTILINE)
_FINDING = re.compile(r"^(?:\S+:\d+: )?(?:ERROR|WARNING|CHECK):.*", re.MULTILINE)

# Findings about commits that a patch names.
_OF_HISTORY = ("UNKNOWN_COMMIT_ID",)

# So many lines around the place of a patch that does not apply are shown.
_AROUND = 3


def applies(
    series: Series, source: KernelSource, prepare: Callable[[KernelSource], BaseTree]
) -> Line:
    """Whether the series applies to one kernel; if not, what that kernel has there."""
    question = f"applies to {source.name}"
    try:
        unpatched = prepare(source)
    except RigError as error:
        return Line(question, "not run", error.message)
    try:
        composed = tree.compose(unpatched, series, (), ())
    except InputError as error:
        there = tuple(_what_is_there(unpatched, error.message))
        return Line(question, "no", error.message, there)
    drifted = [item for item in composed.applied if item.how != "as it is"]
    details = tuple(f"{item.patch.name}: {item.how}" for item in drifted)
    summary = f"Linux {unpatched.version}"
    if drifted:
        summary += f", {len(drifted)} of {len(composed.applied)} patches not as they are"
    return Line(question, "no" if drifted else "yes", summary, details)


def _what_is_there(unpatched: BaseTree, message: str) -> Iterator[str]:
    found = _PLACE.search(message)
    if found is None:
        return
    path, number = found[1], int(found[2])
    text = unpatched.repository.show(unpatched.commit, path)
    if text is None:
        yield f"{path} is not in Linux {unpatched.version}"
        return
    lines = text.decode(errors="replace").splitlines()
    yield f"Linux {unpatched.version} has in {path}:"
    first = max(0, number - 1 - _AROUND)
    for at, line in enumerate(lines[first : number + _AROUND], first + 1):
        yield f"{at:6} {line.expandtabs()}"


def style(
    patches: Sequence[Patch], kernel: Path, scratch: Path, *, with_history: bool = False
) -> Line:
    """`checkpatch.pl --strict` on each patch; the script is the kernel's own.

    Args:
        with_history: the kernel has the commits that patches name; else nobody can look them up.
    """
    question = "checkpatch --strict"
    ignored = () if with_history else ("--ignore", ",".join(_OF_HISTORY))
    details: list[str] = []
    for patch in patches:
        file = _written(patch, scratch)
        argv: list[str | Path] = [
            "perl",
            kernel / "scripts" / "checkpatch.pl",
            "--strict",
            "--show-types",
            *ignored,
            file,
        ]
        done = command.run(argv, cwd=kernel, check=False)
        total = _TOTAL.search(done.text)
        if total is None:
            return Line(question, "not run", f"checkpatch.pl: {done.complaint or 'no result'}")
        if any(int(count) for count in total.groups()):
            found = _FINDING.findall(done.text)
            details += [f"{patch.name}: {finding}" for finding in found]
    summary = f"{len(patches)} patches, {len(details)} findings"
    if not with_history:
        summary += "; commits that they name not looked up: this kernel has no history"
    return Line(question, "no" if details else "yes", summary, tuple(details))


def maintainers(patches: Sequence[Patch], kernel: Path, scratch: Path) -> Line:
    """Who `get_maintainer.pl` says must be asked; the script and the list are the kernel's."""
    question = "maintainers known"
    files = [_written(patch, scratch) for patch in patches]
    script = kernel / "scripts" / "get_maintainer.pl"
    options = ["--no-git", "--no-git-fallback", "--norolestats"]
    argv: list[str | Path] = ["perl", script, *options, *files]
    done = command.run(argv, cwd=kernel, check=False)
    who = tuple(dict.fromkeys(done.text.splitlines()))
    if done.status != 0 or not who:
        return Line(question, "no", done.complaint.partition("\n")[0] or "nobody is named")
    return Line(question, "yes", f"{len(who)} addresses", who)


def _written(patch: Patch, scratch: Path) -> Path:
    file = scratch / f"{patch.sha256[:16]}.patch"
    file.write_bytes(patch.text)
    return file
