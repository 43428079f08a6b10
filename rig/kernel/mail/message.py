# SPDX-License-Identifier: GPL-2.0-only
"""One mail: decoded, with the diff that it holds.

A mail is what its sender wrote: what carries it (quoted-printable, base64, line ends of DOS, MIME
parts, soft line breaks, names of character sets) is undone here.
"""

import email
import email.utils
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from email import policy
from email.header import decode_header
from email.message import Message
from typing import Final

from rig.kernel.mail import diff, flowed, mbox
from rig.kernel.mail.diff import Diff
from rig.kernel.mail.subject import Tag, parse

_ID: Final = re.compile(r"<[^<>\s]+>")
# git-am(1): the first lines of a text may say who wrote it.
_IN_BODY: Final = re.compile(rb"\s*From: +([^\n]+)\n(?:[A-Z][\w-]*: +[^\n]*\n)*\s*\n")
_OF_PATCHES: Final = re.compile(r"\.(?:patch|diff)$", re.IGNORECASE)
_TYPES_OF_PATCHES: Final = ("text/x-patch", "text/x-diff", "application/x-patch")
_QUOTED: Final = re.compile(rb"^\s*(?:> ?)+(?:diff --git |@@ -)", re.MULTILINE)
# RFC 4880, "Cleartext Signature Framework": lines that begin with a dash got one more.
_SIGNED: Final = re.compile(rb"\s*-----BEGIN PGP SIGNED MESSAGE-----")
_ENCRYPTED: Final = re.compile(rb"\s*-----BEGIN PGP MESSAGE-----")

