# SPDX-License-Identifier: GPL-2.0-only
"""Series by name, directory, mailbox and file; what a patch says of itself."""

from dataclasses import replace
from pathlib import Path

import pytest

from rig.base.errors import InputError
from rig.kernel import reading, series
from rig.kernel.layout import Layout
from rig.kernel.patch import Patch
from rig.model.claims.fences import CLAIM as FENCES
from rig.model.claims.locks import CLAIM as LOCKS
from rig.model.claims.uapi import CLAIM as UAPI
from tests.unit.kernel.conftest import GOOD, THIRD, Rig
from tests.unit.kernel.mails import mailbox, patch, whole

COVER = b"""From 0000000 Mon Sep 17 00:00:00 2001
From: U <u@example.org>
Date: Thu, 1 Jan 2026 00:00:00 +0000
Subject: [PATCH 0/2] demo: both

Two changes.

U (2):
  demo: ten

 drivers/demo/demo.c | 2 +-
 1 file changed, 1 insertion(+), 1 deletion(-)

"""


def test_none_is_always_there(tmp_path: Path) -> None:
    found = series.load(None, tmp_path)
    assert found.name == "none"
    assert found.patches == ()
    assert found.claims == (LOCKS, UAPI)


def test_a_bundled_series(rig: Rig) -> None:
    about = "name: ten\ntitle: Ten\nmade-for: 6.12.99\nclaims: [fences]\nconfig: {CONFIG_X: 'y'}\n"
    found = rig.add_series("ten", GOOD, THIRD, about=about)
    assert (found.title, found.made_for, found.claims) == ("Ten", ("6.12.99",), (FENCES,))
    assert found.config == {"CONFIG_X": "y"}
    assert [patch.name for patch in found.patches] == ["0001-ten.patch", "0002-ten.patch"]
    assert found.files == ("drivers/demo/demo.c",)


def test_an_unknown_name_lists_what_there_is(rig: Rig) -> None:
    rig.add_series("release-fence-v1", GOOD)
    with pytest.raises(InputError, match="no series 'release-fence-1'") as caught:
        rig.series("release-fence-1")
    assert "did you mean 'release-fence-v1'" in caught.value.hint
    assert "none" in caught.value.hint


