# SPDX-License-Identifier: GPL-2.0-only
"""One call of make: its steps counted, its log kept, its children gone when it is interrupted."""

import contextlib
import re
import shlex
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rig.base.errors import EnvironmentFailure, InputError
from rig.base.progress import Progress
from rig.host import command

# kbuild's short lines: two blanks, a verb in capitals, what it works on.
_STEP = re.compile(r"^  ([A-Z][A-Z0-9_]*(?: \[[A-Z]\])?) +(\S.*)$")

# What is shown of a failure, in the order of worth.
_ERRORS = (
    re.compile(r"^\S+:\d+(?::\d+)?: (?:fatal )?error: .*"),
    re.compile(r"^ERROR: modpost: .*"),
    re.compile(r"^.*: undefined reference to .*"),
    re.compile(r"^\S+:\d+: (?!warning).*\b(?:syntax error|unknown|invalid|unexpected)\b.*"),
    re.compile(r"^(?:Error|ERROR|error|fatal error|Fatal error): .*"),
    re.compile(r"^make(?:\[\d+\])?: \*\*\* .*"),
)
_SHOWN = 3

# In an object directory while make works there.
_AT_WORK = "m2m-rig-at-work"


@dataclass(frozen=True, slots=True)
class Make:
    """What a call of make needs to know, apart from its arguments.

    Args:
        directory: where it runs.
        env: added to the environment.
        log: file that all output is appended to.
        progress: told about each step.
    """

    directory: Path
    env: Mapping[str, str]
    log: Path
    progress: Progress

    def run(self, argv: Sequence[str], *, expected: int | None = None) -> int:
        """Run make to its end; returns the number of steps that it printed.

        Raises:
            InputError: something does not compile; the message has the first errors.
            EnvironmentFailure: make is missing, or the disk is full.
        """
        steps = 0
        with self.log.open("ab") as log, self._started(argv) as process:
            assert process.stdout is not None
            log.write(f"$ {shlex.join(argv)}\n".encode())
            self.progress.command(f"cd {self.directory} && {shlex.join(argv)}")
            begin = log.tell()
            for raw in process.stdout:
                log.write(raw)
                match = _STEP.match(raw.decode(errors="replace").rstrip())
                if match:
                    steps += 1
                    self.progress.step(steps, expected, f"{match[1]} {match[2]}")
        if process.returncode != 0:
            raise self._failure(begin)
        return steps

    @contextlib.contextmanager
    def _started(self, argv: Sequence[str]) -> "Iterator[subprocess.Popen[bytes]]":
        """make; what is left if it is killed, or we are, is for `discard_half_made`."""
        sign = self.log.with_name(_AT_WORK)
        sign.touch()
        process = None
        try:
            with command.group(argv, cwd=self.directory, env=self.env) as process:
                yield process
        finally:
            if process is None or process.returncode != -signal.SIGKILL:
                sign.unlink()

    def _failure(self, begin: int) -> InputError | EnvironmentFailure:
        with self.log.open("rb") as log:
            log.seek(begin)
            lines = log.read().decode(errors="replace").splitlines()
        if hint := command.disk_hint("\n".join(lines)):
            return EnvironmentFailure(f"the disk of {self.directory} is full", hint=hint)
        return InputError(
            "the kernel does not build: " + "\n  ".join(first_errors(lines)),
            hint=f"the whole log: {self.log}",
        )


def discard_half_made(objects: Path) -> None:
    """Remove what was written since make began, if make was killed.

    make believes that a file is whole if it is young enough, and a compiler or linker that is
    killed leaves half of one.  What is whole comes back from the compiler cache.
    """
    sign = objects / _AT_WORK
    if not sign.exists():
        return
    began = sign.stat().st_mtime_ns
    for path in objects.rglob("*"):
        if path != sign and not path.is_dir() and path.lstat().st_mtime_ns >= began:
            path.unlink()
    sign.unlink()


def first_errors(lines: Sequence[str]) -> list[str]:
    """The first lines of a build log that say what is wrong, with paths from the kernel's top."""
    for pattern in _ERRORS:
        found = list(dict.fromkeys(line.strip() for line in lines if pattern.match(line)))
        if found:
            return [re.sub(r"^(?:\.\./)+", "", line) for line in found[:_SHOWN]]
    return [line.strip() for line in lines[-_SHOWN:]] or ["make said nothing"]
