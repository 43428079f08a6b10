# SPDX-License-Identifier: GPL-2.0-only
"""The kernel's configuration: made from fragments, then checked against them.

Kconfig drops a symbol whose dependencies are not met without a word.  Here every symbol asked for
must be there in the end, with its value, or the build stops and says why not.
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from rig.base.errors import InputError
from rig.kernel.compile import Make
from rig.kernel.fragment import (
    Unfulfilled,
    Wish,
    Wishes,
    merge,
    of_mapping,
    read_config,
    read_fragment,
    read_whole,
)
from rig.kernel.kconfig import Kconfig
from rig.kernel.profile import parts as parts_of
from rig.kernel.recipe import VERSION, Recipe
from rig.kernel.series import Series
from rig.kernel.tree import KernelTree
from rig.model import drivers

# What no guest can do without, and nobody may change.
_NEEDED = "guest"
# Part of every profile; the profile's own fragment follows.
_ALWAYS = (_NEEDED, "base", "media")
# Part of any profile if somebody wants a driver that the default kernel does not have.
_WIDE = "wide"

_MERGED = "m2m-rig.config"
_STAMP = "m2m-rig-configured"

# Files that have a say in what Kconfig answers.
_ASKS = (":(glob)**/Kconfig*", "scripts", "Makefile", "arch/arm64/Makefile")


def profiles(directory: Path) -> list[str]:
    """The profiles that there are fragments for."""
    return sorted({path.stem for path in directory.glob("*.config")} - {*_ALWAYS, _WIDE})


def wishes(
    directory: Path,
    profile: str,
    series: Series,
    fragments: Iterable[Path],
    whole: Path | None = None,
    wanted: Sequence[Wish] = (),
) -> Wishes:
    """All fragments of a build: guest, base, media, the drivers', the profile's, the series',
    scenarios', the user's.

    Args:
        directory: ``kernel-config``.
        profile: the name of a fragment, or several joined by ``+``: ``lockdep+kasan``.
        whole: a `.config` of the user's to begin with; all others win over it.
        wanted: what scenarios ask for.

    Raises:
        InputError: no such profile, a fragment that cannot be read, or one that takes away what a
            guest needs.
    """
    known = profiles(directory)
    for name in parts_of(profile):
        if name not in known:
            raise InputError(
                f"no profile {name!r}",
                hint=f"known, and to be joined by +: {', '.join(known) or 'none'}",
            )
    parts: list[Sequence[Wish]] = [read_whole(whole)] if whole else []
    parts += [
        read_fragment(directory / f"{name}.config", needed=name == _NEEDED) for name in _ALWAYS
    ]
    theirs = [wanted, *(read_fragment(file) for file in fragments)]
    parts += _of_drivers(directory, {wish.symbol for part in theirs for wish in part})
    parts += [read_fragment(directory / f"{name}.config") for name in parts_of(profile)]
    parts.append(of_mapping(series.config, f"series {series.name}"))
    return merge([*parts, *theirs])


def _of_drivers(directory: Path, wanted: Collection[str]) -> Iterator[Sequence[Wish]]:
    """One kernel for all drivers but the wide ones, one for all if somebody wants one of these.

    Args:
        wanted: symbols.
    """
    known = drivers.load_all(directory / "drivers")
    wide = known.wants_wide(wanted)
    if wide:
        yield read_fragment(directory / f"{_WIDE}.config")
    for driver in known.all:
        if wide or not driver.wide:
            yield of_mapping(driver.config, f"driver {driver.name}")


def configure(recipe: Recipe, make: Make, wanted: Wishes, tree: KernelTree) -> None:
    """Write ``.config`` in the object directory, unless it is there already.

    Kconfig asks the compiler some hundred questions: seconds that a changed driver need not cost.

    Args:
        tree: what is checked out.

    Raises:
        InputError: a wish did not come true.
    """
    stamp = recipe.objects / _STAMP
    question = f"{VERSION} {recipe.toolchain} {wanted.text}"
    if _is_configured(stamp, recipe, question, tree):
        return
    stamp.unlink(missing_ok=True)
    merged = recipe.objects / _MERGED
    merged.write_text(wanted.text)
    env = {**make.env, "KCONFIG_ALLCONFIG": str(merged)}
    Make(make.directory, env, make.log, make.progress).run(recipe.make("allnoconfig"))
    check(recipe, wanted)
    answer = _digest((recipe.objects / ".config").read_bytes())
    stamp.write_text(f"{tree.commit} {_digest(question.encode())} {answer}\n")


def check(recipe: Recipe, wanted: Wishes) -> None:
    """Compare ``.config`` with the wishes.

    Raises:
        InputError: a wish did not come true.
    """
    final = read_config((recipe.objects / ".config").read_text())
    if lost := wanted.unfulfilled(final):
        kconfig = Kconfig.read(recipe.tree, "arm64")
        left = (_without_substitute(item, kconfig, final) for item in lost)
        if lost := tuple(item for item in left if item):
            raise refusal(lost, kconfig, final)


def _without_substitute(
    item: Unfulfilled, kconfig: Kconfig, config: Mapping[str, str]
) -> Unfulfilled | None:
    """What of a lost wish is still to be refused."""
    wish = item.wish
    if wish.soft:
        return None
    if wish.instead is None or kconfig.defines(wish.symbol.removeprefix("CONFIG_")):
        return item
    substitute = wish.substitute
    if substitute is None:
        return None
    got = config.get(substitute.symbol, "n")
    return None if got == wish.value else Unfulfilled(substitute, got)


def _is_configured(stamp: Path, recipe: Recipe, question: str, tree: KernelTree) -> bool:
    """Whether the last configuration answered the same question, and is still there."""
    try:
        commit, asked, answer = stamp.read_text().split()
        config = (recipe.objects / ".config").read_bytes()
    except (OSError, ValueError):
        return False
    if asked != _digest(question.encode()) or answer != _digest(config):
        return False
    return not tree.changes(commit, _ASKS)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


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
