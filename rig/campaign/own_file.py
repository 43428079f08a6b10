# SPDX-License-Identifier: GPL-2.0-only
"""Scenarios that a campaign makes: each is a file beside its evidence, so that it can run again."""

from dataclasses import replace

from rig.model.scenario import SUFFIX, Scenario, text
from rig.run.gate import Gate


def with_file_of(scenario: Scenario, gate: Gate) -> Gate:
    """Write a scenario into the run directory of a gate.

    Returns:
        the gate, of which the commands name the file: it stands for the scenario of its name,
        wherever that came from.
    """
    file = gate.directory.path / f"{scenario.name}{SUFFIX}"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text(scenario))
    return gate.with_options(replace(gate.options, scenario_files=(file,)))
