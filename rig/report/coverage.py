# SPDX-License-Identifier: GPL-2.0-only
"""What a run did not look at: a verdict is worth no more than that leaves."""

from collections.abc import Iterator, Sequence

from rig.base.paths import SCENARIOS
from rig.evidence.record import CaseRecord
from rig.judge.verdict import Verdict
from rig.model.scenario import SUFFIX
from rig.report.origins import Origins

# Detectors that a profile may add, and what they would have found.
_DETECTORS = {"KASAN": "memory errors", "KCSAN": "data races"}


def bundled_names() -> tuple[str, ...]:
    """The names of the scenarios that come with the rig."""
    return tuple(sorted(path.name.removesuffix(SUFFIX) for path in SCENARIOS.glob(f"*{SUFFIX}")))


def left_out(
    verdict: Verdict, records: Sequence[CaseRecord], origins: Origins | None, bundled: Sequence[str]
) -> tuple[str, ...]:
    """One sentence for each thing that was not covered.

    Args:
        bundled: the names of the scenarios that come with the rig.
    """
    return (
        *(f"Note: {note}." for note in verdict.notes),
        *_claims(verdict),
        *_drivers(verdict, records),
        *_scenarios(records, bundled),
        *_schedules(verdict),
        *_detectors(origins),
        "Hardware: no real device took part; devices were virtual, or mock silicon behind the "
        "kernel's own drivers.",
        "Architecture: arm64 only, in QEMU.",
    )


def _claims(verdict: Verdict) -> Iterator[str]:
    for claim in verdict.told:
        if verdict.claims[claim] == "not judged":
            yield f"Claim not judged: {claim.title}."


def _drivers(verdict: Verdict, records: Sequence[CaseRecord]) -> Iterator[str]:
    """Drivers that the series says it gives fences to, and no case judged."""
    wanted = {driver for record in records for driver in record.kernel.drivers}
    overlooked: dict[tuple[str, ...], list[str]] = {}
    for claim, outcome in verdict.claims.items():
        judged = {case.driver for case in verdict.cases if case.claims[claim] != "not judged"}
        if outcome != "not judged" and wanted - judged:
            overlooked.setdefault(tuple(sorted(wanted - judged)), []).append(claim.title)
    for drivers, titles in overlooked.items():
        yield f"Drivers: no case judged the {' and '.join(titles)} of {', '.join(drivers)}."


def _scenarios(records: Sequence[CaseRecord], bundled: Sequence[str]) -> Iterator[str]:
    ran = {record.scenario.name for record in records}
    missing = [name for name in bundled if name not in ran]
    if missing:
        shown = ", ".join(missing[:6]) + (" and others" if len(missing) > 6 else "")
        yield (
            f"Scenarios: {len(missing)} of {len(bundled)} bundled scenarios were not part of this "
            f"run ({shown})."
        )


def _schedules(verdict: Verdict) -> Iterator[str]:
    run = verdict.run
    if run.clock == "virtual":
        many = f"{len(run.seeds)} schedules" if len(run.seeds) > 1 else "one schedule"
        yield (
            f"Concurrency: {many} of virtual CPUs that take turns; no two instructions ran at the "
            "same time."
        )
    else:
        yield "Repetition: under the real clock a run cannot be repeated to the byte."


def _detectors(origins: Origins | None) -> Iterator[str]:
    profile = "" if origins is None else origins.profile.upper()
    for name, finds in _DETECTORS.items():
        if name not in profile:
            yield f"Detectors: {name} was not built in; {finds} were not looked for."
