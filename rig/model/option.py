# SPDX-License-Identifier: GPL-2.0-only
"""One row of the table of options: how a field of `rig.model.options.Options` is typed and written.

Imports next to nothing, as `rig.model.options` does.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

# Below these headings `--help` lists them.
BUILT, RUNS, HOW = "what is built", "what runs", "how it runs"

# Stands for pytest among the verbs: it has options, and no verb.
PYTEST = "pytest"


@dataclass(frozen=True)
class Option:
    """How one choice is typed.

    Args:
        flags: as typed; the last one is written.  None: words without a flag.
        group: heading below which `--help` lists it.
        verbs: those that have it.
        convert: what was typed to a value; raises ValueError with what is wrong.
        write: a value to what is typed.
        many: it may be typed again and again; the value is a tuple.
        choices: all that may be typed; none: anything.
        counted: a flag that takes N and stands for the values 1 to N.
        usual: defaults of verbs that have another than the rest.
        always: it is written even if nobody chose it.
        free: it says how a run goes, not what it is: no command repeats it, and it may differ when
            a run is resumed.
        name, default: of the field; `rows_of` fills them in.
    """

    flags: tuple[str, ...]
    help: str
    group: str
    verbs: frozenset[str]
    metavar: str | None = None
    convert: Callable[[str], Any] = str
    write: Callable[[Any], str] = str
    many: bool = False
    choices: tuple[str, ...] = ()
    counted: str = ""
    usual: Mapping[str, Any] = field(default_factory=dict)
    always: bool = False
    free: bool = False
    name: str = ""
    default: Any = None

    @property
    def switch(self) -> bool:
        """Whether it is typed without a value."""
        return self.default is False

    @property
    def pytest_flag(self) -> str:
        """What it is called on pytest's command line, which belongs to others as well."""
        return f"--m2m-{self.flags[-1].removeprefix('--')}"

    def usually(self, verb: str) -> Any:
        """What it is if nobody says anything."""
        return self.usual.get(verb, self.default)

    def words(self, value: Any) -> Iterator[str]:
        """What must be typed for a value; nothing for None."""
        if value is None or value is False:
            return
        if self.switch:
            yield self.flags[-1]
        elif not self.many:
            yield from self._word(self.write(value))
        elif self.counted and len(value) > 1 and value == numbers(str(len(value))):
            yield from (self.counted, str(len(value)))
        else:
            for item in value:
                yield from self._word(self.write(item))

    def _word(self, text: str) -> Iterator[str]:
        if not self.flags:
            yield text
        elif text.startswith("-"):
            # In a word of its own it would be taken for a flag.
            yield f"{self.flags[-1]}={text}"
        else:
            yield from (self.flags[-1], text)


def number(text: str) -> int:
    """A whole number from 0."""
    if not text.isascii() or not text.isdigit():
        raise ValueError(f"{text!r} is not a number")
    return int(text)


def count(text: str) -> int:
    """A whole number from 1."""
    if not (found := number(text)):
        raise ValueError("0 is too few")
    return found


def numbers(text: str) -> tuple[int, ...]:
    """The numbers from 1 to one that is typed; none up to 0."""
    return tuple(range(1, number(text) + 1))


def some_numbers(text: str) -> tuple[int, ...]:
    """As `numbers`, at least one."""
    return numbers(str(count(text)))


def guests(text: str) -> int | None:
    """How many guests at once; None: as many as fit."""
    return None if text == "auto" else count(text)


def share(text: str) -> tuple[int, int]:
    """K/N."""
    first, slash, step = text.partition("/")
    if not slash or not 1 <= number(first) <= number(step):
        raise ValueError(f"{text!r} is not K/N with K from 1 to N")
    return int(first), int(step)
