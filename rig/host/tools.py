# SPDX-License-Identifier: GPL-2.0-only
"""The programs of the host that the rig calls, and the Debian packages they come from.

Standard library only: the bootstrap reads this table before anything is installed.
"""

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

# With the turn cutter and virtual time the rig relies on what QEMU 7.2 has (Debian 12); 12 and
# later are untried.
QEMU_OLDEST = (7, 2)
QEMU_UNTRIED = (12, 0)


@dataclass(frozen=True, slots=True)
class Tool:
    """One program, header or library.

    Args:
        name: the program, or the header file if ``header`` is given.
        package: the Debian package that has it.
        purpose: what the rig does with it.
        needed: whether nothing works without it.
        header: file below the include directories (or absolute), for what is no program.
        version: arguments that make the program print its version.
    """

    name: str
    package: str
    purpose: str
    needed: bool = True
    header: str = ""
    version: tuple[str, ...] = ("--version",)


def cross_prefix() -> str:
    """``CROSS_COMPILE`` if it is set (it may be empty), else none on arm64, else Debian's."""
    named = os.environ.get("CROSS_COMPILE")
    if named is not None:
        return named
    return "" if platform.machine() in ("aarch64", "arm64") else "aarch64-linux-gnu-"


def table() -> tuple[Tool, ...]:
    """Every tool, in the order in which a run needs them."""
    return (
        Tool("git", "git", "keeps the kernel trees and applies patches"),
        Tool("apt-get", "apt", "fetches kernel sources and busybox", needed=False),
        Tool("dpkg-deb", "dpkg", "unpacks what apt fetched", needed=False),
        Tool("xz", "xz-utils", "unpacks kernel sources"),
        Tool("make", "make", "builds the kernel"),
        Tool("gcc", "gcc", "builds the kernel's own helper programs"),
        Tool("stdio.h", "libc6-dev", "the same", header="stdio.h"),
        *_compilers(),
        Tool("ccache", "ccache", "makes every later build short"),
        Tool("flex", "flex", "kernel configuration"),
        Tool("bison", "bison", "kernel configuration"),
        Tool("bc", "bc", "kernel build"),
        Tool("rsync", "rsync", "installs the kernel's headers for the workloads"),
        Tool("kmod", "kmod", "lists what each module needs (depmod)"),
        Tool("dtc", "device-tree-compiler", "describes the mock silicon to the guest"),
        Tool("qemu-system-aarch64", "qemu-system-arm", "runs the guest"),
        Tool(
            "openssl/opensslv.h",
            "libssl-dev",
            "builds kernels with signed modules, if a fragment asks for them",
            needed=False,
            header="openssl/opensslv.h",
        ),
        Tool("dot", "graphviz", "draws lock graphs", needed=False, version=("-V",)),
        Tool(
            "sparse", "sparse", "preflight: warnings that the compiler does not give", needed=False
        ),
        Tool("b4", "b4", "reads threads a second time, and fetches them", needed=False),
    )


def _compilers() -> tuple[Tool, ...]:
    prefix = cross_prefix()
    if prefix == "":
        return (Tool("ld", "binutils", "links kernel and workloads"),)
    debian = prefix == "aarch64-linux-gnu-"
    compiler = "gcc-aarch64-linux-gnu" if debian else f"(your CROSS_COMPILE={prefix})"
    library = (
        Tool(
            "libc.a for arm64",
            "libc6-dev-arm64-cross",
            "links the static workloads",
            header="/usr/aarch64-linux-gnu/lib/libc.a",
        ),
    )
    return (
        Tool(f"{prefix}gcc", compiler, "compiles kernel and workloads"),
        Tool(f"{prefix}ld", "binutils-aarch64-linux-gnu" if debian else compiler, "links them"),
        *(library if debian else ()),
    )


@dataclass(frozen=True, slots=True)
class Found:
    """A tool and what the machine has of it; ``where`` is None if it is missing."""

    tool: Tool
    where: Path | None
    version: str = ""
    complaint: str = ""


def locate(tool: Tool) -> Path | None:
    """Where the tool is; also in the administrators' directories, which users may lack in PATH."""
    if tool.header:
        include = Path("/usr/include")
        triplets = sorted(include.glob("*-linux-gnu"))
        places = [parent / tool.header for parent in (include, *triplets)]
        return next((place for place in places if place.exists()), None)
    found = shutil.which(tool.name, path=search_path())
    return Path(found) if found else None


def search_path() -> str:
    """PATH with ``/usr/sbin`` and ``/sbin`` at its end (depmod lives there)."""
    return os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"))


def missing(tools: Iterable[Tool], *, optional: bool = False) -> list[Tool]:
    """The needed tools that are not here; with ``optional`` the others too."""
    return [tool for tool in tools if (tool.needed or optional) and locate(tool) is None]


def packages(tools: Iterable[Tool]) -> list[str]:
    """The Debian packages of the tools, each once, in order."""
    return list(dict.fromkeys(tool.package for tool in tools if " " not in tool.package))


def install_line(names: Iterable[str], *, sudo: bool = True) -> str:
    """The one command that installs the packages."""
    prefix = "sudo " if sudo else ""
    return f"{prefix}apt-get install --no-install-recommends {' '.join(names)}"


def hint_for(program: str) -> str:
    """What to say when a program turns out to be missing."""
    for tool in table():
        if tool.name == program:
            return f"install it: {install_line([tool.package])}"
    return "install it, or run `m2m-rig doctor` to see what else is missing"


def examine(tool: Tool) -> Found:
    """Find the tool and ask for its version; a version that the rig cannot use is a complaint."""
    where = locate(tool)
    if where is None or tool.header:
        return Found(tool, where)
    try:
        done = subprocess.run(
            [str(where), *tool.version],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=10,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Found(tool, where, complaint=f"cannot be run: {error}")
    text = (done.stdout or done.stderr).strip()
    line = text.splitlines()[0] if text else ""
    if tool.name.startswith("qemu-system"):
        return Found(tool, where, line, qemu_complaint(line))
    return Found(tool, where, line)


def qemu_complaint(line: str) -> str:
    """What is wrong with a QEMU that prints this version line; empty if nothing is."""
    match = re.search(r"version (\d+\.\d+)", line)
    if not match:
        return f"does not tell its version: {line!r}"
    if complaint := qemu_too_old(match[1]):
        return complaint
    if _numbers(match[1]) >= QEMU_UNTRIED:
        return f"untried: the rig is known to work below QEMU {QEMU_UNTRIED[0]}"
    return ""


def qemu_too_old(version: str) -> str:
    """What is wrong with QEMU VERSION ("7.2.22") if it cannot be used; else empty."""
    if _numbers(version) < QEMU_OLDEST:
        return f"too old: QEMU {QEMU_OLDEST[0]}.{QEMU_OLDEST[1]} or later is needed"
    return ""


def _numbers(version: str) -> tuple[int, int]:
    major, minor = version.split(".")[:2]
    return int(major), int(minor)
