# SPDX-License-Identifier: GPL-2.0-only
"""What is on record: defects that are known, and mistakes that can be planted."""

from rig.base.paths import FAULTS, KNOWN_ISSUES
from rig.judge.registry import require_ids
from rig.model import faults
from rig.model.faults import Catalogue, Fault
from rig.model.known import KnownIssue, load_all
from rig.model.options import Options


def known_issues() -> tuple[KnownIssue, ...]:
    """The defects on record.

    Raises:
        InputError: a file of one is wrong, or names a reason that there is not.
    """
    issues = load_all(KNOWN_ISSUES)
    for issue in issues:
        signs = (*issue.signs, *issue.follows)
        require_ids((sign.reason for sign in signs), f"known issue {issue.name}")
    return issues


def planted_mistakes() -> Catalogue:
    """The mistakes that can be planted; errors as those of `known_issues`."""
    catalogue = faults.load(FAULTS)
    for fault in catalogue.faults:
        require_ids((id for ids in fault.shows.values() for id in ids), f"mistake {fault.id}")
    return catalogue


def planted(options: Options) -> Fault | None:
    """The mistake to plant, if one was chosen."""
    return planted_mistakes().find([options.fault])[0] if options.fault else None
