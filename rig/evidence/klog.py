# SPDX-License-Identifier: GPL-2.0-only
"""The kernel's log as it arrives: lines of the serial console, and records of /dev/kmsg.

Both are copies of one ring buffer.  The formats are those of ``kernel/printk/printk.c``:
``info_print_prefix()`` and ``record_print_text()`` for a console, ``info_print_ext_header()`` and
``msg_add_ext_text()`` for /dev/kmsg.
"""

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

# "[%5lu.%06lu]" and "[%6s]" with "T<pid>" or "C<cpu>", then one blank that belongs to the prefix:
# what follows may begin with blanks of its own.
_PREFIX: Final = re.compile(
    r"(?:<\d{1,4}>)?\[ {0,4}(\d{1,12})\.(\d{6})\](?:\[ {0,5}([TC]\d{1,10})\])?(?: |$)",
    re.ASCII,
)
# Behind what a program wrote without ending its line, the prompt of a shell for one.
_LATE_PREFIX: Final = re.compile(
    r"(?<=.)\[ {0,4}\d{1,12}\.\d{6}\]\[ {0,5}[TC]\d{1,10}\](?: |$)", re.ASCII
)

_KMSG_HEADER: Final = re.compile(
    r"(\d{1,10}),(\d{1,20}),(\d{1,20}),([^,;]*)((?:,[^,;]*)*);", re.ASCII
)

# More lines than any guest prints; a bound, so that junk cannot exhaust the memory.  What is behind
# it is not read, so that the canary and most of the kernel's record are missing then.
_LINES_LIMIT = 1 << 20

_ESCAPE: Final = re.compile(rb"\\x([0-9a-f]{2})")


# Bytes that are split into lines at once.
_CHUNK: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class SerialLine:
    """One line of the serial console.

    Attributes:
        number: position in the stream, from 1.
        time_us: the kernel's time stamp in microseconds; None if the line has no prefix, so that
            it was not printed by printk() or lost its beginning.
        caller: "T<pid>" for a task, "C<cpu>" for an interrupt; None without PRINTK_CALLER.
        text: the line without prefix and line end; bytes that are not UTF-8 appear as ``\\xNN``.
        before: what stood before the prefix, and is not the kernel's.
    """

    number: int
    time_us: int | None
    caller: str | None
    text: str
    before: str = ""


@dataclass(frozen=True, slots=True)
class KmsgRecord:
    """One record of /dev/kmsg.

    Attributes:
        sequence: number of the record since boot, from 0.
        time_us: microseconds, on the same clock as the console's prefix.
        priority: facility * 8 + level; facility 0 is the kernel itself.
        caller: as in SerialLine.
        text: unescaped; may hold line feeds, each of which starts a new line on a console.
        continuation: printed with KERN_CONT, and yet a record of its own: because somebody else
            printed in between, or because it begins a line, as lockdep's print_lock() does.
        dictionary: SUBSYSTEM and DEVICE, where a driver printed the record.
    """

    sequence: int
    time_us: int
    priority: int
    caller: str | None
    text: str
    continuation: bool
    dictionary: tuple[tuple[str, str], ...] = ()


class SerialReader:
    """Lines from a stream that arrives in pieces; where it is cut makes no difference."""

    def __init__(self) -> None:
        # Pieces of the unfinished line.  They are joined once, at its end: a line that arrives
        # byte by byte costs no more than one that arrives whole.
        self._pieces: list[bytes] = []
        self._number = 0

    def feed(self, data: bytes) -> tuple[SerialLine, ...]:
        """The lines that ``data`` completes."""
        *ended, rest = data.split(b"\n")
        lines = []
        for piece in ended:
            self._pieces.append(piece)
            lines.append(self._finish())
        if rest:
            self._pieces.append(rest)
        return tuple(lines)

    def close(self) -> tuple[SerialLine, ...]:
        """The last line, if the stream ended in the middle of it."""
        return (self._finish(),) if self._pieces else ()

    def _finish(self) -> SerialLine:
        raw = b"".join(self._pieces)
        self._pieces.clear()
        self._number += 1
        # uart_console_write() puts one \r before each \n; any other \r is the message's own.
        return _serial_line(self._number, _decode(raw.removesuffix(b"\r")))


