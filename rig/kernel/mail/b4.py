# SPDX-License-Identifier: GPL-2.0-only
"""A second reader of mailboxes, where it is installed: b4, as kernel maintainers use it.

It is asked, not believed: it takes an incomplete thread without an error, and what a run tests must
not depend on what is installed.  Where the two readers differ, the user is told.
"""

import shutil
import tempfile
from pathlib import Path
from typing import Final

from rig.host import command, tools
from rig.kernel.mail import message

# No network: it would look for more trailers, and for keys in the domain name system.
_OFFLINE: Final = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "b4.attestation-policy",
    "GIT_CONFIG_VALUE_0": "off",
}


def diffs(content: bytes) -> tuple[bytes, ...] | None:
    """The diffs that b4 takes out of a mailbox, in order; None if it is not installed, or does not
    come to a whole series."""
    program = shutil.which("b4", path=tools.search_path())
    if program is None:
        return None
    with tempfile.TemporaryDirectory(prefix="m2m-rig-b4-") as scratch:
        place = Path(scratch)
        (place / "thread.mbox").write_bytes(content)
        (place / "out").mkdir()
        options = ("--offline-mode", "--no-interactive", "am", "--no-cache", "--no-add-trailers")
        homes = {"HOME": scratch, "XDG_DATA_HOME": scratch, "XDG_CACHE_HOME": scratch}
        done = command.run(
            [program, *options, "-m", place / "thread.mbox", "-o", place / "out"],
            cwd=place,
            env={**_OFFLINE, **homes},
            check=False,
        )
        written = sorted((place / "out").glob("*.mbx"))
        if done.status != 0 or len(written) != 1:
            return None
        mails = message.read(written[0].read_bytes(), "b4")
    numbers = [mail.tag.number or 1 for mail in mails]
    totals = {mail.tag.total or 1 for mail in mails}
    counted = numbers == list(range(1, max(totals, default=0) + 1))
    whole = bool(mails) and counted and all(mail.diff.sound for mail in mails)
    return tuple(mail.diff.text for mail in mails) if whole else None
