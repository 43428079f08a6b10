# SPDX-License-Identifier: GPL-2.0-only
"""What the command line accepts, and how it complains: one line, a hint, and our exit status."""

import argparse
import difflib
import re
from collections.abc import Iterable
from typing import Any, Final, NoReturn

from rig.base.errors import InputError

_CHOICE: Final = re.compile(
    r"argument (?P<what>[^:]+): invalid choice: '?(?P<word>.*?)'? \(choose from (?P<all>.*)\)"
)


class Parser(argparse.ArgumentParser):
    """A parser that says what was meant, if it can guess."""

    def error(self, message: str) -> NoReturn:
        hint = f"{self.prog} --help shows what there is"
        if choice := _CHOICE.fullmatch(message):
            known = re.findall(r"[\w-]+", choice["all"])
            # Who types "m2m-rig help" means an option.
            near = [*known, *self._option_string_actions] if choice["what"] == "VERB" else known
            message = f"{choice['what'].lower()}: there is no {choice['word']!r}"
            hint = f"{_guess(choice['word'], near)}there are: {', '.join(known)}"
        raise InputError(message.removeprefix("argument "), hint=hint)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As argparse does, but what is left over is refused here, where the verb is known."""
        found, rest = super().parse_known_args(args, namespace)
        if rest:
            self._refuse(rest[0])
        return found, rest

    def _refuse(self, word: str) -> NoReturn:
        help_ = f"{self.prog} --help shows what there is"
        if not word.startswith("-"):
            raise InputError(f"{word!r} is one word too many", hint=help_)
        name = word.partition("=")[0]
        guess = _guess(name, self._option_string_actions)
        if verbs := self._verbs_that_know(name):
            guess = f"it comes after the verb: {self.prog} {verbs[0]} {name}; "
        raise InputError(f"{self.prog} has no option {name}", hint=f"{guess}{help_}")

    def _verbs_that_know(self, option: str) -> list[str]:
        """Verbs of this command line that have the option."""
        return [
            verb
            for action in self._actions
            if isinstance(action, argparse._SubParsersAction)
            for verb, parser in action.choices.items()
            if option in parser._option_string_actions
        ]


def _guess(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(known), n=1)
    return f"did you mean {near[0]}? " if near else ""


def number(text: str) -> int:
    """A whole number from 0."""
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is not a number")
    return int(text)


def count(text: str) -> int:
    """A whole number from 1."""
    if not (found := number(text)):
        raise argparse.ArgumentTypeError("0 is too few")
    return found


def jobs(text: str) -> int | None:
    """How many guests at once; None: as many as fit."""
    return None if text == "auto" else count(text)


def shard(text: str) -> tuple[int, int]:
    """K/N."""
    first, slash, step = text.partition("/")
    if not slash or not 1 <= number(first) <= number(step):
        raise argparse.ArgumentTypeError(f"{text!r} is not K/N with K from 1 to N")
    return int(first), int(step)
