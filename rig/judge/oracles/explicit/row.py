# SPDX-License-Identifier: GPL-2.0-only
"""A row: one thing that whoever queues buffers with fences, or is given one, may rely on."""

from typing import ClassVar

from rig.judge.oracles.explicit.history import History
from rig.judge.oracles.uapi.row import ContractRow
from rig.model.claim import Claim
from rig.model.claims.explicit import CLAIM


class Row(ContractRow[History]):
    """One row of docs/reference/explicit.md."""

    claim: ClassVar[Claim] = CLAIM
