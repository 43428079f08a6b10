# SPDX-License-Identifier: GPL-2.0-only
"""Mails and mailboxes as senders and lists make them."""

import base64
import email
import quopri
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from email.message import Message
from email.mime.application import MIMEApplication
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.mime.text import MIMEText

from tests.unit.kernel.conftest import edit

AUTHOR = "A. Writer <writer@example.org>"
READER = "R. Eader <reader@example.org>"
FOOTER = f"\n{'_' * 47}\nmedia mailing list\nmedia@example.org\n"

# What the three patches of every series here change.
RETURNS = {1: "one", 2: "two", 3: "three"}


def diff(number: int, value: int) -> str:
    """The diff that lets one function of demo.c return another value."""
    text = edit("drivers/demo/demo.c", f"\treturn {number};", f"\treturn {value};").decode()
    return text[text.index("diff --git") : text.index("-- \n")]


@dataclass(frozen=True)
class Sent:
    """One mail, not yet packed.

    Args:
        prefix: what is in brackets before the title.
        parents: the ids that it answers, the nearest last.
        way: how the text is carried.
        params: more of the content type.
        mark: of an answer, before the prefix.
    """

    prefix: str
    title: str
    body: str
    id: str = ""
    parents: tuple[str, ...] = ()
    author: str = AUTHOR
    day: int = 1
    way: str = "8bit"
    charset: str = "utf-8"
    params: str = ""
    mark: str = ""

    @property
    def subject(self) -> str:
        return " ".join(filter(None, (self.mark, self.prefix, self.title)))

    def message(self) -> Message:
        """The text, packed."""
        part = MIMENonMultipart("text", "plain", charset=self.charset)
        text = self.body.encode(self.charset)
        packed, way = text.decode("ascii", "surrogateescape"), self.way
        if way == "base64-crlf":
            # As Mailman and public-inbox deliver what came with line ends of DOS.
            packed, way = base64.encodebytes(text.replace(b"\n", b"\r\n")).decode(), "base64"
        elif way == "quoted-printable":
            packed = quopri.encodestring(text).decode()
        part["Content-Transfer-Encoding"] = way
        part.set_payload(packed)
        if self.params:
            part.replace_header("Content-Type", part["Content-Type"] + self.params)
        return part

    def raw(self, message: Message | None = None) -> bytes:
        """With headers, as a list delivers it."""
        heads = [f"From: {self.author}", f"Subject: {self.subject}"]
        heads += [f"Date: {self.day:02} Jan 2026 10:00:00 +0000"] * bool(self.day)
        heads += [f"Message-ID: <{self.id}>"] * bool(self.id)
        if self.parents:
            heads += [f"In-Reply-To: <{self.parents[-1]}>"]
            heads += ["References: " + " ".join(f"<{one}>" for one in self.parents)]
        carried = (message or self.message()).as_bytes()
        return "".join(f"{head}\n" for head in heads).encode() + carried.rstrip(b"\n") + b"\n"

    def answer(self, text: str = "", *, mark: str = "Re:", author: str = READER) -> "Sent":
        """Somebody's answer, which quotes all of it."""
        quoted = "".join(f"> {line}\n" for line in self.body.splitlines())
        return replace(
            self,
            mark=mark,
            body=f"On a day, somebody wrote:\n{quoted}\n{text}",
            id=f"re-{len(text)}-{self.id}",
            parents=(*self.parents, self.id),
            author=author,
            day=self.day + 1,
        )


def patch(
    number: int,
    value: int = 0,
    version: int = 1,
    *,
    prefix: str | None = None,
    thread: str = "",
    parents: Sequence[str] | None = None,
) -> Sent:
    """Patch `number` of three of a version, an answer to its letter; `value` 0: ten times more."""
    said = f" v{version}" if version > 1 else ""
    name = f"{thread}v{version}"
    return Sent(
        f"[PATCH{said} {number}/3]" if prefix is None else prefix,
        f"demo: change {RETURNS[number]}",
        f"Why this is so.\n\nSigned-off-by: {AUTHOR}\n---\n drivers/demo/demo.c | 2 +-\n"
        f" 1 file changed\n\n{diff(number, value or number * 10)}-- \n2.39.5\n",
        id=f"{name}-{number}@example.org",
        parents=(f"{name}-0@example.org",) if parents is None else tuple(parents),
        day=version,
    )


def cover(version: int = 1, *, thread: str = "") -> Sent:
    """The letter before three patches."""
    said = f" v{version}" if version > 1 else ""
    body = "What this is for.\n\n drivers/demo/demo.c | 6 +++---\n 1 file changed\n-- \n2.39.5\n"
    id = f"{thread}v{version}-0@example.org"
    return Sent(f"[PATCH{said} 0/3]", "demo: all", body, id, day=version)


def whole(version: int = 1, more: int = 0, *, thread: str = "") -> list[Sent]:
    """A letter and three patches; `more` is added to what the functions return."""
    patches = [patch(n, n * 10 + more, version, thread=thread) for n in RETURNS]
    return [cover(version, thread=thread), *patches]


def mailbox(*mails: Sent | bytes) -> bytes:
    """As public-inbox gives it away ("mboxrd")."""
    raws = [mail if isinstance(mail, bytes) else mail.raw() for mail in mails]
    safe = [re.sub(rb"^(>*From )", rb">\1", raw, flags=re.MULTILINE) for raw in raws]
    return b"".join(b"From mboxrd@z Thu Jan  1 00:00:00 1970\n" + raw + b"\n" for raw in safe)


def of_parts(mail: Sent, *parts: Message, kind: str = "mixed") -> bytes:
    """A mail of several parts."""
    message = MIMEMultipart(kind)
    for part in parts:
        message.attach(part)
    return mail.raw(message)


def text(body: str, kind: str = "plain") -> Message:
    """A part that people read."""
    return MIMEText(body, kind, "utf-8")


def file(content: str | bytes, name: str, kind: str = "text/x-patch") -> Message:
    """An attachment."""
    part = MIMEApplication(content.encode() if isinstance(content, str) else content)
    part.replace_header("Content-Type", kind)
    part.add_header("Content-Disposition", "attachment", filename=name)
    return part


def sent_on(mail: Sent) -> Message:
    """A mail as an attachment of another."""
    return MIMEMessage(email.message_from_bytes(mail.raw()))
