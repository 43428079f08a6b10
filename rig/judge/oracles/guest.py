# SPDX-License-Identifier: GPL-2.0-only
"""How the guest lived, and whether it was the one that was built."""

from collections.abc import Iterator

from rig.evidence.case import CaseEvidence, guest_config_sha256
from rig.evidence.loaded import KERNEL
from rig.judge.kinds import Kind
from rig.judge.oracle import Oracle
from rig.judge.reasons import Reason
from rig.model.claim import Premise
from rig.model.plan import planned_modules


def _gone(id: str, meaning: str) -> Kind:
    return Kind(id, meaning, premise=Premise.WATCHED, blinds=True)


LOST = _gone("guest.lost", "QEMU went away while the guest ran.")
STALLED = _gone("guest.stalled", "The guest wrote nothing for so long that it was given up.")
FLOODED = _gone("guest.flooded", "The guest wrote more to its console than the limit.")
RESET = _gone("guest.reset", "The guest rebooted before its case was over.")
UNFINISHED = _gone("guest.unfinished", "The guest went down in order, but its results have no end.")
WRONG_KERNEL = Kind(
    "guest.wrong-kernel",
    "The kernel that ran is not the one that was built: release, configuration, or the build ID of "
    "the kernel or of a module differ.",
    premise=Premise.WATCHED,
)

_ENDS = {"lost": LOST, "stalled": STALLED, "flooded": FLOODED, "reset": RESET}


def lived(case: CaseEvidence) -> Iterator[Reason]:
    """The guest lived to the end of its plan, on the kernel that was built."""
    if case.guest is None:
        yield Reason(LOST, "the run ended before this case did")
    elif case.guest.end in _ENDS:
        yield Reason(_ENDS[case.guest.end], case.guest.cause)
    elif not (case.results.ended and case.dump.complete):
        what = "results" if not case.results.ended else "dump"
        yield Reason(UNFINISHED, f"{what} without an end mark {case.dump.problem}".strip())
    yield from _kernel(case)


def _kernel(case: CaseEvidence) -> Iterator[Reason]:
    facts = case.record.kernel
    version = case.dump.files.get("start/version")
    if version is None:
        return
    release = version.split()[2].decode(errors="backslashreplace") if version.split()[2:] else ""
    if release != facts.release:
        yield Reason(WRONG_KERNEL, f"{release} ran, {facts.release} was built")
    elif guest_config_sha256(case.dump) != facts.config_sha256:
        yield Reason(WRONG_KERNEL, "/proc/config.gz is not the configuration of the build")
    else:
        yield from _build_ids(case)


def _build_ids(case: CaseEvidence) -> Iterator[Reason]:
    """Base and patched kernel may well have release and configuration in common; the IDs that
    the linker makes of the content of kernel and modules they have not."""
    built, running = case.record.build_ids, case.loaded.build_ids
    for name in sorted({KERNEL, *planned_modules(case.plan), *built}):
        if name not in built:
            yield Reason(WRONG_KERNEL, f"the record of the build has no ID of {name}")
        elif running.get(name) != built[name]:
            ran = running.get(name, "nothing that has one")
            yield Reason(WRONG_KERNEL, f"{name}: {ran} ran, {built[name]} was built")


ORACLE = Oracle(
    name="guest",
    rank=20,
    looks_at="how QEMU and the guest ended, and at the build IDs of the kernel and of each module "
    "in memory.",
    proves="that the guest powered itself off at the end of its plan, and that what ran is what "
    "was built.",
    not_proven="that real hardware would have done the same: in QEMU memory is ordered as the host "
    "orders it, caches are coherent, and DMA is a copy.",
    kinds=(LOST, STALLED, FLOODED, RESET, UNFINISHED, WRONG_KERNEL),
    looks=(lived,),
)
