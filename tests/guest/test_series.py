# SPDX-License-Identifier: GPL-2.0-only
"""A series of the user's: as a directory, as a mailbox, and in all the ways it can be wrong."""

import re
from pathlib import Path

import pytest

from tests.guest.conftest import M2mRig
from tests.unit.outcomes import judged

# Each patch is what somebody who never saw this rig might send.
NOTICE = """\
From 1111111111111111111111111111111111111111 Mon Sep 17 00:00:00 2001
From: A Developer <developer@example.org>
Date: Thu, 1 Jan 2026 12:00:00 +0000
Subject: [PATCH {number}/1] media: vim2m: say {word} when probed

One more line in the log.

Signed-off-by: A Developer <developer@example.org>
---
 drivers/media/test-drivers/vim2m.c | 1 +
 1 file changed, 1 insertion(+)

diff --git a/drivers/media/test-drivers/vim2m.c b/drivers/media/test-drivers/vim2m.c
--- a/drivers/media/test-drivers/vim2m.c
+++ b/drivers/media/test-drivers/vim2m.c
@@ -{line},6 +{line},7 @@
 \tdev->v4l2_dev.mdev = &dev->mdev;
 #endif
 {context}
+\tpr_info("vim2m says {word}\\n");
 \tret = video_register_device(vfd, VFL_TYPE_VIDEO, 0);
 \tif (ret) {{
 \t\tv4l2_err(&dev->v4l2_dev, "Failed to register video device\\n");
--
2.39.5

"""

ONE = NOTICE.format(number=1, word="one", line=1359, context="")
BROKEN = ONE.replace('pr_info("vim2m says one\\n");', "this is no C;")
ELSEWHERE = ONE.replace("dev->v4l2_dev", "dev->elsewhere").replace("ret = video", "ret = audio")
COVER = """\
From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001
From: A Developer <developer@example.org>
Date: Thu, 1 Jan 2026 12:00:00 +0000
Subject: [PATCH 0/1] media: vim2m: talk more

There is no diff in a cover letter.

--
2.39.5

"""


def test_a_directory_is_built_booted_and_judged(m2m_rig: M2mRig, tmp_path: Path) -> None:
    series = tmp_path / "my series"
    series.mkdir()
    (series / "0001-one.patch").write_text(ONE)
    run = m2m_rig("run", "vim2m-export", "--series", str(series))
    assert run.status == 0, run.output + run.errors
    assert run.directory is not None
    assert "vim2m says one" in (run.directory / "cases/vim2m-export-s1/serial.log").read_text()


def test_a_mailbox_with_a_cover_letter(m2m_rig: M2mRig, tmp_path: Path) -> None:
    mailbox = tmp_path / "series.mbx"
    mailbox.write_text(COVER + ONE)
    run = m2m_rig("run", "vim2m-export", "--series", str(mailbox))
    assert run.status == 0, run.output + run.errors
    assert run.directory is not None
    assert "vim2m says one" in (run.directory / "cases/vim2m-export-s1/serial.log").read_text()


@pytest.mark.parametrize(
    ("patch", "message"),
    [
        (ELSEWHERE, "does not apply"),
        (BROKEN, r"drivers/media/test-drivers/vim2m\.c:\d+:\d+: error: unknown type name 'this'"),
    ],
)
def test_a_bad_patch_is_bad_input(
    m2m_rig: M2mRig, tmp_path: Path, patch: str, message: str
) -> None:
    file = tmp_path / "bad.patch"
    file.write_text(patch)
    run = m2m_rig("run", "--patch", str(file))
    assert run.status == 4
    assert re.search(message, run.errors), run.errors
    assert "Traceback" not in run.errors
    # What failed leaves nothing behind that a later run could take for good.
    assert m2m_rig("build").status == 0


def test_a_symbol_that_cannot_be_had(m2m_rig: M2mRig, tmp_path: Path) -> None:
    fragment = tmp_path / "mine.config"
    fragment.write_text("# mine\nCONFIG_NUMA_BALANCING=y\n")
    run = m2m_rig("run", "--fragment", str(fragment))
    assert run.status == 4
    assert f"{fragment}:2: CONFIG_NUMA_BALANCING: wanted y, got n" in run.errors
    assert "NUMA=n" in run.errors


# Fences that nobody here has written: in the driver, with names of its own, without tracepoints.
VIM2M_JOBS = Path(__file__).parent / "vim2m-jobs"


def test_fences_of_any_make_are_judged(m2m_rig: M2mRig) -> None:
    imports = ("import-system-fresh", "import-system-pending", "starve-import", "outlive-import")
    names = ["vim2m-export", *(f"vim2m-{name}" for name in imports)]
    claims = ("--claim=locks", "--claim=fences")
    run = m2m_rig("run", *names, "--series", str(VIM2M_JOBS), *claims)
    assert run.status == 1, run.output + run.errors
    cases = {case["scenario"]: case for case in run.verdict["cases"]}
    assert {name: judged(case["claims"]) for name, case in cases.items()} == {
        name: {"locks": "CLEAN", "fences": "DIRTY" if name == "vim2m-export" else "CLEAN"}
        for name in names
    }
    # Exported memory is left out, and that is found in each way; imported memory has fences.
    assert {reason["id"] for reason in cases["vim2m-export"]["reasons"]} == {
        "fence.stub-in-flight",
        "fence.ready-in-flight",
        "exercise.no-fence",
    }
    assert run.directory is not None
    seen = (run.directory / "cases/vim2m-import-system-fresh-s1/results.ktap").read_text()
    assert "fence-driver=vim2m-job timeline=done" in seen
