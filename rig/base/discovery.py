# SPDX-License-Identifier: GPL-2.0-only
"""Things that are found by their names: each is a module of a package, and no list names it."""

import pkgutil
from importlib import import_module
from types import ModuleType
from typing import TypeVar

T = TypeVar("T")


def discover(package: ModuleType, constant: str, kind: type[T]) -> dict[str, T]:
    """What each module of a package holds under the name `constant`, by the name of the module.

    A package inside counts as one module.

    Raises:
        TypeError: a module has no such value; what does not belong there is not overlooked.
    """
    found: dict[str, T] = {}
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda info: info.name):
        module = import_module(f"{package.__name__}.{info.name}")
        value = getattr(module, constant, None)
        if not isinstance(value, kind):
            raise TypeError(f"{module.__name__} has no {kind.__name__} called {constant}")
        found[info.name] = value
    return found
