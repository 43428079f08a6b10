# SPDX-License-Identifier: GPL-2.0-only
"""Whether every patch of a series leaves a kernel that builds, with the option on and off."""

from collections.abc import Sequence
from dataclasses import dataclass

from rig.base.errors import InputError
from rig.kernel.kconfig import Kconfig
from rig.preflight.answer import Line
from rig.preflight.objects import Bench

# Everything that a series can break: modpost is where a missing export shows.
TARGETS = ("Image", "modules")


@dataclass(frozen=True)
class Variant:
    """The option in one of its states."""

    name: str
    value: str


ON, MODULE, OFF = Variant("on", "y"), Variant("module", "m"), Variant("off", "n")


def builds(bench: Bench, variant: Variant) -> Line:
    """Every prefix of the series builds with the option in this state."""
    question = f"every patch builds, option {variant.name}"
    symbols = tuple(bench.series.config)
    if not symbols:
        if variant is not ON:
            bench.work.spare(len(bench.series.patches))
            return Line(question, "not run", "series.yaml names no option")
    elif variant is MODULE and not _tristate(bench, symbols):
        bench.work.spare(len(bench.series.patches))
        return Line(question, "yes", "the option cannot be a module: nothing to build")
    failures = []
    count = len(bench.series.patches)
    for number, patch in enumerate(bench.series.patches, 1):
        prefix = bench.series.prefix(number)
        values = {symbol: variant.value for symbol in prefix.config}
        wanted = bench.with_values(values)
        try:
            bench.set_up(prefix, wanted)
            bench.workshop.compile(TARGETS)
        except InputError as error:
            failures.append(f"{number}/{count} {patch.subject}: {error.message}")
        bench.work.built(patch.subject)
    return Line(
        question,
        "no" if failures else "yes",
        f"{count - len(failures)} of {count}",
        tuple(failures),
    )


def _tristate(bench: Bench, symbols: Sequence[str]) -> bool:
    """Whether one of the options can be a module, after the whole series."""
    bench.set_up(bench.series, bench.wanted)
    kconfig = Kconfig.read(bench.workshop.recipe.tree, "arm64")
    return any(kconfig.is_tristate(symbol.removeprefix("CONFIG_")) for symbol in symbols)
