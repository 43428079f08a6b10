# SPDX-License-Identifier: GPL-2.0-only
"""A shell in a guest that is none."""

import io
import os
import pty
from pathlib import Path

import pytest

from rig.base.errors import GuestError, InputError
from rig.model.plan import shell_plan, shell_status
from rig.run.shell import boot_shell, command_of
from tests.unit.workshop import Workshop, workshop


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    made = workshop(tmp_path)
    monkeypatch.setenv("FAKE_QEMU", str(made.fates))
    return made


def ends(shop: Workshop, line: bytes) -> None:
    """The shell of the next guests ends, and init says this."""
    shop.luck({"*": [shop.left(line.decode(), (b"# end\n", line + b"# end\n"))]})


def test_a_plan_for_a_person_and_one_for_a_command() -> None:
    typed = shell_plan([("vim2m.ko", ())], size=(50, 132))
    assert typed.splitlines()[3:] == ["module vim2m.ko", "terminal 50 132", "shell", "end"]
    assert "\nshell echo%20%25\nend" in shell_plan([], "echo %")
    # Nothing to do is not nothing said: nobody is there to type.
    assert "\nshell :\nend" in shell_plan([], "")


def test_the_status_is_that_of_the_last_line_of_init() -> None:
    assert shell_status("KTAP version 1\n# case shell\n# shell 7\n# end\n") == 7
    assert shell_status("KTAP version 1\n# case shell\n") is None
    assert shell_status(" # shell 0\n# shells 1\n") is None


@pytest.mark.parametrize(
    ("words", "command"),
    [
        (["exit 7"], "exit 7"),
        (["ls", "-l", "/dev/video*"], "ls -l '/dev/video*'"),
        (["echo", "a  b"], "echo 'a  b'"),
    ],
)
def test_one_word_is_a_line_and_several_are_a_command(words: list[str], command: str) -> None:
    assert command_of(words) == command


def test_what_comes_from_a_pipe_is_the_script(monkeypatch: pytest.MonkeyPatch) -> None:
    for text in ("exit 7\n", ""):
        monkeypatch.setattr("sys.stdin", io.StringIO(text))
        assert command_of(()) == text
    master, slave = pty.openpty()
    with os.fdopen(slave) as terminal:
        monkeypatch.setattr("sys.stdin", terminal)
        assert command_of(()) is None
    os.close(master)


@pytest.mark.parametrize("status", [0, 7, 137])
def test_the_status_of_the_command_is_that_of_boot(shop: Workshop, status: int) -> None:
    ends(shop, f"# shell {status}\n".encode())
    assert boot_shell(shop.gate, ("vim2m",), f"exit {status}") == status
    plan = (shop.gate.directory.path / "plan").read_bytes()
    assert f"\nshell exit%20{status}\n".encode() in plan


def test_a_person_is_told_how_to_leave(
    shop: Workshop, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", Path("/dev/null").open())  # noqa: SIM115
    ends(shop, b"# shell 0\n")
    assert boot_shell(shop.gate, (), None) == 0
    assert "exit, or Ctrl-D, ends the guest\n" in capsys.readouterr().err
    assert boot_shell(shop.gate, (), "true") == 0
    assert capsys.readouterr().err == ""


def test_a_guest_that_ends_before_its_shell_is_no_status(shop: Workshop) -> None:
    shop.luck({"*": ["guest-reset"]})
    with pytest.raises(GuestError, match="the guest ended before its shell did: guest-reset"):
        boot_shell(shop.gate, (), "echo b > /proc/sysrq-trigger")
    ends(shop, b"# what\n")
    with pytest.raises(GuestError, match="before its shell did"):
        boot_shell(shop.gate, (), "true")


def test_a_guest_that_nobody_reads_ends(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """As with `| head -1`: the command would go on for ever."""
    reading, writing = os.pipe()
    shop.luck({"*": ["frozen"]})
    with os.fdopen(writing, "w") as pipe:
        monkeypatch.setattr("sys.stdout", pipe)
        os.close(reading)
        with pytest.raises(BrokenPipeError):
            boot_shell(shop.gate, (), "yes")


def test_a_guest_that_somebody_reads_goes_on(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, writing = os.pipe()
    ends(shop, b"# shell 3\n")
    with os.fdopen(writing, "w") as pipe, os.fdopen(reading):
        monkeypatch.setattr("sys.stdout", pipe)
        assert boot_shell(shop.gate, (), "exit 3") == 3


def test_a_command_that_is_too_long_is_refused(shop: Workshop) -> None:
    with pytest.raises(InputError, match=r"takes \d+ bytes in the plan, 16383 fit"):
        boot_shell(shop.gate, (), "x" * 20000)
    assert shop.starts() == []
