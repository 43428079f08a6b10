# SPDX-License-Identifier: GPL-2.0-only
"""What only a compiler can answer, in the objects of real builds."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rig.base.cache import Cache
from rig.base.errors import RigError
from rig.base.progress import Progress
from rig.kernel import build, config, profile
from rig.kernel.base import BaseTree
from rig.kernel.fragment import Wishes
from rig.kernel.layout import Layout
from rig.kernel.patch import Patch, patches_on, symbols_of
from rig.kernel.recipe import Toolchain
from rig.kernel.record import steps_of_first_builds
from rig.kernel.request import KernelRequest
from rig.kernel.series import Series
from rig.kernel.workshop import Workshop, open_workshop
from rig.preflight.answer import Line
from rig.preflight.objects import Bench, folders_of, option_off, warnings
from rig.preflight.prefixes import MODULE, OFF, ON, TARGETS, builds
from rig.preflight.work import Work


@dataclass(frozen=True)
class Question:
    """One line of the checklist, still without an answer.

    Args:
        builds: how many builds the answer takes, for a series of so many patches.
    """

    text: str
    ask: Callable[[Bench], Line]
    builds: Callable[[int], int]


COMPILING = (
    Question("every patch builds, option on", lambda bench: builds(bench, ON), int),
    Question("every patch builds, option module", lambda bench: builds(bench, MODULE), int),
    Question("every patch builds, option off", lambda bench: builds(bench, OFF), int),
    Question("no new warnings (W=1, sparse)", warnings, lambda patches: 2),
    Question("nothing left with the option off", option_off, lambda patches: 2),
)


def not_run(why: str) -> Iterator[Line]:
    """All questions, and why nobody answered them."""
    for question in COMPILING:
        yield Line(question.text, "not run", why)


def compiled(
    request: KernelRequest,
    unpatched: BaseTree,
    cache: Cache,
    layout: Layout,
    progress: Progress,
) -> Iterator[Line]:
    """Ask the compiler, line by line.

    The objects are those of the request's profile: what the last build left is at hand here, and
    what is compiled here serves the next one.
    """
    work = Work(progress)
    request = request.on(unpatched.version)
    toolchain = Toolchain.find()
    told = profile.variables(layout.config, request.profile)
    with open_workshop(unpatched, request.profile, toolchain, cache, work, told) as workshop:
        folders = folders_of(request.series, unpatched)
        rig_patches = patches_on(unpatched.version, request.rig_patches(layout))
        services = tuple(patch for patch in rig_patches if _only_offers(patch))
        lost = [patch for patch in rig_patches if patch not in services]
        wanted = _wanted(request, layout).without(symbols_of(lost))
        bench = Bench(workshop, unpatched, request.series, wanted, folders, services, work)
        work.stage(f"compiling Linux {unpatched.version} without the series")
        try:
            # Else the first patch is blamed for what is wrong without it.
            _compile_unpatched(bench, _expected_steps(request, workshop, unpatched, cache))
        except RigError as error:
            why = f"without the series, {error.message.partition(chr(10))[0]}"
            yield from not_run(why)
            return
        count = len(request.series.patches)
        planned = sum(question.builds(count) for question in COMPILING)
        work.plan(f"compiling patches of {request.series.name}", planned)
        for question in COMPILING:
            yield _answer(question, bench)
        work.close()


def _answer(question: Question, bench: Bench) -> Line:
    try:
        return question.ask(bench)
    except RigError as error:
        return Line(question.text, "not run", error.message.partition("\n")[0])


def _compile_unpatched(bench: Bench, expected: int | None) -> None:
    bench.set_up(Series("none"), bench.off)
    bench.workshop.compile(TARGETS, expected=expected)


def _expected_steps(
    request: KernelRequest, workshop: Workshop, unpatched: BaseTree, cache: Cache
) -> int | None:
    """Of a first build; with objects at hand nobody knows."""
    if (workshop.recipe.objects / ".config").exists():
        return None
    kernels = cache.root / build.KIND
    return (
        steps_of_first_builds(kernels, request.profile, unpatched.version) or request.source.steps
    )


def _wanted(request: KernelRequest, layout: Layout) -> Wishes:
    return config.wishes(
        layout.config, request.profile, request.series, request.fragments, request.config
    )


def _only_offers(patch: Patch) -> bool:
    """Whether a patch of the rig adds symbols, and no code."""
    return all(Path(file).name.startswith("Kconfig") for file in patch.files)
