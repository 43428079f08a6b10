# SPDX-License-Identifier: GPL-2.0-only
"""Debian packages, fetched without touching the system's apt.

apt's lists, cache and status live in the rig's cache; only the machine's own choice of mirrors,
keys and proxies is read.  Nothing is installed and no root is needed.
"""

import re
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from rig.base.cache import Cache
from rig.base.errors import EnvironmentFailure, InputError
from rig.base.progress import Progress, Silent
from rig.host import command

SYSTEM_SOURCES = Path("/etc/apt")

# Package lists younger than this many seconds are good enough; older ones are fetched again.
_FRESH_SECONDS = 12 * 3600


# Of what apt-cache shows of a package: its name and version.
_STANZA = re.compile(r"^Package: (\S+)$.*?^Version: (\S+)$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class AptSource:
    """One place that apt fetches from (sources.list(5))."""

    uris: tuple[str, ...]
    suites: tuple[str, ...]
    components: tuple[str, ...]
    options: tuple[tuple[str, str], ...] = ()

    def stanza(self, suite: str) -> str:
        """The same place with another suite, as a deb822 stanza."""
        lines = ["Types: deb", f"URIs: {' '.join(self.uris)}", f"Suites: {suite}"]
        lines.append(f"Components: {' '.join(self.components)}")
        lines.extend(f"{name}: {value}" for name, value in self.options)
        return "\n".join(lines) + "\n"


def parse_deb822(text: str) -> Iterator[AptSource]:
    """Read the stanzas of a ``.sources`` file; sources of source code and disabled ones are left
    out."""
    for block in re.split(r"\n[ \t]*\n", text):
        fields: dict[str, str] = {}
        name = ""
        for line in block.splitlines():
            if line.startswith("#"):
                continue
            if line[:1] in " \t":
                if name and line.strip():
                    fields[name] += "\n" + line
            elif ":" in line:
                name, _, value = line.partition(":")
                name = name.strip().lower()
                fields[name] = value.strip()
        if "deb" not in fields.get("types", "").split() or fields.get("enabled") == "no":
            continue
        options = [("Signed-By", fields["signed-by"])] if "signed-by" in fields else []
        yield AptSource(
            tuple(fields.get("uris", "").split()),
            tuple(fields.get("suites", "").split()),
            tuple(fields.get("components", "").split()),
            tuple(options),
        )


_ONE_LINE = re.compile(
    r"^deb\s+(?:\[(?P<options>[^]]*)\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)(?P<c>.*)$"
)


def parse_one_line(text: str) -> Iterator[AptSource]:
    """Read the lines of a ``.list`` file."""
    for line in text.splitlines():
        match = _ONE_LINE.match(line.split("#", 1)[0].strip())
        if not match:
            continue
        options = []
        for option in (match["options"] or "").split():
            name, _, value = option.partition("=")
            if name.lower() == "signed-by":
                options.append(("Signed-By", value.replace(",", " ")))
        yield AptSource(
            (match["uri"],), (match["suite"],), tuple(match["c"].split()), tuple(options)
        )


def system_sources(directory: Path = SYSTEM_SOURCES) -> list[AptSource]:
    """The machine's own sources, from all its files, in apt's order."""
    files = [directory / "sources.list", *sorted((directory / "sources.list.d").glob("*"))]
    found: list[AptSource] = []
    for file in files:
        if not file.is_file():
            continue
        if file.suffix == ".sources":
            found.extend(parse_deb822(file.read_text(errors="replace")))
        elif file.suffix == ".list":
            found.extend(parse_one_line(file.read_text(errors="replace")))
    return found


def derive(suite: str, sources: Iterable[AptSource]) -> str:
    """A sources file for one suite, with the mirrors and keys that the machine uses already.

    Raises:
        EnvironmentFailure: the machine has no Debian source to derive from.
    """
    known = [source for source in sources if source.uris and source.suites]
    for source in known:
        if suite in source.suites:
            return source.stanza(suite)
    security = suite.endswith("-security")
    for source in known:
        # Security updates come from an archive of their own; everything else from the main one.
        if "main" in source.components and security == source.suites[0].endswith("-security"):
            return source.stanza(suite)
    raise EnvironmentFailure(
        f"no Debian source on this machine to derive {suite} from",
        hint="give a kernel tree with --kernel DIR, or a tarball in kernels.yaml",
    )


class AptFetcher:
    """Fetches packages of one architecture and suite into the cache.

    Args:
        arch: Debian's name of the architecture, for example ``arm64``.
        suite: for example ``trixie-backports``; None for the machine's own sources as they are.
    """

    def __init__(
        self,
        arch: str,
        suite: str | None = None,
        *,
        cache: Cache | None = None,
        progress: Progress | None = None,
        system: Path = SYSTEM_SOURCES,
    ) -> None:
        self.arch = arch
        self.suite = suite
        self.cache = cache or Cache.default()
        self.progress = progress or Silent()
        self.system = system
        self._name = f"{arch}-{suite or 'system'}"

    def candidate(self, package: str) -> str:
        """The version that would be fetched.

        Raises:
            InputError: these sources do not have the package.
            EnvironmentFailure: the archive cannot be reached.
        """
        return self.candidates((package,))[package]

    def candidates(self, packages: Sequence[str]) -> dict[str, str]:
        """The versions that would be fetched, of each package: asked for together, for apt takes
        its time to answer anything.

        Raises:
            InputError, EnvironmentFailure: as for `candidate`.
        """
        with self._locked():
            self._refresh()
            shown = self._run("apt-cache", "show", "--no-all-versions", *packages, check=False)
            found = dict(_STANZA.findall(shown.text))
            absent = next((package for package in packages if package not in found), None)
            others = self._relatives(absent) if absent else ()
        if absent:
            there = f"there are: {', '.join(others)}; " if others else ""
            raise InputError(
                f"no package {absent} for {self.arch} in {self.suite or 'the system sources'}",
                hint=f"{there}check package and suite in kernels.yaml",
            )
        return {package: found[package] for package in packages}

    def download(self, package: str, version: str | None = None) -> Path:
        """Fetch a package unless it is in the cache; returns the ``.deb``."""
        version = version or self.candidate(package)

        def fill(directory: Path) -> None:
            with self._locked():
                self._refresh()
                self.progress.stage(f"downloading {package} {version} ({self.arch})")
                self._run("apt-get", "-q", "download", f"{package}={version}", cwd=directory)

        key = f"{package}_{version}_{self.arch}".replace(":", "%3a").replace("/", "_")
        directory = self.cache.publish("packages", key, fill)
        return next(iter(directory.glob("*.deb")))

    def _relatives(self, package: str) -> tuple[str, ...]:
        """Packages of which only what comes after the last dash differs, sorted: a suite drops a
        release when it gets the next."""
        family = package.rpartition("-")[0]
        if not family:
            return ()
        names = self._run("apt-cache", "pkgnames", f"{family}-", check=False).text.split()
        return tuple(sorted(names))

    def _locked(self) -> AbstractContextManager[None]:
        return self.cache.lock("apt", self._name)

    @property
    def _state(self) -> Path:
        return self.cache.directory(f"apt/{self._name}")

    def _refresh(self) -> None:
        state = self._state
        stamp = state / "updated"
        fresh = stamp.exists() and time.time() - stamp.stat().st_mtime < _FRESH_SECONDS
        if fresh and self._configured():
            return
        self.progress.stage(f"reading the package lists of {self.suite or 'the system sources'}")
        for part in ("lists/partial", "cache/archives/partial"):
            (state / part).mkdir(parents=True, exist_ok=True)
        if self.suite is not None:
            text = derive(self.suite, system_sources(self.system))
            (state / "rig.sources").write_text(text)
        (state / "apt.conf").write_text(self._configuration())
        done = self._run("apt-get", "-q", "update", check=False)
        # apt ends with 0 when a list could not be fetched and says so in a warning.
        failed = re.search(r"^[WE]: (Failed to fetch .*)$", done.complaint, re.MULTILINE)
        if done.status != 0 or failed:
            reason = failed[1] if failed else done.complaint.replace("\n", " ")
            raise EnvironmentFailure(
                f"apt cannot read the package lists: {reason}",
                hint="check the network and the machine's apt sources; "
                "a kernel given with --kernel DIR needs no apt",
            )
        stamp.touch()

    def _configured(self) -> bool:
        """Whether there is a configuration, and for here: a cache may have been moved.

        Without it apt would fall back on the machine's state and architecture.
        """
        try:
            text = (self._state / "apt.conf").read_text()
        except FileNotFoundError:
            return False
        return f'Dir::State "{self._state}";' in text

    def _run(
        self, program: str, *arguments: str, cwd: Path | None = None, check: bool = True
    ) -> command.Done:
        env = {"APT_CONFIG": str(self._state / "apt.conf")}
        return command.run([program, *arguments], cwd=cwd, env=env, check=check)

    def _configuration(self) -> str:
        """The machine's apt configuration, without its hooks and with directories of our own."""
        dump = command.run(["apt-config", "dump"]).text.splitlines()
        kept = [line for line in dump if not line.startswith(("APT::Update::", "DPkg::", "Dpkg::"))]
        state = self._state
        ours = {
            # What is here is all there is: nothing is read from /etc/apt a second time.
            "Dir::Etc::main": "/dev/null",
            "Dir::Etc::parts": "/dev/null",
            "Dir::State": str(state),
            "Dir::State::Lists": str(state / "lists"),
            "Dir::State::status": "/dev/null",
            "Dir::Cache": str(state / "cache"),
            # Container images turn these off; each call would then parse all lists again.
            "Dir::Cache::pkgcache": "pkgcache.bin",
            "Dir::Cache::srcpkgcache": "srcpkgcache.bin",
            "APT::Architecture": self.arch,
            # The state belongs to the caller; apt's own user could not write it.
            "APT::Sandbox::User": "root",
            "Acquire::Languages": "none",
            "Acquire::Retries": "3",
        }
        if self.suite is not None:
            ours["Dir::Etc::sourcelist"] = str(state / "rig.sources")
            ours["Dir::Etc::sourceparts"] = "/dev/null"
        lines = [f'{name} "{value}";' for name, value in ours.items()]
        # Else the machine's own architectures are fetched too.
        lines += ["#clear APT::Architectures;", f'APT::Architectures {{ "{self.arch}"; }};']
        return "\n".join([*kept, *lines]) + "\n"
