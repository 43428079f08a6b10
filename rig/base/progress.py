# SPDX-License-Identifier: GPL-2.0-only
"""What long work says while it works; who shows it is elsewhere (`rig.view`)."""

from typing import Protocol


class Progress(Protocol):
    """Where long work reports to."""

    def stage(self, text: str) -> None:
        """A new part of the work begins; the former one is done."""

    def step(self, done: int, expected: int | None, what: str) -> None:
        """So many steps of this part are done; ``expected`` is None if nobody knows."""

    def note(self, text: str) -> None:
        """Something that the user should read, and that stays on the screen."""

    def command(self, line: str) -> None:
        """A command line that is run now, for who wants to see all of them."""

    def close(self) -> None:
        """All done, or given up."""


class Silent:
    """Says nothing."""

    def stage(self, text: str) -> None: ...

    def step(self, done: int, expected: int | None, what: str) -> None: ...

    def note(self, text: str) -> None: ...

    def command(self, line: str) -> None: ...

    def close(self) -> None: ...
