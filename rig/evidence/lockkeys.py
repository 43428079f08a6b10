# SPDX-License-Identifier: GPL-2.0-only
"""Where the keys of lock classes lie: what tells classes of one name apart, in every boot.

A key is an address: of a static `struct lock_class_key` where the lock is initialised, or of the
lock itself if it is static.  Without this a name is all there is, and "&ctx->vb_mutex" is that of
two drivers.
"""

import bisect
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from rig.evidence import resolved
from rig.evidence.loaded import Loaded
from rig.evidence.lockgraph import LockGraph, normalise
from rig.evidence.objects import DataSymbol

# Names of the static variables in which macros keep keys: they say nothing.
_ANONYMOUS: Final = re.compile(r"_{0,2}key")
# GCC numbers static variables of functions.
_NUMBER: Final = re.compile(r"\.\d+$", re.ASCII)
_SUBCLASS: Final = re.compile(r"/(\d{1,4})$", re.ASCII)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a key lies.

    Attributes:
        module: None for the kernel proper.
        file: base name of the source; "" if the variable is global.
        object: name of the variable; "" for those that macros make.
        number: tells keys apart that are equal in all this and in the name of their lock, in the
            order of their addresses; nearly always 0.
    """

    module: str | None
    file: str
    object: str
    number: int = 0


@dataclass(frozen=True, slots=True)
class LockKeys:
    """The places of keys, by the key as printed; dynamic keys are not there."""

    places: Mapping[str, Place] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, order=True)
class LockIdentity:
    """A class of locks, the same in every boot and, as far as the source is, in every build.

    Attributes:
        name: without number, source line and subclass.
        subclass: of the class.
        module, file, object, number: as in `Place`; "" for the kernel proper.
        dynamic: the key was allocated: all there is is the name.
    """

    name: str
    subclass: int
    module: str
    file: str
    object: str
    number: int
    dynamic: bool

    def __str__(self) -> str:
        name = f"{self.name}/{self.subclass}" if self.subclass else self.name
        if self.number:
            name += f" ({self.number + 1})"
        where = " ".join(word for word in (self.module, self.file) if word)
        if self.object and self.object not in self.name:
            where = f"{where}:{self.object}" if where else self.object
        return f"{name} [{where}]" if where else name


def identify(graph: LockGraph, keys: LockKeys) -> dict[str, LockIdentity]:
    """The identity of each class of a graph, by its key."""
    found: dict[str, LockIdentity] = {}
    for key, entry in graph.classes.items():
        name = normalise(entry.name)
        subclass = _SUBCLASS.search(name)
        place = keys.places.get(key)
        found[key] = LockIdentity(
            name=_SUBCLASS.sub("", name),
            subclass=int(subclass[1]) if subclass else 0,
            module=(place.module or "") if place else "",
            file=place.file if place else "",
            object=place.object if place else "",
            number=place.number if place else 0,
            dynamic=place is None,
        )
    return found


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable where it lies in memory.

    Attributes:
        module: None for the kernel proper.
    """

    address: int
    module: str | None
    symbol: DataSymbol


class Variables:
    """Variables, to be found by addresses within them."""

    def __init__(self, variables: Iterable[Variable]) -> None:
        self._sorted = sorted(variables, key=lambda each: (each.address, each.symbol.size))

    @classmethod
    def of_kernel(cls, symbols: Iterable[DataSymbol]) -> "Variables":
        """Those of vmlinux, whose values are addresses."""
        return cls(Variable(symbol.value, None, symbol) for symbol in symbols)

    @classmethod
    def of_modules(cls, loaded: Loaded, modules: Mapping[str, Iterable[DataSymbol]]) -> "Variables":
        """Those of loaded modules; their values are relative to their sections."""
        return cls(
            Variable(base + symbol.value, owner, symbol)
            for owner, symbols in modules.items()
            for symbol in symbols
            if (base := loaded.sections.get((owner, symbol.section))) is not None
        )

    def at(self, address: int) -> Variable | None:
        """The variable that this byte belongs to."""
        index = bisect.bisect_right(self._sorted, address, key=lambda each: each.address) - 1
        if index < 0:
            return None
        found = self._sorted[index]
        return found if address < found.address + found.symbol.size else None


def locate(graph: LockGraph, kernel: Variables, modules: Variables) -> LockKeys:
    """Finds the places of the keys of a graph."""
    places: dict[str, Place] = {}
    taken: dict[tuple[object, ...], dict[int, int]] = {}
    for address, key in sorted(_addresses(graph)):
        variable = modules.at(address) or kernel.at(address)
        if variable is None:
            continue
        name = _NUMBER.sub("", variable.symbol.name)
        if _ANONYMOUS.fullmatch(name):
            name = ""
        place = Place(variable.module, variable.symbol.file, name)
        numbers = taken.setdefault((place, normalise(graph.classes[key].name)), {})
        # Several locks in one variable, an array for one, are told apart by nothing that lasts.
        number = numbers.setdefault(variable.address, len(numbers))
        places[key] = replace(place, number=number)
    return LockKeys(places)


def _addresses(graph: LockGraph) -> Iterable[tuple[int, str]]:
    for key in graph.classes:
        # Without no_hash_pointers it may be "____ptrval____".
        if re.fullmatch(r"[0-9a-f]{16}", key):
            yield int(key, 16), key


def save_keys(keys: LockKeys, path: Path) -> None:
    """Writes locks.json."""
    rows = (
        f"{json.dumps(key)}: {json.dumps([place.module, place.file, place.object, place.number])}"
        for key, place in sorted(keys.places.items())
    )
    # One line a key, for who looks with grep.
    path.write_text(f'{{"schema": {resolved.SCHEMA}, "keys": {{\n' + ",\n".join(rows) + "\n}}\n")


def load_keys(path: Path) -> LockKeys | None:
    """Reads locks.json; None if there is none.

    Raises:
        InputError: the file is damaged or of another version.
    """
    return resolved.load(
        path,
        lambda data: LockKeys({str(key): _place(*value) for key, value in data["keys"].items()}),
    )


def _place(module: object, file: object, variable: object, number: object) -> Place:
    return Place(
        None if module is None else str(module), str(file), str(variable), int(str(number))
    )