def iterate_serial(chunks: Iterable[bytes]) -> Iterator[SerialLine]:
    """The lines of a stream given as pieces, each as soon as it is complete."""
    reader = SerialReader()
    for chunk in chunks:
        yield from reader.feed(chunk)
    yield from reader.close()


def parse_serial(data: bytes) -> tuple[SerialLine, ...]:
    """The lines of a whole serial log, as far as anybody has room for them."""
    chunks = (data[at : at + _CHUNK] for at in range(0, len(data), _CHUNK))
    return tuple(itertools.islice(iterate_serial(chunks), _LINES_LIMIT))


def parse_kmsg(data: bytes) -> tuple[KmsgRecord, ...]:
    """The records of a /dev/kmsg dump: what read() returned, one record after the other.

    A line that is neither a record nor belongs to one is left out: the hole that it leaves in the
    sequence numbers is what tells.
    """
    records: list[KmsgRecord] = []
    dictionary: list[tuple[str, str]] = []
    pending: KmsgRecord | None = None
    for raw in data.split(b"\n"):
        if raw.startswith(b" "):
            key, _, value = _unescape(raw[1:]).partition("=")
            dictionary.append((key, value))
            continue
        record = _kmsg_record(raw)
        if record is not None:
            if pending is not None:
                records.append(_with_dictionary(pending, dictionary))
            pending, dictionary = record, []
    if pending is not None:
        records.append(_with_dictionary(pending, dictionary))
    return tuple(records)


def console_lines(record: KmsgRecord) -> tuple[SerialLine, ...]:
    """What a console shows of a record; the line numbers are 0.

    Follows record_print_text(): every line gets the prefix, and the whole must fit into
    PRINTK_MESSAGE_MAX bytes (kernel/printk/internal.h), else its end is cut.
    """
    stamp = f"[{record.time_us // 1_000_000:5}.{record.time_us % 1_000_000:06}]"
    prefix = len(stamp) + (len(f"[{record.caller:>6}]") if record.caller else 0) + 1
    limit = 2048
    lines: list[SerialLine] = []
    used, left = 0, len(record.text)
    for text in record.text.split("\n"):
        room = limit - used - prefix - 2
        if left > room and len(text) > room:
            # The kernel shortens a first line that does not fit, and drops any other.
            if not lines and room > 0:
                lines.append(SerialLine(0, record.time_us, record.caller, text[:room]))
            break
        lines.append(SerialLine(0, record.time_us, record.caller, text))
        used += prefix + len(text) + 1
        left -= len(text) + 1
    return tuple(lines)


def _decode(raw: bytes) -> str:
    return raw.decode("utf-8", errors="backslashreplace")


def _serial_line(number: int, line: str) -> SerialLine:
    begin = 0
    prefix = _PREFIX.match(line)
    if prefix is None and (late := _LATE_PREFIX.search(line)):
        begin = late.start()
        prefix = _PREFIX.match(line, begin)
    if prefix is None:
        return SerialLine(number, None, None, line)
    time_us = int(prefix[1]) * 1_000_000 + int(prefix[2])
    return SerialLine(number, time_us, prefix[3], line[prefix.end() :], line[:begin])


def _unescape(raw: bytes) -> str:
    # msg_add_ext_text() escapes bytes, not characters, and the backslash itself too.
    return _decode(_ESCAPE.sub(lambda escape: bytes((int(escape[1], 16),)), raw))


def _kmsg_record(raw: bytes) -> KmsgRecord | None:
    head, separator, text = raw.partition(b";")
    if not separator:
        return None
    header = _KMSG_HEADER.fullmatch(_decode(head + separator))
    if header is None:
        return None
    caller = None
    for field in header[5].split(","):
        if field.startswith("caller="):
            caller = field.removeprefix("caller=")
    return KmsgRecord(
        sequence=int(header[2]),
        time_us=int(header[3]),
        priority=int(header[1]),
        caller=caller,
        text=_unescape(text),
        # "+" marked further fragments until 4.15; later kernels know "c" alone.
        continuation=header[4] in ("c", "+"),
    )


def _with_dictionary(record: KmsgRecord, dictionary: list[tuple[str, str]]) -> KmsgRecord:
    if not dictionary:
        return record
    return KmsgRecord(
        record.sequence,
        record.time_us,
        record.priority,
        record.caller,
        record.text,
        record.continuation,
        tuple(dictionary),
    )
