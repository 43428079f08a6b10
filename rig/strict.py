# SPDX-License-Identifier: GPL-2.0-only
"""YAML into frozen dataclasses, strictly: an error names file, line and key."""

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError

from rig.errors import InputError

T = TypeVar("T")


def load_yaml(path: Path, kind: type[T]) -> T:
    """Read one YAML document as a value of `kind`.

    Unknown keys and wrong types are refused; the dataclass says so by its pydantic configuration
    (see `STRICT`).

    Raises:
        InputError: the file cannot be read, is not YAML, or does not fit; one line a fault, each
            as file:line: key: what is wrong.
    """
    try:
        text = path.read_text(encoding="utf-8")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        problem = getattr(error, "problem", None) or str(error)
        raise InputError(f"{path}:{line}: not YAML: {problem}") from error
    try:
        return TypeAdapter(kind).validate_python(data)
    except ValidationError as error:
        faults = [
            f"{path}:{_line(node, fault['loc'])}: {_key(fault['loc'])}: {_message(fault)}"
            for fault in error.errors()
        ]
        raise InputError("\n".join(faults)) from None


def _key(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location) or "document"


def _message(fault: Any) -> str:
    if fault["type"] in ("unexpected_keyword_argument", "extra_forbidden"):
        return "unknown key"
    if fault["type"] in ("missing", "missing_argument"):
        return "missing"
    return str(fault["msg"])


def _line(node: yaml.Node | None, location: tuple[int | str, ...]) -> int:
    """Follow a location through the YAML nodes as far as it goes; lines count from 1."""
    line = 1
    for part in location:
        if isinstance(node, yaml.MappingNode):
            entry = next((pair for pair in node.value if pair[0].value == str(part)), None)
            if entry is None:
                break
            key, node = entry
            line = key.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            break
    return line
