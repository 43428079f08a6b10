# SPDX-License-Identifier: GPL-2.0-only
"""A patch series: what is under test, and what it claims."""

import hashlib
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from rig.base import document
from rig.base.errors import InputError, did_you_mean
from rig.host import command
from rig.kernel.git import ISOLATED
from rig.kernel.patch import Patch, has_diff
from rig.model.claim import Claim
from rig.model.claimname import ClaimName
from rig.model.claims import claims, unasked_claims
from rig.model.drivers import Drivers, bundled
from rig.model.sources import Glob, touches

NONE = "none"

_ABOUT = "series.yaml"

# By which a series says in the trace that it publishes a fence.
_PUBLISHES = "vb2_fence_publish"


@dataclass(frozen=True, slots=True)
class _About:
    """``series.yaml``."""

    __pydantic_config__ = document.STRICT

    name: str | None = None
    title: str = ""
    made_for: str = ""
    claims: tuple[ClaimName, ...] = unasked_claims()
    publishes: bool = False
    drivers: tuple[str, ...] = ()
    sources: dict[str, tuple[Glob, ...]] = field(default_factory=dict)
    config: dict[str, str] = field(default_factory=dict)
    prepares: tuple[str, ...] = ()
    link: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """Patches in order, with what is said about them.

    Args:
        name: what the user calls it.
        patches: in the order in which they apply.
        title: one line.
        made_for: the kernel release that the patches were made on; empty if nobody said.
        claims: what a verdict is asked for.
        publishes: it says in the trace when it publishes a fence (vb2_fence_publish).
        drivers: those that it opts in; empty: all.
        sources: the files of each of them, as globs.
        config: configuration symbols that the series wants, ``CONFIG_X`` to value.
        prepares: subjects of patches that also change code without these symbols.
        link: the thread.
        origin: what ``--series`` must be to get the same.
        upto: what ``--upto`` must be; None: it is whole.
    """

    name: str
    patches: tuple[Patch, ...] = ()
    title: str = ""
    made_for: str = ""
    claims: tuple[Claim, ...] = unasked_claims()
    publishes: bool = False
    drivers: tuple[str, ...] = ()
    sources: Mapping[str, tuple[Glob, ...]] = field(default_factory=dict)
    config: Mapping[str, str] = field(default_factory=dict)
    prepares: tuple[str, ...] = ()
    link: str = ""
    origin: str = ""
    upto: int | None = None

    @property
    def digest(self) -> str:
        """One number for all patches: sha256 over the patches' sha256, one a line, in order.

        Source: ``patchset_hash`` of the KCIDB schema, so that results can be told apart elsewhere.
        """
        lines = "".join(f"{patch.sha256}\n" for patch in self.patches)
        return hashlib.sha256(lines.encode()).hexdigest()

    @property
    def files(self) -> tuple[str, ...]:
        """Paths that the series touches."""
        return tuple(sorted({path for patch in self.patches for path in patch.files}))

    @property
    def preparation(self) -> "Series":
        """The patches that change code whatever the configuration: named so, or with ``Fixes:``."""
        return Series(
            f"{self.name}, preparation",
            tuple(
                patch
                for patch in self.patches
                if patch.subject in self.prepares or b"\nFixes: " in patch.text
            ),
        )

    def prefix(self, count: int) -> "Series":
        """The series up to one of its patches, with what may be said of it so far.

        A driver opts in with the last patch that touches its files: what comes before prepares it.
        Without any there are no fences to judge.

        Raises:
            InputError: it does not have so many patches.
        """
        if not 1 <= count <= len(self.patches):
            raise InputError(
                f"series {self.name} has no patch {count}", hint=f"it has {len(self.patches)}"
            )
        rest = [file for patch in self.patches[count:] for file in patch.files]
        later = {symbol for patch in self.patches[count:] for symbol in patch.symbols}
        drivers = tuple(name for name in self.drivers if not touches(self.sources[name], rest))
        without_fences = bool(self.drivers) and not drivers
        return replace(
            self,
            name=f"{self.name}@{count}",
            upto=count,
            patches=self.patches[:count],
            claims=unasked_claims() if without_fences else self.claims,
            publishes=self.publishes and not without_fences,
            drivers=drivers,
            config={
                symbol: value
                for symbol, value in self.config.items()
                if symbol.removeprefix("CONFIG_") not in later
            },
        )


def guessed(series: Series) -> Series:
    """The series of somebody who did not say what it claims: it is asked for what holds for any
    kernel, and for what it can be told by, the trace events that its patches add."""
    asked = tuple(
        claim
        for claim in claims()
        if claim.any_series or (claim.event and _adds_event(series, claim.event))
    )
    return replace(series, claims=asked, publishes=_adds_event(series, _PUBLISHES))


def _adds_event(series: Series, name: str) -> bool:
    event = re.compile(
        rb"^\+(?:TRACE_EVENT|DEFINE_EVENT)\((?:[^,()]*,\s*)?%b\b" % re.escape(name.encode()),
        re.MULTILINE,
    )
    return any(event.search(patch.text) for patch in series.patches)


def load(spec: str | None, bundled: Path) -> Series:
    """The series that a user means: a bundled name, a directory, a mailbox or a patch file.

    Args:
        spec: None is the bundled series ``none``: no patch at all.
        bundled: ``kernel-config/series``.

    Raises:
        InputError: there is none, or it cannot be read.
    """
    if spec is None or spec == NONE:
        return (
            _of_directory(bundled / NONE, NONE, origin=NONE)
            if (bundled / NONE).is_dir()
            else Series(NONE)
        )
    names = bundled_names(bundled)
    if spec in names:
        return _of_directory(bundled / spec, spec, origin=spec)
    path = Path(spec).expanduser()
    if path.is_dir():
        found = _of_directory(path, path.resolve().name, origin=str(path.resolve()))
        if not found.patches:
            raise InputError(f"{path}: no *.patch file in this directory")
        return found
    if path.is_file():
        mails = Series(path.stem, tuple(read_mailbox(path)), origin=str(path.resolve()))
        return guessed(mails)
    raise InputError(
        f"no series {spec!r}: neither a bundled name nor a directory, mailbox or patch file",
        hint=f"{did_you_mean(spec, names)}bundled: {', '.join(names) or 'nothing'}",
    )


