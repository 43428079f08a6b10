# SPDX-License-Identifier: GPL-2.0-only
"""A directory as a series: every number once, none left out."""

from dataclasses import replace
from pathlib import Path

import pytest

from rig.base.errors import InputError
from rig.kernel import folder
from rig.kernel.mail.diff import find
from rig.kernel.reading import Reading
from tests.unit.kernel.mails import cover, mailbox, patch, whole


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """What `git format-patch --cover-letter` leaves."""
    for number, mail in enumerate(whole()):
        (tmp_path / f"{number:04}-demo.patch").write_bytes(mail.raw())
    return tmp_path


def values(found: Reading) -> list[str]:
    lines = [line for one in found.patches for line in one.text.decode().split("\n")]
    return [line.split()[-1] for line in lines if line.startswith("+\treturn")]


ALL = ["10;", "20;", "30;"]


def refused(place: Path) -> InputError:
    with pytest.raises(InputError) as caught:
        folder.read(place)
    return caught.value


def test_all_of_it_in_order(place: Path) -> None:
    found = folder.read(place)
    assert values(found) == ALL
    assert (found.title, found.notes) == ("demo: all", ())
    # As it stands in the file.
    assert found.patches[0].text == (place / "0001-demo.patch").read_bytes()


@pytest.mark.parametrize(
    ("gone", "message"),
    [
        (2, "lacks 0002, and 0000-demo.patch says that there are 3"),
        (3, "lacks 0003, and 0000-demo.patch says that there are 3"),
    ],
)
def test_a_gap_is_an_error(place: Path, gone: int, message: str) -> None:
    (place / f"{gone:04}-demo.patch").unlink()
    assert refused(place).message == f"{place} {message}"
    assert f"{place}/series" in refused(place).hint


def test_a_gap_without_anybody_who_counts(tmp_path: Path) -> None:
    for number in (1, 3):
        mail = patch(number, prefix="[PATCH]")
        (tmp_path / f"{number:04}-demo.patch").write_bytes(mail.raw())
    assert refused(tmp_path).message == f"{tmp_path} lacks 0002"


def test_what_a_subject_says_is_compared(place: Path) -> None:
    (place / "0002-demo.patch").rename(place / "0004-demo.patch")
    (place / "0003-demo.patch").rename(place / "0002-demo.patch")
    assert "0002-demo.patch says that it is 3/3" in refused(place).message


def test_one_number_twice(place: Path) -> None:
    """Left there by format-patch when a title has changed."""
    (place / "0002-old.patch").write_bytes(patch(2).raw())
    message = refused(place).message
    assert "two patches are number 2: 0002-demo.patch and 0002-old.patch" in message


def test_the_newest_of_several_versions(place: Path) -> None:
    for number, mail in enumerate(whole(2, 1)):
        (place / f"v2-{number:04}-demo.patch").write_bytes(mail.raw())
    found = folder.read(place)
    assert values(found) == ["11;", "21;", "31;"]
    assert found.notes == (f"v2 of 2 versions in {place}",)
    (place / "v2-0001-demo.patch").unlink()
    assert "lacks 0001" in refused(place).message


def test_a_patch_without_a_number_among_numbered_ones(place: Path) -> None:
    (place / "fix.patch").write_bytes(patch(1, prefix="[PATCH]").raw())
    assert "fix.patch beside numbered patches" in refused(place).message


def test_a_file_that_names_them_in_order(place: Path) -> None:
    order = place / "series"
    order.write_text("# mine\n0003-demo.patch -p1\n\n0001-demo.patch # why\n")
    assert values(folder.read(place)) == ["30;", "10;"]
    order.write_text("0003-demo.patch -p0\n")
    assert "series:1: -p0: only -p1 is understood" in refused(place).message
    order.write_text("0001-demo.patch\n0009-demo.patch\n")
    assert "series:2: no file 0009-demo.patch" in refused(place).message


def test_names_without_numbers(tmp_path: Path) -> None:
    """The numbers in the subjects count; without those the names do."""
    for name, number in (("a", 3), ("b", 1), ("c", 2)):
        (tmp_path / f"{name}.patch").write_bytes(patch(number).raw())
        (tmp_path / "letter.eml").write_bytes(cover().raw())
    assert values(folder.read(tmp_path)) == ALL
    (tmp_path / "a.patch").unlink()
    assert "lacks 3/3" in refused(tmp_path).message
    for name, number in (("a", 3), ("b", 1), ("c", 2)):
        (tmp_path / f"{name}.patch").write_bytes(find(patch(number).raw()).text)
    (tmp_path / "letter.eml").unlink()
    assert values(folder.read(tmp_path)) == ["30;", "10;", "20;"]


def test_mails_in_a_directory_are_one_thread(tmp_path: Path) -> None:
    mails = [*whole(), *whole(2, 1)]
    (tmp_path / "thread.mbox").write_bytes(mailbox(*mails[:5]))
    for number, mail in enumerate(mails[5:]):
        (tmp_path / f"{number}.eml").write_bytes(replace(mail, way="base64-crlf").raw())
    found = folder.read(tmp_path)
    assert values(found) == ["11;", "21;", "31;"]
    assert found.notes == (f"v2 of 2 versions in {tmp_path}",)


def test_a_maildir(tmp_path: Path) -> None:
    for name in ("cur", "new", "tmp"):
        (tmp_path / name).mkdir()
    for mail, name in zip(whole(), ("cur/d", "new/a", "cur/b", "new/c"), strict=True):
        (tmp_path / name).write_bytes(mail.raw())
    (tmp_path / "tmp" / "x").write_bytes(patch(1, 99).raw())
    assert values(folder.read(tmp_path)) == ALL


def test_a_patch_that_is_damaged(place: Path) -> None:
    file = place / "0002-demo.patch"
    file.write_bytes(file.read_bytes().replace(b"\treturn 20;", b"\treturn\n20;"))
    assert f"{file}: malformed at line" in refused(place).message
    file.write_bytes(replace(patch(2), body="hello").raw())
    assert refused(place).message == f"{file}: no diff in it"


def test_an_empty_directory(tmp_path: Path) -> None:
    assert folder.read(tmp_path) == Reading(())
