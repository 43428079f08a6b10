# SPDX-License-Identifier: GPL-2.0-only
"""Names of lock classes in a report.

``print_lock_name()`` (kernel/locking/lockdep.c) prints " (NAME){usage}-{outer:inner}" in three
KERN_CONT pieces.  When another CPU prints between two of them, they come as separate lines.
"""

import re
from typing import Final

# A name may hold brackets itself: "((wq_completion)events#2){+.+.}-{0:0}".
_NAME: Final = re.compile(
    r"(?:^|(?<=\s))\((.{1,200}?)\)\{[-.+?]{4}\}-\{\d{1,2}:\d{1,2}\}", re.ASCII
)
# print_unlock_imbalance_bug() and print_lock_contention_bug() print the name alone.
_BARE: Final = re.compile(
    r".{1,80}is trying to (?:release|contend) lock \((.{1,200})\) at:", re.ASCII
)
# spin_dump() (kernel/locking/spinlock_debug.c) knows no class, but maybe a symbol.
_SPINLOCK: Final = re.compile(r" lock: ([A-Za-z_][\w.]{0,100})\+0x[0-9a-f]+/0x", re.ASCII)
# The beginning of print_lock() and of a link of a chain, with the rest still to come.
_UNFINISHED: Final = re.compile(
    r"(?:(?: #\d{1,4}: )?[0-9a-f]{16}|-> #\d{1,4}| *->|)(?: \([^{}]{0,200})?$", re.ASCII
)


class LockNames:
    """Collects the names from the lines of one report."""

    def __init__(self) -> None:
        self._names: dict[str, None] = {}
        self._unfinished = ""
        self._next_is_name = False
        self._done = False

    def add(self, text: str) -> None:
        """Takes the next line of the report."""
        # Behind this line stand the locks of tasks that have nothing to do with it.
        self._done = self._done or text.startswith("Showing all locks held in the system")
        if self._done:
            return
        if self._next_is_name:
            # print_lock_nested_lock_not_held() gives the missing lock a line of its own.
            self._names.setdefault(text.strip())
        self._next_is_name = text == "but this task is not holding:"
        for candidate in (self._unfinished + text, text):
            if names := self._in(candidate):
                self._names.update(dict.fromkeys(names))
                self._unfinished = ""
                return
        unfinished = self._unfinished + text
        self._unfinished = unfinished if text and _UNFINISHED.match(unfinished) else ""

    def found(self) -> tuple[str, ...]:
        """The names as printed, each once, in order."""
        return tuple(self._names)

    def _in(self, text: str) -> list[str]:
        if match := _BARE.match(text) or _SPINLOCK.match(text):
            return [match[1]]
        return _NAME.findall(text)
