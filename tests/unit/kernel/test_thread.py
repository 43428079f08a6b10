# SPDX-License-Identifier: GPL-2.0-only
"""A thread gives the newest version, whole, in order, or one line that says what is missing."""

import random
import re
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rig.base.errors import InputError
from rig.kernel.mail.choice import Chosen, choose
from rig.kernel.mail.message import read
from tests.unit.kernel.mails import (
    READER,
    Sent,
    cover,
    diff,
    file,
    mailbox,
    of_parts,
    patch,
    text,
    whole,
)

# The letter before the first version, and its second patch.
WAYS = ("8bit", "quoted-printable", "base64-crlf")
LETTER, SECOND = "v1-0@example.org", "v1-2@example.org"


def chosen(*mails: Sent | bytes) -> Chosen:
    return choose(read(mailbox(*mails), "thread.mbox"), "thread.mbox")


def values(found: Chosen) -> list[int]:
    """What the functions return after each patch: which patches they are, and in which order."""
    return [int(re.findall(rb"\+\treturn (\d+);", mail.diff.text)[0]) for mail in found.mails]


def refused(*mails: Sent | bytes) -> InputError:
    with pytest.raises(InputError) as caught:
        chosen(*mails)
    assert "\n" not in caught.value.message
    return caught.value


def renamed(mails: Sequence[Sent], tag: str, **changes: object) -> list[Sent]:
    """The same mails, sent again in a thread of their own."""
    return [
        replace(m, id=f"{tag}{m.id}", parents=tuple(tag + p for p in m.parents), **changes)  # type: ignore[arg-type]
        for m in mails
    ]


@settings(deadline=None, max_examples=80)
@given(seed=st.integers(0, 10_000), way=st.sampled_from(WAYS))
def test_the_order_of_the_file_does_not_matter(seed: int, way: str) -> None:
    answers = [patch(n).answer(f"better so:\n{diff(n, 99)}") for n in (1, 3)]
    mails = [*whole(), *answers, *whole(2, 1), whole(2, 1)[2].answer("fine")]
    mails = [replace(mail, way=way) for mail in mails]
    random.Random(seed).shuffle(mails)
    found = chosen(*mails)
    assert values(found) == [11, 21, 31]
    assert found.title == "demo: all"
    assert found.notes[0] == "v2 of 2 versions in thread.mbox"
    assert found.notes[1].startswith("left out, with a diff that is no patch of the series: 'Re: ")


def test_one_version_needs_no_word() -> None:
    assert chosen(*whole()).notes == ()
    assert values(chosen(patch(1, prefix="[PATCH]", parents=()))) == [10]


@pytest.mark.parametrize(
    ("absent", "lacks"), [((3,), "lacks 3/3"), ((1,), "lacks 1/3"), ((1, 3), "lacks 1/3 and 3/3")]
)
def test_what_is_missing_is_named(absent: tuple[int, ...], lacks: str) -> None:
    mails = [mail for number, mail in enumerate(whole()) if number not in absent]
    error = refused(*mails)
    assert error.message == f"thread.mbox: 'demo: all' (v1, 3 patches) {lacks}"
    assert f"b4 mbox {LETTER}" in error.hint


def test_a_new_version_that_is_not_whole_is_not_replaced_by_the_old() -> None:
    for newer in (whole(2, 1)[:3], [cover(2)]):
        error = refused(*whole(), *newer)
        assert "(v2, 3 patches) lacks" in error.message
        assert "v1 is whole" in error.hint
    assert "whole:" not in refused(*whole()[:3], *whole(2, 1)[:3]).hint


def test_only_the_patches_that_changed_were_sent_again() -> None:
    """As an answer to the patch that each replaces, with its number or without."""
    again = patch(2, 77, 2, parents=(LETTER, SECOND))
    for prefix in (again.prefix, "[PATCH v2]", "[PATCH v1.1 2/3]"):
        found = chosen(*whole(), replace(again, prefix=prefix))
        assert values(found) == [10, 77, 30]
        assert re.fullmatch(r"of v\S+ only 2/3: the rest is of v1", found.notes[1])
    third = patch(3, 78, 3, parents=(LETTER, "v1-3@example.org"))
    assert values(chosen(*whole(), again, third)) == [10, 77, 78]
    # Not an answer to what it replaces.
    assert "lacks 1/3 and 3/3" in refused(*whole(), replace(again, parents=(LETTER,))).message


