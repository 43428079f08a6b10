# SPDX-License-Identifier: GPL-2.0-only
"""The CI files of docs/guide/ci ask for nothing that the command line does not know."""

import re
import shlex

import pytest

from rig.commands.choice import parse_options
from rig.run.chosen import chosen_scenarios
from tests.ci.test_files import github_lines, gitlab_lines


@pytest.mark.parametrize("lines", [github_lines(), gitlab_lines()], ids=["github", "gitlab"])
def test_their_runs_are_understood(lines: tuple[dict[str, str], list[str]]) -> None:
    environment, scripts = lines
    (line,) = [script for script in scripts if "/m2m-rig run " in script]
    filled = re.sub(r"\$(\w+)", lambda found: environment[found[1]], line)
    options = parse_options(shlex.split(filled)[1:])
    assert options.series == "producer-fence"
    assert options.seeds == (1, 2, 3)
    assert options.shard == (1, 2)
    assert chosen_scenarios(options)
