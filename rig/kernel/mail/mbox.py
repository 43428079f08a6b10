# SPDX-License-Identifier: GPL-2.0-only
"""A mailbox, mail by mail."""

import gzip
import re
import zlib
from collections.abc import Sequence
from typing import Final

# mbox(5): a line that begins a mail has a time and a year, and a header follows.  So git has it,
# too (builtin/mailsplit.c); a sentence that begins with "From" has not.
_FROM_LINE: Final = re.compile(rb"From .*\d{1,2}:\d\d.* \d{4}\b")
_HEADER: Final = re.compile(rb">?From |[!-9;-~]+:(?:[ \t\r]|$)")
_ESCAPED: Final = re.compile(rb"^>(>*From )", re.MULTILINE)
_END_OF_HEADER: Final = re.compile(rb"\r?\n\r?\n")
_SUBJECT: Final = re.compile(rb"^Subject:", re.MULTILINE | re.IGNORECASE)
_GZIP: Final = b"\x1f\x8b"


def unpacked(content: bytes) -> bytes:
    """What a file holds; archives of mailing lists give mailboxes away compressed."""
    if not content.startswith(_GZIP):
        return content
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error):
        return content


def is_mailbox(content: bytes) -> bool:
    """Whether it begins as a mailbox does."""
    return bool(_starts(content.split(b"\n", 2)[:2]))


def is_mail(content: bytes) -> bool:
    """Whether this is a mail or a mailbox: headers, among them a subject; a diff alone has none."""
    head = _END_OF_HEADER.split(content.lstrip(), maxsplit=1)[0]
    return bool(_HEADER.match(head)) and _SUBJECT.search(head) is not None


def split(content: bytes) -> list[bytes]:
    """The mails of a mailbox, or the one mail that this is."""
    lines = content.split(b"\n")
    starts = _starts(lines)
    if starts[:1] != [0]:
        starts.insert(0, 0)
    ends = [*starts[1:], len(lines)]
    mails = [b"\n".join(lines[a:b]) for a, b in zip(starts, ends, strict=True)]
    # What keeps a line from beginning a mail ("mboxrd"); no line of a diff begins so.
    return [_ESCAPED.sub(rb"\1", mail) for mail in mails if mail.strip()]


def _starts(lines: Sequence[bytes]) -> list[int]:
    return [
        number
        for number, line in enumerate(lines)
        if line.startswith(b"From ")
        and _FROM_LINE.match(line)
        and (number == 0 or not lines[number - 1].strip())
        and number + 1 < len(lines)
        and _HEADER.match(lines[number + 1])
    ]