def bundled_names(bundled: Path) -> list[str]:
    """The names of the bundled series."""
    found = [path.name for path in bundled.glob("*") if path.is_dir()]
    return sorted({NONE, *found})


def read_directory(directory: Path) -> tuple[Patch, ...]:
    """The patches of a directory, sorted by name."""
    return tuple(patch for file in sorted(directory.glob("*.patch")) for patch in read_file(file))


def read_patches(files: Iterable[Path]) -> tuple[Patch, ...]:
    """The patches given one by one on the command line, in that order."""
    return tuple(patch for file in files for patch in read_mailbox(file))


def read_file(file: Path) -> tuple[Patch, ...]:
    """One patch file as it stands; a cover letter gives nothing."""
    text = _read(file)
    origin = str(file.resolve())
    return (Patch.parse(file.name, text, origin=origin),) if has_diff(text) else ()


def read_mailbox(file: Path) -> tuple[Patch, ...]:
    """The patches of a mailbox as ``b4 am`` or ``git format-patch --stdout`` write it, or of a
    plain diff.

    Raises:
        InputError: there is no patch in it.
    """
    text = _read(file)
    patches = read_mail(text, file) if _is_mail(text) else read_file(file)
    if not patches:
        raise InputError(f"{file}: no patch in it")
    return patches


def _of_directory(directory: Path, name: str, *, origin: str) -> Series:
    if not (directory / _ABOUT).is_file():
        return guessed(Series(name, read_directory(directory), origin=origin))
    about = document.load(directory / _ABOUT, _About)
    _check_config(directory / _ABOUT, about.config)
    sources = _sources_of(directory / _ABOUT, about, bundled())
    patches = read_directory(directory)
    _check_prepares(directory / _ABOUT, about.prepares, [patch.subject for patch in patches])
    return Series(
        name=about.name or name,
        patches=patches,
        title=about.title,
        made_for=about.made_for,
        claims=about.claims,
        publishes=about.publishes,
        drivers=tuple(sources),
        sources=sources,
        config=about.config,
        prepares=about.prepares,
        link=about.link,
        origin=origin,
    )


def _sources_of(file: Path, about: _About, known: Drivers) -> dict[str, tuple[Glob, ...]]:
    """The drivers that a series opts in, by their own names, and the files of each."""
    found = {}
    for at, name in enumerate(about.drivers):
        driver = known.find(name)
        sources = about.sources.get(name, driver.sources if driver else None)
        if sources is None:
            names = [driver.name for driver in known.all]
            raise InputError(
                f"{document.place(file, ('drivers', at))}: drivers.{at}: nothing says which files "
                f"of the kernel are those of {name}",
                hint=f"{did_you_mean(name, names)}known: {', '.join(names)}; "
                f"or sources: {{{name}: [drivers/media/platform/MINE/**]}}",
            )
        found[known.plain(name)] = sources
    return found


def _check_config(file: Path, config: Mapping[str, str]) -> None:
    for symbol in config:
        if not symbol.startswith("CONFIG_"):
            raise InputError(
                f"{file}: config.{symbol}: not a configuration symbol",
                hint=f"write CONFIG_{symbol}",
            )


def _check_prepares(file: Path, prepares: Sequence[str], subjects: Sequence[str]) -> None:
    for subject in prepares:
        if subject not in subjects:
            guess = did_you_mean(subject, subjects).rstrip()
            raise InputError(
                f"{file}: prepares: no patch {subject!r}",
                hint=guess or "name patches by their subjects",
            )


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}") from error


def _is_mail(text: bytes) -> bool:
    head = text.split(b"\n\n", 1)[0]
    return text.startswith(b"From ") or (b"\nSubject:" in b"\n" + head and b"From:" in head)


def read_mail(text: bytes, file: Path) -> tuple[Patch, ...]:
    """The patches of a mailbox, taken apart by git, which knows quoted-printable, base64 and
    ``>From``.

    Args:
        file: where it came from.
    """
    with tempfile.TemporaryDirectory(prefix="m2m-rig-mail-") as scratch:
        place = Path(scratch)
        command.run(
            ["git", "mailsplit", "-b", f"-o{place}", "--"], env=ISOLATED, stdin=text, cwd=place
        )
        mails = [path for path in sorted(place.iterdir()) if path.name.isdigit()]
        found = [_of_mail(mail, file, place) for mail in mails]
    return tuple(patch for patch in found if patch is not None)


def _of_mail(mail: Path, file: Path, place: Path) -> Patch | None:
    message, diff = place / "message", place / "diff"
    done = command.run(
        ["git", "mailinfo", message, diff],
        env=ISOLATED,
        stdin=mail.read_bytes(),
        cwd=place,
    )
    if not has_diff(diff.read_bytes()):
        return None
    subject = next(
        (line[9:] for line in done.text.splitlines() if line.startswith("Subject: ")), ""
    )
    text = f"Subject: {subject}\n\n".encode() + message.read_bytes() + b"---\n" + diff.read_bytes()
    name = f"{file.name}#{int(mail.name)}"
    return Patch.parse(name, text, subject=subject, origin=str(file.resolve()))
