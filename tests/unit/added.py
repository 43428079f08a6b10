# SPDX-License-Identifier: GPL-2.0-only
"""Modules that a test adds to packages whose modules are found by name."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType


@contextmanager
def added(package: ModuleType, name: str, text: str, folder: Path) -> Iterator[None]:
    """A module in a package for as long as this lasts; `folder` is where its file is put."""
    place = folder / package.__name__
    place.mkdir(exist_ok=True)
    (place / f"{name}.py").write_text(text)
    before = package.__path__
    package.__path__ = [*before, str(place)]
    try:
        yield
    finally:
        package.__path__ = before
        sys.modules.pop(f"{package.__name__}.{name}", None)
        if hasattr(package, name):
            delattr(package, name)
