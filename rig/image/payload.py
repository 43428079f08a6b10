# SPDX-License-Identifier: GPL-2.0-only
"""The files of one case: an archive that the guest unpacks when its case begins."""

import hashlib
import io
import tarfile
from collections.abc import Mapping
from pathlib import Path

from rig.base.cache import Cache
from rig.base.errors import InputError
from rig.model.guest import PAYLOAD_MIB

# The first page of the guest's window holds what the device is told.
ROOM = (PAYLOAD_MIB << 20) - 4096

_EXECUTABLE = 0o111


def pack(files: Mapping[str, Path | bytes], cache: Cache) -> Path:
    """An archive (POSIX ustar) of these files, from the cache where it is there.

    The same content gives the same bytes: members are sorted, and have no owner and no time.

    Args:
        files: path in the guest, without the leading slash, to the file on the host or its content.

    Raises:
        InputError: the guest has no room for that much.
    """
    contents = {
        name: file if isinstance(file, bytes) else file.read_bytes()
        for name, file in sorted(files.items())
    }
    digest = hashlib.sha256()
    for name, content in contents.items():
        runs = _executable(files[name])
        digest.update(f"{name}\0{runs}\0{hashlib.sha256(content).hexdigest()}\n".encode())

    def make(target: Path) -> None:
        with tarfile.open(target / "payload.tar", "w", format=tarfile.USTAR_FORMAT) as archive:
            for name, content in contents.items():
                member = tarfile.TarInfo(name)
                member.size = len(content)
                member.mode = 0o755 if _executable(files[name]) else 0o644
                archive.addfile(member, io.BytesIO(content))

    archive = cache.publish("payloads", digest.hexdigest()[:24], make) / "payload.tar"
    if archive.stat().st_size > ROOM:
        raise InputError(
            f"modules and programs of this case take {archive.stat().st_size >> 20} MiB, "
            f"{PAYLOAD_MIB} fit",
            hint="split the scenario",
        )
    return archive


def _executable(file: Path | bytes) -> bool:
    return not isinstance(file, bytes) and bool(file.stat().st_mode & _EXECUTABLE)
