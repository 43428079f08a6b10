# SPDX-License-Identifier: GPL-2.0-only
"""Tables of the documents that repeat what code and data say: each a pure function of these.

A page has them between `<!-- made: NAME -->` and the end of that block; the name is that of
`TABLES`.
"""

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from rig.base.errors import EnvironmentFailure, InputError, RigError
from rig.base.paths import FAULTS, SCENARIOS
from rig.judge.verdict import EXIT_STATUS
from rig.model import faults
from rig.model.faults import Fault
from rig.model.scenario import Expectations, Program, Scenario, Shape, load_all
from rig.run.families import families

# What each verdict is worth, in one line.
MEANS: Mapping[str, str] = {
    "CLEAN": "nothing was found, *and* lockdep was alive to the very end, *and* the code under "
    "test was exercised",
    "DIRTY": "something was found: the report names it, its line of source, and the command that "
    "shows it again",
    "INCONCLUSIVE": "nothing was found, but something that must be proven was not",
}

# Below rig/scenarios: when those of a folder run.
_ASKED = "if named"
_WHEN = {".": "", "soak": f"in a soak, or {_ASKED}"}

# In a docstring: a key, where one is what a sentence or a part of it is about, and what ends a
# sentence.
_NAMED = re.compile(r"`(\w+)`")
_ABOUT = re.compile(r"(?:^(?:\w+ ){0,2}|[,;] )`(\w+)`")
_SENTENCE = re.compile(r"(?<=\.)\s+")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Rows of cells as Markdown, without a line end after the last."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def exit_statuses() -> str:
    """What a command ends with: the verdicts, and the errors, which are none."""
    errors: tuple[type[RigError], ...] = (EnvironmentFailure, InputError)
    verdicts = [(str(status), f"`{name}`", MEANS[name]) for name, status in EXIT_STATUS.items()]
    others = [(str(error.exit_status), "none", _first_sentence(error)) for error in errors]
    return table(("exit status", "verdict", "means"), [*verdicts, *others])


def _first_sentence(shape: type) -> str:
    """What a class is, as the beginning of its docstring says, in the middle of a sentence."""
    said = _sentences(shape)[0].removesuffix(".")
    return said[0].lower() + said[1:]


def planted() -> str:
    """Each mistake that can be planted, where it shows, and what must be said of it there."""
    catalogue = faults.load(FAULTS)
    rows = [row for fault in catalogue.faults for row in _planted(fault)]
    rows += [(lost.id, lost.title, "-", f"missed: {lost.why}") for lost in catalogue.missed]
    return table(("id", "mistake", "scenario", "must be given"), sorted(rows, key=_by_number))


def _planted(fault: Fault) -> Iterator[tuple[str, str, str, str]]:
    strict = ", by a strict kernel" if fault.strict else ""
    for scenario, reasons in fault.shows.items():
        wanted = " and ".join(f"`{reason}`" for reason in reasons)
        yield fault.id, fault.title, f"`{scenario}`", wanted + strict


def _by_number(row: Sequence[str]) -> tuple[str, int]:
    return row[0][0], int(row[0][1:])


def scenarios() -> str:
    """All scenarios that come with the rig, by what they are about, and when they run."""
    found = [(s, _when(path)) for path in _folders() for s in load_all(path)]
    found += [(family, "") for family in families(load_all(SCENARIOS))]
    topics = sorted({scenario.about for scenario, _ in found})
    return "\n\n".join(f"## {topic}\n\n{_topic(topic, found)}" for topic in topics)


def _topic(topic: str, found: Iterable[tuple[Scenario, str]]) -> str:
    of_it = sorted((s.name, s.title, when) for s, when in found if s.about == topic)
    rows = [(f"`{name}`", title, when) for name, title, when in of_it]
    return table(("scenario", "what it shows", "runs"), rows)


def _folders() -> list[Path]:
    return [SCENARIOS, *sorted(path for path in SCENARIOS.iterdir() if path.is_dir())]


def _when(folder: Path) -> str:
    return _WHEN.get(str(folder.relative_to(SCENARIOS)), _ASKED)


def keys(shape: type) -> str:
    """The keys of a part of a scenario file: what is said of each, its values, its default."""
    schema = TypeAdapter(shape).json_schema(by_alias=True)
    said, required = described(shape), schema.get("required", ())
    rows = [
        (f"`{key}`", _values(value, schema), _default(value, key in required), said[key])
        for key, value in schema["properties"].items()
    ]
    return table(("key", "value", "default", "says"), rows)


def described(shape: type) -> dict[str, str]:
    """What the docstring of a class says of its keys: the sentences that are about them.

    Sentences that are about no key go on with what the one before is about.
    """
    named = {name: name.replace("_", "-") for name in getattr(shape, "__dataclass_fields__", ())}
    said: dict[str, list[str]] = {key: [] for key in named.values()}
    about: list[str] = []
    for sentence in _sentences(shape)[1:]:
        own = [named[name] for name in _ABOUT.findall(sentence) if name in named]
        about = own or about
        text = _NAMED.sub(lambda found: f"`{named.get(found[1], found[1])}`", sentence)
        for key in about:
            said[key].append(text.removeprefix(f"`{key}`: "))
    return {key: " ".join(sentences) for key, sentences in said.items()}


def _sentences(shape: type) -> list[str]:
    text = " ".join((inspect.getdoc(shape) or "").split())
    return _SENTENCE.split(text)


def _values(schema: Mapping[str, Any], whole: Mapping[str, Any]) -> str:
    """A type of a JSON schema, in words."""
    if "$ref" in schema:
        return _values(whole["$defs"][schema["$ref"].rpartition("/")[2]], whole)
    if "anyOf" in schema:
        options = [_values(option, whole) for option in schema["anyOf"]]
        return " or ".join(dict.fromkeys(option for option in options if option != "nothing"))
    if "const" in schema or "enum" in schema:
        return " or ".join(f"`{word}`" for word in schema.get("enum", [schema.get("const")]))
    return _SHAPES[schema["type"]](schema, whole)


def _number(schema: Mapping[str, Any], whole: Mapping[str, Any]) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is None:
        return "a number"
    return f"a number from {low}" + (f" to {high}" if high is not None else "")


def _list(schema: Mapping[str, Any], whole: Mapping[str, Any]) -> str:
    if "prefixItems" in schema:
        return f"{len(schema['prefixItems'])} words"
    return f"a list of {_values(schema['items'], whole)}"


def _object(schema: Mapping[str, Any], whole: Mapping[str, Any]) -> str:
    if "properties" in schema:
        return "keys of its own"
    [value] = schema.get("patternProperties", {"": schema.get("additionalProperties")}).values()
    return f"names, each with {_values(value, whole)}"


_SHAPES: dict[str, Callable[[Mapping[str, Any], Mapping[str, Any]], str]] = {
    "string": lambda schema, whole: "text",
    "boolean": lambda schema, whole: "true or false",
    "integer": _number,
    "null": lambda schema, whole: "nothing",
    "array": _list,
    "object": _object,
}


def _default(schema: Mapping[str, Any], required: bool) -> str:
    """What stands where the key is left out."""
    if required:
        return "must be given"
    value = schema.get("default")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return "none" if value is None or isinstance(value, dict) else str(value)


TABLES: Mapping[str, Callable[[], str]] = {
    "exit-statuses": exit_statuses,
    "planted": planted,
    "scenarios": scenarios,
    "scenario-keys": lambda: keys(Scenario),
    "program-keys": lambda: keys(Program),
    "machine-keys": lambda: keys(Shape),
    "expect-keys": lambda: keys(Expectations),
}
