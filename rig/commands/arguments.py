# SPDX-License-Identifier: GPL-2.0-only
"""What the command line accepts, and how it complains: one line, a hint, and our exit status."""

import argparse
import difflib
import re
from collections.abc import Callable, Iterable
from typing import Any, Final, NoReturn

from rig.base.errors import InputError
from rig.model.option import Option, some_numbers
from rig.model.options import rows_of

_CHOICE: Final = re.compile(
    r"argument (?P<what>[^:]+): invalid choice: '?(?P<word>.*?)'? \(choose from (?P<all>.*)\)"
)

# What there was, and what is typed instead.
_GONE: Final = {
    "--workload": "name the scenario: m2m-rig run vim2m-export, or a pattern: 'vim2m-*'; "
    "m2m-rig list shows all",
}


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
        """As argparse does, but what is left over is refused here, where the verb is known.

        Words may stand on both sides of options, as in other programs.
        """
        found, rest = super().parse_known_args(args, namespace)
        words = [word for word in rest if not word.startswith("-")]
        takers = [
            action for action in self._actions if action.nargs == "*" and not action.option_strings
        ]
        if takers and len(words) == len(rest):
            dest = takers[0].dest
            setattr(found, dest, [*getattr(found, dest, ()), *words])
        elif rest:
            self._refuse(next(iter(word for word in rest if word not in words), rest[0]))
        return found, []

    def _refuse(self, word: str) -> NoReturn:
        help_ = f"{self.prog} --help shows what there is"
        if not word.startswith("-"):
            raise InputError(f"{word!r} is one word too many", hint=help_)
        name = word.partition("=")[0]
        if name in _GONE:
            raise InputError(f"{self.prog} has no option {name}", hint=_GONE[name])
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


def add_options(parser: argparse.ArgumentParser, verb: str) -> None:
    """Give a parser what the table has for a verb.

    A namespace gets what is typed and nothing else: `rig.commands.choice` knows what is usual.
    """
    groups: dict[str, argparse._ActionsContainer] = {}
    for row in rows_of(verb):
        if row.group not in groups:
            groups[row.group] = parser.add_argument_group(row.group)
        _add_option(groups[row.group], row, verb)


def _add_option(group: "argparse._ActionsContainer", row: Option, verb: str) -> None:
    default = argparse.SUPPRESS
    if not row.flags:
        group.add_argument(row.name, nargs="*", default=default, **how_typed(row, verb))
        return
    if row.counted:
        group = group.add_mutually_exclusive_group()
        group.add_argument(
            row.counted, dest=row.name, default=default, type=typed(some_numbers), metavar="N",
            help=f"{row.name} 1 to N (default: {len(row.usually(verb))})",
        )  # fmt: skip
    group.add_argument(*row.flags, dest=row.name, default=default, **how_typed(row, verb))


def how_typed(row: Option, verb: str) -> dict[str, Any]:
    """What argparse must know of a row, besides what it is called."""
    if row.switch:
        return {"action": "store_true", "help": _help_of(row, verb)}
    more: dict[str, Any] = {"metavar": row.metavar, "help": _help_of(row, verb)}
    if row.flags:
        more["action"] = "append" if row.many else "store"
        more["type"] = typed(row.convert)
    if row.choices:
        more["choices"] = row.choices
    return more


def _help_of(row: Option, verb: str) -> str:
    """What --help says, with what is usual where that is a word to type."""
    if row.many:
        return f"{row.help}; repeatable" if row.flags else row.help
    words = list(row.words(row.usually(verb)))
    said = row.switch or not words or "(default: " in row.help
    return row.help if said else f"{row.help} (default: {words[-1]})"


def typed(convert: Callable[[str], Any]) -> Callable[[str], Any]:
    """A conversion whose complaint is shown as it is."""

    def converted(text: str) -> Any:
        try:
            return convert(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return converted
