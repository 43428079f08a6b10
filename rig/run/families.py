# SPDX-License-Identifier: GPL-2.0-only
"""Scenarios in one guest: the lockdep of one boot must see lock orders across workloads.

A case of its own boots, so a lock order of one workload and its reverse in another never meet.
`m2m-rig run` therefore runs families: all scenarios of a driver that can share a guest, in an order
that the seed chooses.
"""

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby

from rig.base.errors import InputError
from rig.model.claims import default_claims, unasked_claims
from rig.model.drivers import NO_DRIVER
from rig.model.hardware import Hardware
from rig.model.options import TOGETHER
from rig.model.order import Order
from rig.model.scenario import Expectations, Program, Scenario, Shape

# Of a trace's buffer on each virtual CPU: the most that a guest has memory for.
_TRACE_KIB = 65536

# Between the name of a scenario and that of its program.
_DOT = "."


def families(scenarios: Iterable[Scenario]) -> tuple[Scenario, ...]:
    """For each driver the scenarios that can share a guest, as one; none where that is only one."""
    found = []
    eligible = sorted((s for s in scenarios if _can_share(s)), key=lambda s: s.driver)
    for driver, own in groupby(eligible, key=lambda scenario: scenario.driver):
        largest = _compatible(tuple(own))
        if len(largest) > 1:
            found.append(_family(driver, largest))
    return tuple(found)


def _family(driver: str, parts: Sequence[Scenario]) -> Scenario:
    return replace(
        together(f"{driver}-{TOGETHER}", parts),
        title=f"{len(parts)} scenarios in one guest, in an order that the seed chooses",
        driver=driver,
        about=TOGETHER,
        driver_module=parts[0].driver_module,
        sources=parts[0].sources,
        claims=default_claims(),
        trace=_union(parts, "trace"),
        trace_kib=min(_TRACE_KIB, sum(scenario.trace_kib for scenario in parts)),
        expect=_expected(parts),
    )


def members(family: Scenario, scenarios: Iterable[Scenario]) -> tuple[Scenario, ...]:
    """Those of `scenarios` that a family is made of."""
    names = member_names(family)
    return tuple(scenario for scenario in scenarios if scenario.name in names)


def together(name: str, scenarios: Sequence[Scenario]) -> Scenario:
    """One scenario that runs the programs of several, one after the other, and expects nothing.

    Raises:
        InputError: they cannot share a guest.
    """
    return Scenario(
        name=name,
        title="together: " + ", ".join(scenario.name for scenario in scenarios),
        driver=NO_DRIVER,
        about=name,
        programs=tuple(
            replace(program, name=f"{scenario.name}{_DOT}{program.name}")
            for scenario in scenarios
            for program in scenario.programs
        ),
        modules=_merged_modules(scenarios),
        hardware=_joined_hardware(scenarios),
        machine=Shape(
            cpus=max(scenario.machine.cpus for scenario in scenarios),
            memory=max(scenario.machine.memory for scenario in scenarios),
            turns=scenarios[0].machine.turns,
        ),
        claims=unasked_claims(),
        sysctl={
            key: value
            for scenario in scenarios
            for key, value in _checked_sysctl(scenario, scenarios).items()
        },
        kernel_args=_union(scenarios, "kernel_args"),
        scope=_union(scenarios, "scope"),
        config={key: value for scenario in scenarios for key, value in scenario.config.items()},
        module_sources=_union(scenarios, "module_sources"),
        # All that its parts have been given is there.
        inherit=False,
        expect=Expectations(),
    )


def is_family(scenario: Scenario) -> bool:
    """Whether it is several scenarios in one guest, in an order that the seed chooses."""
    return scenario.about == TOGETHER and all(_DOT in each.name for each in scenario.programs)


def member_names(family: Scenario) -> tuple[str, ...]:
    """The names of the scenarios that a family is made of."""
    return tuple(sorted({member_of(program) for program in family.programs}))


def ordered(scenario: Scenario) -> Scenario:
    """A family whose order is a part of it, so that no seed chooses another one."""
    return (
        replace(scenario, about=f"{TOGETHER}, in this order") if is_family(scenario) else scenario
    )


def in_order(scenario: Scenario, seed: int) -> Scenario:
    """A family in the order that a seed chooses; any other scenario as it is."""
    if not is_family(scenario):
        return scenario
    parts = [tuple(part) for _, part in groupby(scenario.programs, key=member_of)]
    random.Random(seed).shuffle(parts)
    return replace(scenario, programs=tuple(program for part in parts for program in part))


