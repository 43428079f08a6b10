# SPDX-License-Identifier: GPL-2.0-only
"""A series that makes fences is judged by them, whether or not it says so."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from rig.base.paths import SCENARIOS
from rig.kernel import fences, series
from rig.kernel.layout import Layout
from rig.kernel.patch import Patch
from rig.kernel.series import Series
from rig.model.claim import Claim
from rig.model.claims.fences import CLAIM as FENCES
from rig.model.claims.locks import CLAIM as LOCKS
from rig.model.claims.uapi import CLAIM as UAPI
from rig.model.options import Options
from rig.model.scenario import load_all
from rig.run import claimed
from tests.unit.kernel.conftest import Rig

CORE = "drivers/media/common/videobuf2/videobuf2-core.c"
VIM2M = "drivers/media/test-drivers/vim2m.c"
KNOWN = claimed.known_drivers(())

BOTH = (LOCKS, UAPI, FENCES)


def adding(line: str, path: str = CORE, name: str = "1.patch") -> Patch:
    text = f"--- a/{path}\n+++ b/{path}\n@@ -0,0 +1 @@\n+{line}\n"
    return Patch.parse(name, text.encode())


@pytest.mark.parametrize(
    "line",
    ["\tdma_resv_add_fence(resv, fence, DMA_RESV_USAGE_WRITE);", "\tdma_fence_init(&f->base, ops,",
     "dma_fence_signal_locked(f);", "sync_file = sync_file_create (fence);",
     "dma_fence_init64(f);", "\tdma_fence_signal_timestamp(f, now);"],
)  # fmt: skip
@pytest.mark.parametrize("path", [CORE, VIM2M, "include/media/videobuf2-core.h"])
def test_what_makes_or_signals_a_fence(line: str, path: str) -> None:
    found = series.recognised(Series("mine", (adding(line, path),)))
    assert found.claims == BOTH
    assert found.drivers is None
    assert found.guess.startswith("claim fences is judged too, because 1.patch calls ")
    assert "--claim locks leaves it out" in found.guess


@pytest.mark.parametrize(
    "line",
    ["\tdma_fence_wait(f, true);", "\tf = sync_file_get_fence(fd);", "\tvb2_attach_fence(vb);",
     "\tdma_resv_wait_timeout(r, u, false, t);"],
)  # fmt: skip
def test_what_may_only_wait_for_a_fence_is_said(line: str) -> None:
    found = series.recognised(Series("mine", (adding(line),)))
    assert found.claims == (LOCKS, UAPI)
    assert found.guess.startswith("judged without fences, though 1.patch calls ")
    assert "--claim fences" in found.guess


@pytest.mark.parametrize(
    ("line", "path"),
    [
        (" * dma_fence_signal() is called here", CORE),
        ("\tx = 1; /* dma_fence_signal(f) */", CORE),
        ("// dma_fence_signal(f);", CORE),
        ('\tpr_debug("dma_fence_signal(%p)", f);', CORE),
        ("dma_fence_signal(f);", "Documentation/media/x.rst"),
        ("dma_fence_signal(f);", "drivers/gpu/drm/x.c"),
        ("\tvb2_buffer_done(vb, state);", CORE),
    ],
)
def test_words_and_other_subsystems_are_no_fences(line: str, path: str) -> None:
    plain = Series("mine", (adding(line, path),))
    assert series.recognised(plain) == plain


def test_lines_that_are_taken_away_are_no_fences() -> None:
    text = adding("dma_fence_signal(f);").text.replace(b"+dma", b"-dma")
    assert fences.sign([Patch.parse("1", text)]) is None


@pytest.mark.parametrize("name", ["release-fence-v1", "release-fence-v2", "producer-fence"])
def test_a_real_series_without_its_description(name: str, tmp_path: Path) -> None:
    """Its claims, its trace event and its drivers are found in its patches."""
    bundled = series.load(name, Layout.bundled().series)
    for file in (Layout.bundled().series / name).glob("*.patch"):
        shutil.copy(file, tmp_path)
    found = series.load(str(tmp_path), Layout.bundled().series)
    assert found.digest == bundled.digest
    assert (found.claims, found.publishes) == (bundled.claims, bundled.publishes)
    known = KNOWN
    assert sorted(claimed.drivers(found, known)) == sorted(bundled.drivers or ())
    # What comes before the first fence is judged for locks, and a driver that is not through not.
    first = found.prefix(1)
    assert first.claims == BOTH
    assert claimed.drivers(first, known) == ()
    assert claimed.drivers(found.prefix(2), known) in (("vim2m",), ())


def test_whose_fences_are_judged() -> None:
    fence, other = adding("dma_fence_init(f);"), adding("dma_fence_init(f);", VIM2M)
    core = series.recognised(Series("mine", (fence,)))
    assert claimed.drivers(core, KNOWN) == ()
    assert claimed.drivers(series.recognised(Series("mine", (fence, other))), KNOWN) == ("vim2m",)
    # A driver that nobody knows: not all others in its place.
    foreign = adding("dma_fence_init(f);", "drivers/media/platform/maker/chip/chip-core.c")
    lone = series.recognised(Series("mine", (foreign,)))
    assert claimed.drivers(lone, KNOWN) == ("chip-core",)
    assert claimed.drivers(Series("said", drivers=("x",)), KNOWN) == ("x",)


def test_what_no_scenario_judges_is_asked_for_by_name_only() -> None:
    """Of what holds for any kernel; what a series promises is missed where nobody looks."""
    found = Series("mine", claims=BOTH)
    scenarios = {each.name: each for each in load_all(SCENARIOS)}
    idle, other = scenarios["idle"], replace(scenarios["idle"], claims=(UAPI,))
    assert claimed.asked_for((), found, [idle]) == (LOCKS, FENCES)
    assert claimed.asked_for((), found, [idle, other]) == BOTH
    assert claimed.asked_for((), found, []) == BOTH
    assert claimed.asked_for((UAPI,), found, [idle]) == (UAPI,)


def notes(rig: Rig, found: Series, *claims: Claim) -> list[str]:
    request = rig.request(series=found, notes=("v2 of 2 versions",))
    return list(claimed.notes(request, found.claims, Options(claims=claims), KNOWN))


def test_what_is_said_aloud(rig: Rig) -> None:
    found = series.recognised(Series("mine", (adding("dma_fence_init(f);", VIM2M),)))
    assert notes(rig, found) == [
        "v2 of 2 versions",
        found.guess,
        "fences are judged on vim2m",
        "the series does not trace vb2_fence_publish, so that each fence is published, and when, "
        "is not judged",
    ]
    assert found.guess not in notes(rig, found, FENCES)
    foreign = adding("dma_fence_init(f);", "drivers/media/platform/maker/chip.c")
    both = series.recognised(Series("mine", (*found.patches, foreign)))
    assert "no scenario shows the fences of chip" in notes(rig, both)


def test_a_series_that_traces_what_it_publishes_needs_no_word(rig: Rig) -> None:
    whole = series.load("producer-fence", Layout.bundled().series)
    assert notes(rig, whole) == ["v2 of 2 versions"]
    assert notes(rig, Series("none")) == ["v2 of 2 versions"]


def test_who_says_claims_is_believed_and_who_does_not_is_looked_at(rig: Rig) -> None:
    patch = adding("dma_fence_init(f);").text
    silent = rig.add_series("silent", patch, about="title: x\ndrivers: [vim2m]\n")
    assert (silent.claims, silent.drivers) == (BOTH, ("vim2m",))
    spoken = rig.add_series("spoken", patch, about="claims: [locks]\n")
    assert (spoken.claims, spoken.guess) == ((LOCKS,), "")
