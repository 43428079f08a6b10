# SPDX-License-Identifier: GPL-2.0-only
"""What other kernels have in the place of a patch."""

from pathlib import Path

import pytest

from rig.base.errors import InputError
from rig.kernel import folder, reading
from rig.kernel.layout import Layout
from rig.kernel.patch import patches_on
from rig.kernel.series import bundled_names, load
from rig.model.release import Span, numbers
from tests.unit.kernel.mails import whole


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Three patches; the second has two other shapes, the third is not needed from 8.0 on."""
    mails = whole()[1:]
    for number, mail in enumerate(mails, 1):
        (tmp_path / f"{number:04}-demo.patch").write_bytes(mail.raw())
    for name, number in (("since-7.2", 9), ("since-7.2.9-until-8.0", 8)):
        (tmp_path / name).mkdir()
        text = mails[1].raw().replace(b"return 20", b"return %d" % number)
        (tmp_path / name / "0002-demo.patch").write_bytes(text)
    (tmp_path / "since-8.0").mkdir()
    (tmp_path / "since-8.0" / "0003-demo.txt").write_text("It is in\n8.0.\n")
    # No span: somebody's own.
    (tmp_path / "since-yesterday").mkdir()
    (tmp_path / "since-yesterday" / "0009-notes.txt").touch()
    return tmp_path


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        ("6.12.117", ["10;", "20;", "30;"]),
        ("7.1.99", ["10;", "20;", "30;"]),
        ("7.2.0-rc1", ["10;", "9;", "30;"]),
        ("7.2.8", ["10;", "9;", "30;"]),
        ("7.2.9", ["10;", "8;", "30;"]),
        ("8.0.0", ["10;", "9;"]),
    ],
)
@pytest.mark.parametrize("read", [lambda path: folder.read(path).patches, reading.plain])
def test_the_one_of_the_latest_kernels(
    place: Path, read: object, release: str, expected: list[str]
) -> None:
    assert callable(read)
    found = [patch.on(release) for patch in read(place)]
    lines = [line for one in found if one for line in one.text.decode().split("\n")]
    assert [line.split()[-1] for line in lines if line.startswith("+\treturn")] == expected


def test_a_patch_file_brings_its_variants(place: Path) -> None:
    [found] = reading.of_files([place / "0003-demo.patch"]).patches
    [variant] = found.variants
    assert (variant.patch, variant.why, variant.span) == (None, "It is in 8.0.", Span("8.0"))
    assert found.on("8.0") is None
    assert (found.why_not("8.0"), found.why_not("7.9")) == ("It is in 8.0.", "")
    at = found.on("7.9")
    assert at is not None
    assert (at.sha256, at.variants) == (found.sha256, ())


def test_what_only_some_kernels_need(place: Path) -> None:
    (place / "0004-late.txt").write_text("Needed since 7.2.\n")
    (place / "since-7.2" / "0004-late.patch").write_bytes((place / "0001-demo.patch").read_bytes())
    found = reading.plain(place)
    assert [patch.name for patch in patches_on("6.12", found)] == [
        f"{number:04}-demo.patch" for number in (1, 2, 3)
    ]
    assert [patch.name for patch in patches_on("7.2", found)][3:] == ["0004-late.patch"]


def test_a_variant_of_no_patch_is_an_error(place: Path) -> None:
    stray = place / "since-8.0" / "0004-more.patch"
    stray.write_bytes((place / "0001-demo.patch").read_bytes())
    for read in (folder.read, reading.plain):
        with pytest.raises(InputError) as caught:
            read(place)
        assert caught.value.message.startswith(f"{stray}: there is no patch 0004 in {place}")


@pytest.mark.parametrize(
    ("span", "inside", "outside"),
    [
        (Span(), ["0.1", "9.9.9"], []),
        (Span("7.2"), ["7.2", "7.2.0-rc3", "8.0"], ["7.1.99", "6.12.117-m2m-rig"]),
        (Span(until="7.2.4"), ["7.2.3", "6.1"], ["7.2.4", "7.3"]),
        (Span("6.12", "6.18"), ["6.12.117", "6.17.9"], ["6.18", "6.11.99"]),
    ],
)
def test_spans(span: Span, inside: list[str], outside: list[str]) -> None:
    assert [span.has(release) for release in inside] == [True] * len(inside)
    assert [span.has(release) for release in outside] == [False] * len(outside)


@pytest.mark.parametrize(
    ("release", "expected"), [("6.12.117-m2m-rig", (6, 12, 117)), ("7.3", (7, 3, 0))]
)
def test_numbers_of_a_release(release: str, expected: tuple[int, ...]) -> None:
    assert numbers(release) == expected


def test_variants_of_ours_change_something() -> None:
    layout = Layout.bundled()
    shown = [load(name, layout.series).patches for name in bundled_names(layout.series)]
    others = ("rig-patches", "strict", "fixes", "faults", "history")
    for patches in (*shown, *(reading.plain(layout.config / name) for name in others)):
        for patch in patches:
            for variant in patch.variants:
                assert variant.patch or variant.why, f"{patch.name}: says neither what nor why"
                if variant.patch and patch.text:
                    assert variant.patch.sha256 != patch.sha256
                    assert variant.patch.subject == patch.subject
