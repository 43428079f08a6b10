# SPDX-License-Identifier: GPL-2.0-only
"""Mistakes that are planted on purpose: `kernel-config/faults/faults.yaml`.

A detector that has never found anything may be blind.  Each mistake says how it is planted, which
scenarios show it, and what must be found.
"""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass as strict_dataclass

from rig.base import document
from rig.base.document import STRICT
from rig.base.errors import InputError
from rig.model.reason import ReasonId
from rig.model.scenario import Scenario

Reasons = Annotated[tuple[ReasonId, ...], Field(min_length=1, max_length=2)]


@strict_dataclass(frozen=True, config=STRICT)
class _Entry:
    """One mistake in the file."""

    id: Annotated[str, Field(pattern=r"^[A-Z]\d+$")]
    title: Annotated[str, Field(min_length=1)]
    shows: Annotated[dict[str, Reasons], Field(min_length=1)]
    module: str | None = None
    sysctl: dict[str, str] = field(default_factory=dict)
    hardware: str = ""
    strict: bool = False
    profile: str = ""


@strict_dataclass(frozen=True, config=STRICT)
class Missed:
    """A mistake that is listed and found by nobody, and why."""

    id: Annotated[str, Field(pattern=r"^[A-Z]\d+$")]
    title: Annotated[str, Field(min_length=1)]
    why: Annotated[str, Field(min_length=1)]


@strict_dataclass(frozen=True, config=STRICT)
class _Group:
    """Mistakes that are in the same kernel."""

    faults: Annotated[tuple[_Entry, ...], Field(min_length=1)]
    patches: tuple[str, ...] = ()
    module: str = ""
    series: str = ""


@strict_dataclass(frozen=True, config=STRICT)
class _Document:
    """The file."""

    series: str
    groups: Annotated[tuple[_Group, ...], Field(min_length=1)]
    missed: tuple[Missed, ...] = ()


@dataclass(frozen=True)
class Fault:
    """One mistake.

    Args:
        series: in which it is planted.
        patches: make it possible, on top of the series.
        module: chooses it when the guest starts, with its parameters; "": the patches alone do.
        sysctl: settings of the guest that are part of it.
        hardware: faults of the imitated hardware instead of the scenario's own; "": those.
        strict: nothing but `--strict` shows it.
        profile: nothing but a kernel of this profile shows it; "": any does.
        shows: names of scenarios that show it, each with the reasons that must be given.
    """

    id: str
    title: str
    series: str
    patches: tuple[Path, ...]
    module: str
    sysctl: dict[str, str]
    hardware: str
    strict: bool
    profile: str
    shows: dict[str, tuple[str, ...]]

    @property
    def kernel(self) -> tuple[str, tuple[Path, ...], bool, str]:
        """What its kernel is made with: the same for mistakes that one kernel can make."""
        return self.series, self.patches, self.strict, self.profile

    def seen_with(self, profile: str) -> bool:
        """Whether a kernel of this profile, or of several that are joined, can show it."""
        return not self.profile or self.profile in profile.split("+")

    def planted(self, scenario: Scenario) -> Scenario:
        """A scenario in a guest that makes the mistake; planted twice is planted once."""
        hardware = scenario.hardware
        if hardware and self.hardware:
            hardware = replace(hardware, faults=self.hardware)
        return replace(
            scenario,
            hardware=hardware,
            modules=self._modules(scenario.modules),
            sysctl={**scenario.sysctl, **self.sysctl},
        )

    def _modules(self, others: tuple[str, ...]) -> tuple[str, ...]:
        """Those of a scenario, with the one that chooses the mistake: before all others, or in the
        place of the same module without it."""
        if not self.module:
            return others
        own = _called(self.module)
        if any(_called(each) == own for each in others):
            return tuple(self.module if _called(each) == own else each for each in others)
        return (self.module, *others)


def _called(module: str) -> str:
    """The name of a module, of which there are perhaps parameters."""
    return module.split()[0].replace("-", "_")


@dataclass(frozen=True)
class Catalogue:
    """All mistakes; those that nobody finds."""

    faults: tuple[Fault, ...]
    missed: tuple[Missed, ...] = ()

    def seen_with(self, profile: str) -> "Catalogue":
        """The same, with what a kernel of this profile cannot show among those that are missed."""
        blind = (fault for fault in self.faults if not fault.seen_with(profile))
        return replace(
            self,
            faults=tuple(fault for fault in self.faults if fault.seen_with(profile)),
            missed=(
                *self.missed,
                *(Missed(f.id, f.title, f"seen with the profile {f.profile}") for f in blind),
            ),
        )

    def find(self, ids: Iterable[str]) -> tuple[Fault, ...]:
        """The mistakes with these ids, in this order.

        Raises:
            InputError: there is no such mistake.
        """
        known = {fault.id: fault for fault in self.faults}
        wanted = list(ids)
        for id in wanted:
            if id not in known:
                near = difflib.get_close_matches(id, known, n=1)
                guess = f"did you mean {near[0]} ({known[near[0]].title})? " if near else ""
                raise InputError(
                    f"no mistake {id!r}", hint=f"{guess}m2m-rig list says what each one is"
                )
        return tuple(known[id] for id in wanted)


def load(path: Path) -> Catalogue:
    """Read the catalogue; see `rig.base.document.load` for the errors.

    Raises:
        InputError: an id is given twice.
    """
    found = document.load(path, _Document)
    faults = tuple(
        _fault(entry, group, found.series, path.parent)
        for group in found.groups
        for entry in group.faults
    )
    ids = [*(fault.id for fault in faults), *(fault.id for fault in found.missed)]
    for id in ids:
        if ids.count(id) > 1:
            raise InputError(f"{path}: two faults are called {id!r}", hint="rename one of them")
    return Catalogue(faults, found.missed)


def _fault(entry: _Entry, group: _Group, series: str, folder: Path) -> Fault:
    module = group.module if entry.module is None else entry.module
    return Fault(
        id=entry.id,
        title=entry.title,
        series=group.series or series,
        patches=tuple(folder / name for name in group.patches),
        module=module.format(id=entry.id),
        sysctl=entry.sysctl,
        hardware=entry.hardware,
        strict=entry.strict,
        profile=entry.profile,
        shows=entry.shows,
    )
