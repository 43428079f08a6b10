# SPDX-License-Identifier: GPL-2.0-only
"""YAML files read strictly into frozen dataclasses; errors say file, line and key."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ConfigDict, TypeAdapter, ValidationError

from rig.base.errors import InputError, did_you_mean

T = TypeVar("T")

# For ``__pydantic_config__`` of a dataclass that is read from YAML: keys are written with dashes
# (the rig's own records use the names), and a key that the class does not have is an error, not a
# silent nothing.
STRICT = ConfigDict(
    extra="forbid",
    alias_generator=lambda name: name.replace("_", "-"),
    validate_by_alias=True,
    validate_by_name=True,
)

# libyaml reads ten times as fast, where PyYAML was built with it.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_UNKNOWN = ("unexpected_keyword_argument", "extra_forbidden")

Location = tuple[str | int, ...]


def load(path: Path, shape: type[T], complete: Callable[[Any], Any] | None = None) -> T:
    """Read one YAML document into ``shape``, a frozen dataclass with `STRICT` as its config.

    Args:
        complete: what is to be validated instead of what the document says.

    Raises:
        InputError: the file cannot be read, is no YAML, or does not have this shape; the message
            begins with ``file:line: key:``.
    """
    try:
        text = path.read_text()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 text") from error
    try:
        loader = _Loader(text)
        lines = _Lines(path, loader.get_single_node())
        # Before the values are made: that writes the keys of a merge into the nodes.
        lines.refuse_duplicates()
        value = loader.construct_document(lines.node) if lines.node is not None else None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise InputError(f"{path}:{line}: {error.problem or error.context}") from error
    except (yaml.YAMLError, ValueError) as error:
        # Characters that YAML forbids, or a date that no calendar has.
        raise InputError(f"{path}: {' '.join(str(error).split())}") from error
    try:
        return TypeAdapter(shape).validate_python(complete(value) if complete else value)
    except ValidationError as error:
        raise _input_error(lines, shape, error) from error


def text(value: Any) -> str:
    """A dataclass as the YAML that `load` reads; what is as it would be anyway is left out."""
    plain = TypeAdapter(type(value)).dump_python(
        value, mode="json", by_alias=True, exclude_defaults=True
    )
    return str(yaml.safe_dump(plain, sort_keys=False, width=100))


def place(path: Path, location: Location) -> str:
    """``file:line`` of a key in a file that could be read, for a complaint about its value."""
    return _Lines(path, _Loader(path.read_text()).get_single_node()).where(location)


def _input_error(lines: "_Lines", shape: type[Any], error: ValidationError) -> InputError:
    faults = error.errors(include_url=False)
    # A misspelt key is also a missing one: what was written tells more than what was not.
    first = next((fault for fault in faults if fault["type"] in _UNKNOWN), faults[0])
    location: Location = first["loc"]
    key = ".".join(str(part) for part in location)
    # Validators of ours say all there is to say.
    message = first["msg"].removeprefix("Value error, ")
    hint = ""
    if first["type"] in _UNKNOWN:
        message = "no such key"
        hint = _known_keys(shape, location)
    elif first["type"] in ("missing", "missing_argument"):
        message = "must be given"
    elif first["type"] in ("dataclass_type", "dict_type"):
        message = "keys and values are wanted here"
    more = len(faults) - 1
    if more:
        message += f" (and {more} more)"
    prefix = f"{key}: " if key else ""
    return InputError(f"{lines.where(location)}: {prefix}{message}", hint=hint)


def _known_keys(shape: type[Any], location: Location) -> str:
    """What may be written at this place: found in the JSON schema of the shape."""
    schema = TypeAdapter(shape).json_schema()
    place: Mapping[str, Any] = schema
    for part in location[:-1]:
        place = _resolve(schema, place)
        properties = place.get("properties", {})
        place = properties.get(part) or place.get("additionalProperties") or place.get("items", {})
    known = sorted(_resolve(schema, place).get("properties", {}))
    guess = did_you_mean(str(location[-1]), known).rstrip()
    return guess or (f"known here: {', '.join(known)}" if known else "")


def _resolve(schema: Mapping[str, Any], place: Mapping[str, Any]) -> Mapping[str, Any]:
    # "X or nothing" is written as a choice.
    while "$ref" in place or "anyOf" in place:
        if "anyOf" in place:
            place = next((choice for choice in place["anyOf"] if "$ref" in choice), {})
        else:
            place = schema["$defs"][place["$ref"].rsplit("/", 1)[1]]
    return place


class _Lines:
    """Where each key of a document stands."""

    def __init__(self, path: Path, node: yaml.Node | None) -> None:
        self.path = path
        self.node = node

    def where(self, location: Location) -> str:
        """``file:line`` of the deepest part of the location that the document has."""
        node, line = self.node, 1
        for part in location:
            entry = self._child(node, part)
            if entry is None:
                break
            line, node = entry
        return f"{self.path}:{line}"

    @staticmethod
    def _child(node: yaml.Node | None, part: str | int) -> tuple[int, yaml.Node] | None:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == str(part):
                    return key.start_mark.line + 1, value
        if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            item = node.value[part]
            return item.start_mark.line + 1, item
        return None

    def refuse_duplicates(self) -> None:
        """YAML lets the later of two equal keys win in silence; a reader would not notice."""
        todo = [self.node]
        met: set[int] = set()
        while todo:
            node = todo.pop()
            if id(node) in met:
                # An alias, perhaps of what it stands in.
                continue
            met.add(id(node))
            if isinstance(node, yaml.SequenceNode):
                todo.extend(node.value)
            if not isinstance(node, yaml.MappingNode):
                continue
            seen: dict[str, int] = {}
            for key, value in node.value:
                todo.append(value)
                if not isinstance(key, yaml.ScalarNode):
                    continue
                line = key.start_mark.line + 1
                if key.value in seen:
                    raise InputError(
                        f"{self.path}:{line}: {key.value}: given twice, "
                        f"first in line {seen[key.value]}"
                    )
                seen[key.value] = line
