# SPDX-License-Identifier: GPL-2.0-only
"""Subjects as people write them."""

import pytest

from rig.kernel.mail.subject import parse

PATCHES = {
    "[PATCH] x: y": (None, None, (1, 0)),
    "[PATCH 1/3] x: y": (1, 3, (1, 0)),
    "[PATCH v2 03/12] x: y": (3, 12, (2, 0)),
    "[PATCH RFC v2 03/12] x: y": (3, 12, (2, 0)),
    "[RFC PATCH net-next v3] x: y": (None, None, (3, 0)),
    "[RFC v4 1/2] x: y": (1, 2, (4, 0)),
    "[RFC][PATCH 1/3] x: y": (1, 3, (1, 0)),
    "[PATCHv2 1/3] x: y": (1, 3, (2, 0)),
    "[PATCH V2 1/3] x: y": (1, 3, (2, 0)),
    "[PATCH v2.1 2/3] x: y": (2, 3, (2, 1)),
    "[PATCH 1/3 v2] x: y": (1, 3, (2, 0)),
    "[linux-media] [PATCH v2 1/2] x: y": (1, 2, (2, 0)),
    "[PATCH v2 1/2] [media] x: y": (1, 2, (2, 0)),
    "[PATCH [media] 1/2] x: y": (1, 2, (1, 0)),
    "[net-next,v3,1/2] x: y": (1, 2, (3, 0)),
    "[PATCH 1 of 3] x: y": (1, 3, (1, 0)),
    "[PATCH v2 0/3] x: y": (0, 3, (2, 0)),
    "[PATCH\n v2\n 1/3] x:\n y": (1, 3, (2, 0)),
    "[PATCH v2 3/3 RESEND] x: y": (3, 3, (2, 0)),
    "[PATCH 6.12 012/345] x: y": (12, 345, (1, 0)),
}


@pytest.mark.parametrize("subject", PATCHES)
def test_what_a_patch_says_of_itself(subject: str) -> None:
    tag = parse(subject)
    assert (tag.number, tag.total, tag.revision) == PATCHES[subject]
    assert (tag.patch, tag.answer, tag.title) == (True, False, "x: y")


@pytest.mark.parametrize(
    "mark",
    ["Re:", "RE: ", "AW:", "Fwd:", "Sv:", "Antw:", "Re: Re:", "Re[2]:", "VS:", "Odp:",
     "回复\N{FULLWIDTH COLON}", "[list] Re:", "Ynt:", "WG:", "RIF:"],
)  # fmt: skip
def test_marks_of_answers(mark: str) -> None:
    tag = parse(f"{mark} [PATCH v2 1/3] x: y")
    assert (tag.answer, tag.patch, tag.number, tag.title) == (True, True, 1, "x: y")


@pytest.mark.parametrize("subject", ["x: y", "[media] x: y", "mm: [tag] x", "[GIT PULL] x", ""])
def test_what_says_nothing_of_patches(subject: str) -> None:
    assert not parse(subject).patch
    assert not parse(subject).answer


@pytest.mark.parametrize(
    ("subject", "again", "branch"),
    [
        ("[PATCH RESEND v2 1/3] x", True, ""),
        ("[RESEND PATCH 6.12.y 1/3] x", True, "6.12.y"),
        ("[PATCH net-next 1/3] x", False, "net-next"),
        ("[media-list] [PATCH 1/3] x", False, ""),
        ("[PATCH -next] x", False, "-next"),
    ],
)
def test_what_else_is_said(subject: str, again: bool, branch: str) -> None:
    tag = parse(subject)
    assert (tag.again, tag.branch, tag.title) == (again, branch, "x")
