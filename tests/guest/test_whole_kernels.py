# SPDX-License-Identifier: GPL-2.0-only
"""Every kernel that has a name does what the default one does: a little of it each day, the whole
of it with `-m long`.

The first build of a kernel takes minutes; the compiler's cache has it from then on.
"""

import subprocess
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from rig.base.paths import ROOT
from rig.kernel.layout import Layout
from rig.kernel.source import Catalogue
from tests.guest.conftest import M2mRig, passed_key

CATALOGUE = Catalogue.load(Layout.bundled().kernels)
OTHERS = [name for name in CATALOGUE.kernels if name != CATALOGUE.default]

# One case for each driver in which a consumer meets a fence, and one in which nothing happens.
THIN = ("idle", "vim2m-export", "visl-signal", "vicodec-signal", "hantro-signal", "rga-copy")

Passed = Callable[[str, str], None]


@pytest.fixture
def passed(pytestconfig: pytest.Config) -> Passed:
    """Write down that a kernel passed, for the next `make test-long` to say."""

    def note(kernel: str, release: str) -> None:
        describe = ["git", "-C", str(ROOT), "describe", "--always", "--dirty"]
        commit = subprocess.run(describe, capture_output=True, text=True).stdout.strip()
        when = datetime.now(UTC).strftime("%Y-%m-%d")
        assert pytestconfig.cache is not None
        said = f"{when}, Linux {release}, m2m-rig {commit or 'without git'}"
        pytestconfig.cache.set(passed_key(kernel), said)

    return note


@pytest.mark.parametrize("kernel", OTHERS)
@pytest.mark.parametrize(("series", "claim"), [("none", "locks"), ("producer-fence", "fences")])
def test_one_case_for_each_driver_keeps_its_claim(
    m2m_rig: M2mRig, kernel: str, series: str, claim: str
) -> None:
    run = m2m_rig("run", "--kernel", kernel, "--series", series, "--claim", claim, *THIN)
    assert run.status == 0, run.output + run.errors
    assert run.verdict["claims"][claim] == "CLEAN"


@pytest.mark.long
@pytest.mark.parametrize("kernel", OTHERS)
def test_everything(m2m_rig: M2mRig, kernel: str, passed: Passed) -> None:
    whole = ("--kernel", kernel)
    series = m2m_rig("run", *whole, "--series", "producer-fence", "--seeds", "3")
    assert series.status == 0, series.output + series.errors
    assert series.verdict["claims"] == {"locks": "CLEAN", "uapi": "CLEAN", "fences": "CLEAN"}
    base = m2m_rig("run", *whole, "--series", "none")
    assert base.status == 0, base.output + base.errors
    for other in ("none", "release-fence-v1", "release-fence-v2"):
        control = m2m_rig("run", "--kernel", kernel, "--series", other, "--claim", "fences", *THIN)
        assert control.status == 1, control.output + control.errors
        assert control.verdict["claims"]["fences"] == "DIRTY"
    passed(kernel, series.verdict["kernel"])
