# SPDX-License-Identifier: GPL-2.0-only
import re

import pytest

from rig.base.errors import InputError
from rig.base.paths import ROOT
from rig.judge.reasons import KINDS, Reason, require_ids, worst


def test_documentation_has_every_reason_as_it_is() -> None:
    rows = [
        f"| `{kind.id}` | {kind.oracle} | {kind.locks or '-'} | {kind.fences or '-'} "
        f"| {kind.meaning} |"
        for kind in KINDS.values()
    ]
    table = (ROOT / "docs" / "reference" / "verdicts.md").read_text().partition("## Reasons")[2]
    assert re.findall(r"^\| `.*$", table, re.MULTILINE) == rows


def test_the_worst_reason_decides_and_only_for_its_claim() -> None:
    lost = Reason("log.gap", "")
    stub = Reason("fence.stub-in-flight", "")
    assert worst((), "locks") == "CLEAN"
    assert worst((lost, stub), "locks") == "INCONCLUSIVE"
    assert worst((lost, stub), "fences") == "DIRTY"


def test_a_splat_of_any_kind_in_scope_is_dirty() -> None:
    assert worst((Reason("splat.circular-locking", ""),), "locks") == "DIRTY"
    assert worst((Reason("splat.elsewhere", ""),), "locks") == "INCONCLUSIVE"


def test_a_file_that_names_a_reason_that_is_not_is_refused() -> None:
    require_ids(["fence.differs", "splat.oops"], "here")
    with pytest.raises(InputError, match=r"here: there is no reason 'fence\.funny'"):
        require_ids(["fence.differs", "fence.funny"], "here")
