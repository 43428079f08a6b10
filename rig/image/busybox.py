# SPDX-License-Identifier: GPL-2.0-only
"""A static busybox for the guest: the interactive shell needs one, the gate does not."""

import io
import os
import tarfile
from pathlib import Path, PurePosixPath

from rig.base.cache import Cache
from rig.base.errors import EnvironmentFailure, InputError
from rig.base.progress import Progress
from rig.host import command
from rig.host.apt import AptFetcher

# Names a busybox of the user's, for distributions without apt.
VARIABLE = "M2M_RIG_BUSYBOX"


def busybox(cache: Cache, progress: Progress) -> Path:
    """A static arm64 busybox: the user's, the cache's, or Debian's.

    Raises:
        InputError: the user's is not there.
        EnvironmentFailure: apt cannot fetch it.
    """
    named = os.environ.get(VARIABLE)
    if named:
        if not Path(named).is_file():
            raise InputError(f"{VARIABLE}={named}: no such file")
        return Path(named)

    def fill(directory: Path) -> None:
        package = AptFetcher("arm64", cache=cache, progress=progress).download("busybox-static")
        (directory / "busybox").write_bytes(_member(package, "busybox"))

    # Any version does: a newer one in the archive is no reason to build a new image.
    return cache.publish("busybox", "arm64", fill) / "busybox"


def _member(package: Path, name: str) -> bytes:
    """The program called `name` of a Debian package, wherever in it."""
    data = command.run(["dpkg-deb", "--fsys-tarfile", package]).out
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        for member in archive:
            path = PurePosixPath(member.name)
            stream = archive.extractfile(member) if path.name == name and member.isfile() else None
            if stream is not None and path.parent.name == "bin":
                return stream.read()
    raise EnvironmentFailure(f"{package.name} holds no {name}", hint=f"name one in {VARIABLE}")
