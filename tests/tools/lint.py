# SPDX-License-Identifier: GPL-2.0-only
"""`make check`, the part that is not Python: shellcheck, and the kernel's checkpatch on our C."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rig.base.cache import Cache
from rig.base.paths import ROOT

# Not ours, or made to be wrong.
FOREIGN = ("tests/unit/fakelinux/",)

# What checkpatch asks of the kernel and not of a program: the kernel's types, string functions and
# attribute macros are not there; registers behind /dev/mem are volatile; that a function is called
# "end" does not make every "end" in a string its name.
USER_SPACE = "images/init/"
NOT_FOR_PROGRAMS = (
    "PREFER_KERNEL_TYPES",
    "STRCPY",
    "PREFER_DEFINED_ATTRIBUTE_MACRO",
    "VOLATILE",
    "EMBEDDED_FUNCTION_NAME",
)

_SHELL = re.compile(rb"#!\s*/\S*(?:/|env )(?:ba)?sh\b")
_AT_ONCE = 24


def sources() -> list[Path]:
    """Every file of the repository that we wrote, by its path there."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    names = sorted(name for name in listed.split("\0") if name and not name.startswith(FOREIGN))
    return [Path(name) for name in names if (ROOT / name).is_file()]


def shell_files(files: Iterable[Path]) -> list[Path]:
    """Those that a shell reads."""
    return [file for file in files if file.suffix == ".sh" or _is_shell(ROOT / file)]


def _is_shell(file: Path) -> bool:
    with file.open("rb") as stream:
        return _SHELL.match(stream.readline(80)) is not None


def c_files(files: Iterable[Path]) -> list[Path]:
    """Those in C."""
    return [file for file in files if file.suffix in (".c", ".h")]


def checkpatch() -> Path | None:
    """The script of the oldest kernel in the cache: a newer one asks for what that has not."""
    found = Cache.default().root.glob("trees/linux-source-*/scripts/checkpatch.pl")
    return min(found, key=_release, default=None)


def _release(script: Path) -> tuple[int, ...]:
    """ "linux-source-6.12_…" as (6, 12)."""
    numbers = re.match(r"linux-source-([0-9.]+)", script.parents[1].name)
    return tuple(int(number) for number in numbers[1].split(".")) if numbers else ()


def check_shell(files: Sequence[Path]) -> bool:
    """Run shellcheck, which must be there."""
    if shutil.which("shellcheck") is None:
        print("shellcheck is needed: apt-get install --no-install-recommends shellcheck")
        return False
    done = subprocess.run(["shellcheck", *map(str, files)], cwd=ROOT)
    print(f"shellcheck: {len(files)} files")
    return done.returncode == 0


def check_c(files: Sequence[Path], script: Path | None) -> bool:
    """Run checkpatch on whole files, if there is a kernel tree to take it from."""
    if script is None:
        print("checkpatch: skipped: no kernel tree in the cache (m2m-rig build leaves one)")
        return True
    perl = ["perl", str(script), "--strict", "--no-tree", "--terse", "--no-summary"]
    programs = [file for file in files if str(file).startswith(USER_SPACE)]
    others = [file for file in files if file not in programs]
    groups = [(others[at : at + _AT_ONCE], "") for at in range(0, len(others), _AT_ONCE)]
    groups.append((programs, f"--ignore={','.join(NOT_FOR_PROGRAMS)}"))
    # In a directory without .git: it would keep notes there.
    with tempfile.TemporaryDirectory() as elsewhere, ThreadPoolExecutor(os.cpu_count()) as pool:

        def check(group: tuple[Sequence[Path], str]) -> str:
            group_files, ignored = group
            if not group_files:
                return ""
            argv = [*perl, *filter(None, [ignored]), "-f", *(str(ROOT / f) for f in group_files)]
            done = subprocess.run(argv, cwd=elsewhere, capture_output=True, text=True)
            return done.stdout + done.stderr

        complaints = "".join(pool.map(check, groups))
    print(complaints.replace(f"{ROOT}/", ""), end="")
    print(f"checkpatch --strict: {len(files)} files")
    return not complaints


def main() -> int:
    """Check everything, then say whether it was good; the exit status."""
    files = sources()
    good = [check_shell(shell_files(files)), check_c(c_files(files), checkpatch())]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
