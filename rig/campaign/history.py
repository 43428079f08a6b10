# SPDX-License-Identifier: GPL-2.0-only
"""`m2m-rig selfcheck --history`: bugs that really happened are put back and judged.

As by a user who knows nothing of them: each bug has to be seen by the gate of the drivers that it
concerns, one after the other until one has shown it.  A gate ends with the first red case; if that
was red for another reason than is on record, the whole gate follows.  Where it is on record which
scenario of the gate shows a bug, that one runs first, and is enough if it still does.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from rig.base.cache import Cache
from rig.base.paths import HISTORY, SCENARIOS
from rig.campaign.batch import Item, Result, run_batch
from rig.campaign.planted import LOCKDEP
from rig.judge.registry import require_ids
from rig.judge.verdict import Verdict
from rig.kernel import base, reading
from rig.kernel.layout import Layout
from rig.kernel.source import Catalogue
from rig.model import history
from rig.model.drivers import bundled
from rig.model.history import Bug, Found
from rig.model.options import Options
from rig.model.scenario import load_all
from rig.view.output import Output

# From worst to best for whoever wants bugs to be found.
_ORDER: tuple[Found, ...] = ("missed", "INCONCLUSIVE", "DIRTY")

_STYLES = {"DIRTY": "green", "INCONCLUSIVE": "yellow", "missed": "bold red", "not built": "red"}


@dataclass(frozen=True)
class Sighting:
    """What the gates said of a kernel with one bug put back.

    Args:
        results: of one driver after the other, as far as was looked.
    """

    bug: Bug
    results: tuple[Result, ...]

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """Of the runs whose kernel could be built."""
        return tuple(result.verdict for result in self.results if result.verdict)

    @property
    def built(self) -> bool:
        """Whether each kernel could be; what does not build is no verdict on the bug."""
        return bool(self.results) and len(self.verdicts) == len(self.results)

    @property
    def error(self) -> str:
        """Why one could not be built."""
        return next((result.error for result in self.results if not result.verdict), "")

    @property
    def found(self) -> Found:
        """How the bug was found, if it was."""
        seen = [found for each in self.verdicts if (found := each.outcome) != "CLEAN"]
        return max(seen, key=_ORDER.index, default="missed")

    @property
    def reasons(self) -> tuple[str, ...]:
        """The ids of all reasons that were given, the worst case's first."""
        return tuple(
            dict.fromkeys(
                reason.id
                for verdict in self.verdicts
                for case in verdict.cases
                if case.red
                for reason in case.reasons
            )
        )

    @property
    def as_recorded(self) -> bool:
        """No worse than on record, and for the reasons that stand there."""
        no_worse = _ORDER.index(self.found) >= _ORDER.index(self.bug.found)
        return self.built and no_worse and set(self.bug.reasons) <= {*self.reasons}

    @property
    def enough(self) -> bool:
        """Whether another driver could tell nothing better."""
        return self.found == "DIRTY" and self.as_recorded

    @property
    def by_lockdep(self) -> bool:
        """Whether a report of lockdep alone would have shown it."""
        return bool(LOCKDEP.intersection(self.reasons))


def chosen(ids: Sequence[str]) -> tuple[Bug, ...]:
    """The bugs with these ids; all that can show if none is named.

    Raises:
        InputError: there is no such bug, or a file names a reason that there is not.
    """
    bugs = history.load_all(HISTORY)
    for bug in bugs:
        require_ids(bug.reasons, f"bug {bug.id}")
    return history.find(bugs, ids) if ids else tuple(bug for bug in bugs if bug.counts)


def possible(bugs: Iterable[Bug], release: str, tell: Callable[[str], None]) -> tuple[Bug, ...]:
    """Those that a kernel of this release can have; of each other one it is told why it cannot."""
    found = []
    for bug in bugs:
        [patch] = reading.of_files((bug.patch,)).patches
        if patch.on(release):
            found.append(bug)
        else:
            tell(f"bug {bug.id}, not in Linux {release}: {patch.why_not(release)}")
    return tuple(found)


