# SPDX-License-Identifier: GPL-2.0-only
"""Mails: whatever carries them, what was written is read."""

import gzip
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rig.kernel.mail import mbox
from rig.kernel.mail.message import Mail, read
from tests.unit.kernel.mails import (
    AUTHOR,
    FOOTER,
    READER,
    Sent,
    cover,
    diff,
    file,
    mailbox,
    of_parts,
    patch,
    sent_on,
    text,
)

MINE = patch(1)
DIFF = diff(1, 10).encode()


def one(content: bytes) -> Mail:
    (mail,) = read(content, "x")
    return mail


@pytest.mark.parametrize("way", ["7bit", "8bit", "quoted-printable", "base64-crlf"])
@pytest.mark.parametrize("charset", ["us-ascii", "utf-8", "iso-8859-1", "no-such-charset"])
def test_what_carries_a_text_is_undone(way: str, charset: str) -> None:
    raw = replace(MINE, way=way).raw().replace(b'charset="utf-8"', f'charset="{charset}"'.encode())
    assert charset.encode() in raw
    assert one(raw).diff.text == DIFF


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "cp1252"])
def test_a_diff_is_in_utf_8_as_the_kernel_is(charset: str) -> None:
    body = MINE.body.replace("return 10;", 'return "Grüße";')
    mail = one(replace(MINE, body=body, charset=charset, way="base64-crlf").raw())
    assert "Grüße".encode() in mail.diff.text


def test_a_byte_that_is_no_character_stays_as_it_is() -> None:
    raw = MINE.raw().replace(b"return 10;", b"return '\xe4';")
    assert b"return '\xe4';" in one(raw).diff.text


def test_a_mailbox_with_line_ends_of_dos() -> None:
    mails = read(mailbox(MINE, MINE).replace(b"\n", b"\r\n"), "x")
    assert [mail.diff.text for mail in mails] == [DIFF, DIFF]


def test_a_compressed_mailbox() -> None:
    content = mailbox(MINE)
    assert mbox.unpacked(gzip.compress(content)) == content
    assert mbox.unpacked(content) == content
    assert mbox.unpacked(gzip.compress(content)[:40]) == gzip.compress(content)[:40]


@pytest.mark.parametrize(
    "subject",
    ["[PATCH 1/3] media: r\u00e9serve\n a\n\tfence",
     "=?utf-8?q?=5BPATCH_1/3=5D_media=3A_r=C3=A9serve?=\n"
     " =?utf-8?q?_a_fence?=",
     "[PATCH 1/3] media: =?iso-8859-1?q?r=E9serve?= a fence",
     "=?utf-8?b?W1BBVENIIDEvM10gbWVkaWE6IHLD?= =?utf-8?b?qXNlcnZlIGEgZmVuY2U=?="],
)  # fmt: skip
def test_a_folded_and_encoded_subject(subject: str) -> None:
    raw = MINE.raw().replace(MINE.subject.encode(), subject.encode())
    assert (one(raw).tag.title, one(raw).tag.number) == ("media: réserve a fence", 1)


def test_who_wrote_it_if_a_list_has_put_itself_in_between() -> None:
    munged = replace(MINE, author="A. Writer via media <media@example.org>")
    assert one(munged.raw()).author == "A. Writer via media <media@example.org>"
    body = f"From: {AUTHOR}\n\n{MINE.body}"
    told = one(replace(munged, body=body).raw())
    assert (told.author, told.sender) == (AUTHOR, "writer@example.org")
    plain = replace(munged, author="media@example.org", body=body).raw()
    listed = one(b"List-Post: <mailto:media@example.org>\n" + plain)
    assert (listed.author, listed.sender) == (AUTHOR, "writer@example.org")
    # Somebody sends what another has written.
    sent = one(replace(MINE, author=READER, body=body).raw())
    assert (sent.author, sent.sender) == (AUTHOR, "reader@example.org")


def test_lines_that_begin_with_from() -> None:
    body = "From the start:\n>From here\n\nFrom now on it is 10:30 in 2026\n\n" + MINE.body
    mails = read(mailbox(replace(MINE, body=body), MINE), "x")
    assert len(mails) == 2
    assert mails[0].text.startswith(b"From the start:\n>From here\n\nFrom now on")
    assert [mail.name for mail in mails] == ["x#1", "x#2"]


def test_what_a_mail_answers_the_nearest_first() -> None:
    mail = one(MINE.answer().raw())
    assert mail.parents == ("<v1-1@example.org>", "<v1-0@example.org>")
    assert mail.id == "<re-0-v1-1@example.org>"


