# SPDX-License-Identifier: GPL-2.0-only
"""The unpatched kernel as a git repository in the cache, made once per source.

``trees/<id>/`` holds a work tree, which builds share, and its objects.  Nothing of the user's is
written to: of a git tree of theirs only the objects are read.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from rig.base.cache import Cache
from rig.base.errors import InputError
from rig.base.progress import Progress
from rig.host import command
from rig.host.apt import AptFetcher
from rig.kernel import unpack
from rig.kernel.git import Repository
from rig.kernel.own import UserTree
from rig.kernel.source import KernelSource, path_key

KIND = "trees"

# Object directories, one per profile, live in the tree (recipe.py says why).
_EXCLUDED = "/build-*/"

_RECORD = "m2m-rig-base.json"


@dataclass(frozen=True, slots=True)
class BaseTree:
    """A kernel without any patch.

    Args:
        id: the cache key of the tree.
        directory: the shared work tree; hold its lock before changing it.
        commit: the base commit, without parents: a function of the content.
        tree: git's name for the content.
        version: from the Makefile, for example ``6.12.117``.
        origin: what it was made from, for people.
        cache: where it is.
    """

    id: str
    directory: Path
    commit: str
    tree: str
    version: str
    origin: str
    cache: Cache = field(compare=False, repr=False)

    @property
    def repository(self) -> Repository:
        """The tree's repository."""
        return Repository(self.directory)


def prepare(source: KernelSource, cache: Cache, progress: Progress) -> BaseTree:
    """Fetch and unpack a source unless the cache has it.

    Raises:
        InputError: no such package, not a kernel, or a git tree with uncommitted changes.
        EnvironmentFailure: no network, no room.
    """
    if source.kind == "directory":
        return _from_directory(source, cache, progress)
    if source.kind == "tarball":
        return _from_tarball(source, cache, progress)
    return _from_debian(source, cache, progress)


def here(source: KernelSource, cache: Cache) -> KernelSource | None:
    """The same source as a git tree that can be read at once; None: it must be fetched or unpacked.

    Nothing is written.

    Raises:
        InputError: the tarball is not there.
    """
    if source.kind == "directory":
        return source
    if source.kind == "tarball":
        key: str | None = _tarball_key(source)
    elif source.version is None:
        key = _newest_unpacked(cache, source.package or "")
    else:
        key = _debian_key(source, source.version)
    path = cache.path(KIND, key or "none")
    if not (path / ".git" / _RECORD).is_file():
        return None
    commit = json.loads((path / ".git" / _RECORD).read_text())["commit"]
    return KernelSource(source.name, "directory", path=path, commit=commit)


def kernel_version(makefile: str) -> str:
    """``VERSION.PATCHLEVEL.SUBLEVEL`` and ``EXTRAVERSION`` of a kernel's top Makefile."""
    parts: dict[str, str] = dict(
        re.findall(r"^(VERSION|PATCHLEVEL|SUBLEVEL|EXTRAVERSION)[ \t]*=[ \t]*(\S*)", makefile, re.M)
    )
    if not parts.get("VERSION") or not parts.get("PATCHLEVEL"):
        raise ValueError("no VERSION and PATCHLEVEL in its Makefile")
    numbers = [parts[name] for name in ("VERSION", "PATCHLEVEL", "SUBLEVEL") if parts.get(name)]
    return ".".join(numbers) + parts.get("EXTRAVERSION", "")


def _from_debian(source: KernelSource, cache: Cache, progress: Progress) -> BaseTree:
    assert source.package is not None
    if source.version is None and (known := _newest_unpacked(cache, source.package)):
        # What is here is used: a run works without a network, and two runs build the same.
        return _load(cache, known)
    fetcher = AptFetcher(_host_architecture(), source.suite, cache=cache, progress=progress)
    version = source.version or fetcher.candidate(source.package)
    key = _debian_key(source, version)
    if cache.find(KIND, key, changing=True):
        return _load(cache, key)
    package = fetcher.download(source.package, version)
    unpacked = _once(cache, key, progress, f"Debian {source.package} {version}", package)
    # 150 MB that nobody reads again.
    cache.remove(package.parent)
    return unpacked


def _newest_unpacked(cache: Cache, package: str) -> str | None:
    """The cache key of the last unpacked version of a Debian package."""
    found = [
        path
        for path in (cache.root / KIND).glob(f"{package}_*")
        if (path / ".git" / _RECORD).is_file()
    ]
    if not found:
        return None
    return str(max(found, key=lambda path: (path / ".git" / _RECORD).stat().st_mtime).name)


