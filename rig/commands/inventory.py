# SPDX-License-Identifier: GPL-2.0-only
"""`m2m-rig list`: the names that other verbs understand."""

from collections.abc import Iterator

from rig.base.paths import SCENARIOS
from rig.kernel.config import profiles
from rig.kernel.layout import Layout
from rig.kernel.series import bundled_names, load
from rig.kernel.source import Catalogue
from rig.model import drivers
from rig.model.scenario import load_all
from rig.run.families import families


def inventory(layout: Layout | None = None) -> Iterator[tuple[str, tuple[tuple[str, str], ...]]]:
    """Headings, each with names and what they are; of what comes with the rig, if nothing else."""
    layout = layout or Layout.bundled()
    catalogue = Catalogue.load(layout.kernels)
    yield (
        "kernels (--kernel)",
        tuple(
            (name, catalogue.titles[name] + (", default" if name == catalogue.default else ""))
            for name in catalogue.kernels
        ),
    )
    yield (
        "series (--series)",
        tuple((name, load(name, layout.series).title) for name in bundled_names(layout.series)),
    )
    yield "profiles (--profile, joined by +)", tuple((n, "") for n in profiles(layout.config))
    known = drivers.load_all(layout.drivers)
    yield "drivers (--driver)", tuple((", ".join(d.names), d.title) for d in known.all)
    by_driver: dict[str, list[tuple[str, str]]] = {}
    scenarios = load_all(SCENARIOS, known)
    for scenario in (*scenarios, *families(scenarios)):
        by_driver.setdefault(scenario.driver, []).append((scenario.workload, scenario.title))
    for driver, workloads in sorted(by_driver.items()):
        yield f"workloads of {driver} (--driver {driver} --workload …)", tuple(sorted(workloads))
