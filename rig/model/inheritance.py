# SPDX-License-Identifier: GPL-2.0-only
"""What a scenario has from its driver: the document of a scenario, completed by a driver's file.

It is done on what the YAML says, before anything is checked: only there is what was left out told
apart from what was said to be nothing.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from rig.model.drivers import Driver, Drivers

# What a program of a scenario's own can be.
OWN_SUFFIXES = (".c", ".sh")


def completed(value: Any, known: Drivers) -> Any:
    """The document of a scenario with what its driver's file says; that of no known driver as it
    is, and whatever is wrong with it."""
    name = value.get("driver") if isinstance(value, dict) else None
    driver = known.find(name) if isinstance(name, str) else None
    if driver is None:
        return value
    # Facts, and then habits.
    facts = {"driver_module": driver.loads[0], "sources": driver.sources}
    more = _with(value, facts) | {"driver": driver.name}
    if driver.wide:
        more["config"] = _config(more.get("config", {}), driver)
    if value.get("inherit", True) is not True:
        return more
    more = _with(more, {"modules": driver.loads, "trace": driver.trace})
    if driver.hardware:
        more["hardware"] = _hardware(more.get("hardware", {}), driver)
    if isinstance(more.get("programs"), list):
        more["programs"] = [_program(program, driver) for program in more["programs"]]
    return more


def _config(value: Any, driver: Driver) -> Any:
    """What a scenario asks of the kernel, with the symbols of a driver that others do not need."""
    return driver.config | value if isinstance(value, dict) else value


def _hardware(value: Any, driver: Driver) -> Any:
    said = asdict(driver.hardware) if driver.hardware else {}
    usual = {key: setting for key, setting in said.items() if setting is not None}
    return _with(value, usual) if isinstance(value, dict) else value


def _program(value: Any, driver: Driver) -> Any:
    """A program of the rig's with what the driver's usually have."""
    if not isinstance(value, dict) or str(value.get("file")).endswith(OWN_SUFFIXES):
        return value
    usual = driver.programs
    return _with(value, {"real_args": usual.real_args, "seconds": usual.seconds})


def _with(value: Mapping[str, Any], usual: Mapping[str, Any]) -> dict[str, Any]:
    """A mapping, and what it lacks of another one, however its keys are spelt."""
    said = {str(key).replace("-", "_") for key in value}
    return {**value, **{key: item for key, item in usual.items() if key not in said}}
