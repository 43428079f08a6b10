# SPDX-License-Identifier: GPL-2.0-only
"""The page of oracles names each, its reasons, and what it does not prove."""

import re

from rig.base.paths import ROOT
from rig.judge.reasons import KINDS

PAGE = (ROOT / "docs" / "reference" / "oracles.md").read_text()
SECTIONS = {
    title.strip(): text
    for title, _, text in (section.partition("\n") for section in PAGE.split("\n## ")[1:])
}


def test_every_oracle_has_a_section() -> None:
    assert list(SECTIONS) == list(dict.fromkeys(kind.oracle for kind in KINDS.values()))


def test_every_reason_is_under_its_oracle() -> None:
    written = {
        oracle: re.findall(r"`([^`]+)`", text.partition("- **Reasons** ")[2])
        for oracle, text in SECTIONS.items()
    }
    assert written == {
        oracle: [id for id, kind in KINDS.items() if kind.oracle == oracle] for oracle in SECTIONS
    }


def test_every_section_says_what_is_not_proven() -> None:
    for text in SECTIONS.values():
        for part in ("Looks at", "Proves", "Does not prove"):
            assert f"- **{part}** " in text
