# SPDX-License-Identifier: GPL-2.0-only
"""Fences that do not fit into a trace are counted by the program that asked for them."""

import dataclasses
import json
from pathlib import Path

import pytest

from rig.base.paths import ROOT
from rig.evidence.case import CaseEvidence, read_case
from rig.judge.oracles.accounting import fences
from tests.unit.test_done import RECORDED

RESULTS = """\
KTAP version 1
# case rga-flood
1..1
  TAP version 13
  1..1
  # flood driver=rockchip-rga frames=900 {published}seen=500 pending=0 begin=1 end=2
  ok 1 capture.fences
ok 1 flood
# end
"""


def flood(folder: Path, published: str, publishes: bool = True) -> CaseEvidence:
    record = json.loads(next(RECORDED.glob("*/case.json")).read_text())
    record["scenario"] |= {"trace": [], "expect": record["scenario"]["expect"] | {"fences": 900}}
    record["kernel"] |= {"publishes": publishes}
    (folder / "case.json").write_text(json.dumps(record))
    (folder / "results.ktap").write_text(RESULTS.format(published=published))
    return read_case(folder)


@pytest.mark.parametrize(("published", "enough"), [
    ("published=900 ", True),
    ("published=899 ", False),
    ("published=many ", False),
    ("", False),
])  # fmt: skip
def test_enough_were_published(tmp_path: Path, published: str, enough: bool) -> None:
    found = [reason.id for reason in fences(flood(tmp_path, published))]
    assert found == ([] if enough else ["exercise.no-fence"])


def test_a_series_that_does_not_publish_need_not(tmp_path: Path) -> None:
    assert not list(fences(flood(tmp_path, "", publishes=False)))


SIGNAL = ROOT / "tests" / "corpus" / "clean" / "cases" / "vim2m-signal-s1"


def without_sources(drivers: tuple[str, ...], queue: str) -> list[str]:
    """What is said of the fences of a case whose driver never gets an OUTPUT buffer.

    Args:
        drivers: that the series opts in.
        queue: how the name of the one begins on which fences are published.
    """
    case = read_case(SIGNAL)
    assert case.trace is not None
    events = [
        dataclasses.replace(
            event,
            fields={**event.fields, "queue": event.fields["queue"].replace("cap-", f"{queue}-")}
            if event.name == "vb2_fence_publish"
            else event.fields,
        )
        for event in case.trace.events
        if event.name != "vb2_buf_queue" or event.fields["type"] not in ("2", "10")
    ]
    kernel = dataclasses.replace(case.record.kernel, drivers=drivers)
    record = dataclasses.replace(case.record, kernel=kernel)
    trace = dataclasses.replace(case.trace, events=tuple(events))
    found = list(fences(dataclasses.replace(case, record=record, trace=trace)))
    assert {reason.id for reason in found} == {"fence.uncommitted"}
    return [reason.text for reason in found]


@pytest.mark.parametrize(
    ("drivers", "queue", "why"),
    [
        (("vim2m",), "cap", "was published while the driver owned no OUTPUT buffer"),
        (("vim2m",), "out", "was published on an OUTPUT queue while the driver owned no OUTPUT"),
        (("rga",), "cap", "was published although vim2m did not opt in"),
        (("rga",), "out", "was published although vim2m did not opt in"),
    ],
)
def test_why_a_fence_had_nothing_to_stand_for(
    drivers: tuple[str, ...], queue: str, why: str
) -> None:
    assert why in without_sources(drivers, queue)[0]