@pytest.mark.parametrize(
    ("about", "message"),
    [
        ("titel: x\n", r"series\.yaml:1: titel: no such key"),
        ("title: x\nclaims: [fence]\n", r"series\.yaml:2: claims\.0: "),
        ("config: {FOO: 'y'}\n", "config.FOO: not a configuration symbol"),
        ("title: x\ntitle: y\n", r"series\.yaml:2: title: given twice"),
        ("title: [\n", r"series\.yaml:2: "),
    ],
)
def test_a_wrong_description_is_refused_with_its_line(rig: Rig, about: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        rig.add_series("wrong", GOOD, about=about)


def test_a_directory_of_the_users(rig: Rig, tmp_path: Path) -> None:
    place = tmp_path / "outgoing"
    place.mkdir()
    (place / "0000-cover-letter.patch").write_bytes(COVER)
    (place / "0002-b.patch").write_bytes(THIRD)
    (place / "0001-a.patch").write_bytes(GOOD)
    found = rig.series(str(place))
    assert [patch.name for patch in found.patches] == ["0001-a.patch", "0002-b.patch"]
    assert found.claims == (LOCKS, UAPI)


def test_a_directory_without_patches(rig: Rig, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no \*\.patch file"):
        rig.series(str(tmp_path))


def test_a_mailbox_without_its_cover_letter(rig: Rig, tmp_path: Path) -> None:
    box = tmp_path / "thread.mbx"
    mails = [mail.replace(b"1/1", f"{n}/2".encode()) for n, mail in enumerate((GOOD, THIRD), 1)]
    box.write_bytes(COVER + mails[1] + mails[0])
    found = rig.series(str(box))
    assert [patch.subject for patch in found.patches] == ["demo: ten", "demo: thirty"]
    assert [patch.name for patch in found.patches] == ["thread.mbx#3", "thread.mbx#2"]
    assert (found.title, found.name) == ("demo: both", "thread")
    box.write_bytes(COVER + mails[1])
    with pytest.raises(InputError, match=r"'demo: both' \(v1, 2 patches\) lacks 1/2"):
        rig.series(str(box))


def test_one_file_of_many_is_a_patch_and_no_series(tmp_path: Path, rig: Rig) -> None:
    file = tmp_path / "0002-x.patch"
    file.write_bytes(GOOD.replace(b"1/1", b"2/3"))
    assert len(reading.of_files([file]).patches) == 1
    with pytest.raises(InputError, match="lacks 1/3 and 3/3"):
        rig.series(str(file))


def test_what_was_chosen_goes_with_the_series(rig: Rig, tmp_path: Path) -> None:
    box = tmp_path / "thread.mbox"
    box.write_bytes(mailbox(*whole(), *whole(2, 1)))
    assert rig.series(str(box)).notes == (f"v2 of 2 versions in {box}",)
    again = reading.of_files([box])
    assert again.notes == rig.series(str(box)).notes


def test_a_mailbox_builds_what_its_patches_say(rig: Rig, tmp_path: Path) -> None:
    """From base64 with line ends of DOS to a kernel."""
    box = tmp_path / "thread.mbox"
    mails = [replace(mail, way="base64-crlf") for mail in whole()]
    box.write_bytes(mailbox(mails[3], mails[1], mails[0], mails[2]))
    files = tmp_path / "files"
    files.mkdir()
    for number in (1, 2, 3):
        (files / f"{number:04}-x.patch").write_bytes(patch(number).raw())
    one, two = (rig.build(rig.request(series=rig.series(str(p)))) for p in (box, files))
    assert one.image.read_bytes() == two.image.read_bytes()


def test_a_mailbox_and_single_files_build_the_same(rig: Rig, tmp_path: Path) -> None:
    box = tmp_path / "thread.mbx"
    box.write_bytes(GOOD)
    one = rig.build(rig.request(series=rig.series(str(box))))
    two = rig.build(rig.request("none", patches=reading.of_files([box]).patches))
    assert one.image.read_bytes() == two.image.read_bytes()


def test_a_plain_diff_is_a_patch(tmp_path: Path) -> None:
    file = tmp_path / "fix.diff"
    file.write_bytes(GOOD[GOOD.index(b"diff --git") :])
    (patch,) = reading.of_files([file]).patches
    assert patch.files == ("drivers/demo/demo.c",)
    assert patch.subject == "fix.diff"


def test_a_file_without_a_patch(tmp_path: Path) -> None:
    for content in (b"hello\n", b"", b"Subject: hello\n\nhello\n"):
        (tmp_path / "x").write_bytes(content)
        with pytest.raises(InputError, match="no patch in it"):
            reading.of_files([tmp_path / "x"])
    with pytest.raises(InputError, match="No such file"):
        reading.of_files([tmp_path / "missing"])


def test_line_ends_of_dos_are_undone() -> None:
    patch = Patch.parse("a", GOOD.replace(b"\n", b"\r\n"))
    assert patch.text == GOOD
    assert patch.sha256 == Patch.parse("b", GOOD).sha256


def test_a_single_carriage_return_is_content() -> None:
    text = GOOD.replace(b"+\treturn 10;", b"+\treturn 10;\r")
    assert Patch.parse("a", text).text == text


def test_a_folded_and_encoded_subject() -> None:
    head = b"From: U <u@example.org>\n"
    head += b"Subject: [PATCH v2 1/3] media: =?utf-8?q?r=C3=A9serve?=\n a fence\n\n"
    assert Patch.parse("a", head + GOOD).subject == "media: réserve a fence"


def test_symbols_that_a_patch_adds() -> None:
    added = b'+config M2M_RIG\n+\tbool "x"\n+\tselect MMU_NOTIFIER\n'
    text = b"--- a/K\n+++ b/K\n@@ -1 +1,4 @@\n x\n" + added
    assert Patch.parse("a", text).symbols == ("M2M_RIG", "MMU_NOTIFIER")


def test_the_digest_depends_on_content_and_order(rig: Rig) -> None:
    both, swapped = rig.add_series("a", GOOD, THIRD), rig.add_series("b", THIRD, GOOD)
    assert both.digest != swapped.digest
    assert both.digest == rig.add_series("c", GOOD, THIRD).digest


def test_a_prefix_opts_in_only_drivers_that_are_through(layout: Layout) -> None:
    whole = series.load("producer-fence", layout.series)
    subjects = [patch.subject for patch in whole.patches]
    vim2m = next(n for n, subject in enumerate(subjects, 1) if "vim2m: publish" in subject)
    core = whole.prefix(1)
    assert (core.claims, core.drivers, core.publishes) == ((LOCKS, UAPI), (), False)
    # A patch that only prepares a driver does not opt it in.
    assert "vim2m" not in (whole.prefix(vim2m - 1).drivers or ())
    assert whole.prefix(vim2m).drivers == ("vim2m",)
    assert whole.prefix(vim2m).claims == whole.claims
    last = whole.prefix(len(subjects))
    assert (last.drivers, last.config) == (whole.drivers, whole.config)


def test_a_prefix_wishes_for_no_symbol_that_is_yet_to_come(layout: Layout) -> None:
    whole = series.load("release-fence-v2", layout.series)
    symbol = next(iter(whole.config))
    defined = next(n for n, patch in enumerate(whole.patches, 1) if symbol[7:] in patch.symbols)
    assert all(symbol not in whole.prefix(n).config for n in range(1, defined))
    assert symbol in whole.prefix(defined).config


def test_a_series_stands_on_the_one_that_it_builds_on(layout: Layout) -> None:
    base, whole = (
        series.load(name, layout.series) for name in ("producer-fence", "consumer-fence")
    )
    assert whole.patches[: len(base.patches)] == base.patches
    assert len(whole.patches) > len(base.patches)
    assert whole.config.items() > base.config.items()
    assert whole.prepares == base.prepares
    # Without its own patches it has nothing of its own to judge.
    assert whole.prefix(len(base.patches)).config == base.config


def test_what_a_series_builds_on_lies_beside_it(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "0001-a.patch").write_bytes(GOOD)
    (tmp_path / "mine" / "series.yaml").write_text("onto: other\n")
    with pytest.raises(InputError, match="onto: no series other beside it"):
        series.load(str(tmp_path / "mine"), tmp_path)


def test_what_prepares_a_series_is_named_or_mends_something(layout: Layout) -> None:
    whole = series.load("producer-fence", layout.series)
    prepares = [patch.subject for patch in whole.preparation.patches]
    assert prepares == [s for s in (p.subject for p in whole.patches) if s in whole.prepares]
    mended = replace(whole, prepares=()).preparation
    assert [patch.name[:4] for patch in mended.patches] == ["0007"]
    # A fence is no preparation.
    assert not any("fence" in subject for subject in prepares)


def test_what_prepares_a_series_is_in_it(tmp_path: Path) -> None:
    (tmp_path / "0001-x.patch").write_bytes(GOOD)
    subject = series.load(str(tmp_path), tmp_path / "none").patches[0].subject
    (tmp_path / "series.yaml").write_text(f"prepares: ['{subject[:-1]}']\n")
    with pytest.raises(InputError, match=r"series\.yaml: prepares: no patch") as caught:
        series.load(str(tmp_path), tmp_path / "none")
    assert caught.value.hint == f"did you mean {subject!r}?"


@pytest.mark.parametrize("count", [0, 20, -1])
def test_a_prefix_that_is_none(layout: Layout, count: int) -> None:
    with pytest.raises(InputError, match=f"has no patch {count}"):
        series.load("producer-fence", layout.series).prefix(count)


@pytest.fixture
def layout() -> Layout:
    return Layout.bundled()
