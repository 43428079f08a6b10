# SPDX-License-Identifier: GPL-2.0-only
"""How files name the reasons of a verdict."""

from typing import Annotated

from pydantic import Field

# Whether there is such a reason is known to `rig.judge`: it checks what it is given.
ReasonId = Annotated[str, Field(pattern=r"^[a-z]+\.[a-z0-9-]+$")]
