# SPDX-License-Identifier: GPL-2.0-only
"""Why a configuration symbol could not be had: a reader of Kconfig files for error messages.

Kconfig itself decides; this only explains.  It reads all files that one architecture sources
(about a second), and is used after a failure only.
"""

import difflib
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rig.kernel.expression import Expression, N, Y, parse

_ENTRY = re.compile(r"^(config|menuconfig)\s+(\w+)")
_TYPE = re.compile(r"^(?:def_)?(bool|tristate|string|hex|int)\b\s*(.*)")
_CLOSERS = {"endif": "if", "endmenu": "menu", "endchoice": "choice"}
_NAMED_MAX = 5


@dataclass(slots=True)
class _Scope:
    """An open ``if``, ``menu`` or ``choice`` block and what all inside depends on."""

    kind: str
    depends: list["Condition"] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that must hold, and the ``file:line`` that says so."""

    expression: Expression
    place: str


@dataclass(slots=True)
class Definition:
    """One ``config`` entry; a symbol may have several."""

    symbol: str
    place: str
    depends: list[Condition]
    in_choice: bool
    type: str = ""
    prompt: Condition | None = None


@dataclass(slots=True)
class Kconfig:
    """What the Kconfig files say.

    Args:
        definitions: by symbol, without ``CONFIG_``.
        selectors: by symbol, those that select it.
    """

    definitions: dict[str, list[Definition]] = field(default_factory=lambda: defaultdict(list))
    selectors: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def read(cls, tree: Path, arch: str) -> "Kconfig":
        """Read the files of a kernel tree that an architecture sources."""
        kconfig = cls()
        _Reader(tree, arch, kconfig).file("Kconfig")
        return kconfig

    def defines(self, symbol: str) -> bool:
        """Whether this kernel has the symbol at all."""
        return symbol in self.definitions

    def is_tristate(self, symbol: str) -> bool:
        """Whether a symbol (without ``CONFIG_``) can be a module."""
        return any(entry.type == "tristate" for entry in self.definitions.get(symbol, ()))

    def explain(self, symbol: str, wanted: str, config: Mapping[str, str]) -> str:
        """Why the final configuration does not have ``symbol=wanted``, in one line."""
        definitions = self.definitions.get(symbol)
        if not definitions:
            near = difflib.get_close_matches(symbol, self.definitions, n=1, cutoff=0.8)
            guess = f"; there is CONFIG_{near[0]}" if near else ""
            return f"this kernel has no such symbol{guess}"
        if wanted == "n":
            return self._why_set(symbol, config)
        unmet = min((_unmet(entry, wanted, config) for entry in definitions), key=len)
        if unmet:
            return "; ".join(_describe(condition, config) for condition in unmet)
        return self._why_not_offered(symbol, definitions, config)

    def _why_set(self, symbol: str, config: Mapping[str, str]) -> str:
        on = [name for name in self.selectors.get(symbol, []) if f"CONFIG_{name}" in config]
        if on:
            return f"selected by {_names(on)}"
        prompts = [entry.prompt for entry in self.definitions[symbol] if entry.prompt]
        if not prompts:
            return "it has no prompt: Kconfig sets it by itself"
        if all(prompt.expression.value(config) == N for prompt in prompts):
            return f"it can be switched off only if {_describe(prompts[0], config, verb='')}"
        return f"Kconfig chose otherwise ({self.definitions[symbol][0].place})"

    def _why_not_offered(
        self, symbol: str, definitions: list[Definition], config: Mapping[str, str]
    ) -> str:
        prompts = [entry.prompt for entry in definitions if entry.prompt]
        if not prompts:
            selectors = self.selectors.get(symbol)
            by = f": it is on if one of these is: {_names(selectors)}" if selectors else ""
            return f"it has no prompt ({definitions[0].place}){by}"
        hidden = [prompt for prompt in prompts if prompt.expression.value(config) == N]
        if len(hidden) == len(prompts):
            return f"it can be chosen only if {_describe(hidden[0], config, verb='')}"
        if any(entry.in_choice for entry in definitions):
            return f"another member of its choice is set ({definitions[0].place})"
        return f"Kconfig chose otherwise ({definitions[0].place})"


class _Reader:
    """Reads Kconfig files line by line; knows the open blocks and the current entry."""

    def __init__(self, tree: Path, arch: str, kconfig: Kconfig) -> None:
        self.tree = tree
        self.variables = {"SRCARCH": arch, "ARCH": arch, "srctree": "."}
        self.kconfig = kconfig
        self.scopes: list[_Scope] = []
        self.entry: Definition | None = None

    def file(self, name: str) -> None:
        """Read a file and all that it sources; one that is missing is passed over."""
        path = self.tree / name
        if not path.is_file():
            return
        lines = path.read_text(errors="replace").splitlines()
        for number, line in _logical(lines):
            self._line(line, f"{name}:{number}")
        self.entry = None

    def _line(self, line: str, place: str) -> None:
        word, _, rest = line.partition(" ")
        if match := _ENTRY.match(line):
            self._open_entry(match[2], place)
        elif word in ("source", "rsource", "osource", "orsource"):
            self.entry = None
            self.file(self._expand(rest.strip().strip('"')))
        elif word in ("if", "menu", "choice"):
            self.entry = None
            depends = [Condition(parse(rest), place)] if word == "if" else []
            self.scopes.append(_Scope(word, depends))
        elif word in _CLOSERS:
            self.entry = None
            if self.scopes:
                self.scopes.pop()
        elif word == "comment":
            # Its "depends on" belongs to nobody.
            self.entry = Definition("", place, [], in_choice=False)
        else:
            self._attribute(word, rest.strip(), line, place)

    def _open_entry(self, symbol: str, place: str) -> None:
        depends = [condition for scope in self.scopes for condition in scope.depends]
        in_choice = any(scope.kind == "choice" for scope in self.scopes)
        self.entry = Definition(symbol, place, depends, in_choice)
        self.kconfig.definitions[symbol].append(self.entry)

    def _attribute(self, word: str, rest: str, line: str, place: str) -> None:
        if word == "depends":
            condition = Condition(parse(rest.removeprefix("on").strip()), place)
            target = self.entry.depends if self.entry else self._scope_depends()
            target.append(condition)
        elif self.entry is None:
            return
        elif word == "select":
            self.kconfig.selectors[rest.split()[0]].append(self.entry.symbol)
        elif word == "prompt":
            self._prompt(rest, place)
        elif match := _TYPE.match(line):
            self.entry.type = match[1]
            if not word.startswith("def_"):
                self._prompt(match[2], place)

    def _prompt(self, rest: str, place: str) -> None:
        match = re.match(r"""("[^"]*"|'[^']*')\s*(?:if\s+(.*))?$""", rest)
        if match and self.entry:
            self.entry.prompt = Condition(parse(match[2] or "y"), place)

    def _scope_depends(self) -> list[Condition]:
        return self.scopes[-1].depends if self.scopes else []

    def _expand(self, path: str) -> str:
        return re.sub(r"\$\(?(\w+)\)?", lambda m: self.variables.get(m[1], m[0]), path)


