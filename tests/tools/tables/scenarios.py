# SPDX-License-Identifier: GPL-2.0-only
"""All scenarios that come with the rig, by what they are about, and when they run."""

from collections.abc import Iterable
from pathlib import Path

from rig.base.paths import SCENARIOS
from rig.model import templates
from rig.model.scenario import Scenario, load_all
from rig.run.chosen import wide
from rig.run.families import families
from tests.tools.made import table

# Below rig/scenarios: when those of a folder run.
_ASKED = "if named"
_WHEN = {".": "", "soak": f"in a soak, or {_ASKED}"}


def made() -> str:
    found = [(s, _when(path)) for path in _folders() for s in load_all(path)]
    found += [(each, _ASKED) for each in templates.made()]
    found += [(family, "") for family in families(load_all(SCENARIOS))]
    found += [(family, _ASKED) for family in families(wide())]
    topics = sorted({scenario.about for scenario, _ in found})
    return "\n\n".join(f"## {topic}\n\n{_topic(topic, found)}" for topic in topics)


def _topic(topic: str, found: Iterable[tuple[Scenario, str]]) -> str:
    of_it = sorted((s.name, s.title, when) for s, when in found if s.about == topic)
    rows = [(f"`{name}`", title, when) for name, title, when in of_it]
    return table(("scenario", "what it shows", "runs"), rows)


def _folders() -> list[Path]:
    return [SCENARIOS, *sorted(path for path in SCENARIOS.iterdir() if path.is_dir())]


def _when(folder: Path) -> str:
    return _WHEN.get(str(folder.relative_to(SCENARIOS)), _ASKED)
