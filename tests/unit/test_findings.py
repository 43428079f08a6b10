# SPDX-License-Identifier: GPL-2.0-only
"""The findings: nothing on record is missing, and every command shows what it says."""

import re
import shlex
from functools import cache
from pathlib import Path

import pytest

from rig.base.paths import KERNEL_CONFIG, KNOWN_ISSUES, ROOT
from rig.commands.choice import options_of
from rig.commands.grammar import parser
from rig.kernel.patch import Patch
from rig.model.known import KnownIssue, load_all
from rig.model.options import Options
from rig.run.chosen import chosen_scenarios
from tests.documents import Command, commands

PAGE = ROOT / "docs" / "reference" / "findings.md"
FIXES = sorted((KERNEL_CONFIG / "fixes").glob("*.patch"))
PATCHES = [
    *sorted((KERNEL_CONFIG / "fixes").glob("**/*.patch")),
    *sorted((KERNEL_CONFIG / "series").glob("*/*.patch")),
]
ALL = load_all(KNOWN_ISSUES)
ISSUES = [issue for issue in ALL if not issue.strict]
# What strict kernels say beyond what is wrong.
NOISE = [issue for issue in ALL if issue.strict]
COMMANDS = list(commands(PAGE))

# "## heading" and what is below it.
SECTIONS = dict(re.findall(r"^## (.+)\n((?:(?!^## ).*\n)*)", PAGE.read_text(), re.MULTILINE))


def subject(path: Path) -> str:
    return Patch.parse(path.name, path.read_bytes()).subject


def options(command: Command) -> Options:
    return options_of(parser().parse_args(shlex.split(command.text)[1:]))


@cache
def scenarios(command: Command) -> tuple[str, ...]:
    return tuple(scenario.name for scenario in chosen_scenarios(options(command)))


@cache
def concerning(command: Command) -> list[KnownIssue]:
    """The known issues that a command is asked for."""
    asked = options(command)
    patches = [subject(ROOT / path) for path in asked.patches]
    release = f"{(asked.kernel or 'linux-6.12').removeprefix('linux-')}-m2m-rig"
    return [
        issue
        for issue in ISSUES
        for scenario in scenarios(command)
        if issue.concerns(scenario, asked.series, release, patches)
    ]


def commands_of(section: str) -> list[Command]:
    return [command for command in COMMANDS if command.text in section]


@pytest.mark.parametrize("command", COMMANDS, ids=str)
def test_a_command_runs_scenarios_and_patches_that_exist(command: Command) -> None:
    assert len(scenarios(command)) == 1
    for patch in options(command).patches:
        assert (ROOT / patch).is_file()


@pytest.mark.parametrize("heading", SECTIONS)
def test_every_section_is_in_the_table_and_has_a_command(heading: str) -> None:
    table = PAGE.read_text().split("\n## ", 1)[0]
    assert f"| [{heading}](#" in table
    # A job that takes for ever refers to the one above.
    assert commands_of(SECTIONS[heading])


@pytest.mark.parametrize("issue", ISSUES, ids=lambda issue: issue.name)
def test_every_known_issue_has_a_section_that_shows_it(issue: KnownIssue) -> None:
    (section,) = [text for text in SECTIONS.values() if f"Known issue `{issue.name}`" in text]
    shown = [command for command in commands_of(section) if issue in concerning(command)]
    assert len(shown) == 1
    assert not options(shown[0]).patches


def test_noise_is_on_the_page_of_strict_kernels() -> None:
    text = (ROOT / "docs" / "explain" / "strict.md").read_text()
    assert NOISE
    assert {issue.name for issue in NOISE} == set(re.findall(r"Known issue `([\w-]+)`", text))


@pytest.mark.parametrize("path", FIXES, ids=lambda path: path.name)
def test_every_fix_mends_a_known_issue_and_has_a_command(path: Path) -> None:
    mended = [issue for issue in ISSUES if subject(path) in issue.fixed_by]
    names = [f"Known issue `{issue.name}`" for issue in mended]
    sections = [text for text in SECTIONS.values() if any(name in text for name in names)]
    (command,) = [
        command
        for section in sections
        for command in commands_of(section)
        if f"--patch kernel-config/fixes/{path.name}" in command.text
    ]
    assert [issue for issue in concerning(command) if issue in mended] == []


@pytest.mark.parametrize("issue", ISSUES, ids=lambda issue: issue.name)
def test_what_mends_a_known_issue_exists(issue: KnownIssue) -> None:
    assert set(issue.fixed_by) <= {subject(path) for path in PATCHES}


@pytest.mark.parametrize("path", FIXES, ids=lambda path: path.name)
def test_a_fix_can_be_sent(path: Path) -> None:
    text = path.read_text()
    assert text.startswith(
        "From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001\n"
    )
    assert "\nSigned-off-by: m2m-rig developers <m2m-rig@localhost>\n---\n" in text
    for tag in re.findall(r"^Fixes: .*$", text, re.MULTILINE):
        assert re.fullmatch(r'Fixes: [0-9a-f]{12} \(".+"\)', tag)
