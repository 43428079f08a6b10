# SPDX-License-Identifier: GPL-2.0-only
"""Tables that are made from code and data: whole, and as the documents have them."""

import re

import pytest

from rig.base.paths import FAULTS, SCENARIOS
from rig.model import faults, templates
from rig.model.scenario import SUFFIX, Expectations, Program, Scenario, Shape, load_all
from rig.run.families import families
from tests.tools.keys import described, keys
from tests.tools.tables import planted, scenarios


@pytest.mark.parametrize("shape", [Scenario, Program, Shape, Expectations])
def test_every_key_is_described(shape: type) -> None:
    assert [key for key, text in described(shape).items() if not text] == []


class Sample:
    """A part of a file.

    `first`: what it is; which is all.  Much may be said.  A `second_one` is another, beside
    `first`; `third` is more.
    """

    __dataclass_fields__ = ("first", "second_one", "third")


def test_a_sentence_is_about_the_keys_that_it_begins_with() -> None:
    both = "A `second-one` is another, beside `first`; `third` is more."
    assert described(Sample) == {
        "first": "what it is; which is all. Much may be said.",
        "second-one": both,
        "third": both,
    }


def test_limits_and_defaults_of_keys_are_told() -> None:
    rows = keys(Shape).splitlines()
    assert "| `cpus` | a number from 1 to 8 | 2 | virtual CPUs. |" in rows
    assert any(row.startswith("| `turns` | `fine` or `coarse` or `uncut` | fine |") for row in rows)


def test_every_scenario_is_listed_once() -> None:
    listed = re.findall(r"^\| `(\S+)` \|", scenarios.made(), re.MULTILINE)
    there = [path.name.removesuffix(SUFFIX) for path in SCENARIOS.rglob(f"*{SUFFIX}")]
    there += [scenario.name for scenario in templates.made()]
    together = [family.name for family in families((*load_all(SCENARIOS), *templates.made()))]
    assert sorted(listed) == sorted(there + together)


def test_what_does_not_run_every_day_says_when_it_does() -> None:
    rows = dict(re.findall(r"^\| `(\S+)` .*\| (.*) \|$", scenarios.made(), re.MULTILINE))
    assert rows["rga-flood"] == "in a soak, or if named"
    assert rows["rga-open"] == "if named"
    assert rows["rga-signal"] == ""


def test_every_mistake_is_in_its_table_with_what_it_must_show() -> None:
    catalogue = faults.load(FAULTS)
    rows = [row.strip("| ").split(" | ") for row in planted.made().splitlines()[2:]]
    assert len(rows) == sum(len(fault.shows) for fault in catalogue.faults) + len(catalogue.missed)
    for fault in catalogue.faults:
        for scenario, reasons in fault.shows.items():
            [told] = [row[3] for row in rows if row[0] == fault.id and row[2] == f"`{scenario}`"]
            assert re.findall(r"`([^`]+)`", told) == list(reasons)
