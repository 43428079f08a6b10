# SPDX-License-Identifier: GPL-2.0-only
"""From a bare Debian to a checkout that runs: packages, then a virtual environment.

    python3 -m rig.host.bootstrap [--yes] [--dev]

Standard library only, and no import of the rest of the rig but `rig.host.tools`: it runs before
anything is installed.  Ends with 0, or with 3 if something is missing that it may not install.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from rig.host import tools

CHECKOUT = Path(__file__).resolve().parents[2]

_OLDEST_PYTHON = (3, 11)
_STAMP = "m2m-rig-stamp"
_FAILED = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Install what is missing; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python3 -m rig.host.bootstrap", description=__doc__)
    parser.add_argument("--yes", action="store_true", help="do not ask before installing packages")
    parser.add_argument("--dev", action="store_true", help="also install mypy, ruff and their kin")
    parser.add_argument(
        "--python-only", action="store_true", help="make the virtual environment, nothing else"
    )
    options = parser.parse_args(arguments)
    if sys.version_info < _OLDEST_PYTHON:
        return _fail(f"Python {_OLDEST_PYTHON[0]}.{_OLDEST_PYTHON[1]} or later is needed")
    try:
        status = 0 if options.python_only else install_packages(ask=not options.yes)
        return status or install_python(CHECKOUT, dev=options.dev)
    except subprocess.CalledProcessError as error:
        return _fail(f"{' '.join(map(str, error.cmd))} ended with status {error.returncode}")
    except KeyboardInterrupt:
        return _fail("interrupted")


def missing_packages() -> list[str]:
    """Debian packages of needed tools that are not here."""
    names = tools.packages(tools.missing(tools.table()))
    if not _can_make_environments():
        names.append("python3-venv")
    return names


def install_packages(*, ask: bool) -> int:
    """Install the missing Debian packages; returns the exit status."""
    foreign = [tool.name for tool in tools.missing(tools.table()) if " " in tool.package]
    if foreign:
        return _fail(f"not found: {', '.join(foreign)} (named by CROSS_COMPILE)")
    names = missing_packages()
    if not names:
        return 0
    line = tools.install_line(names)
    if shutil.which("apt-get") is None:
        return _fail(f"no apt-get on this machine; these Debian packages are missing: {names}")
    root = os.geteuid() == 0
    sudo = None if root else shutil.which("sudo")
    if not root and sudo is None:
        return _fail(f"packages are missing, and there is no sudo; as root:\n  {line}")
    print(f"These Debian packages are missing:\n  {' '.join(names)}", flush=True)
    if ask and not root and not os.environ.get("CI") and not _agreed():
        return _fail(f"nothing was installed; by hand:\n  {line}")
    prefix = [] if root else [str(sudo)]
    return _apt_install(prefix, names, line)


def _apt_install(prefix: list[str], names: list[str], line: str) -> int:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    # sudo drops the environment, so apt is told on its own command line too.
    apt = [*prefix, "apt-get", "-q", "-oDPkg::Lock::Timeout=300"]
    install = [*apt, "install", "-y", "--no-install-recommends", *names]
    if not _lists_are_here(names):
        subprocess.run([*apt, "update"], check=True, env=environment)
    if subprocess.run(install, check=False, env=environment).returncode != 0:
        # Old lists name versions that the mirror no longer has: read them again, once.
        subprocess.run([*apt, "update"], check=True, env=environment)
        subprocess.run(install, check=True, env=environment)
    left = missing_packages()
    if left:
        return _fail(f"still missing after the installation: {' '.join(left)}\n  {line}")
    return 0


def _lists_are_here(names: list[str]) -> bool:
    """Whether apt knows all these packages; containers come with empty lists."""
    done = subprocess.run(
        ["apt-cache", "--no-generate", "show", *names], capture_output=True, check=False
    )
    return done.returncode == 0


def _can_make_environments() -> bool:
    # Debian's python3 has venv, but without python3-venv it cannot put pip into one.
    code = "import ensurepip, venv"
    return (
        subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode
        == 0
    )


def _agreed() -> bool:
    if not sys.stdin.isatty():
        return False
    return input("Install them with sudo? [Y/n] ").strip().lower() in ("", "y", "yes")


def install_python(checkout: Path, *, dev: bool) -> int:
    """Make ``.venv`` with the project in it, unless it is as ``pyproject.toml`` wants it."""
    environment = checkout / ".venv"
    python = environment / "bin" / "python"
    stamp = environment / _STAMP
    wanted = _fingerprint(checkout, dev=dev)
    if (
        python.exists()
        and stamp.exists()
        and stamp.read_text()
        in (
            wanted,
            # With the tools of the developers it has more than is asked for.
            _fingerprint(checkout, dev=True),
        )
    ):
        return 0
    print(f"making {environment}", flush=True)
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(environment)], check=True)
    what = f"{checkout}[dev]" if dev else str(checkout)
    pip = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    subprocess.run([*pip, "--editable", what], check=True)
    # Last: an environment that is half made has no stamp.
    stamp.write_text(wanted)
    return 0


def _fingerprint(checkout: Path, *, dev: bool) -> str:
    """What the environment was made for."""
    digest = hashlib.sha256((checkout / "pyproject.toml").read_bytes())
    digest.update(f"{sys.version_info[:2]} {checkout} {dev}".encode())
    return digest.hexdigest()


def _fail(message: str) -> int:
    print(f"m2m-rig: {message}", file=sys.stderr)
    return _FAILED


if __name__ == "__main__":
    sys.exit(main())
