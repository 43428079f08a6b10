# SPDX-License-Identifier: GPL-2.0-only
"""The diff in a text: found, cut out, and whole or not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rig.kernel.mail import diff, flowed
from tests.unit.kernel.mails import FOOTER

DIFF = b"""\
diff --git a/x.c b/x.c
index 1111111..2222222 100644
--- a/x.c
+++ b/x.c
@@ -1,5 +1,6 @@
 int a;
+int b;
 int c;

-int d;
+int e;
 int f;
diff --git a/y.c b/y.c
new file mode 100644
index 0000000..3333333
--- /dev/null
+++ b/y.c
@@ -0,0 +1,2 @@
+int y;
+int z;
\\ No newline at end of file
"""

PACKED = b"""\
diff --git a/p.bin b/p.bin
new file mode 100644
index 0000000..4444444
GIT binary patch
literal 3
Kcmezv|GxnMBg6#&

literal 0
HcmV?d00001

"""

RENAMED = b"diff --git a/x b/y\nsimilarity index 100%\nrename from x\nrename to y\n"


@pytest.mark.parametrize("text", [DIFF, PACKED, RENAMED, DIFF + PACKED + RENAMED])
@pytest.mark.parametrize(
    "after",
    [b"", b"-- \n2.39\n", b"\n" + FOOTER.encode(), b"--\nmy name\n", b"-\nTo unsubscribe\n"],
)
def test_a_diff_is_cut_out_of_what_is_around_it(text: bytes, after: bytes) -> None:
    before = b"Words.\n--- a line that is none\n+++ nor this\n---\n x.c | 2 +-\n\n"
    found = diff.find(before + text + after)
    assert found.sound
    assert found.text.rstrip() == text.rstrip()
    assert found.line == before.count(b"\n")


def test_no_diff_is_no_fault() -> None:
    quoted = b"> diff --git a/x b/x\n> @@ -1 +1 @@\n> -a\n> +b\n"
    for text in (b"", b"hello\n", quoted, b"diff --git is a command\n"):
        assert diff.find(text) == diff.Diff()


def test_an_empty_line_of_context_may_have_lost_its_blank() -> None:
    assert diff.find(DIFF).text == DIFF
    assert diff.find(DIFF.replace(b"\n\n-int", b"\n \n-int")).sound


@pytest.mark.parametrize(
    ("old", "new", "line", "why"),
    [
        (b" int c;", b" int\n c;", 13, "wrapped, or edited"),
        (b"+int b;", b"+int\nb;", 8, "wrapped lines"),
        (b" int f;\n", b"", 12, "hunk is due some more lines"),
        (b"+int e;", b"+int e;\n+int more;", 13, "line more than the header"),
        (b"+int z;\n\\", b"\\", 21, "ends where more lines"),
        (b"@@ -1,5 +1,6 @@", b"@@ -1,9 +1,6 @@", 13, "hunk is due some more lines"),
        (b" int a;", b"\tint a;", 6, "blank before a line of context is gone"),
        (b"diff --git a/x.c b/x.c\nindex 1111111..2222222 100644\n--- a/x.c\n+++ b/x.c\n", b"", 1,
         "nothing says of which file"),
        (b"--- a/x.c\n+++ b/x.c", b"--- x.c\n+++ x.c", 3, "no a/ and b/"),
        (b"diff --git a/x.c b/x.c\n", b"diff --cc x.c\n@@@ -1,5 -1,5 +1,6 @@@\n", 1, "merge"),
        (b"+++ b/x.c\n@@ -1,5 +1,6 @@", b"+++ b/x.c\nBinary files a/x and b/x differ", 5,
         "binary file without its content"),
    ],
)  # fmt: skip
def test_a_diff_that_is_not_whole_says_where_and_why(
    old: bytes, new: bytes, line: int, why: str
) -> None:
    assert old in DIFF
    found = diff.find(DIFF.replace(old, new, 1))
    assert not found.sound
    assert f"malformed at line {line} " in found.fault
    assert why in found.fault


def test_a_mail_that_was_cut_says_so() -> None:
    cut = DIFF[: DIFF.index(b" int f;")] + b"-- \n2.39.5\n"
    assert "it was cut" in diff.find(cut).fault


def test_line_ends_of_dos_are_undone_if_every_line_has_them() -> None:
    assert diff.find(DIFF.replace(b"\n", b"\r\n")).text == DIFF
    # A patch to a file that has such line ends: its headers have none.
    head, at, body = DIFF.partition(b"@@ -1,5")
    mixed = head + at + body.replace(b";\n", b";\r\n")
    assert diff.find(mixed).text == mixed


def stuffed(text: bytes) -> bytes:
    """As RFC 3676 has it sent."""
    lines = text.split(b"\n")
    return b"\n".join(b" " + x if x.startswith((b" ", b">", b"From ")) else x for x in lines)


def wrapped(text: bytes, delsp: bool) -> bytes:
    """Every line that has a blank goes on in the next one from there."""
    soft = b"  \n" if delsp else b" \n"
    return b"\n".join(
        soft.join(line.rsplit(b" ", 1)) if b" " in line.strip() else line
        for line in stuffed(text).split(b"\n")
    )


@pytest.mark.parametrize("delsp", [False, True])
@pytest.mark.parametrize("sent", [DIFF, stuffed(DIFF)])
def test_flowed_text_is_as_it_was_before(sent: bytes, delsp: bool) -> None:
    assert diff.find(flowed.undo(sent, delsp)).text == DIFF
    assert diff.find(flowed.undo(wrapped(DIFF, delsp), delsp)).text == DIFF


@settings(deadline=None, max_examples=60)
@given(junk=st.binary(max_size=60), at=st.integers(0, len(DIFF)), skip=st.integers(0, 40))
def test_nothing_makes_it_raise_and_what_is_whole_is_found(junk: bytes, at: int, skip: int) -> None:
    found = diff.find(DIFF[:at] + junk + DIFF[at + skip :])
    assert found.fault or not found.text or diff.find(found.text).text == found.text
    flowed.undo(junk)
