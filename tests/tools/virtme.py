# SPDX-License-Identifier: GPL-2.0-only
"""virtme-ng beside the rig: one command in an arm64 guest, for `make bench`.

It comes from PyPI into an environment of its own.  Its guest's root is made of Debian's packages,
as there is no arm64 system here whose root could be shared.
"""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rig.base.cache import Cache
from rig.host.apt import AptFetcher
from rig.kernel.build import build
from rig.model.options import Options
from rig.run.selection import kernel_request

VERSION = "1.42"
FRAGMENT = Path(__file__).with_suffix(".config")
PACKAGES = ("libc6", "libtinfo6", "bash", "busybox-static")
# What its init calls.
APPLETS = (
    "awk", "base64", "basename", "cat", "chmod", "chown", "cp", "cut", "date", "dirname", "dmesg",
    "false", "find", "grep", "head", "hostname", "id", "ip", "ln", "ls", "mkdir", "mknod",
    "mktemp", "mount", "mv", "poweroff", "ps", "readlink", "reboot", "rm", "sed", "seq", "setsid",
    "sh", "sleep", "stat", "stty", "su", "sync", "sysctl", "touch", "tr", "true", "tty", "umount",
    "uname",
)  # fmt: skip
FOLDERS = (
    "dev", "etc", "home", "opt", "proc", "root", "run", "srv", "sys", "tmp", "usr/bin", "var",
)  # fmt: skip


@dataclass(frozen=True)
class Virtme:
    """An installed virtme-ng, a kernel with the options it needs, and a root for its guest.

    Args:
        commands: the folder of its commands.
    """

    commands: Path
    image: Path
    root: Path

    @classmethod
    def prepared(cls, folder: Path, series: str) -> "Virtme":
        """Install, build and unpack; what a kernel takes the first time, seconds after that."""
        commands = folder / "venv" / "bin"
        subprocess.run([sys.executable, "-m", "venv", commands.parent], check=True)
        pip = [str(commands / "pip"), "install", "-q", f"virtme-ng=={VERSION}"]
        subprocess.run(pip, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        kernel = build(kernel_request(Options(series=series, fragments=(FRAGMENT,))))
        return cls(commands, kernel.image, unpacked(folder / "root"))

    def run(self, command: str) -> Callable[[], None]:
        """What runs a command in a guest.  What it prints must be the guest's.

        It is seen on the console: the ports that virtme-ng has for it want a udev in the guest.
        """
        words: list[str | Path] = [
            self.commands / "vng", "--verbose", "--run", self.image, "--arch", "arm64",
            "--root", self.root, "--user", "root", "--cpus", "2", "--memory", "1G",
            "--append", "root=/dev/root", "--", f"{command}; uname -m",
        ]  # fmt: skip
        path = f"{self.commands}:/usr/sbin:/usr/bin:/sbin:/bin"

        def work() -> None:
            done = subprocess.run(
                words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                stdin=subprocess.DEVNULL, env={"PATH": path},
            )  # fmt: skip
            if "aarch64" not in done.stdout.splitlines():
                raise SystemExit(f"virtme-ng: {done.stdout[-2000:]}")

        return work


def unpacked(root: Path) -> Path:
    """A root that is just enough for its init."""
    fetcher = AptFetcher("arm64", cache=Cache.default())
    for package in PACKAGES:
        subprocess.run(["dpkg-deb", "-x", fetcher.download(package), root], check=True)
    for folder in FOLDERS:
        (root / folder).mkdir(parents=True, exist_ok=True)
    for name in APPLETS:
        (root / "bin" / name).symlink_to("busybox")
    (root / "usr" / "bin" / "env").symlink_to("../../bin/busybox")
    (root / "etc" / "fstab").touch()
    (root / "etc" / "passwd").write_text("root:x:0:0:root:/root:/bin/bash\n")
    (root / "etc" / "group").write_text("root:x:0:\ntty:x:5:\n")
    return root
