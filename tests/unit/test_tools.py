# SPDX-License-Identifier: GPL-2.0-only
"""The table of host tools, the doctor that reads it and the bootstrap that acts on it."""

import ast
import io
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from rig.host import bootstrap, doctor, tools
from rig.host.tools import Tool

CHECKOUT = Path(__file__).parents[2]


def test_every_tool_has_a_package_and_a_purpose() -> None:
    for tool in tools.table():
        assert tool.package
        assert tool.purpose


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7)", ""),
        ("QEMU emulator version 11.1.0", ""),
        ("QEMU emulator version 6.2.0", "too old"),
        ("QEMU emulator version 12.0.0", "untried"),
        ("hello", "does not tell"),
    ],
)
def test_versions_of_qemu(line: str, complaint: str) -> None:
    assert tools.qemu_complaint(line).startswith(complaint)
    assert bool(tools.qemu_complaint(line)) == bool(complaint)


def test_the_cross_compiler_can_be_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSS_COMPILE", "aarch64-none-elf-")
    names = [tool.name for tool in tools.table()]
    assert "aarch64-none-elf-gcc" in names
    assert "aarch64-linux-gnu-gcc" not in names
    monkeypatch.setenv("CROSS_COMPILE", "")
    assert not any("aarch64-linux-gnu" in tool.name for tool in tools.table())


def test_an_arm64_host_needs_no_cross_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CROSS_COMPILE", raising=False)
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    assert tools.cross_prefix() == ""


def test_a_missing_program_has_a_line_that_gets_it() -> None:
    assert tools.hint_for("flex").endswith("apt-get install --no-install-recommends flex")


def test_the_doctor_names_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    table = (
        Tool("no-such-flex", "flex", "configuration"),
        Tool("no-such-bison", "bison", "configuration"),
        Tool("no-such-dot", "graphviz", "pictures", needed=False),
    )
    monkeypatch.setattr(tools, "table", lambda: table)
    report = doctor.examine()
    assert not report.healthy
    assert report.install_line.endswith("--no-install-recommends flex bison")
    stream = io.StringIO()
    doctor.show(report, Console(file=stream, width=200))
    assert report.install_line in stream.getvalue()
    assert doctor.doctor(Console(file=io.StringIO())) == 3


def test_the_doctor_is_content_with_what_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "table", lambda: (Tool("git", "git", "trees"),))
    monkeypatch.setattr(doctor, "_ROOM", 0)
    report = doctor.examine()
    assert report.healthy
    assert report.install_line == ""
    assert report.found[0].version.startswith("git version")


def test_a_program_that_cannot_be_used_is_a_complaint(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fake = tmp_path / "qemu-system-aarch64"
    fake.write_text("#!/bin/sh\necho QEMU emulator version 5.0.0\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    found = tools.examine(Tool("qemu-system-aarch64", "qemu-system-arm", "runs the guest"))
    assert "too old" in found.complaint


def test_the_bootstrap_needs_nothing_but_python() -> None:
    """It runs before the virtual environment is there."""
    for name in ("host/bootstrap.py", "host/tools.py", "host/__init__.py", "__init__.py"):
        module = ast.parse((CHECKOUT / "rig" / name).read_text())
        names = {
            alias.name.partition(".")[0]
            for node in ast.walk(module)
            if isinstance(node, ast.Import)
            for alias in node.names
        }
        froms = [node.module or "" for node in ast.walk(module) if isinstance(node, ast.ImportFrom)]
        names |= {name.partition(".")[0] for name in froms}
        assert names <= set(sys.stdlib_module_names) | {"rig"}
        assert set(froms) & {name for name in froms if name.startswith("rig")} <= {"rig.host"}


PROGRAM = """\
#!/bin/sh
echo "$(basename "$0") $*" >> "$CALLS"
case "$(basename "$0") $*" in
apt-cache*) exit 100 ;;
esac
"""


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine on which installing is writing down; returns what was written down."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("apt-get", "apt-cache", "sudo"):
        (programs / name).write_text(PROGRAM)
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("CALLS", str(tmp_path / "calls"))
    monkeypatch.delenv("CI", raising=False)
    answers = [["flex", "bison"], []]
    monkeypatch.setattr(bootstrap, "missing_packages", lambda: answers.pop(0))
    monkeypatch.setattr(tools, "missing", lambda *_, **__: [])
    return tmp_path / "calls"


def test_root_installs_without_being_asked(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert bootstrap.install_packages(ask=True) == 0
    calls = machine.read_text().splitlines()
    assert [line for line in calls if "update" in line]
    assert calls[-1].endswith("install -y --no-install-recommends flex bison")
    assert not [line for line in calls if line.startswith("sudo")]


def test_a_user_is_asked_and_may_say_no(
    machine: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    assert bootstrap.install_packages(ask=True) == 3
    assert not machine.exists()
    assert "sudo apt-get install --no-install-recommends flex bison" in capsys.readouterr().err


@pytest.mark.parametrize("how", ["yes", "ci"])
def test_yes_and_ci_answer_the_question(
    machine: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    if how == "ci":
        monkeypatch.setenv("CI", "true")
    assert bootstrap.install_packages(ask=how != "yes") == 0
    assert machine.read_text().splitlines()[-1].startswith("sudo apt-get")


def test_without_root_and_sudo_the_line_is_printed(
    machine: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    real = shutil.which
    monkeypatch.setattr(shutil, "which", lambda name: None if name == "sudo" else real(name))
    assert bootstrap.install_packages(ask=False) == 3
    assert "apt-get install --no-install-recommends flex bison" in capsys.readouterr().err
    assert not machine.exists()


def test_a_machine_with_everything_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "missing", lambda *_, **__: [])
    monkeypatch.setattr(bootstrap, "missing_packages", list)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("a program was run"))
    assert bootstrap.install_packages(ask=True) == 0


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """A checkout in which making the environment is noted only."""
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    calls: list[list[str]] = []

    def run(argv: list[str], **_: object) -> subprocess.CompletedProcess[bytes]:
        calls.append(argv)
        if "venv" in argv:
            (tmp_path / ".venv" / "bin").mkdir(parents=True)
            (tmp_path / ".venv" / "bin" / "python").touch()
        return subprocess.CompletedProcess(argv, 0)

    monkeypatch.setattr(subprocess, "run", run)
    return calls


def test_the_environment_is_made_once(environment: list[list[str]], tmp_path: Path) -> None:
    assert bootstrap.install_python(tmp_path, dev=False) == 0
    assert [argv[-1] for argv in environment] == [str(tmp_path / ".venv"), str(tmp_path)]
    assert bootstrap.install_python(tmp_path, dev=False) == 0
    assert len(environment) == 2


def test_another_project_file_or_more_tools_make_it_again(
    environment: list[list[str]], tmp_path: Path
) -> None:
    bootstrap.install_python(tmp_path, dev=False)
    bootstrap.install_python(tmp_path, dev=True)
    assert environment[-1][-1] == f"{tmp_path}[dev]"
    bootstrap.install_python(tmp_path, dev=False)
    assert len(environment) == 3, "what developers have is enough for users"
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    bootstrap.install_python(tmp_path, dev=False)
    assert len(environment) == 4


def test_nothing_missing_costs_little() -> None:
    code = "from rig.host import bootstrap; print(bootstrap.missing_packages())"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("[")
