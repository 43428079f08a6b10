# SPDX-License-Identifier: GPL-2.0-only
"""What a shell completes: verbs and options by argparse, names by what there is.

`eval "$(register-python-argcomplete m2m-rig)"` makes bash and zsh ask (docs/guide/first-run.md).
"""

import argparse
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import argcomplete
from argcomplete.completers import FilesCompleter

from rig.base.errors import RigError
from rig.base.paths import FAULTS, KERNEL_CONFIG
from rig.model.scenario import Scenario


def complete(parser: argparse.ArgumentParser) -> None:
    """Answer the shell, and end."""
    for action in _actions(parser):
        if names := _NAMES.get(action.dest):
            action.completer = _completer(names, action.dest)  # type: ignore[attr-defined]
    argcomplete.autocomplete(parser, always_complete_options=False)


def _completer(names: Callable[[], Iterable[str]], dest: str) -> Callable[..., list[str]]:
    def completer(prefix: str, **_: Any) -> list[str]:
        try:
            found = sorted(set(names()))
        except RigError:
            # Who types is told of a broken file when the line is entered.
            found = []
        return found + (list(FilesCompleter()(prefix)) if dest in _PATHS else [])

    return completer


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for verb in action.choices.values():
                yield from _actions(verb)


def _scenarios() -> Iterable[Scenario]:
    from rig.run.chosen import bundled

    return bundled().all


def _kernels() -> Iterable[str]:
    from rig.kernel.source import Catalogue

    return Catalogue.load(KERNEL_CONFIG / "kernels.yaml").kernels


def _series() -> Iterable[str]:
    from rig.kernel.series import bundled_names

    return bundled_names(KERNEL_CONFIG / "series")


def _profiles() -> Iterable[str]:
    from rig.kernel.config import profiles

    return profiles(KERNEL_CONFIG)


def _faults() -> Iterable[str]:
    from rig.model import faults

    return (fault.id for fault in faults.load(FAULTS).faults)


def _claims() -> Iterable[str]:
    from rig.model.claims import claims

    return (claim.name for claim in claims())


# What may be a path as well.
_PATHS = ("kernel", "series")

_NAMES: dict[str, Callable[[], Iterable[str]]] = {
    "kernel": _kernels,
    "series": _series,
    "profile": _profiles,
    "names": lambda: (scenario.name for scenario in _scenarios()),
    "drivers": lambda: (scenario.driver for scenario in _scenarios()),
    "about": lambda: (scenario.about for scenario in _scenarios()),
    "fault": _faults,
    "claims": _claims,
}
