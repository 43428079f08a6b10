# SPDX-License-Identifier: GPL-2.0-only
"""What the kernel itself has to say of its locks; holds for any kernel and any series."""

from rig.model.claim import Claim, Premise

CLAIM = Claim(
    name="locks",
    title="locks",
    question="Did the workloads run with lockdep and its neighbours watching all the time, and had "
    "these nothing to report?",
    rank=10,
    any_series=True,
    rests_on=frozenset(Premise),
)
