# SPDX-License-Identifier: GPL-2.0-only
"""What `make check` looks at besides Python, and that it can fail."""

import shutil
from pathlib import Path

import pytest

from tests.tools import lint


def test_our_shell_and_c_are_found() -> None:
    files = lint.sources()
    assert {Path(".ci/run"), Path("tests/own_driver/module.sh")} <= set(lint.shell_files(files))
    code = lint.c_files(files)
    assert {Path("images/init/init.c"), Path("tests/own_driver/echo/echo.c")} <= set(code)
    assert not [file for file in code if "fakelinux" in file.parts]


def test_without_a_kernel_tree_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert lint.check_c([Path("images/init/init.c")], None)
    assert "skipped: no kernel tree" in capsys.readouterr().out


def test_a_complaint_of_checkpatch_is_a_failure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = tmp_path / "checkpatch.pl"
    script.write_text('print "$ARGV[-1]:1: CHECK: bad\\n" if $ARGV[-1] =~ /init.c$/;\n')
    assert not lint.check_c([Path("images/init/init.c")], script)
    assert "images/init/init.c:1: CHECK: bad" in capsys.readouterr().out
    assert lint.check_c([Path("images/init/dump.c")], script)


def test_shellcheck_is_named_if_it_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert not lint.check_shell([Path(".ci/run")])
    assert "shellcheck is needed" in capsys.readouterr().out
