# SPDX-License-Identifier: GPL-2.0-only
"""What every view can be told, whether it shows it or not."""

from typing import Protocol

from rig.base.progress import Progress, Silent


class View(Progress, Protocol):
    """Progress of long work, and of what runs side by side in it."""

    def at(self, done: float, total: float | None, count: str, what: str = "") -> None:
        """How far this stage is, with the count in words."""

    def row(self, name: str, done: float, total: float | None, what: str) -> None:
        """How far something is that runs within the stage; begun by its first call."""

    def end_row(self, name: str) -> None:
        """What ran is over."""

    def stop(self, how_far: str) -> None:
        """As `close`, of what was given up before its end."""


class Quiet(Silent):
    """Shows nothing."""

    def at(self, done: float, total: float | None, count: str, what: str = "") -> None: ...

    def row(self, name: str, done: float, total: float | None, what: str) -> None: ...

    def end_row(self, name: str) -> None: ...

    def stop(self, how_far: str) -> None: ...
