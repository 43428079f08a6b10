# SPDX-License-Identifier: GPL-2.0-only
"""The keys of files: what their docstrings and their schema say of each, as a table."""

import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import TypeAdapter

from tests.tools.made import table

# In a docstring: a key, where one is what a sentence or a part of it is about, and what ends a
# sentence.
_NAMED = re.compile(r"`(\w+)`")
_ABOUT = re.compile(r"(?:^(?:\w+ ){0,2}|[,;] )`(\w+)`")
_SENTENCE = re.compile(r"(?<=\.)\s+")


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
    for sentence in sentences(shape)[1:]:
        own = [named[name] for name in _ABOUT.findall(sentence) if name in named]
        about = own or about
        text = _NAMED.sub(lambda found: f"`{named.get(found[1], found[1])}`", sentence)
        for key in about:
            said[key].append(text.removeprefix(f"`{key}`: "))
    return {key: " ".join(sentences) for key, sentences in said.items()}


def sentences(shape: type) -> list[str]:
    """What the docstring of a class says."""
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
