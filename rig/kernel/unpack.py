# SPDX-License-Identifier: GPL-2.0-only
"""An archive of kernel source becomes a git repository, in one pass over the tar stream.

``git fast-import`` writes one pack; adding 90,000 unpacked files one by one would write as many
objects, and read every file again.
"""

import contextlib
import subprocess
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from rig.base.errors import EnvironmentFailure, InputError
from rig.host import command
from rig.kernel.git import Repository

# By what the name of a tarball ends with.
_DECOMPRESSORS = {
    ".xz": ("xz", "-dc", "-T0"),
    ".gz": ("gzip", "-dc"),
    ".bz2": ("bzip2", "-dc"),
    ".zst": ("zstd", "-dc"),
}

_CHUNK = 1 << 20


def import_archive(archive: Path, repository: Repository, scratch: Path) -> str:
    """Commit an archive's content; returns the id of the tree.

    Args:
        archive: a kernel tarball, or a Debian package with one below ``usr/src``.
        scratch: a directory for what comes in between.

    Raises:
        InputError: not an archive, or none with a kernel in it.
    """
    tarball = _inner_tarball(archive, scratch) if archive.suffix == ".deb" else archive
    try:
        with _plain_tar(tarball) as stream, _fast_import(repository) as sink:
            _copy(stream, sink)
    except tarfile.TarError as error:
        raise InputError(f"{archive}: not a readable tar archive: {error}") from error
    tree = repository.tree_of("refs/heads/import")
    repository.git("update-ref", "-d", "refs/heads/import")
    return tree


def _inner_tarball(package: Path, scratch: Path) -> Path:
    """Take ``usr/src/*.tar.*`` out of a Debian package."""
    with (
        _reading(["dpkg-deb", "--fsys-tarfile", str(package)], package) as stream,
        tarfile.open(fileobj=stream, mode="r|") as outer,
    ):
        for member in outer:
            path = Path(member.name)
            if path.parent.as_posix().endswith("usr/src") and ".tar." in path.name:
                content = outer.extractfile(member)
                assert content is not None
                target = scratch / path.name
                with target.open("wb") as file:
                    while chunk := content.read(_CHUNK):
                        file.write(chunk)
                # The rest of the stream must be read, or dpkg-deb ends with an error.
                while stream.read(_CHUNK):
                    pass
                return target
    raise InputError(f"{package.name}: no usr/src/*.tar.* in this package")


@contextlib.contextmanager
def _plain_tar(tarball: Path) -> Iterator[IO[bytes]]:
    argv = _DECOMPRESSORS.get(tarball.suffix)
    if argv is None:
        if tarball.suffix != ".tar":
            raise InputError(f"{tarball}: not a .tar, {', '.join(_DECOMPRESSORS)} or .deb file")
        with tarball.open("rb") as stream:
            yield stream
        return
    with _reading([*argv, str(tarball)], tarball) as stream:
        yield stream


@contextlib.contextmanager
def _reading(argv: Sequence[str], archive: Path) -> Iterator[IO[bytes]]:
    """A program's output; the program is gone afterwards, whatever happens."""
    process = _start(argv, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    with process:
        try:
            yield process.stdout
            # Padding after the end of the archive; a pipe closed early would be an error.
            while process.stdout.read(_CHUNK):
                pass
        except BaseException:
            process.kill()
            raise
        complaint = process.stderr.read().decode(errors="replace").strip()
    if process.returncode != 0:
        raise InputError(f"{archive}: cannot be unpacked: {complaint}")


@contextlib.contextmanager
def _fast_import(repository: Repository) -> Iterator[IO[bytes]]:
    argv = ["git", "--git-dir", str(repository.git_directory)]
    # unpackLimit: always keep the pack, however small.  depth 0: no search for deltas.
    argv += ["-c", "fastimport.unpackLimit=0", "fast-import", "--quiet", "--depth=0", "--done"]
    process = _start(argv, stdin=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stderr is not None
    complaint = ""
    with process:
        try:
            yield process.stdin
            process.stdin.close()
        except BrokenPipeError:
            pass
        except BaseException:
            process.kill()
            raise
        complaint = process.stderr.read().decode(errors="replace").strip()
    if process.returncode != 0:
        reason = next((line for line in complaint.splitlines() if line.startswith("fatal:")), "")
        raise EnvironmentFailure(
            f"git fast-import failed: {reason or complaint}", hint=command.disk_hint(complaint)
        )


def _start(
    argv: Sequence[str], *, stdin: int | None = None, stdout: int | None = None
) -> "subprocess.Popen[bytes]":
    try:
        return subprocess.Popen(
            argv,
            stdin=stdin,
            stdout=stdout,
            stderr=subprocess.PIPE,
            env=command.environment(),
            close_fds=command.CLOSE_FDS,
        )
    except FileNotFoundError as error:
        raise command.missing(argv[0]) from error


def _copy(stream: IO[bytes], sink: IO[bytes]) -> None:
    """Translate tar members to fast-import commands (git-fast-import(1))."""
    sink.write(b"commit refs/heads/import\ncommitter m2m-rig <m2m-rig@localhost> 0 +0000\n")
    sink.write(b"data 0\n")
    with tarfile.open(fileobj=stream, mode="r|", bufsize=_CHUNK) as archive:
        for member in archive:
            # The first component is the directory that tarballs put everything in.
            path = member.name.removeprefix("./").partition("/")[2]
            if not path:
                continue
            if member.isfile():
                content = archive.extractfile(member)
                assert content is not None
                mode = b"100755" if member.mode & 0o100 else b"100644"
                _entry(sink, mode, path, content.read())
            elif member.issym():
                _entry(sink, b"120000", path, member.linkname.encode())
    sink.write(b"done\n")


def _entry(sink: IO[bytes], mode: bytes, path: str, content: bytes) -> None:
    name = path.encode(errors="surrogateescape")
    if b"\n" in name or name.startswith(b'"'):
        raise InputError(f"a file name that no kernel has: {path!r}")
    sink.write(b"M %s inline %s\ndata %d\n" % (mode, name, len(content)))
    sink.write(content)
    sink.write(b"\n")
