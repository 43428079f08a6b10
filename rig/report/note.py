# SPDX-License-Identifier: GPL-2.0-only
"""What reports need of a case, noted while its evidence is at hand."""

from dataclasses import dataclass

from rig.evidence.record import CaseRecord
from rig.judge.judged import JudgedCase
from rig.judge.verdict import CaseVerdict
from rig.model.guest import GuestRun
from rig.report.accounts import Account, BlockAccount, account, block_accounts
from rig.report.excerpt import Excerpt, excerpts
from rig.report.flash import Display, displays
from rig.report.history import History, tell_history
from rig.report.screens import Shot, shots


@dataclass(frozen=True, slots=True)
class CaseNote:
    """One case, small enough to be kept for every case of a run.

    Args:
        guest: how it lived; None if the rig died with it.
        blocks: of its imitated hardware, if it had some.
        splats: the reports of the kernel.
        history: that of one buffer, if any was told of.
        displays: what they showed, refresh by refresh.
        screens: pictures that its programs kept.
    """

    verdict: CaseVerdict
    record: CaseRecord
    guest: GuestRun | None
    account: Account
    blocks: tuple[BlockAccount, ...]
    splats: tuple[Excerpt, ...]
    history: History | None
    displays: tuple[Display, ...] = ()
    screens: tuple[Shot, ...] = ()


def note_of(case: JudgedCase) -> CaseNote:
    """Note what is told of a case."""
    evidence = case.evidence
    return CaseNote(
        verdict=case.verdict,
        record=evidence.record,
        guest=evidence.guest,
        account=account(evidence, case.verdict),
        blocks=block_accounts(evidence.hardware) if evidence.hardware else (),
        splats=excerpts(evidence, case.folder),
        history=tell_history(case),
        displays=displays(evidence),
        screens=shots(evidence.screens),
    )
