# SPDX-License-Identifier: GPL-2.0-only
"""The interactive shell, as a person at a terminal meets it."""

import sys
from pathlib import Path

import pexpect

from tests.guest.conftest import M2mRig

PROMPT = r"m2m-rig# "


def test_a_shell_in_the_guest(tmp_path: Path) -> None:
    shell = pexpect.spawn(
        sys.executable,
        ["-m", "rig", "boot", "--module", "vim2m", "--out", str(tmp_path)],
        encoding="utf-8",
        timeout=600,
    )
    shell.expect(PROMPT)
    shell.sendline("cat /proc/sys/kernel/prove_locking; ls /dev/video0; echo sta''tus $?")
    shell.expect(r"1\s+/dev/video0\s+status 0")
    shell.expect(PROMPT)
    shell.sendline("exit")
    shell.expect("guest ended: guest-shutdown")
    shell.expect(pexpect.EOF)
    shell.close()
    assert shell.exitstatus == 0
    [log] = tmp_path.glob("*/serial.log")
    assert "Booting Linux" in log.read_text()


def test_an_unknown_module_is_named(m2m_rig: M2mRig) -> None:
    boot = m2m_rig("boot", "--module", "vim3m")
    assert boot.status == 4
    assert "no module 'vim3m' in this kernel" in boot.errors
