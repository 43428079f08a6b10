# SPDX-License-Identifier: GPL-2.0-only
"""YAML read strictly: what is refused, and where it is said to be."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from rig.base import document
from rig.base.document import STRICT
from rig.base.errors import InputError


@dataclass(frozen=True)
class Shape:
    __pydantic_config__ = STRICT

    name: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    first_list: tuple[int, ...] = ()


def read(tmp_path: Path, text: str) -> Shape:
    path = tmp_path / "a.yaml"
    path.write_text(text)
    return document.load(path, Shape)


def test_values_and_dashes(tmp_path: Path) -> None:
    assert read(tmp_path, "name: a\nfirst-list: [1, 2]\n") == Shape("a", {}, (1, 2))


def test_a_merge_is_no_duplicate(tmp_path: Path) -> None:
    text = "values:\n  base: &base {a: 1, b: 2}\n  mine: {<<: *base, a: 3}\n"
    assert read(tmp_path, text).values["mine"] == {"a": 3, "b": 2}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name: a\nname: b\n", "a.yaml:2: name: given twice, first in line 1"),
        ("values: {a: 1,\n  a: 2}\n", "a.yaml:2: a: given twice, first in line 1"),
        ("? [a]\n: b\n", "a.yaml:1: found unhashable key"),
        ("name: [\n", "a.yaml:2: "),
        ("name: a\n---\nname: b\n", "a.yaml:2: but found another document"),
        ("values: {at: 2026-13-45}\n", "a.yaml: month must be in 1..12"),
        ("name: \x07\n", "a.yaml: "),
        ("name: &a [*a]\n", "a.yaml:1: name"),
        ("nam: a\n", "a.yaml:1: nam: no such key"),
        ("", "a.yaml:1: keys and values are wanted here"),
    ],
)
def test_what_is_refused(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, text)
    assert caught.value.message.startswith(f"{tmp_path}/{says}"), caught.value.message


def test_both_loaders_say_the_same_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import yaml

    path = tmp_path / "a.yaml"
    path.write_text("name: a\nvalues:\n  deep:\n    - 1\n")
    places = []
    for loader in (yaml.SafeLoader, getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        monkeypatch.setattr(document, "_Loader", loader)
        places.append(document.place(path, ("values", "deep", 0)))
    assert places == [f"{path}:4"] * 2
