# SPDX-License-Identifier: GPL-2.0-only
"""What a user chose, and the command line that chooses it again: one table, a row for each choice.

The rows make the options of every verb (rig.commands.grammar), those of pytest, the commands that
are printed, and what a run directory keeps (rig.evidence.record).

Imports next to nothing: every call of `m2m-rig` needs it, also the shell that completes one.
"""

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from rig.model.claim import Claim
from rig.model.claims import claim_named
from rig.model.guest import Clock, Delays, Fresh
from rig.model.option import (
    BUILT,
    HOW,
    PYTEST,
    RUNS,
    Option,
    count,
    guests,
    number,
    numbers,
    share,
)

# What scenarios are about that share a guest, and how their names end (rig/run/families.py).
TOGETHER = "together"

RUN, SOAK = "run", "soak"

# What `--driver` says for every driver, whatever the patches touch.
ALL_DRIVERS = "all"

_KERNEL = frozenset({RUN, SOAK, "build", "boot", "preflight", PYTEST})
_CASES = frozenset({RUN, SOAK})
_SHARED = _CASES | {"matrix"}
_PLACED = _SHARED | {"boot", "merge", "selfcheck", "shrink", "union", PYTEST}


def _row(
    *flags: str, help: str, group: str, verbs: frozenset[str], **more: Any
) -> Mapping[str, Option]:
    """What makes a field an option; arguments as those of `Option`."""
    return {"option": Option(flags, help, group, verbs, **more)}