def test_a_diff_in_one_of_several_parts() -> None:
    html = text("<p>diff --git</p>", "html")
    for raw in (
        of_parts(MINE, text(MINE.body), html, kind="alternative"),
        of_parts(MINE, text(MINE.body), text(FOOTER)),
        of_parts(MINE, text("see attached\n"), file(DIFF, "x.patch", "application/octet-stream")),
        of_parts(MINE, text("see attached\n"), file(DIFF, "x", "text/x-diff"), text(FOOTER)),
        # A patch with its own headers stands for the mail that it came in.
        of_parts(MINE, text("see\n"), file(replace(MINE, prefix="[PATCH]").raw(), "1.patch")),
        # What is in the text and enclosed too is one patch.
        of_parts(MINE, text(MINE.body), file(MINE.raw(), "x.patch")),
        of_parts(MINE, text(MINE.body), file(b"key", "signature.asc", "application/pgp-signature"),
                 kind="signed"),
    ):  # fmt: skip
        mail = one(raw)
        assert (mail.diff.text, mail.tag.number) == (DIFF, 1)


def test_patches_that_are_enclosed_are_mails_of_their_own() -> None:
    letter = replace(cover(), prefix="", title="my patches", id="l@example.org")
    files = [file(patch(n).raw(), f"000{n}-x.patch") for n in (1, 2, 3)]
    mails = read(of_parts(letter, text("see attached\n"), *files), "x")
    assert [mail.tag.number for mail in mails] == [None, 1, 2, 3]
    sent = read(of_parts(letter, text("see\n"), *(sent_on(patch(n)) for n in (1, 2, 3))), "x")
    assert [mail.id for mail in sent[1:]] == [f"<v1-{n}@example.org>" for n in (1, 2, 3)]
    assert [mail.diff.text for mail in mails] == [mail.diff.text for mail in sent]


def test_what_is_enclosed_in_an_answer_is_part_of_an_answer() -> None:
    files = [file(patch(n).raw(), f"000{n}-x.patch") for n in (1, 2)]
    mails = read(of_parts(MINE.answer(), text("try these"), *files), "x")
    assert [mail.tag.answer for mail in mails] == [True, True, True]


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (of_parts(MINE, text("<pre>diff --git</pre>", "html")), "HTML only"),
        (replace(MINE, body="-----BEGIN PGP MESSAGE-----\n\nabc\n").raw(), "encrypted"),
        (MINE.answer().raw(), "quoted"),
        (of_parts(MINE, text("see\n"), file(b"x", "x.zip", "application/zip")), "application/zip"),
        (replace(MINE, body="hello\n").raw(), ""),
    ],
)
def test_why_a_mail_has_no_diff(raw: bytes, why: str) -> None:
    mail = one(raw)
    assert mail.diff.text == b""
    assert (why in mail.why) if why else not mail.why


def test_flowed_and_signed_texts() -> None:
    body = "\n".join(f" {x}" if x.startswith((" ", ">")) else x for x in MINE.body.split("\n"))
    assert one(replace(MINE, body=body, params="; format=flowed").raw()).diff.text == DIFF
    escaped = "\n".join(f"- {x}" if x.startswith("-") else x for x in MINE.body.split("\n"))
    signed = f"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n{escaped}\n"
    assert one(replace(MINE, body=signed).raw()).diff.text == DIFF


THREAD = mailbox(
    MINE, replace(MINE, way="base64-crlf", author=READER), MINE.answer(),
    of_parts(MINE, text("x"), file(DIFF, "x.patch"), sent_on(MINE)),
)  # fmt: skip


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(junk=st.binary(max_size=80), at=st.integers(0, len(THREAD)), skip=st.integers(0, 200))
def test_no_mail_makes_the_reader_raise(junk: bytes, at: int, skip: int) -> None:
    read(junk, "x")
    read(THREAD[:at] + junk + THREAD[at + skip :], "x")


@settings(deadline=None, max_examples=60)
@given(value=st.text(max_size=60))
def test_no_header_makes_the_reader_raise(value: str) -> None:
    raw = value.encode("utf-8", "surrogatepass")
    for name in ("Subject", "From", "Date", "Message-ID", "References", "Content-Type"):
        read(f"{name}: ".encode() + raw + b"\nX: y\n" + Sent("[PATCH]", "x", "y").raw(), "x")
