# SPDX-License-Identifier: GPL-2.0-only
"""What was built, read back from build.json for people."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rig.base.errors import InputError


@dataclass(frozen=True, slots=True)
class PatchFact:
    """A patch that was applied; `how`: "as it is", or what git had to do."""

    subject: str
    name: str
    sha256: str
    how: str


@dataclass(frozen=True, slots=True)
class Origins:
    """What a kernel was made of.

    Args:
        base: where the unpatched source came from.
        tree: git's name for its content.
        digest: one number for all patches of the series (rig.kernel.series.Series.digest).
        changed_by_rig: files that the rig's own patches changed.
        command: builds the same kernel.
    """

    release: str
    base: str
    base_version: str
    tree: str
    title: str
    link: str
    digest: str
    series: tuple[PatchFact, ...]
    user: tuple[PatchFact, ...]
    rig: tuple[PatchFact, ...]
    missing: tuple[str, ...]
    changed_by_rig: tuple[str, ...]
    profile: str
    config_sha256: str
    image_sha256: str
    compiler: str
    linker: str
    started: str
    command: str


def read_origins(directory: Path) -> Origins | None:
    """The origins of a run; None if build.json is missing or damaged, which no verdict needs."""
    try:
        record = json.loads((directory / "build.json").read_text())
        return _origins(record)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def require_origins(directory: Path, why: str) -> Origins:
    """The origins of a run, for what cannot do without; `why` ends the complaint.

    Raises:
        InputError: build.json is missing or damaged.
    """
    origins = read_origins(directory)
    if origins is None:
        raise InputError(
            f"{directory / 'build.json'} is missing or damaged: {why}",
            hint="run again; a verdict without its kernel and patches is no evidence",
        )
    return origins


def _origins(record: Mapping[str, Any]) -> Origins:
    patches = record["patches"]
    return Origins(
        release=record["release"],
        base=record["base"]["origin"],
        base_version=record["base"]["version"],
        tree=record["base"]["tree"],
        title=record["series"]["title"],
        link=record["series"]["link"],
        digest=record["series"]["digest"],
        series=_patches(patches["series"]),
        user=_patches(patches["user"]),
        rig=_patches(patches["rig"]),
        missing=tuple(entry["name"] for entry in patches["missing"]),
        changed_by_rig=tuple(record["changed_by_rig"]),
        profile=record["profile"],
        config_sha256=record["config_sha256"],
        image_sha256=record["image_sha256"],
        compiler=record["compiler"],
        linker=record["linker"],
        started=record["started"],
        command=record["reproduce"],
    )


def _patches(entries: Sequence[Mapping[str, str]]) -> tuple[PatchFact, ...]:
    return tuple(
        PatchFact(entry["subject"], entry["name"], entry["sha256"], entry["applied"])
        for entry in entries
    )
