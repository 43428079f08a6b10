# SPDX-License-Identifier: GPL-2.0-only
"""A case as it was judged: read once, for the verdict and for whoever tells of it."""

from dataclasses import dataclass
from pathlib import Path

from rig.evidence.case import CaseEvidence, read_case
from rig.judge.case import judge_case
from rig.judge.verdict import CaseVerdict


@dataclass(frozen=True)
class JudgedCase:
    """The evidence of one case, what was joined of it, and the verdict that rests on it.

    It may be large: of many cases, keep what is needed and not this.

    Args:
        folder: where the evidence was read.
    """

    folder: Path
    evidence: CaseEvidence
    verdict: CaseVerdict


def judge_folder(folder: Path) -> JudgedCase:
    """Read and judge the case in a folder.

    Raises:
        InputError: case.json is missing or was written by another version.
    """
    evidence = read_case(folder)
    return JudgedCase(folder, evidence, judge_case(evidence))
