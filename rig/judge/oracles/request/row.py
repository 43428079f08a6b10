# SPDX-License-Identifier: GPL-2.0-only
"""A row: one thing that whoever queues a request with a fence, or is given one, may rely on."""

from typing import ClassVar

from rig.judge.oracles.request.history import History
from rig.judge.oracles.uapi.row import ContractRow
from rig.model.claim import Claim
from rig.model.claims.request import CLAIM


class Row(ContractRow[History]):
    """One row of docs/reference/request.md."""

    claim: ClassVar[Claim] = CLAIM
