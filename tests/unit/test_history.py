# SPDX-License-Identifier: GPL-2.0-only
"""Real bugs that are put back: what is on record of them, and how they share kernels."""

import io
import re
from pathlib import Path

import pytest
from rich.console import Console

from rig.base.errors import InputError
from rig.base.paths import HISTORY, ROOT, SCENARIOS
from rig.campaign.batch import Item, Result
from rig.campaign.history import (
    Sighting,
    chosen,
    items,
    look,
    possible,
    print_sightings,
    score,
)
from rig.evidence.record import RunDir
from rig.kernel import reading
from rig.model.drivers import bundled
from rig.model.history import Bug, find, kernels, load_all
from rig.model.options import Options
from rig.model.scenario import load_all as load_scenarios
from rig.report.run import judge_directory

BUGS = load_all(HISTORY)
GOOD = "title: t\nupstream: u\nkind: leak\ndrivers: [vim2m]\nverdict: missed\nwhy: not looked for\n"


def record(folder: Path, text: str, id: str = "01") -> tuple[Bug, ...]:
    (folder / f"{id}.yaml").write_text(text)
    (folder / f"{id}.patch").write_text("")
    return load_all(folder)


def seen(run: str, text: str, folder: Path) -> Sighting:
    [bug] = record(folder, text)
    verdict = judge_directory(RunDir(ROOT / "tests" / "corpus" / run)).verdict
    return Sighting(bug, (Result(Item((bug.id,), Options()), verdict),))


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.id)
def test_each_patch_is_one_and_its_drivers_are_known(bug: Bug) -> None:
    assert len(reading.of_files((bug.patch,)).patches) == 1
    for name in bug.drivers:
        assert bundled().find(name), name


def test_every_patch_has_a_record() -> None:
    patches = {path.stem for path in HISTORY.glob("*.patch")}
    assert patches == {bug.id for bug in BUGS}


def test_bugs_in_one_kernel_concern_different_drivers() -> None:
    groups = kernels(BUGS)
    assert sorted(bug.id for group in groups for bug in group) == [bug.id for bug in BUGS]
    for group in groups:
        drivers = [driver for bug in group for driver in bug.drivers]
        assert len(drivers) == len(set(drivers))


def test_no_bug_is_met_where_another_is_looked_for() -> None:
    planned = {bug.id: runs for bug, runs in items(BUGS, Options(jobs=3))}
    assert planned.keys() == {bug.id for bug in BUGS}
    for bug in BUGS:
        runs = planned[bug.id]
        assert tuple(driver for run in runs for driver in run.options.drivers) == bug.drivers
        [patches] = {run.options.patches for run in runs}
        assert bug.patch in patches
        if "hantro" in bug.drivers:
            # Its chains have the RGA behind it.
            others = [other for other in BUGS if other.patch in patches and other != bug]
            assert all("rga" not in other.drivers for other in others)


def test_they_are_put_back_into_the_kernel_that_was_asked_for() -> None:
    options = [run.options for _, runs in items(BUGS, Options(kernel="other")) for run in runs]
    assert {each.kernel for each in options} == {"other"}


def test_what_a_kernel_cannot_have_is_told(tmp_path: Path) -> None:
    bugs = record(tmp_path, GOOD)
    (tmp_path / "01.patch").write_text("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n")
    other = tmp_path / "since-7.2"
    other.mkdir()
    (other / "01.txt").write_text("It has no x.\n")
    told: list[str] = []
    assert possible(bugs, "6.12.117", told.append) == bugs
    assert not told
    assert possible(bugs, "7.3.4", told.append) == ()
    assert told == ["bug 01, not in Linux 7.3.4: It has no x."]


def test_each_variant_is_of_a_bug() -> None:
    assert {path.stem for path in HISTORY.glob("*/*")} <= {bug.id for bug in BUGS}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("why: not looked for\n", "", "why: must be given"),
        ("verdict: missed\nwhy: not looked for", "verdict: DIRTY", "reasons: must be given"),
        ("verdict: missed", "verdict: lost", "verdict"),
        ("kind: leak\n", "", "kind: must be given"),
        ("why:", "case: vim2m-export\nwhy:", "case: must not be given"),
    ],
)
def test_a_bad_record_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        record(tmp_path, GOOD.replace(old, new))