def test_sent_twice_without_another_version() -> None:
    again = [replace(m, prefix=m.prefix.replace("[", "[RESEND ")) for m in whole(more=1)]
    late = renamed(again, "again-", day=9)
    for mails in ([*whole(), *late], [*late, *whole()]):
        found = chosen(*mails)
        assert values(found) == [11, 21, 31]
        assert found.notes == ("posted twice: the last posting, of 2026-01-09",)
    unmarked = renamed(whole(more=2), "third-", day=8)
    assert values(chosen(*whole(), *unmarked)) == [12, 22, 32]
    # In the same thread, as an answer to the first.
    inside = [replace(m, id=f"n{m.id}", parents=(LETTER,), day=4) for m in whole(more=3)]
    assert values(chosen(*whole(), *inside)) == [13, 23, 33]


def test_a_mail_that_came_over_two_lists_is_one() -> None:
    spoilt = replace(whole()[2], body=whole()[2].body.replace("\treturn", "\n\treturn", 1))
    assert values(chosen(*whole(), *whole())) == [10, 20, 30]
    assert values(chosen(spoilt, *whole())) == [10, 20, 30]
    nameless = [replace(mail, id="", parents=()) for mail in whole()]
    assert values(chosen(*nameless, *nameless)) == [10, 20, 30]


def test_two_mails_with_one_number() -> None:
    other = replace(patch(2, 55), id="other@example.org")
    assert "two different mails say that they are v1 2/3" in refused(*whole(), other).message


@pytest.mark.parametrize("mark", ["Re:", "AW:", "Fwd:", ""])
def test_an_answer_with_a_diff_is_no_patch(mark: str) -> None:
    answer = patch(2).answer(f"so?\n{diff(2, 99)}", mark=mark)
    found = chosen(*whole(), answer)
    assert values(found) == [10, 20, 30]
    assert "left out" in found.notes[0]
    enclosed = of_parts(patch(2).answer(), text("so?"), file(patch(2, 99).raw(), "fix.patch"))
    assert values(chosen(*whole(), enclosed)) == [10, 20, 30]


def test_only_answers() -> None:
    error = refused(patch(2).answer(f"so?\n{diff(2, 99)}"))
    assert error.message == (
        "thread.mbox: no patch in it, only answers that hold a diff: 'Re: demo: change two'"
    )
    assert "--patch" in error.hint


def test_a_patch_of_somebody_else_in_the_midst() -> None:
    aside = replace(patch(2, 99, prefix="[PATCH]", parents=(LETTER, SECOND)), author=READER, id="x")
    for mail in (aside, replace(aside, prefix="[PATCH v2]"), replace(aside, prefix="")):
        found = chosen(*whole(), replace(mail, title="demo: other"))
        assert values(found) == [10, 20, 30]
        assert "'demo: other'" in found.notes[-1]


def test_a_mail_that_belongs_to_nothing_is_not_silently_left_out() -> None:
    stray = replace(patch(2, 99, prefix="[PATCH]", parents=()), title="demo: other", id="x")
    message = refused(*whole(), stray).message
    assert "'demo: other' is none of 'demo: all' (v1, 3 patches)" in message
    older = [replace(m, title=f"other: {m.title}") for m in renamed(whole(), "o-", author=READER)]
    for mails in ([*older, *whole(2, 1)], [*whole(2, 1), *older]):
        assert "neither a thread nor a title in common" in refused(*mails).message


def test_two_series_in_one_file() -> None:
    other = [replace(m, title=f"other: {m.title}") for m in renamed(whole(), "o-")]
    error = refused(*whole(), *other)
    assert "holds 2 series: 'demo: all' (v1, 3 patches) and 'other: demo: all'" in error.message


