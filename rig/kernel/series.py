# SPDX-License-Identifier: GPL-2.0-only
"""A patch series: what is under test, and what it claims."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator

from rig.base import document
from rig.base.errors import InputError, did_you_mean
from rig.kernel import fences, folder, reading
from rig.kernel.patch import Patch, patches_on
from rig.kernel.reading import Reading
from rig.model.claim import Claim
from rig.model.claimname import ClaimName
from rig.model.claims import claims, unasked_claims
from rig.model.claims.fences import CLAIM as FENCES
from rig.model.drivers import Drivers, bundled
from rig.model.release import numbers
from rig.model.sources import Glob, touches

NONE = "none"

_ABOUT = "series.yaml"


def _one_or_more(value: object) -> object:
    return [value] if isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class _About:
    """``series.yaml``."""

    __pydantic_config__ = document.STRICT

    name: str | None = None
    title: str = ""
    onto: str | None = None
    made_for: Annotated[tuple[str, ...], BeforeValidator(_one_or_more)] = ()
    claims: tuple[ClaimName, ...] | None = None
    publishes: bool = False
    drivers: tuple[str, ...] | None = None
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
        made_for: the kernel releases that the patches were made on; empty if nobody said.
        claims: what a verdict is asked for.
        publishes: it says in the trace when it publishes a fence (vb2_fence_publish).
        drivers: those that it opts in; empty: all; None: nobody said.
        sources: the files of each of them, as globs.
        config: configuration symbols that the series wants, ``CONFIG_X`` to value.
        prepares: subjects of patches that also change code without these symbols.
        link: the thread.
        origin: what ``--series`` must be to get the same.
        upto: what ``--upto`` must be; None: it is whole.
        notes: for people: which of several was chosen, what was left out.
        guess: for people: what was taken to be claimed, where nobody said.
    """

    name: str
    patches: tuple[Patch, ...] = ()
    title: str = ""
    made_for: tuple[str, ...] = ()
    claims: tuple[Claim, ...] = field(default_factory=unasked_claims)
    publishes: bool = False
    drivers: tuple[str, ...] | None = ()
    sources: Mapping[str, tuple[Glob, ...]] = field(default_factory=dict)
    config: Mapping[str, str] = field(default_factory=dict)
    prepares: tuple[str, ...] = ()
    link: str = ""
    origin: str = ""
    upto: int | None = None
    notes: tuple[str, ...] = ()
    guess: str = ""

    def untried_on(self, release: str) -> bool:
        """Whether nobody made it for this line of releases."""
        lines = {numbers(known)[:2] for known in self.made_for}
        return bool(lines) and numbers(release)[:2] not in lines

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

    def on(self, release: str) -> "Series":
        """The series as a kernel of this release has it."""
        return replace(self, patches=patches_on(release, self.patches))

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
        if self.guess:
            return recognised(_prefix_of(self, count))
        rest = [file for patch in self.patches[count:] for file in patch.files]
        later = {symbol for patch in self.patches[count:] for symbol in patch.symbols}
        drivers = self.drivers and tuple(
            name for name in self.drivers if not touches(self.sources[name], rest)
        )
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


def _prefix_of(series: Series, count: int) -> Series:
    """The first patches of a series, as if nothing had been taken to be claimed."""
    return replace(
        series,
        name=f"{series.name}@{count}",
        upto=count,
        patches=series.patches[:count],
        claims=unasked_claims(),
        publishes=False,
        guess="",
    )


def recognised(series: Series) -> Series:
    """The series of somebody who did not say what it claims: if its patches make fences it is
    judged by them, and what was taken to be is said."""
    publishes = fences.publishes(series.patches)
    sign = fences.sign(series.patches)
    if publishes or (sign is not None and sign.sure):
        calls = f"{sign.patch} calls {sign.call}()" if sign else "it traces vb2_fence_publish"
        guess = f"claim fences is judged too, because {calls}: --claim locks leaves it out"
        asked = tuple(claim for claim in claims() if claim.any_series or claim is FENCES)
        return replace(series, claims=asked, publishes=publishes, drivers=None, guess=guess)
    if sign is not None:
        guess = f"judged without fences, though {sign.patch} calls {sign.call}(): if it makes "
        return replace(series, guess=f"{guess}fences, ask for --claim locks --claim fences")
    return series


def load(spec: str | None, bundled: Path) -> Series:
    """The series that a user means: a bundled name, a directory, a mailbox or a patch file.

    Args:
        spec: None is the bundled series ``none``: no patch at all.
        bundled: ``kernel-config/series``.

    Raises:
        InputError: there is none, it cannot be read, or some of it is not there.
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
            raise InputError(f"{path}: no *.patch file and no mail in this directory")
        return found
    if path.is_file():
        return recognised(_series(path.stem, reading.of_file(path), str(path.resolve())))
    raise InputError(
        f"no series {spec!r}: neither a bundled name nor a directory, mailbox or patch file",
        hint=f"{did_you_mean(spec, names)}bundled: {', '.join(names) or 'nothing'}",
    )


def bundled_names(bundled: Path) -> list[str]:
    """The names of the bundled series."""
    found = [path.name for path in bundled.glob("*") if path.is_dir()]
    return sorted({NONE, *found})


def _series(name: str, found: Reading, origin: str) -> Series:
    return Series(name, found.patches, title=found.title, origin=origin, notes=found.notes)


def _of_directory(directory: Path, name: str, *, origin: str) -> Series:
    found = _series(name, folder.read(directory), origin)
    if not (directory / _ABOUT).is_file():
        return recognised(found)
    about = document.load(directory / _ABOUT, _About)
    _check_config(directory / _ABOUT, about.config)
    _check_prepares(directory / _ABOUT, about.prepares, [p.subject for p in found.patches])
    said = replace(
        found,
        name=about.name or name,
        title=about.title or found.title,
        made_for=about.made_for,
        config=about.config,
        prepares=about.prepares,
        link=about.link,
    )
    if about.onto is not None:
        said = _stacked(_base(directory, about.onto), said)
    said = replace(said, claims=about.claims) if about.claims else recognised(said)
    said = replace(said, publishes=about.publishes or said.publishes)
    if about.drivers is None:
        return said
    sources = _sources_of(directory / _ABOUT, about, bundled())
    return replace(said, drivers=tuple(sources), sources=sources)


def _base(directory: Path, name: str) -> Series:
    """The series, in the folder beside it, that one builds on."""
    beside = directory.parent / name
    if not (beside / _ABOUT).is_file():
        names = [path.parent.name for path in directory.parent.glob(f"*/{_ABOUT}")]
        raise InputError(
            f"{document.place(directory / _ABOUT, ('onto',))}: onto: no series {name} beside it",
            hint=f"{did_you_mean(name, names)}there are: {', '.join(sorted(names))}",
        )
    return _of_directory(beside, name, origin=name)


def _stacked(base: Series, series: Series) -> Series:
    """A series with the patches below it, and what these need."""
    return replace(
        series,
        patches=(*base.patches, *series.patches),
        config={**base.config, **series.config},
        prepares=(*base.prepares, *series.prepares),
    )


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


def _sources_of(file: Path, about: _About, known: Drivers) -> dict[str, tuple[Glob, ...]]:
    """The drivers that a series opts in, by their own names, and the files of each."""
    found = {}
    for at, name in enumerate(about.drivers or ()):
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
