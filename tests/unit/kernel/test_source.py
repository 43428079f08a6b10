# SPDX-License-Identifier: GPL-2.0-only
"""kernels.yaml, and what a user may say instead of a name in it."""

from pathlib import Path

import pytest

from rig.base.errors import InputError
from rig.kernel.layout import Layout
from rig.kernel.source import Catalogue

GOOD = """\
default: lts
kernels:
  lts: {kind: debian, package: linux-source-6.12, suite: bookworm-security, steps: 12}
  mine: {kind: directory, path: ../linux, commit: topic}
  release: {kind: tarball, path: linux.tar.xz}
"""


def load(tmp_path: Path, text: str) -> Catalogue:
    file = tmp_path / "kernels.yaml"
    file.write_text(text)
    return Catalogue.load(file)


def test_the_bundled_catalogue_can_be_read() -> None:
    catalogue = Catalogue.load(Layout.bundled().kernels)
    assert catalogue.find(None).name == catalogue.default
    assert all(catalogue.titles[name] for name in catalogue.kernels)


def test_each_kind(tmp_path: Path) -> None:
    catalogue = load(tmp_path, GOOD)
    lts = catalogue.find(None)
    assert (lts.kind, lts.package, lts.suite) == (
        "debian",
        "linux-source-6.12",
        "bookworm-security",
    )
    assert lts.steps == 12
    assert catalogue.find("mine").path == tmp_path.parent / "linux"
    assert catalogue.find("mine").commit == "topic"
    assert catalogue.find("release").path == tmp_path / "linux.tar.xz"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("package:", "pakage:", r"kernels\.yaml:3: kernels\.lts\.pakage: no such key"),
        ("kind: debian", "kind: debain", r"kernels\.yaml:3: kernels\.lts\.kind: "),
        ("steps: 12", "steps: many", r"kernels\.yaml:3: kernels\.lts\.steps: "),
        ("kind: tarball, ", "", r"kernels\.yaml:5: kernels\.release\.kind: must be given"),
        ("path: linux.tar.xz", "suite: sid", r"kernels\.release: kind 'tarball' needs path"),
        ("commit: topic", "suite: sid", r"kernels\.mine\.suite: has no meaning"),
        ("default: lts", "default: lst", "there is no kernel 'lst'"),
        ("default: lts\n", "", r"kernels\.yaml:1: default: must be given"),
        ("  mine:", "  lts:", r"kernels\.yaml:4: lts: given twice, first in line 3"),
        ("{kind: tarball", "[kind: tarball", r"kernels\.yaml:5: "),
    ],
)
def test_a_fault_is_named_with_file_line_and_key(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    assert old in GOOD
    with pytest.raises(InputError, match=message):
        load(tmp_path, GOOD.replace(old, new, 1))


def test_a_wrong_key_has_a_hint(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        load(tmp_path, GOOD.replace("package:", "pakage:"))
    assert caught.value.hint == "did you mean 'package'?"


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        Catalogue.load(tmp_path / "kernels.yaml")


def test_paths_instead_of_names(tmp_path: Path) -> None:
    catalogue = load(tmp_path, GOOD)
    (tmp_path / "tree").mkdir()
    (tmp_path / "linux.tar").touch()
    assert catalogue.find(str(tmp_path / "tree")).kind == "directory"
    assert catalogue.find(str(tmp_path / "linux.tar")).kind == "tarball"


def test_neither_a_name_nor_a_path(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no kernel 'realease'") as caught:
        load(tmp_path, GOOD).find("realease")
    assert "did you mean 'release'" in caught.value.hint
