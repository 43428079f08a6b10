# SPDX-License-Identifier: GPL-2.0-only
"""One call of make: its steps counted, its log kept, its children gone when it is interrupted."""

import contextlib
import os
import re
import shlex
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rig import tools
from rig.errors import EnvironmentFailure, InputError
from rig.kernel import command
from rig.kernel.progress import Progress

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

# Seconds between asking the children to end and ending them.
_GRACE = 5.0


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
        with self.log.open("ab") as log, _group(argv, self.directory, self.env) as process:
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


def first_errors(lines: Sequence[str]) -> list[str]:
    """The first lines of a build log that say what is wrong, with paths from the kernel's top."""
    for pattern in _ERRORS:
        found = list(dict.fromkeys(line.strip() for line in lines if pattern.match(line)))
        if found:
            return [re.sub(r"^(?:\.\./)+", "", line) for line in found[:_SHOWN]]
    return [line.strip() for line in lines[-_SHOWN:]] or ["make said nothing"]


@contextlib.contextmanager
def _group(
    argv: Sequence[str], directory: Path, env: Mapping[str, str]
) -> "Iterator[subprocess.Popen[bytes]]":
    """A program in a process group of its own, which does not outlive the block."""
    program = shutil.which(argv[0], path=tools.search_path())
    if program is None:
        raise command.missing(argv[0])
    # The group is out of reach of the terminal, so a rig that is killed must take make along; make
    # then ends its compilers.
    tied = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
    process = subprocess.Popen(
        [*tied, program, *argv[1:]],
        cwd=directory,
        env=command.environment(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        process_group=0,
    )
    try:
        yield process
        process.wait()
    finally:
        _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End the group; make alone would leave its compilers behind."""
    if process.poll() is None:
        _signal(process, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE)
        _signal(process, signal.SIGKILL)
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _signal(process: "subprocess.Popen[bytes]", number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)
