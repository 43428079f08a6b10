# SPDX-License-Identifier: GPL-2.0-only
"""What was looked up in the kernel's objects when a case ended, so that judging needs none."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

from rig.base.errors import InputError

T = TypeVar("T")

SCHEMA: Final = 1


def load(path: Path, make: Callable[[Any], T]) -> T | None:
    """Read one of these files; None if there is none.

    Args:
        make: from the parsed file to what it holds; it may raise what damage makes it raise.

    Raises:
        InputError: the file is damaged or of another version.
    """
    try:
        data = json.loads(path.read_text())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read: {error}") from error
    try:
        if data["schema"] != SCHEMA:
            raise InputError(
                f"{path} has version {data['schema']}, this m2m-rig reads {SCHEMA}",
                hint="judge it with the version that made it, or run again",
            )
        return make(data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{path} is damaged: {error!r}") from error
