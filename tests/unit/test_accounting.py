# SPDX-License-Identifier: GPL-2.0-only
"""Fences that do not fit into a trace are counted by the program that asked for them."""

import json
from pathlib import Path

import pytest

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