@dataclass(frozen=True)
class Options:
    """What a user can choose about a run; `verb` runs it.

    `kernel` None is the default one.  `claims` empty are those of the series.  `seeds` are one
    schedule each, or one run each on the real clock; `real_seeds` are, besides, on the real clock.
    `shard` is (k, n).  `jobs` None are as many guests as the machine can run.
    """

    # A word that no row knows is no run of this version.
    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    verb: str = RUN
    names: tuple[str, ...] = field(default=(), metadata=_row(
        metavar="PATTERN", group=RUNS, verbs=_CASES, many=True,
        help="scenarios, by name or pattern ('rga-fault-*'); several are joined (default: those "
        "of every day; m2m-rig list shows all)",
    ))  # fmt: skip
    kernel: str | None = field(default=None, metadata=_row(
        "--kernel", metavar="NAME|DIR", group=BUILT, verbs=_KERNEL | {"selfcheck"},
        help="a name in kernels.yaml, or a source tree",
    ))  # fmt: skip
    series: str = field(default="none", metadata=_row(
        "--series", metavar="NAME|DIR|MBOX|A..B", group=BUILT, verbs=_KERNEL,
        always=True,
        help="a bundled series, a directory of patches, an mbox, or commits of the tree that "
        "--kernel names",
    ))  # fmt: skip
    upto: int | None = field(default=None, metadata=_row(
        "--upto", metavar="N", convert=count, group=BUILT, verbs=_KERNEL,
        help="only the first N patches of the series",
    ))  # fmt: skip
    patches: tuple[Path, ...] = field(default=(), metadata=_row(
        "--patch", metavar="FILE", convert=Path, many=True, group=BUILT, verbs=_KERNEL,
        help="one more patch on top",
    ))  # fmt: skip
    fragments: tuple[Path, ...] = field(default=(), metadata=_row(
        "--fragment", metavar="FILE", convert=Path, many=True, group=BUILT,
        verbs=_KERNEL, help="one more configuration fragment",
    ))  # fmt: skip
    config: Path | None = field(default=None, metadata=_row(
        "--config", metavar="FILE", convert=Path, group=BUILT, verbs=_KERNEL,
        help="begin with this arm64 .config; what the rig needs wins, and fragments do",
    ))  # fmt: skip
    profile: str = field(default="lockdep", metadata=_row(
        "--profile", metavar="NAME", group=BUILT, verbs=_KERNEL | {"selfcheck"},
        help="set of detectors; several are joined by + (docs/guide/profiles.md)",
    ))  # fmt: skip
    strict: bool = field(default=False, metadata=_row(
        "--strict", group=BUILT, verbs=_KERNEL,
        help="tell lockdep of everything between publishing a fence and signalling it "
        "(docs/explain/strict.md)",
    ))  # fmt: skip
    fault: str | None = field(default=None, metadata=_row(
        "--fault", metavar="ID", group=BUILT, verbs=_CASES | {PYTEST},
        help="plant this mistake, to see what finds it (m2m-rig list has them)",
    ))  # fmt: skip
    drivers: tuple[str, ...] = field(default=(), metadata=_row(
        "--driver", metavar="NAME", many=True, group=RUNS, verbs=_CASES,
        help="only scenarios of this driver; all: of every driver (default: those that the "
        "patches touch, all if they touch more)",
    ))  # fmt: skip
    about: tuple[str, ...] = field(default=(), metadata=_row(
        "--about", metavar="TOPIC", many=True, group=RUNS, verbs=_CASES,
        help="only scenarios about this",
    ))  # fmt: skip
    scenario_files: tuple[Path, ...] = field(default=(), metadata=_row(
        "--scenario", metavar="FILE", convert=Path, many=True, group=RUNS,
        verbs=_CASES, help="this scenario instead of the bundled ones",
    ))  # fmt: skip
    isolated: bool = field(default=False, metadata=_row(
        "--isolated", group=RUNS, verbs=_SHARED,
        help="a guest for each scenario, besides what a driver's scenarios do in one",
    ))  # fmt: skip
    claims: tuple[Claim, ...] = field(default=(), metadata=_row(
        "--claim", metavar="NAME", convert=claim_named, many=True, group=RUNS,
        verbs=_CASES | {PYTEST},
        help="judge this claim instead of what the series claims",
    ))  # fmt: skip
    seeds: tuple[int, ...] = field(default=(1,), metadata=_row(
        "--seed", metavar="N", convert=number, many=True, counted="--seeds",
        usual={SOAK: numbers("20")}, group=RUNS, verbs=_CASES | {PYTEST}, help="the schedule",
    ))  # fmt: skip
    delays: Delays | None = field(default=None, metadata=_row(
        "--delays", choices=("random", "rendezvous"), group=RUNS, verbs=_SHARED,
        help="hold threads up at locks, interrupts, timers and work items of the code under test, "
        "for a random time or until another one comes to a partner of that place; the seed says "
        "which (docs/explain/schedules.md)",
    ))  # fmt: skip
    rounds: int = field(default=1, metadata=_row(
        "--rounds", metavar="N", convert=count, group=RUNS, verbs=_SHARED,
        help="run the programs of each case so often in its guest, with other delays each time, "
        "until the kernel complains (docs/explain/schedules.md)",
    ))  # fmt: skip
    clock: Clock = field(default="virtual", metadata=_row(
        "--clock", choices=("virtual", "real"), group=RUNS,
        verbs=frozenset({RUN, PYTEST}),
        help="virtual: the same seed gives the same log, to the byte",
    ))  # fmt: skip
    real_seeds: tuple[int, ...] = field(default=(), metadata=_row(
        "--real-seeds", metavar="N", convert=numbers, usual={SOAK: numbers("5")},
        write=lambda seeds: str(len(seeds)), group=RUNS, verbs=frozenset({SOAK}),
        help="besides, so many runs on the real clock",
    ))  # fmt: skip
    fresh: Fresh = field(default="snapshot", metadata=_row(
        "--fresh", choices=("boot", "snapshot"), group=RUNS,
        verbs=_SHARED | {PYTEST}, usual={PYTEST: "boot"},
        help="whether each case boots a guest, or goes on from a snapshot of one that has booted: "
        "another history, as repeatable",
    ))  # fmt: skip
    shard: tuple[int, int] = field(default=(1, 1), metadata=_row(
        "--shard", metavar="K/N", convert=share, group=HOW, verbs=_SHARED,
        write=lambda part: "{}/{}".format(*part),
        help="every Nth case only, from the Kth on; all K together are the whole",
    ))  # fmt: skip
    jobs: int | None = field(default=None, metadata=_row(
        "-j", "--jobs", metavar="N", convert=guests, group=HOW,
        verbs=_SHARED | {"selfcheck"}, free=True,
        help="guests at once (default: auto, what CPUs and free memory allow)",
    ))  # fmt: skip
    fail_fast: bool = field(default=False, metadata=_row(
        "--fail-fast", group=HOW, verbs=_CASES, free=True,
        help="start no case after the first that is DIRTY",
    ))  # fmt: skip
    out: Path = field(default=Path("out"), metadata=_row(
        "--out", metavar="DIR", convert=Path, group=HOW, verbs=_PLACED,
        free=True, help="where run directories are made",
    ))  # fmt: skip
    resume: Path | None = field(default=None, metadata=_row(
        "--resume", metavar="DIR", convert=Path, group=HOW, verbs=_CASES, free=True,
        help="go on in this run directory, with its options: cases whose evidence is whole are "
        "not repeated",
    ))  # fmt: skip
    each_patch: bool = field(default=False, metadata=_row(
        "--each-patch", group=HOW, verbs=frozenset({RUN}),
        help="judge the kernel after each patch of the series, a run for each",
    ))  # fmt: skip
    dry_run: bool = field(default=False, metadata=_row(
        "--dry-run", group=HOW, verbs=_CASES | {"build"}, free=True,
        help="print every step and command, and do nothing",
    ))  # fmt: skip

    @classmethod
    def usual(cls, verb: str) -> "Options":
        """What a verb does if nobody says anything."""
        return cls(verb, **{row.name: row.usually(verb) for row in rows_of(verb)})

    @classmethod
    def chosen(cls, verb: str, typed: Mapping[str, Any]) -> "Options":
        """What a verb does if this is typed, by names of rows; None: it was not typed.

        What may be typed again and again counts once each.
        """
        values: dict[str, Any] = {
            name: tuple(dict.fromkeys(value)) if isinstance(value, list) else value
            for name, value in typed.items()
            if value is not None
        }
        return replace(cls.usual(verb), **values)

    @property
    def soak(self) -> bool:
        """Whether scenarios that are too long for every day are meant too."""
        return self.verb == SOAK

    @property
    def narrowed(self) -> bool:
        """Whether somebody chose among the scenarios."""
        return bool(self.names or set(self.drivers) - {ALL_DRIVERS} or self.about)

    @property
    def arranged(self) -> bool:
        """Whether what runs is not what runs if nobody says anything about it."""
        return bool(self.narrowed or self.scenario_files)

    def command(self, *always: str) -> str:
        """The command line that asks for the same.

        Args:
            always: names of rows that are written even if that is what is usual.
        """
        return shlex.join(["m2m-rig", self.verb, *self._words(always)])

    def _words(self, always: tuple[str, ...]) -> Iterator[str]:
        for row in rows_of(self.verb):
            value = getattr(self, row.name)
            usual = value == row.usually(self.verb)
            if not row.free and (not usual or row.always or row.name in always):
                yield from row.words(value)


@cache
def table() -> tuple[Option, ...]:
    """Every row, in the order in which they are written."""
    return tuple(
        replace(each.metadata["option"], name=each.name, default=each.default)
        for each in fields(Options)
        if "option" in each.metadata
    )


def rows_of(verb: str) -> tuple[Option, ...]:
    """The rows of one verb."""
    return tuple(row for row in table() if verb in row.verbs)
