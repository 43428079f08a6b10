# SPDX-License-Identifier: GPL-2.0-only
"""Every kernel with every series under every profile, as one YAML file asks for them."""

from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path

from rig.base import document
from rig.base.document import STRICT
from rig.base.errors import InputError
from rig.campaign.batch import Item
from rig.model.claimname import ClaimName
from rig.model.options import RUN, Options
from rig.run.chosen import chosen_scenarios
from rig.run.selection import kernel_request

HEADS = ("kernel", "series", "profile")


@dataclass(frozen=True)
class Cell:
    """One combination, or with what is left out all that have the rest."""

    __pydantic_config__ = STRICT

    kernel: str | None = None
    series: str | None = None
    profile: str | None = None

    def covers(self, other: "Cell") -> bool:
        """Whether `other`, a full combination, is one of those that this means."""
        pairs = (
            (self.kernel, other.kernel),
            (self.series, other.series),
            (self.profile, other.profile),
        )
        return all(ours is None or ours == theirs for ours, theirs in pairs)


@dataclass(frozen=True)
class Matrix:
    """What the file holds.

    Args:
        series: bundled names; directories and mailboxes relative to the file.
        names, drivers, about: only these scenarios; empty: those of every day.
        seeds: seeds 1 to so many.
        claims: judge these instead of what each series claims.
        leave_out: combinations that make no sense, for example a series that is for another
            kernel.
    """

    __pydantic_config__ = STRICT

    kernels: tuple[str, ...]
    series: tuple[str, ...]
    profiles: tuple[str, ...] = ("lockdep",)
    names: tuple[str, ...] = ()
    drivers: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    seeds: int = 1
    claims: tuple[ClaimName, ...] = ()
    leave_out: tuple[Cell, ...] = field(default=())


def load(path: Path, options: Options) -> tuple[Item, ...]:
    """The runs that a file asks for, in its order.

    Args:
        options: how each of them runs.

    Raises:
        InputError: with file, line and key; or a kernel, series or driver that there is not.
    """
    matrix = document.load(path, Matrix)
    common = replace(
        options,
        verb=RUN,
        names=matrix.names,
        drivers=matrix.drivers,
        about=matrix.about,
        claims=matrix.claims,
        seeds=tuple(range(1, matrix.seeds + 1)),
    )
    items = []
    for kernel, series, profile in product(matrix.kernels, matrix.series, matrix.profiles):
        cell = Cell(kernel, series, profile)
        if any(left.covers(cell) for left in matrix.leave_out):
            continue
        beside = path.parent / series
        options = replace(
            common,
            kernel=kernel,
            series=str(beside) if beside.exists() else series,
            profile=profile,
        )
        # A misspelt name is found now and not after hours.
        kernel_request(options)
        items.append(Item((kernel, series, profile), options))
    chosen_scenarios(common)
    if not items:
        raise InputError(f"{path}: nothing is left to run", hint="see its leave-out")
    return tuple(items)