def test_a_bug_needs_its_patch(tmp_path: Path) -> None:
    (tmp_path / "01.yaml").write_text(GOOD)
    with pytest.raises(InputError, match=r"there is no 01\.patch"):
        load_all(tmp_path)


def test_what_cannot_show_is_not_asked_for_unless_it_is_named() -> None:
    assert all(bug.counts for bug in chosen(()))
    assert [bug.id for bug in chosen(("06",))] == ["06"]
    with pytest.raises(InputError, match="no bug '5'"):
        find(BUGS, ["5"])


def test_found_better_than_on_record_is_fine_and_worse_is_not(tmp_path: Path) -> None:
    assert seen("red", GOOD, tmp_path).found == "DIRTY"
    assert seen("red", GOOD, tmp_path).as_recorded
    dirty = GOOD.replace("missed\nwhy: not looked for", "DIRTY\nreasons: [splat.oops]")
    assert seen("red", dirty, tmp_path).as_recorded
    other = dirty.replace("splat.oops", "splat.refcount")
    assert not seen("red", other, tmp_path).as_recorded
    clean = seen("clean", dirty, tmp_path)
    assert (clean.found, clean.as_recorded) == ("missed", False)
    unbuilt = Result(Item(("01",), Options()), error="no")
    assert not Sighting(clean.bug, (unbuilt,)).as_recorded


def test_what_was_seen_as_recorded_is_not_looked_for_on_other_drivers(tmp_path: Path) -> None:
    dirty = GOOD.replace("missed\nwhy: not looked for", "DIRTY\nreasons: [splat.oops]")
    both = (*seen("clean", dirty, tmp_path).results, *seen("red", dirty, tmp_path).results)
    [bug] = record(tmp_path, dirty)
    assert len(look(bug, iter((*both, *both)), _never).results) == 2
    missed = look(bug, iter(both[:1] * 3), _never)
    assert (len(missed.results), missed.found) == (3, "missed")
    assert Sighting(bug, both).as_recorded


def _never(item: Item) -> Result:
    raise AssertionError(f"{item.cells} need not be judged again")


def test_what_is_red_for_another_reason_is_judged_to_the_end(tmp_path: Path) -> None:
    other = GOOD.replace("missed\nwhy: not looked for", "DIRTY\nreasons: [splat.refcount]")
    [red] = seen("red", other, tmp_path).results
    [clean] = seen("clean", other, tmp_path).results
    [bug] = record(tmp_path, other)
    assert red.item.options == Options()
    found = look(bug, iter((red, clean)), lambda item: clean)
    assert (found.results, found.found) == ((clean, clean), "missed")


def test_the_scenario_on_record_is_asked_first(tmp_path: Path) -> None:
    dirty = GOOD.replace("missed\nwhy: not looked for", "DIRTY\nreasons: [splat.oops]")
    bugs = record(tmp_path, dirty + "case: vim2m-manners\n")
    [(_, (first, then))] = items(bugs, Options(), gates=False)
    assert (first.options.names, first.options.drivers) == (("vim2m-manners",), ())
    assert (then.options.names, then.options.drivers) == ((), ("vim2m",))
    [(_, whole)] = items(bugs, Options())
    assert whole == (then,)


def test_a_scenario_on_record_is_one_of_a_driver_of_the_bug() -> None:
    known = {scenario.name: scenario.driver for scenario in load_scenarios(SCENARIOS)}
    for bug in BUGS:
        if bug.case and bug.case.endswith("-together"):
            assert bug.case.removesuffix("-together") in bug.drivers
        elif bug.case:
            assert known[bug.case] in bug.drivers, bug.id


def test_a_gate_ends_with_the_first_red_case() -> None:
    assert all(run.options.fail_fast for _, runs in items(BUGS, Options()) for run in runs)


def test_the_table_says_what_was_wrong_and_the_score(tmp_path: Path) -> None:
    shown = io.StringIO()
    both = (seen("red", GOOD, tmp_path), seen("clean", GOOD, tmp_path))
    print_sightings(both, Console(file=shown, width=120))
    assert re.search(r"^01 +missed +DIRTY +splat\.\S+ +t *$", shown.getvalue(), re.MULTILINE)
    assert score(both) == "2 bugs put back: 1 DIRTY, 0 INCONCLUSIVE, 1 missed; lockdep alone 0"
