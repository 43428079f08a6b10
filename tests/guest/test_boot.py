# SPDX-License-Identifier: GPL-2.0-only
"""The interactive shell, as a person at a terminal meets it, and commands that nobody types."""

import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

from tests.guest.conftest import M2mRig

PROMPT = r"m2m-rig# "
BOOT = [sys.executable, "-m", "rig", "boot"]


def test_a_shell_in_the_guest(tmp_path: Path) -> None:
    shell = pexpect.spawn(
        BOOT[0],
        [*BOOT[1:], "--module", "vim2m", "--out", str(tmp_path)],
        encoding="utf-8",
        timeout=600,
        dimensions=(33, 101),
    )
    shell.expect("exit, or Ctrl-D, ends the guest")
    shell.expect(PROMPT)
    shell.sendline("cat /proc/sys/kernel/prove_locking; ls /dev/video0; echo sta''tus $?")
    shell.expect(r"1\s+/dev/video0\s+status 0")
    shell.expect(PROMPT)
    shell.sendline("stty size")
    shell.expect("33 101")
    shell.expect(PROMPT)
    shell.sendline("exit 3")
    shell.expect("guest ended: guest-shutdown")
    shell.expect(pexpect.EOF)
    shell.close()
    assert shell.exitstatus == 3
    [log] = tmp_path.glob("*/serial.log")
    assert "Booting Linux" in log.read_text()


@pytest.mark.parametrize(
    ("words", "typed", "told", "status"),
    [
        (["--module", "vim2m", "--", "ls", "/dev/video0"], "", "/dev/video0\n", 0),
        (["--", "printf 'a\\tb\\n'; exit 7"], "ignored", "a\tb\n", 7),
        ([], "echo one\nexit 9\n", "one\n", 9),
        ([], "", "", 0),
    ],
    ids=["command", "line", "pipe", "nothing"],
)
def test_a_command_gives_its_output_and_its_status(
    words: list[str], typed: str, told: str, status: int, tmp_path: Path
) -> None:
    done = subprocess.run(
        [*BOOT, "--out", tmp_path, *words], input=typed.encode(), capture_output=True
    )
    assert (done.returncode, done.stdout.decode()) == (status, told), done.stderr.decode()


def test_a_guest_that_nobody_reads_ends(tmp_path: Path) -> None:
    words = [*BOOT, "--out", str(tmp_path), "--", "yes"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as boot:
        assert boot.stdout is not None
        assert boot.stdout.readline() == b"y\n"
        boot.stdout.close()
        assert boot.wait(timeout=600) == 141


def test_an_unknown_module_is_named(m2m_rig: M2mRig) -> None:
    boot = m2m_rig("boot", "--module", "vim3m")
    assert boot.status == 4
    assert "no module 'vim3m' in this kernel" in boot.errors
