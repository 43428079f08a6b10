# SPDX-License-Identifier: GPL-2.0-only
"""A comparison of lock graphs as a picture, drawn by graphviz."""

import shutil
import subprocess

from rig.base.errors import EnvironmentFailure
from rig.evidence.lockkeys import LockIdentity
from rig.locks.diff import LockDiff
from rig.locks.graph import Edge

ADDED, REMOVED, PLAIN = "#1a7f37", "#b42318", "#444444"


def dot(found: LockDiff) -> str:
    """The changed edges, and the classes that they join, in graphviz' language."""
    styled: dict[Edge, str] = {}
    for part, colour in ((found.removed, REMOVED), (found.added, ADDED)):
        for edge in part.seen.edges:
            style = "solid" if edge in part.certain.edges else "dashed"
            styled[edge] = f"color={_quoted(colour)}, style={style}"
    classes = {lock for edge in styled for lock in edge}
    classes |= found.added.seen.classes | found.removed.seen.classes
    lines = [
        "digraph locks {",
        "  rankdir=LR; node [shape=box, fontname=monospace, fontsize=10];",
        f"  label={_quoted(f'{found.before} -> {found.after}')};",
    ]
    for lock in sorted(classes):
        colour = PLAIN
        if lock in found.added.seen.classes:
            colour = ADDED
        elif lock in found.removed.seen.classes:
            colour = REMOVED
        lines.append(f"  {_quoted(str(lock))} [label={_label(lock)}, color={_quoted(colour)}];")
    lines += [
        f"  {_quoted(str(before))} -> {_quoted(str(after))} [{style}];"
        for (before, after), style in sorted(styled.items())
    ]
    return "\n".join([*lines, "}"]) + "\n"


def svg(source: str) -> bytes:
    """What graphviz makes of a graph.

    Raises:
        EnvironmentFailure: graphviz is missing, or failed.
    """
    program = shutil.which("dot")
    if program is None:
        raise EnvironmentFailure("dot is not installed", hint="apt install graphviz")
    done = subprocess.run([program, "-Tsvg"], input=source.encode(), capture_output=True)
    if done.returncode:
        reason = done.stderr.decode(errors="backslashreplace").strip() or "no reason given"
        raise EnvironmentFailure(f"dot failed: {reason.splitlines()[-1]}")
    return done.stdout


def _label(lock: LockIdentity) -> str:
    where = " ".join(word for word in (lock.module, lock.file) if word)
    name = f"{lock.name}/{lock.subclass}" if lock.subclass else lock.name
    return _quoted(f"{name}\n{where}" if where else name)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