def _logical(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Lines without comments, help texts and continuations, blanks and tabs made one blank."""
    help_indent: int | None = None
    in_help = False
    held, held_number = "", 0
    for number, raw in enumerate(lines, 1):
        text = raw.expandtabs().rstrip()
        if in_help:
            indent = len(text) - len(text.lstrip())
            if not text or (help_indent is None and indent > 0):
                help_indent = indent if text else help_indent
                continue
            if help_indent is not None and indent >= help_indent:
                continue
            in_help = False
        text = held + " ".join(text.split())
        if text.endswith("\\"):
            held, held_number = text[:-1] + " ", held_number or number
            continue
        first, held, held_number = held_number or number, "", 0
        if text in ("help", "---help---"):
            in_help, help_indent = True, None
        elif text and not text.startswith("#"):
            yield first, text


def _unmet(entry: Definition, wanted: str, config: Mapping[str, str]) -> list[Condition]:
    # A bool is fully there if what it depends on is a module; a tristate is then a module at most.
    needed = Y if wanted == "y" and entry.type == "tristate" else 1
    return [
        Condition(part, condition.place)
        for condition in entry.depends
        for part in condition.expression.conjuncts()
        if part.value(config) < needed
    ]


def _describe(condition: Condition, config: Mapping[str, str], *, verb: str = "depends on ") -> str:
    values = [
        f"{name}={config.get(f'CONFIG_{name}', 'n')}"
        for name in dict.fromkeys(condition.expression.symbols())
    ]
    text = str(condition.expression)
    return f"{verb}{text} ({condition.place}), but {', '.join(values)}"


def _names(symbols: list[str] | None) -> str:
    unique = list(dict.fromkeys(symbols or []))
    more = f" and {len(unique) - _NAMED_MAX} more" if len(unique) > _NAMED_MAX else ""
    return ", ".join(unique[:_NAMED_MAX]) + more
