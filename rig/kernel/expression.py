# SPDX-License-Identifier: GPL-2.0-only
"""Kconfig expressions: parsed, evaluated, split.

Source: Documentation/kbuild/kconfig-language.rst, "Menu dependencies".
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

# n, m and y as numbers: "and" is the minimum, "or" the maximum, "not" the rest to 2.
N, M, Y = 0, 1, 2
_TRISTATE = {"n": N, "m": M, "y": Y}

_TOKEN = re.compile(
    r"""\s*(\$\((?:[^()]|\([^()]*\))*\)|"[^"]*"|'[^']*'|&&|\|\||!=|<=|>=|[=<>!()]|[\w./-]+)"""
)
_COMPARISONS = frozenset({"=", "!=", "<", ">", "<=", ">="})


@dataclass(frozen=True, slots=True)
class Expression:
    """One node; ``operator`` is ``symbol``, ``!``, ``&&``, ``||`` or a comparison."""

    operator: str
    text: str = ""
    parts: tuple["Expression", ...] = ()

    def value(self, config: Mapping[str, str]) -> int:
        """0, 1 or 2 for n, m and y under a configuration (``CONFIG_X`` to value)."""
        if self.operator == "symbol":
            return _TRISTATE.get(self.word(config), N)
        if self.operator == "macro":
            # A question to the compiler; it is never what a reader got wrong.
            return Y
        if self.operator == "!":
            return Y - self.parts[0].value(config)
        if self.operator == "&&":
            return min(part.value(config) for part in self.parts)
        if self.operator == "||":
            return max(part.value(config) for part in self.parts)
        left, right = (part.word(config) for part in self.parts)
        equal = left == right
        # Orders of numbers are rare and depend on the compiler's version: taken as true.
        return {"=": Y * equal, "!=": Y * (not equal)}.get(self.operator, Y)

    def word(self, config: Mapping[str, str]) -> str:
        """The value of a symbol as text."""
        if self.text in _TRISTATE:
            return self.text
        if self.text[:1] in ("'", '"'):
            return self.text[1:-1]
        return config.get(f"CONFIG_{self.text}", "n").strip('"')

    def conjuncts(self) -> Iterator["Expression"]:
        """The parts that must all hold."""
        if self.operator == "&&":
            for part in self.parts:
                yield from part.conjuncts()
        else:
            yield self

    def symbols(self) -> Iterator[str]:
        """The symbols in it."""
        if self.operator == "symbol" and self.text not in _TRISTATE and self.text[0] not in "\"'":
            yield self.text
        for part in self.parts:
            yield from part.symbols()

    def __str__(self) -> str:
        if self.operator in ("symbol", "macro"):
            return self.text
        if self.operator == "!":
            return f"!{_wrapped(self.parts[0])}"
        glue = self.operator if self.operator in _COMPARISONS else f" {self.operator} "
        return glue.join(_wrapped(part) for part in self.parts)


def parse(text: str) -> Expression:
    """Parse an expression; what cannot be parsed becomes one that is always true."""
    tokens = _TOKEN.findall(text)
    parser = _Parser(tokens)
    try:
        return parser.either()
    except IndexError:
        return Expression("macro", text)


def _wrapped(part: Expression) -> str:
    return f"({part})" if part.operator in ("&&", "||") else str(part)


class _Parser:
    """Precedence from weak to strong: ``||``, ``&&``, ``!``, comparison."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.at = 0

    def _peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def _take(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1]

    def either(self) -> Expression:
        parts = [self._both()]
        while self._peek() == "||":
            self._take()
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else Expression("||", parts=tuple(parts))

    def _both(self) -> Expression:
        parts = [self._one()]
        while self._peek() == "&&":
            self._take()
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else Expression("&&", parts=tuple(parts))

    def _one(self) -> Expression:
        if self._peek() == "!":
            self._take()
            return Expression("!", parts=(self._one(),))
        if self._peek() == "(":
            self._take()
            inner = self.either()
            self._take()
            return inner
        left = self._leaf()
        if self._peek() in _COMPARISONS:
            operator = self._take()
            return Expression(operator, parts=(left, self._leaf()))
        return left

    def _leaf(self) -> Expression:
        word = self._take()
        return Expression("macro" if word.startswith("$(") else "symbol", word)
