# SPDX-License-Identifier: GPL-2.0-only
"""The CI files of docs/guide/ci ask for nothing that the command line does not know."""

import re
import shlex

import pytest

from rig.commands.choice import parse_options
from rig.commands.grammar import parser
from rig.run.chosen import chosen_scenarios
from tests.ci.test_files import (
    Lines,
    container_lines,
    github_lines,
    github_whole,
    gitlab_lines,
    gitlab_whole,
)


@pytest.mark.parametrize("lines", [github_lines(), gitlab_lines()], ids=["github", "gitlab"])
def test_their_runs_are_understood(lines: Lines) -> None:
    environment, scripts = lines
    (line,) = [script for script in scripts if "/m2m-rig run " in script]
    # A red shard is judged with the others.
    command, _, ends = line.partition(" || ")
    assert ends == "test $? -le 2"
    filled = re.sub(r"\$(\w+)", lambda found: environment[found[1]], command)
    options = parse_options(shlex.split(filled)[1:])
    assert options.series == "producer-fence"
    assert options.seeds == (1, 2, 3)
    assert options.shard == (1, 2)
    assert chosen_scenarios(options)


@pytest.mark.parametrize("lines", [github_whole(), gitlab_whole()], ids=["github", "gitlab"])
def test_the_verdict_is_that_of_all_shards(lines: list[str]) -> None:
    arguments = parser().parse_args(shlex.split(lines[-1])[1:])
    assert arguments.verb == "merge"
    assert str(arguments.directories[0]) == "shards/*/*"


def test_the_container_has_a_kernel_if_that_is_asked_for() -> None:
    environment, scripts = container_lines()
    [line] = [script for script in scripts if "m2m-rig build" in script]
    filled = re.sub(r"\$(\w+)", lambda found: environment[found[1]], line)
    test, _, command = filled.partition(" || ")
    assert shlex.split(test) == ["test", "-z", ""]
    assert parser().parse_args(shlex.split(command)[1:]).series == "producer-fence"
    assert environment["PATH"].startswith("/opt/m2m-rig/.venv/bin:")
