# SPDX-License-Identifier: GPL-2.0-only
"""What a command line chooses."""

import argparse
import shlex
from collections.abc import Sequence
from pathlib import Path

from rig.base.errors import InputError
from rig.commands.grammar import SOAK_SEEDS, parser
from rig.evidence.record import RunDir, RunRecord, load
from rig.model.claims import claim_named
from rig.model.options import Options, Selection

# What may differ when a run is resumed: how it runs and what is shown, not what it is.
_FREE = ("resume", "jobs", "fail_fast", "level", "follow", "dry_run")


def parse_options(argv: Sequence[str]) -> Options:
    """What a command line of `run` or `soak` chooses.

    Raises:
        InputError: it cannot be understood, or resumes what cannot be resumed.
    """
    return options_of(resumed(parser().parse_args(argv)))


def resumed(arguments: argparse.Namespace) -> argparse.Namespace:
    """With `--resume`, the options that the run directory was made with."""
    if arguments.resume is None:
        return arguments
    words = _made_by(arguments.resume)
    stored, bare = parser().parse_args(words), parser().parse_args(words[:1])
    for name in _FREE:
        setattr(stored, name, getattr(arguments, name))
        setattr(bare, name, getattr(arguments, name))
    if vars(arguments) != vars(bare):
        raise InputError(
            f"--resume goes on with what {arguments.resume} was made for; "
            "anything else is another run",
            hint=f"it was made by: m2m-rig {shlex.join(words)}",
        )
    return stored


def options_like(directory: Path, out: Path) -> Options:
    """What a run directory was made with, for more runs like it below `out`.

    Raises:
        InputError: it is no run directory.
    """
    made_with = parser().parse_args(_made_by(directory))
    made_with.out = out
    return options_of(made_with)


def _made_by(directory: Path) -> list[str]:
    """The words of the command that made a run directory, without the program's name."""
    return shlex.split(load(RunDir(directory).run, RunRecord).reproduce)[1:]


def options_of(arguments: argparse.Namespace) -> Options:
    """What the arguments of any verb choose."""
    return Options(
        kernel=arguments.kernel,
        series=arguments.series,
        upto=arguments.upto,
        patches=tuple(arguments.patch),
        fault=getattr(arguments, "fault", None),
        fragments=tuple(arguments.fragment),
        config=arguments.config,
        profile=arguments.profile,
        strict=arguments.strict,
        claims=tuple(map(claim_named, getattr(arguments, "claim", ()))),
        clock=getattr(arguments, "clock", "virtual"),
        seeds=_seeds(arguments),
        real_seeds=tuple(range(1, getattr(arguments, "real_seeds", 0) + 1)),
        soak=hasattr(arguments, "real_seeds"),
        fresh=getattr(arguments, "fresh", Options.fresh),
        shard=getattr(arguments, "shard", Options.shard),
        jobs=getattr(arguments, "jobs", None),
        fail_fast=getattr(arguments, "fail_fast", False),
        selection=Selection(
            drivers=tuple(getattr(arguments, "driver", ())),
            workloads=tuple(getattr(arguments, "workload", ())),
            paths=tuple(getattr(arguments, "scenario", ())),
            cumulative=getattr(arguments, "cumulative", False),
        ),
        out=getattr(arguments, "out", Path("out")),
        resume=getattr(arguments, "resume", None),
    )


def _seeds(arguments: argparse.Namespace) -> tuple[int, ...]:
    """The seeds that are named, in order and once each, or the first so many."""
    named = dict.fromkeys(getattr(arguments, "seed", ()))
    count: int | None = getattr(arguments, "seeds", None)
    if named and count is not None:
        raise InputError("--seed and --seeds exclude each other")
    usual = SOAK_SEEDS if hasattr(arguments, "real_seeds") else 1
    return tuple(named) or tuple(range(1, (count or usual) + 1))
