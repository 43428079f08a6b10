# SPDX-License-Identifier: GPL-2.0-only
"""Which source files are a driver's own."""

from collections.abc import Iterable
from pathlib import Path

# Where drivers are alone among themselves.
_OF_DRIVERS = (
    "drivers/media/platform/",
    "drivers/media/test-drivers/",
    "drivers/staging/media/",
)


def touches(driver: str, files: Iterable[str]) -> bool:
    """Whether some of these files are a driver's own: in its directory, or named after it."""
    return any(
        driver in Path(file).parent.parts or Path(file).name.startswith(driver) for file in files
    )


def of_driver(file: str) -> bool:
    """Whether a file is some driver's own, and nobody else's."""
    return file.startswith(_OF_DRIVERS)


def concerns(driver: str, files: Iterable[str]) -> bool:
    """Whether a driver is another one with these files than without.

    Files of other drivers only are of no concern; nothing is known of no files at all.
    """
    names = tuple(files)
    alone = names and all(map(of_driver, names))
    return not alone or touches(driver, names)