# Mails in mails in mails: nobody sends more.
_DEEPEST = 8


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail.

    Args:
        name: the file, and the number in it.
        tag: what its subject says.
        author: who wrote the patch, with address.
        sender: the address that sent it; what a mailing list put in its place is undone if the text
            says whom it stands for.
        text: what people read, in UTF-8, up to the diff.
        diff: what is to be applied.
        why: why it holds no diff, if that is not plain.
        id: the Message-ID; empty if it never was sent.
        parents: the Message-IDs that it answers, the nearest first.
        date: seconds since 1970; None if nobody knows.
        raw: as it stood in the file.
    """

    name: str
    tag: Tag
    author: str
    sender: str
    text: bytes
    diff: Diff
    why: str = ""
    id: str = ""
    parents: tuple[str, ...] = ()
    date: float | None = None
    raw: bytes = b""


def read(content: bytes, name: str) -> tuple[Mail, ...]:
    """The mails of a mailbox or of one mail, in the order of the file.

    Args:
        name: what to call the file.
    """
    texts = mbox.split(content)
    found: list[Mail] = []
    for number, text in enumerate(texts, 1):
        message = email.message_from_bytes(text, policy=policy.compat32)
        found += _mails(message, f"{name}#{number}" if len(texts) > 1 else name, text)
    return tuple(found)


def _mails(
    message: Message, name: str, raw: bytes, within: Tag | None = None, depth: int = 0
) -> Iterator[Mail]:
    """A mail, and those that are enclosed in it as mails of their own.

    Args:
        within: of the mail that it came in, as a file.
    """
    parts = list(_parts(message))
    text = b"\n".join(_text_of(part) for part in parts if _kind(part) == "text")
    own = diff.find(text)
    tag = parse(_header(message, "Subject"))
    if within is not None and within.answer:
        tag = replace(tag, answer=True)
    # The same patch once more as a file adds nothing to that in the text.
    files = [] if own.text else [part for part in parts if _kind(part) == "file"]
    read_on = text if own.line == 0 else b"\n".join(text.split(b"\n")[: own.line])
    if len(files) == 1 and (tag.patch or not mbox.is_mail(_content(files[0]))):
        # It stands for the mail that it came in.
        own, files = diff.find(_content(files[0])), []
    yield Mail(
        name=name,
        tag=tag,
        author=_author(message, text),
        sender=_sender(message, text),
        text=read_on,
        diff=own,
        why="" if own.text else _why_not(parts, text),
        id=next(iter(_ids(message, "Message-ID")), ""),
        parents=_parents(message),
        date=_date(message),
        raw=raw,
    )
    mails = [part for part in parts if _kind(part) == "mail"]
    for number, part in enumerate((*mails, *files), 1):
        if depth < _DEEPEST:
            yield from _enclosed(part, f"{name}.{number}", tag, depth + 1)


def _enclosed(part: Message, name: str, within: Tag, depth: int) -> Iterator[Mail]:
    """The mails in a part: a mail that was sent on, or a file as git-format-patch writes it."""
    if _kind(part) == "mail":
        for message in _payload(part):
            yield from _mails(message, name, message.as_bytes(), None, depth)
        return
    for raw in mbox.split(_content(part)):
        message = email.message_from_bytes(raw, policy=policy.compat32)
        yield from _mails(message, name, raw, within, depth)


def _payload(part: Message) -> list[Message]:
    inner = part.get_payload()
    return [one for one in inner if isinstance(one, Message)] if isinstance(inner, list) else []


def _parts(message: Message) -> Iterator[Message]:
    """The leaves; a mail inside is one, whatever is in it."""
    inner = _payload(message)
    if inner and message.get_content_maintype() == "multipart":
        for part in inner:
            yield from _parts(part)
    else:
        yield message


def _kind(part: Message) -> str:
    """``text`` that people read, a ``file`` with a patch, a ``mail``, or something ``else``."""
    kind = part.get_content_type()
    if _payload(part):
        return "mail"
    if kind in _TYPES_OF_PATCHES or _OF_PATCHES.search(_filename(part)):
        return "file"
    if kind != "text/plain":
        return "else"
    return "file" if part.get_content_disposition() == "attachment" else "text"


def _filename(part: Message) -> str:
    try:
        return part.get_filename() or ""
    except (LookupError, ValueError, TypeError):
        return ""


def _content(part: Message) -> bytes:
    """The bytes of a part, without what carries them."""
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _text_of(part: Message) -> bytes:
    """The text of a part in UTF-8, as kernel sources are; what cannot be read stays as it is."""
    text = _content(part)
    try:
        charset = part.get_content_charset() or "utf-8"
        text = text.decode(charset).encode()
    except (LookupError, ValueError, TypeError, AttributeError):
        pass
    if part.get_param("format", "") == "flowed":
        text = flowed.undo(text, part.get_param("delsp", "") == "yes")
    return _unsigned(text) if _SIGNED.match(text) else text


def _unsigned(text: bytes) -> bytes:
    return re.sub(rb"^- ", b"", text, flags=re.MULTILINE)


def _why_not(parts: Sequence[Message], text: bytes) -> str:
    """Why a mail has no diff."""
    if _QUOTED.search(text):
        return "what it holds is quoted"
    kinds = {part.get_content_type() for part in parts if _kind(part) == "else"}
    if "text/html" in kinds and not text.strip():
        return "it is HTML only, which keeps neither tabs nor line ends: ask for it as plain text"
    if _ENCRYPTED.match(text) or "application/pkcs7-mime" in kinds:
        return "it is encrypted"
    return f"it has text and {', '.join(sorted(kinds))}" if kinds else ""


def _author(message: Message, text: bytes) -> str:
    stated = _IN_BODY.match(text.replace(b"\r\n", b"\n"))
    return stated[1].decode(errors="replace").strip() if stated else _header(message, "From")


def _sender(message: Message, text: bytes) -> str:
    """The address that sent it: not the author's, if somebody sends what others have written."""
    stated = _header(message, "From")
    name, address = email.utils.parseaddr(stated)
    if " via " in name or (address and f"mailto:{address}>" in _header(message, "List-Post")):
        address = email.utils.parseaddr(_author(message, text))[1]
    return address.lower()


def _header(message: Message, name: str) -> str:
    """A header, decoded, on one line; empty if there is none."""
    raw = next((value for key, value in message.raw_items() if key.lower() == name.lower()), "")
    text = str(raw).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    try:
        pieces = [_decoded(*piece) for piece in decode_header(" ".join(text.split()))]
    except (email.errors.HeaderParseError, ValueError, LookupError):
        pieces = [text]
    return " ".join("".join(pieces).split())


def _decoded(piece: bytes | str, charset: str | None) -> str:
    if isinstance(piece, str):
        return piece
    try:
        # What stands between encoded words comes as bytes of this one.
        return piece.decode(charset or "raw-unicode-escape", "replace")
    except LookupError:
        return piece.decode("utf-8", "replace")


def _ids(message: Message, name: str) -> list[str]:
    return _ID.findall(_header(message, name))


def _parents(message: Message) -> tuple[str, ...]:
    """References begin with the first mail of a thread; In-Reply-To is the one answered."""
    answered = _ids(message, "In-Reply-To")
    return tuple(dict.fromkeys([*answered, *reversed(_ids(message, "References"))]))


def _date(message: Message) -> float | None:
    try:
        parsed = email.utils.parsedate_tz(_header(message, "Date"))
        return float(email.utils.mktime_tz(parsed)) if parsed else None
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
