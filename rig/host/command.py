# SPDX-License-Identifier: GPL-2.0-only
"""Programs of the host, short-lived ones and those with children."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rig.base.cache import ROOT_VARIABLE
from rig.base.errors import EnvironmentFailure
from rig.host import tools

# As the C library, git and apt say it.
_NO_SPACE = re.compile(r"No space left on device|Out of diskspace|Disk quota exceeded")

# Seconds between asking a group to end and ending it.
_GRACE = 5.0

# Leads a group, for $1, and ends it when $1 dies: setpriv has the kernel send it a signal then, and
# it passes that on.  make alone would end the shells that it started, not their compilers.  Who
# died before that was arranged is nobody's parent any more.  make is given time to tidy up.
_LEADER = """\
[ "$PPID" = "$1" ] || exit 1
shift
trap 'trap "" TERM; kill -TERM 0; wait "$!"' TERM
"$@" &
wait "$!"
"""


# What is to be inherited is marked so, as locks are (rig.base.lock); Python marks nothing else.
CLOSE_FDS = False


@dataclass(frozen=True, slots=True)
class Done:
    """How a program ended and what it wrote."""

    status: int
    out: bytes
    err: bytes

    @property
    def text(self) -> str:
        """Standard output, without the last line end."""
        return self.out.decode(errors="replace").rstrip("\n")

    @property
    def complaint(self) -> str:
        """Standard error, stripped."""
        return self.err.decode(errors="replace").strip()


def run(
    argv: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: bytes = b"",
    check: bool = True,
) -> Done:
    """Run a program to its end.

    Raises:
        EnvironmentFailure: the program is not installed, or (with ``check``) failed.
    """
    words = [str(word) for word in argv]
    try:
        done = subprocess.run(
            words,
            cwd=cwd,
            env=environment(env),
            input=stdin,
            capture_output=True,
            check=False,
            close_fds=CLOSE_FDS,
        )
    except FileNotFoundError as error:
        if cwd is not None and not cwd.is_dir():
            raise
        raise missing(words[0]) from error
    result = Done(done.returncode, done.stdout, done.stderr)
    if check and result.status != 0:
        raise EnvironmentFailure(
            f"{' '.join(words[:4])} … ended with status {result.status}: "
            f"{_last_lines(result.complaint or result.text)}",
            hint=disk_hint(result.complaint),
        )
    return result


@contextlib.contextmanager
def group(
    argv: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stderr: int = subprocess.STDOUT,
) -> "Iterator[subprocess.Popen[bytes]]":
    """A program in a process group of its own, which outlives neither the block nor us.

    Raises:
        EnvironmentFailure: the program is not installed.
    """
    program = shutil.which(argv[0], path=tools.search_path())
    if program is None:
        raise missing(argv[0])
    # The group is out of reach of the terminal, so a rig that is killed must take it along.
    leader = ["sh", "-c", _LEADER, "sh", str(os.getpid())]
    tied = ["setpriv", "--pdeathsig", "TERM", *leader] if shutil.which("setpriv") else []
    process = subprocess.Popen(
        [*tied, program, *argv[1:]],
        cwd=cwd,
        env=environment(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=stderr,
        process_group=0,
        close_fds=CLOSE_FDS,
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
    elif process.returncode < 0:
        # Somebody killed the leader alone.
        _signal(process, signal.SIGKILL)
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stream.close()


def _signal(process: "subprocess.Popen[bytes]", number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def disk_hint(complaint: str) -> str:
    """What to do if a program complains that the disk is full; empty if it does not."""
    if _NO_SPACE.search(complaint):
        return f"free some room, prune the cache, or set {ROOT_VARIABLE} to a larger disk"
    return ""


def missing(program: str) -> EnvironmentFailure:
    """The error for a program that is not installed."""
    return EnvironmentFailure(f"{program} is not installed", hint=tools.hint_for(program))


# What of the caller's surroundings would change what a program does or says: git's idea of where it
# is (a hook), make's options (a makefile), the kernel's build, the language.
_PREFIXES = ("GIT_", "LC_", "MAKE", "KBUILD_", "KCONFIG_", "LLVM", "INSTALL_")
_NAMES = frozenset(
    {
        *("LANG", "LANGUAGE", "ARCH", "SUBARCH", "MFLAGS", "LOCALVERSION", "O", "M", "V", "W", "C"),
        *("KCFLAGS", "KCPPFLAGS", "KAFLAGS", "KRUSTFLAGS", "KCONFIG", "CC", "LD", "CFLAGS"),
        *("HOSTCC", "HOSTCFLAGS", "HOSTLDFLAGS", "HOSTLDLIBS", "USERCFLAGS", "USERLDFLAGS"),
    }
)


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The caller's environment without what would change a program's words, plus ``extra``."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_PREFIXES) and name not in _NAMES
    }
    kept.update(LC_ALL="C", PATH=tools.search_path())
    kept.update(extra or {})
    return kept


def _last_lines(text: str, count: int = 3) -> str:
    return " | ".join(line.strip() for line in text.splitlines()[-count:])