def _host_architecture() -> str:
    # Source packages are for all architectures, but apt wants to know which it works for.
    return command.run(["dpkg", "--print-architecture"]).text


def _debian_key(source: KernelSource, version: str) -> str:
    return f"{source.package}_{version}".replace(":", "%3a")


def _tarball_key(source: KernelSource) -> str:
    """Size and time instead of a digest: a finished build must be found in milliseconds."""
    assert source.path is not None
    try:
        stat = source.path.stat()
    except OSError as error:
        raise InputError(f"kernel {source.name}: {source.path}: {error.strerror}") from error
    return f"tarball-{path_key(str(source.path), str(stat.st_size), str(stat.st_mtime_ns))}"


def _from_tarball(source: KernelSource, cache: Cache, progress: Progress) -> BaseTree:
    assert source.path is not None
    key = _tarball_key(source)
    return _once(cache, key, progress, str(source.path), source.path)


def _once(cache: Cache, key: str, progress: Progress, origin: str, archive: Path) -> BaseTree:
    """Make the tree of an archive unless it is there; only one run at a time does it."""
    if not cache.find(KIND, key, changing=True):
        waiting = f"waiting for another run to unpack {origin}"
        with cache.lock(KIND, f"{key}.new", waiting=lambda: progress.stage(waiting)):
            _publish(cache, key, lambda path: _unpack(archive, path, origin, progress))
    return _load(cache, key)


def _publish(cache: Cache, key: str, fill: Callable[[Path], None]) -> Path:
    # git looks itself whether a work tree and its objects are what was written.
    return cache.publish(KIND, key, fill, changing=True)


def _unpack(archive: Path, directory: Path, origin: str, progress: Progress) -> None:
    repository = Repository.create(directory)
    repository.exclude(_EXCLUDED)
    progress.stage(f"unpacking {origin}")
    tree = unpack.import_archive(archive, repository, directory.parent)
    record = _record(repository, tree, origin)
    progress.stage("writing the work tree")
    repository.check_out(record["commit"])
    _save(repository, record)


def _from_directory(source: KernelSource, cache: Cache, progress: Progress) -> BaseTree:
    """Share the objects of a user's git tree; its committed content is the base."""
    assert source.path is not None
    if not source.path.is_dir():
        raise InputError(f"kernel {source.name}: {source.path} is not a directory")
    theirs = UserTree(source.path)
    commit = theirs.commit(source.commit)
    if source.commit == "HEAD":
        theirs.refuse_changes()
    theirs.refuse_holes(commit)
    key = f"directory-{path_key(str(theirs.objects()))}"
    origin = f"{source.path} at {commit[:12]}"

    def fill(directory: Path) -> None:
        repository = Repository.create(directory)
        repository.exclude(_EXCLUDED)
        alternates = repository.git_directory / "objects" / "info" / "alternates"
        alternates.write_text(f"{theirs.objects()}\n")

    repository = Repository(_publish(cache, key, fill))
    with cache.lock(KIND, f"{key}.new"):
        record = _record(repository, theirs.tree(commit), origin)
    return BaseTree(id=key, directory=repository.directory, cache=cache, **record)


def _record(repository: Repository, tree: str, origin: str) -> dict[str, str]:
    """What is known of a base; makes its commit, which is the same each time."""
    makefile = (repository.show(tree, "Makefile") or b"").decode(errors="replace")
    try:
        version = kernel_version(makefile)
    except ValueError as error:
        raise InputError(f"{origin}: not a kernel source: {error}") from error
    commit = repository.commit(tree, f"Linux {version}\n")
    # Named, so that no garbage collection by hand takes it.
    repository.git("update-ref", "refs/heads/base", commit)
    return {"commit": commit, "tree": tree, "version": version, "origin": origin}


def _save(repository: Repository, record: dict[str, str]) -> None:
    (repository.git_directory / _RECORD).write_text(json.dumps(record, indent=1) + "\n")


def _load(cache: Cache, key: str) -> BaseTree:
    directory = cache.find(KIND, key, changing=True)
    if directory is None:
        raise FileNotFoundError(cache.path(KIND, key))
    record = json.loads((directory / ".git" / _RECORD).read_text())
    return BaseTree(id=key, directory=directory, cache=cache, **record)