def test_one_series_for_two_branches() -> None:
    def of(branch: str) -> list[Sent]:
        mails = [replace(m, prefix=m.prefix.replace("PATCH", f"PATCH {branch}")) for m in whole()]
        return renamed(mails, branch)

    message = refused(*of("6.6"), *of("6.12")).message
    assert "(v1 for 6.6, 3 patches) and 'demo: all' (v1 for 6.12, 3 patches)" in message


def test_numbers_that_do_not_fit_together() -> None:
    mails = whole()
    mails[3] = replace(mails[3], prefix="[PATCH 3/4]")
    assert "do not fit together: v1 1/3, v1 2/3 and v1 3/4" in refused(*mails).message


def test_a_version_that_only_the_letter_states() -> None:
    newer = whole(2, 1)
    newer[1:] = [replace(mail, prefix=mail.prefix.replace(" v2", "")) for mail in newer[1:]]
    assert values(chosen(*whole(), *newer)) == [11, 21, 31]


def test_one_more_than_was_announced() -> None:
    more = replace(patch(1, 40), prefix="[PATCH 4/3]", title="demo: more", id="m@example.org")
    assert values(chosen(*whole(), more)) == [10, 20, 30, 40]


@pytest.mark.parametrize(
    "prefixes",
    [
        ("[RFC PATCH net-next v3 0/3]", "[PATCH RFC v3 01/3]", "[RFC][PATCHv3 2/3]",
         "[list] [PATCH v3 3/3 RESEND]"),
        ("", "[v3,1/3]", "[v3,2/3]", "[v3,3/3]"),
    ],
)  # fmt: skip
def test_subjects_in_all_shapes(prefixes: tuple[str, ...]) -> None:
    mails = [replace(mail, prefix=prefix) for mail, prefix in zip(whole(), prefixes, strict=True)]
    assert values(chosen(*reversed(mails))) == [10, 20, 30]


def test_a_squashed_new_version() -> None:
    one = patch(1, 44, 2, prefix="[PATCH v2]", parents=(LETTER,))
    found = chosen(*whole(), replace(one, title="demo: all in one"))
    assert values(found) == [44]
    assert found.notes[0] == "v2 of 2 versions in thread.mbox"


def test_patches_without_numbers() -> None:
    mails = [patch(n, prefix="[PATCH]", parents=()) for n in (2, 1, 3)]
    found = chosen(*mails)
    assert values(found) == [20, 10, 30]
    assert found.notes == ("3 patches without numbers: in the order of the file",)
    plain = chosen(*(replace(mail, prefix="") for mail in mails))
    assert values(plain) == [20, 10, 30]
    assert "in the order of the file" in plain.notes[0]
    later = replace(mails[1], id="l@example.org", body=patch(1, 88).body, day=7)
    assert values(chosen(later, mails[1])) == [88]


@pytest.mark.parametrize(
    ("mail", "why"),
    [
        (of_parts(patch(2), text("<pre>x</pre>", "html")), "no diff in it: it is HTML only"),
        (replace(patch(2), body="hello\n").raw(), "no diff in it"),
        (replace(patch(2), body=patch(2).body.replace("\treturn 20;", "\treturn\n20;")).raw(),
         "malformed at line 17 of its text: it looks as if a mail program wrapped lines"),
    ],
)  # fmt: skip
def test_a_patch_that_cannot_be_used_is_named_with_the_reason(mail: bytes, why: str) -> None:
    error = refused(whole()[0], whole()[1], mail, whole()[3])
    assert error.message.startswith(f"thread.mbox: v1 2/3 'demo: change two': {why}")
    assert "as its author sent it" in error.hint


def test_a_mailbox_without_any_patch() -> None:
    assert refused(cover().answer("hello")).message == "thread.mbox: no patch in it"
    html = of_parts(patch(1, prefix="[PATCH]"), text("<pre>x</pre>", "html"))
    assert "it is HTML only" in refused(html).message