def items(
    bugs: Iterable[Bug], how: Options, gates: bool = True
) -> Iterator[tuple[Bug, tuple[Item, ...]]]:
    """For each bug a run for each of its drivers; bugs that do not meet share a kernel.

    Args:
        how: kernel and profile, where, and how many guests at once.
        gates: only these, and not first the scenario that is on record.
    """
    beside = _company()

    def reach(bug: Bug) -> set[str]:
        return {name for driver in bug.drivers for name in beside[driver]}

    for group in history.kernels(bugs, reach):
        patches = tuple(bug.patch for bug in group)
        usual = Options(
            kernel=how.kernel,
            patches=patches,
            profile=how.profile,
            out=how.out,
            jobs=how.jobs,
            fail_fast=True,
        )
        for bug in group:
            first = bug.case if bug.case and not gates else ""
            known = (_item(bug, first, replace(usual, names=(first,))),) if first else ()
            whole = (_item(bug, name, replace(usual, drivers=(name,))) for name in bug.drivers)
            yield bug, (*known, *whole)


def _item(bug: Bug, where: str, options: Options) -> Item:
    return Item((bug.id, bug.kind), options, f"bug {bug.id}, {where}: {bug.title}")


def _company() -> dict[str, set[str]]:
    """The drivers that are at work in the gate of each: a decoder's has the RGA behind it."""
    known = bundled()
    found = {driver.name: {driver.name} for driver in known.all}
    for scenario in load_all(SCENARIOS):
        loaded = {words.split()[0].replace("-", "_") for words in scenario.modules}
        for driver in known.all:
            if scenario.driver in found and loaded & {m.replace("-", "_") for m in driver.loads}:
                found[scenario.driver].add(driver.name)
    return found


def sightings(bugs: Iterable[Bug], how: Options, output: Output, gates: bool) -> Iterator[Sighting]:
    """Put the bugs back, one after the other, and judge; `how` and `gates` as in `items`.

    Raises:
        EnvironmentFailure: the machine lacks something.
    """
    source = Catalogue.load(Layout.bundled().kernels).find(how.kernel)
    progress = output.progress
    kernel = base.prepare(source, Cache.default(progress.note), progress)
    bugs = possible(bugs, kernel.version, progress.note)

    def whole(item: Item) -> Result:
        options = replace(item.options, fail_fast=False)
        [result] = run_batch((replace(item, options=options),), output)
        return result

    for bug, runs in items(bugs, how, gates):
        yield look(bug, run_batch(runs, output), whole)


def look(bug: Bug, results: Iterable[Result], whole: Callable[[Item], Result]) -> Sighting:
    """Driver by driver, until the bug was seen as it is on record.

    Args:
        results: of gates that ended with the first red case.
        whole: the gate of one once more, to its end.
    """
    seen = Sighting(bug, ())
    for result in results:
        here = Sighting(bug, (*seen.results, result))
        if here.found == "DIRTY" and not here.enough:
            here = Sighting(bug, (*seen.results, whole(result.item)))
        seen = here
        if seen.enough:
            break
    return seen


def print_sightings(seen: Sequence[Sighting], console: Console) -> None:
    """The table, and the score."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("bug", "on record", "seen", "first reason"):
        table.add_column(column, no_wrap=True)
    table.add_column("what was wrong")
    for each in sorted(seen, key=lambda sighting: sighting.bug.id):
        found = each.found if each.built else "not built"
        table.add_row(
            each.bug.id,
            each.bug.found,
            f"[{_STYLES[found]}]{found}[/]",
            escape(each.reasons[0] if each.reasons else each.error),
            escape(each.bug.title),
        )
    console.print()
    console.print(table)
    for each in seen:
        if not each.as_recorded:
            wanted = " and ".join(each.bug.reasons) or each.bug.found
            console.print(f"worse than on record: {each.bug.id}, {wanted} wanted", soft_wrap=True)
    console.print(score(seen), soft_wrap=True)


def score(seen: Sequence[Sighting]) -> str:
    """How many of them were found, and how."""
    counts = {found: sum(each.found == found for each in seen) for found in reversed(_ORDER)}
    said = ", ".join(f"{count} {found}" for found, count in counts.items())
    alone = sum(each.by_lockdep for each in seen)
    return f"{len(seen)} bugs put back: {said}; lockdep alone {alone}"
