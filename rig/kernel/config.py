# SPDX-License-Identifier: GPL-2.0-only
"""The kernel's configuration: made from fragments, then checked against them.

Kconfig drops a symbol whose dependencies are not met without a word.  Here every symbol asked for
must be there in the end, with its value, or the build stops and says why not.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from rig.errors import InputError
from rig.kernel.compile import Make
from rig.kernel.fragment import (
    Unfulfilled,
    Wish,
    Wishes,
    merge,
    of_mapping,
    read_config,
    read_fragment,
)
from rig.kernel.kconfig import Kconfig
from rig.kernel.recipe import Recipe
from rig.kernel.series import Series

# Part of every profile; the profile's own fragment follows.
_ALWAYS = ("base", "media")

_MERGED = "m2m-rig.config"


def profiles(directory: Path) -> list[str]:
    """The profiles that there are fragments for."""
    return sorted({path.stem for path in directory.glob("*.config")} - set(_ALWAYS))


def wishes(directory: Path, profile: str, series: Series, fragments: Iterable[Path]) -> Wishes:
    """All fragments of a build: base, media, the profile's, the series', the user's.

    Args:
        directory: ``kernel-config``.

    Raises:
        InputError: no such profile, or a fragment that cannot be read.
    """
    if profile not in profiles(directory):
        raise InputError(
            f"no profile {profile!r}", hint=f"known: {', '.join(profiles(directory)) or 'none'}"
        )
    files = [directory / f"{name}.config" for name in (*_ALWAYS, profile)]
    parts: list[Sequence[Wish]] = [read_fragment(file) for file in files]
    parts.append(of_mapping(series.config, f"series {series.name}"))
    parts.extend(read_fragment(file) for file in fragments)
    return merge(parts)


def configure(recipe: Recipe, make: Make, wanted: Wishes) -> Mapping[str, str]:
    """Write ``.config`` in the object directory; returns it.

    Raises:
        InputError: a wish did not come true.
    """
    merged = recipe.objects / _MERGED
    merged.write_text(wanted.text)
    env = {**make.env, "KCONFIG_ALLCONFIG": str(merged)}
    Make(make.directory, env, make.log, make.progress).run(recipe.make("allnoconfig"))
    final = read_config((recipe.objects / ".config").read_text())
    if lost := wanted.unfulfilled(final):
        raise refusal(lost, Kconfig.read(recipe.tree, "arm64"), final)
    return final


def refusal(lost: Sequence[Unfulfilled], kconfig: Kconfig, config: Mapping[str, str]) -> InputError:
    """The error that names each lost wish, who has it, and what stands against it."""
    lines = []
    for item in lost:
        wish = item.wish
        reason = kconfig.explain(wish.symbol.removeprefix("CONFIG_"), wish.value, config)
        lines.append(f"{wish.place}: {wish.symbol}: wanted {wish.value}, got {item.got}: {reason}")
    return InputError(
        "the kernel's configuration cannot be had:\n  " + "\n  ".join(lines),
        hint="add what it depends on to the fragment, or leave the symbol out",
    )
