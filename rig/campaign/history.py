# SPDX-License-Identifier: GPL-2.0-only
"""`m2m-rig selfcheck --history`: bugs that really happened are put back and judged.

As by a user who knows nothing of them: no scenario is named, each bug has to be seen by the gate
of the drivers that it concerns.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from rig.base.paths import HISTORY, SCENARIOS
from rig.campaign.batch import Item, Result, run_batch
from rig.campaign.planted import LOCKDEP
from rig.judge.registry import require_ids
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
    """What the gate said of a kernel with one bug put back."""

    bug: Bug
    result: Result

    @property
    def found(self) -> Found:
        """How the bug was found, if it was."""
        outcome = self.result.verdict.outcome if self.result.verdict else "CLEAN"
        return "missed" if outcome == "CLEAN" else outcome

    @property
    def reasons(self) -> tuple[str, ...]:
        """The ids of all reasons that were given, the worst case's first."""
        verdict = self.result.verdict
        cases = verdict.cases if verdict else ()
        return tuple(
            dict.fromkeys(reason.id for case in cases if case.red for reason in case.reasons)
        )

    @property
    def as_recorded(self) -> bool:
        """No worse than on record, and for the reasons that stand there."""
        no_worse = _ORDER.index(self.found) >= _ORDER.index(self.bug.found)
        return bool(self.result.verdict) and no_worse and set(self.bug.reasons) <= {*self.reasons}

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


def items(bugs: Iterable[Bug], out: Path) -> Iterator[tuple[Bug, Item]]:
    """One run for each bug; those that do not meet share a kernel."""
    beside = _company()

    def reach(bug: Bug) -> set[str]:
        return {name for driver in bug.drivers for name in beside[driver]}

    for group in history.kernels(bugs, reach):
        patches = tuple(bug.patch for bug in group)
        for bug in group:
            # What is on record must be seen on any machine, and no two have one snapshot.
            options = Options(patches=patches, drivers=bug.drivers, fresh="boot", out=out)
            yield bug, Item((bug.id, bug.kind), options, f"{bug.id} {bug.title}")


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


def sightings(bugs: Iterable[Bug], out: Path, output: Output) -> Iterator[Sighting]:
    """Put the bugs back, one after the other, and judge.

    Raises:
        EnvironmentFailure: the machine lacks something.
    """
    planned = list(items(bugs, out))
    results = run_batch([item for _, item in planned], output)
    for (bug, _), result in zip(planned, results, strict=True):
        yield Sighting(bug, result)


def print_sightings(seen: Sequence[Sighting], console: Console) -> None:
    """The table, and the score."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("bug", "on record", "seen", "first reason"):
        table.add_column(column, no_wrap=True)
    table.add_column("what was wrong")
    for each in sorted(seen, key=lambda sighting: sighting.bug.id):
        found = each.found if each.result.verdict else "not built"
        table.add_row(
            each.bug.id,
            each.bug.found,
            f"[{_STYLES[found]}]{found}[/]",
            escape(each.reasons[0] if each.reasons else each.result.error),
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