def member_of(program: Program) -> str:
    """The name of the scenario that a program of a family comes from."""
    return program.name.partition(_DOT)[0]


def _can_share(scenario: Scenario) -> bool:
    """Injected faults are for the workload that expects them; what does not make all the usual
    claims may take from others what shows theirs, as the trace is lost with a module; what makes
    one besides is for the few series that make it, too.  What only some kernels run is no part of
    what all of them do."""
    faulty = scenario.hardware is not None and scenario.hardware.faults
    foreign = scenario.control or scenario.outside or scenario.driver == NO_DRIVER
    usual = set(default_claims()) == set(scenario.claims)
    return usual and not (foreign or faulty or scenario.alone or scenario.kernels)


def _compatible(scenarios: Sequence[Scenario]) -> tuple[Scenario, ...]:
    """The most that agree: first in the machine, then in what each of a few has to itself."""
    machine = _commonest(map(_machine, scenarios))
    same = [scenario for scenario in scenarios if _machine(scenario) == machine]
    settings = [_settings(scenario) for scenario in same]
    usual = {
        name: _commonest(each[name] for each in settings if name in each)
        for name in dict.fromkeys(name for each in settings for name in each)
    }
    return tuple(
        scenario
        for scenario, own in zip(same, settings, strict=True)
        if all(usual[name] == value for name, value in own.items())
    )


def _machine(scenario: Scenario) -> str:
    """What must be the same for all that share a guest."""
    hardware = replace(scenario.hardware, latency=None) if scenario.hardware else None
    return repr((hardware, scenario.sysctl, scenario.machine.turns, scenario.driver_module))


def _settings(scenario: Scenario) -> dict[str, str]:
    """What must be the same for those that have it: parameters of modules, latencies of blocks."""
    modules = {_module(entry): entry for entry in scenario.modules}
    return modules | (scenario.hardware.latencies if scenario.hardware else {})


def _commonest(values: Iterable[str]) -> str:
    return Counter(values).most_common(1)[0][0]


def _expected(scenarios: Sequence[Scenario]) -> Expectations:
    """What all of them expect; what one of them forbids is not another one's own."""
    each = [scenario.expect for scenario in scenarios]
    jobs: Counter[str] = Counter()
    for expect in each:
        jobs.update(expect.jobs)
    forbidden = _orders(expect.forbidden_edges for expect in each)
    own = {order for expect in each for order in (*expect.edges, *expect.base_edges)}
    return Expectations(
        active_probes=sum(expect.active_probes for expect in each),
        active_waits=sum(expect.active_waits for expect in each),
        fences=sum(expect.fences for expect in each),
        jobs=dict(jobs),
        violations=_union(each, "violations"),
        classes=_union(each, "classes"),
        edges=_orders(expect.edges for expect in each),
        base_edges=_orders(expect.base_edges for expect in each),
        forbidden_edges=tuple(order for order in forbidden if order not in own),
    )


def _union(holders: Iterable[object], key: str) -> tuple[str, ...]:
    """What any of them names under `key`, each once, in order."""
    return tuple(dict.fromkeys(item for holder in holders for item in getattr(holder, key)))


def _orders(found: Iterable[tuple[Order, ...]]) -> tuple[Order, ...]:
    return tuple(dict.fromkeys(order for orders in found for order in orders))


def _module(entry: str) -> str:
    return entry.split()[0].replace("-", "_")


def _merged_modules(scenarios: Sequence[Scenario]) -> tuple[str, ...]:
    entries: dict[str, str] = {}
    for scenario in scenarios:
        for entry in scenario.modules:
            former = entries.setdefault(_module(entry), entry)
            if former != entry:
                raise InputError(f"{scenario.name} loads {entry!r}, another {former!r}")
    return tuple(entries.values())


def _checked_sysctl(scenario: Scenario, scenarios: Sequence[Scenario]) -> dict[str, str]:
    for other in scenarios:
        for key, value in scenario.sysctl.items():
            if other.sysctl.get(key, value) != value:
                raise InputError(f"{scenario.name} and {other.name} differ in sysctl {key}")
    return scenario.sysctl


def _joined_hardware(scenarios: Sequence[Scenario]) -> Hardware | None:
    joined = None
    for scenario in scenarios:
        if scenario.hardware is None:
            continue
        try:
            joined = joined.joined(scenario.hardware) if joined else scenario.hardware
        except ValueError as error:
            raise InputError(
                f"{scenario.name} and the others differ in hardware: {error}"
            ) from None
    return joined
