# SPDX-License-Identifier: GPL-2.0-only
"""Reports of the kernel in its log: where each begins and ends, and what it says.

Several tasks and interrupts print at once.  Each line carries its caller (PRINTK_CALLER), and one
caller prints one thing at a time, so every caller's lines are read as a log of their own.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from rig.evidence import backtraces
from rig.evidence.backtraces import Backtraces
from rig.evidence.banners import BANNERS, Banner, BannerTable, Ending
from rig.evidence.frames import Frame, Stack, blame, collect_stacks, is_frame
from rig.evidence.klog import SerialLine
from rig.evidence.lockgraph import normalise
from rig.evidence.locknames import LockNames

# printk cuts records at 1,024 bytes (PRINTKRB_RECORD_MAX); what is longer is no line of a report.
_LINE_LIMIT: Final = 1024
# A report is printed without sleeping.  Whoever pauses this long in the middle was cut off.
_PAUSE_US: Final = 5_000_000
# Lines between "cut here" and what follows it: the message of the WARN().
_MESSAGE_LIMIT: Final = 12
_TRACE_SEARCH_LIMIT: Final = 60

_CUT_HERE: Final = re.compile(r"-+\[ cut here \]-+")
_END_TRACE: Final = re.compile(r"---\[ end (?:trace|Kernel panic)")
_HEADER: Final = re.compile(r"Modules linked in:|CPU: \d+ ")
# Banners that are no report of their own inside another: 6.12's object_err() ends in a WARN(), the
# workqueue watchdog has a line for each pool, and a scan of kmemleak ends with a count.
_PARTS: Final = {
    "slub": ("warn",),
    "workqueue-lockup": ("workqueue-lockup",),
    "kmemleak": ("kmemleak-count",),
}
# Endings that a trace may be.
_WITH_TRACE: Final = (Ending.TRACE, Ending.MAYBE_TRACE, Ending.BACKTRACE)
# Above the frames of a report that ends with them.
_TRACE: Final = re.compile(r"Call trace:|kmemleak:   backtrace \(crc [0-9a-f]{1,8}\):")
_RULER: Final = re.compile(r"=+$")
_LEAD_IN: Final = re.compile(r"=+$|\s*$|\[[\w ]{1,40} overwritten\] 0x")
_HELD: Final = re.compile(r"(\d{1,4}) locks? held by |locks held by .{1,40}: (\d{1,4})")
_HELD_ITEM: Final = re.compile(r" #\d{1,4}: ")
_DEVICE: Final = re.compile(r"([\w.-]{1,40}) [\w.:@-]{1,60}: ")
# Who it is about, best source first.
_TASKS: Final = (
    re.compile(r"INFO: task (?P<comm>.{1,40}):(?P<pid>\d+) (?:is )?blocked"),
    re.compile(
        r"CPU: \d+ (?:UID: \d+ )?PID: (?P<pid>\d+) Comm: (?P<comm>.{1,40}?) +(?:Not t|T)ainted"
    ),
    re.compile(r"WARNING: .{1,200}, CPU#\d+: (?P<comm>.{1,40})/(?P<pid>\d+)$"),
    re.compile(r"(?:WARNING: )?(?P<comm>.{1,40})/(?P<pid>\d+) (?:\[HC|is |just |still |takes)"),
    re.compile(r"task:(?P<comm>.{1,40}?) +state:.{1,40} pid:(?P<pid>\d+)"),
    re.compile(r"\d+ locks? held by (?P<comm>.{1,40})/(?P<pid>\d+):"),
    re.compile(r"kmemleak:   comm \"(?P<comm>.{1,40})\", pid (?P<pid>\d+), "),
    re.compile(r"BUG: workqueue leaked .{1,60}: (?P<comm>.{1,40})\[(?P<pid>\d+)\]"),
    re.compile(r"BUG: .{1,80}[ :](?P<comm>[^ ]{1,40}?)/(?P<pid>\d+)(?:/0x[0-9a-f]+)?$"),
)


@dataclass(frozen=True, slots=True)
class Splat:
    """One event that the kernel reported.

    Attributes:
        kind: id of a row of rig.evidence.banners.
        banner: the line that names it.
        message: the text of a WARN(); "" if there is none.
        first_line, last_line: numbers in the serial log.
        time_us: of the first line; None without PRINTK_TIME.
        caller: who printed it, as in SerialLine.
        task: "comm/pid" that it is about; "" if not printed.
        driver: of the device that it is about, if it is about one; else "".
        stacks: in the order of the log.
        locks: names of lock classes as printed, each once, in the order of the log.
        lines: numbers of its lines; others may stand between them.
        truncated: why it is not whole; "" if it is.
        kills_lockdep: lockdep was off after it.
        severity: as in Banner.
        fingerprint: "kind:function:hash", equal for reports of the same thing in other boots and
            builds: no addresses, numbers or times go into it.
    """

    kind: str
    banner: str
    message: str
    first_line: int
    last_line: int
    time_us: int | None
    caller: str | None
    task: str
    driver: str
    stacks: tuple[Stack, ...]
    locks: tuple[str, ...]
    lines: tuple[int, ...]
    truncated: str
    kills_lockdep: bool
    severity: str
    fingerprint: str

    @property
    def frames(self) -> tuple[Frame, ...]:
        """The frames of all stacks, stack by stack."""
        return tuple(frame for stack in self.stacks for frame in stack.frames)

    @property
    def guilty(self) -> Frame | None:
        """The frame to blame; None if there are no frames."""
        return blame(self.stacks)


def find_splats(lines: Sequence[SerialLine], table: BannerTable = BANNERS) -> tuple[Splat, ...]:
    """The reports in a serial log, in the order of their first lines."""
    streams: dict[str | None, list[SerialLine]] = {}
    for line in lines:
        streams.setdefault(line.caller, []).append(line)
    last = lines[-1].number if lines else 0
    asked = backtraces.find(lines, streams)
    found = [
        _splat(stream, extent, asked)
        for stream in streams.values()
        for extent in _Reports(stream, table, last, asked).extents()
    ]
    return tuple(sorted(found, key=lambda splat: splat.first_line))


@dataclass(slots=True)
class _Extent:
    """Lines ``begin`` to ``end`` (not included) of a caller's stream; ``head`` has the banner."""

    begin: int
    head: int
    end: int
    banner: Banner
    truncated: str
    kills_lockdep: bool = False


class _Reports:
    """The reports in what one caller printed."""

    def __init__(
        self,
        stream: Sequence[SerialLine],
        table: BannerTable,
        last_number: int,
        asked: Backtraces,
    ) -> None:
        self._stream = stream
        self._asked = asked
        self._table = table
        self._texts = [line.text[:_LINE_LIMIT] for line in stream]
        self._banners = [table.match(text) for text in self._texts]
        # The console is in order: with a line behind it, the stream's end is no cut.
        self._ends_the_log = bool(stream) and stream[-1].number >= last_number

    def extents(self) -> list[_Extent]:
        extents: list[_Extent] = []
        at = 0
        while at < len(self._texts):
            head, banner = self._head(at)
            if banner is None:
                at += 1
                continue
            floor = extents[-1].end if extents else 0
            begin = self._lead_in(at, floor)
            banner = self._with_death(head, banner)
            end, truncated = self._end(head, banner)
            if extents and begin == floor and _follows(banner, extents[-1].banner):
                extents[-1].end, extents[-1].truncated = end, truncated
            else:
                extents.append(_Extent(begin, head, end, banner, truncated))
            at = end
        for extent in extents:
            rows = self._banners[extent.head : extent.end]
            extent.kills_lockdep = any(row is not None and row.kills_lockdep for row in rows)
        return extents

    def _head(self, at: int) -> tuple[int, Banner | None]:
        """The line that names the report beginning at ``at``, and its row; None if none does."""
        if not _CUT_HERE.match(self._texts[at]):
            return at, self._banners[at]
        # A WARN() prints its message before or after the line "WARNING:"; the message may say
        # more about the kind than the line does.
        general: tuple[int, Banner] | None = None
        for line in range(at + 1, min(at + 1 + _MESSAGE_LIMIT, len(self._texts))):
            banner = self._banners[line]
            if _HEADER.match(self._texts[line]) or _CUT_HERE.match(self._texts[line]):
                break
            if banner is not None and not _cuts_here(banner):
                # It has no such line: the WARN() above it lost its own, and is no part of it.
                break
            if banner is not None and banner.kind != "warn":
                return line, banner
            if banner is not None:
                general = line, banner
        return general or (at, self._table.by_kind["warn"])

    def _with_death(self, head: int, banner: Banner) -> Banner:
        """With CONFIG_BUG_ON_DATA_CORRUPTION the text of a WARN() comes before the line "cut here",
        and a BUG() after it: one report, and the end of its task."""
        if banner.ending is not Ending.END_TRACE or head + 1 >= len(self._texts):
            return banner
        if not _CUT_HERE.match(self._texts[head + 1]):
            return banner
        _, after = self._head(head + 1)
        dies = after is not None and after.severity == "fatal"
        return replace(banner, severity="fatal", kills_lockdep=True) if dies else banner

    def _lead_in(self, at: int, floor: int) -> int:
        """Where the blank line and the ruler above a banner begin."""
        begin = at
        while begin > floor and at - begin < 3 and _LEAD_IN.match(self._texts[begin - 1]):
            begin -= 1
        return begin

    def _end(self, head: int, banner: Banner) -> tuple[int, str]:
        """Where the report ends, and why it is not whole."""
        if banner.severity == "fatal":
            return self._end_of_death(head, banner)
        if banner.ending is Ending.HELD_LOCKS:
            return self._end_of_held_locks(head)
        if banner.ending is Ending.RULER:
            return self._end_of_ruler(head, banner)
        whole = banner.ending is Ending.LINE or (
            banner.ending is Ending.MAYBE_TRACE and not self._trace_follows(head)
        )
        in_trace = False
        for at in range(head + 1, len(self._texts)):
            text = self._texts[at]
            if in_trace and is_frame(text):
                continue
            if in_trace:
                in_trace = False
                whole = whole or banner.ending in _WITH_TRACE
            if whole and not self._goes_on(at, banner):
                return self._without_blanks(head, at), ""
            if _TRACE.fullmatch(text):
                in_trace = True
            elif self._stream[at].number in self._asked:
                # Another CPU was asked for the trace, and gave it.
                whole = True
            elif not whole:
                if banner.ending is Ending.END_TRACE and _END_TRACE.match(text):
                    return at + 1, ""
                if reason := self._interruption(at, banner):
                    return self._without_blanks(head, at), reason
        whole = whole or (in_trace and banner.ending is not Ending.END_TRACE)
        cut = not whole or (in_trace and self._ends_the_log)
        return self._without_blanks(head, len(self._texts)), "the log ends inside it" if cut else ""

    def _end_of_death(self, head: int, banner: Banner) -> tuple[int, str]:
        """After an oops its task reports only consequences, so all that follows is one event."""
        texts = self._texts[head:]
        if banner.ending is Ending.END_TRACE:
            whole = any(_END_TRACE.match(text) for text in texts)
        else:
            whole = not (is_frame(texts[-1]) and self._ends_the_log) and "Call trace:" in texts
        return len(self._texts), "" if whole else "the log ends inside it"

    def _end_of_ruler(self, head: int, banner: Banner) -> tuple[int, str]:
        for at in range(head + 1, len(self._texts)):
            if _RULER.match(self._texts[at]):
                return at + 1, ""
            if reason := self._interruption(at, banner):
                return self._without_blanks(head, at), reason
        return len(self._texts), "the log ends inside it"

    def _end_of_held_locks(self, head: int) -> tuple[int, str]:
        expected: int | None = None
        items = 0
        for at in range(head + 1, len(self._texts)):
            text = self._texts[at]
            if held := _HELD.match(text):
                expected = int(held[1] or held[2])
            elif _HELD_ITEM.match(text):
                items += 1
                if expected is not None and items >= expected:
                    return at + 1, ""
            elif reason := self._interruption(at, self._table.by_kind["lock-held-on-return"]):
                return self._without_blanks(head, at), reason
        return len(self._texts), "the log ends inside it"

    def _interruption(self, at: int, banner: Banner) -> str:
        """Why a report that is not whole cannot go on at ``at``; "" if it can."""
        earlier, later = self._stream[at - 1].time_us, self._stream[at].time_us
        if earlier is not None and later is not None and later - earlier > _PAUSE_US:
            return "its caller went on without ending it"
        other = self._banners[at]
        cut_here = _CUT_HERE.match(self._texts[at]) is not None
        if (cut_here or other) and "warn" in _PARTS.get(banner.kind, ()):
            return ""
        if other and (other.severity == "notice" or other.kind == "panic"):
            return ""
        if other and other.kind == "warn" and banner.ending is Ending.END_TRACE:
            return ""
        return "another report begins inside it" if cut_here or other else ""

    def _goes_on(self, at: int, banner: Banner) -> bool:
        """A report that is whole may still have lines that belong to it."""
        text, other = self._texts[at], self._banners[at]
        if other and other.severity != "notice" and other.kind not in _PARTS.get(banner.kind, ()):
            return False
        return bool(banner.tail_regex.match(text)) or is_frame(text) or not text.strip()

    def _trace_follows(self, head: int) -> bool:
        for at in range(head + 1, min(head + _TRACE_SEARCH_LIMIT, len(self._texts))):
            if self._texts[at] == "Call trace:":
                return True
            if self._banners[at] or _CUT_HERE.match(self._texts[at]):
                return False
        return False

    def _without_blanks(self, head: int, end: int) -> int:
        """``end`` without what leads in to the next report."""
        while end > head + 1 and _LEAD_IN.match(self._texts[end - 1]):
            # The ruler that closes a report belongs to it; one behind a blank opens the next.
            if self._texts[end - 1].startswith("=") and self._texts[end - 2].strip():
                break
            end -= 1
        return end


def _cuts_here(banner: Banner) -> bool:
    """The report is that of a WARN() or BUG(), which both begin with that line."""
    return banner.ending is Ending.END_TRACE or banner.severity == "fatal"


def _follows(banner: Banner, before: Banner) -> bool:
    """A report right behind another is only its consequence, and part of the same event."""
    if banner.kind == "panic":
        return True
    # process_one_work() compares lock depths; lockdep stops counting when it turns itself off.
    return banner.kind == "workqueue-leak" and before.kills_lockdep


def _splat(stream: Sequence[SerialLine], extent: _Extent, asked: Backtraces) -> Splat:
    own = stream[extent.begin : extent.end]
    lines = [*own, *(line for one in own for line in asked.get(one.number, ()))]
    texts = [(line.number, line.text[:_LINE_LIMIT]) for line in lines]
    stacks = collect_stacks(texts)
    names = LockNames()
    for _, text in texts:
        names.add(text)
    banner = extent.banner
    return Splat(
        kind=banner.kind,
        banner=stream[extent.head].text[:_LINE_LIMIT].strip(),
        message=_message(stream, extent),
        first_line=lines[0].number,
        last_line=max(line.number for line in lines),
        time_us=lines[0].time_us,
        caller=lines[0].caller,
        task=_task([text for _, text in texts]),
        driver=_driver(stream[extent.head].text) if banner.of_device else "",
        stacks=stacks,
        locks=names.found(),
        lines=tuple(line.number for line in lines),
        truncated=extent.truncated,
        kills_lockdep=extent.kills_lockdep,
        severity=banner.severity,
        fingerprint=_fingerprint(banner.kind, blame(stacks), names.found()),
    )


def _message(stream: Sequence[SerialLine], extent: _Extent) -> str:
    """The text between "cut here" and "WARNING:"."""
    if extent.banner.severity == "fatal" or not _CUT_HERE.match(stream[extent.begin].text):
        return ""
    message = []
    for line in stream[extent.begin + 1 : extent.begin + 1 + _MESSAGE_LIMIT]:
        if line.text.startswith("WARNING: ") or _HEADER.match(line.text):
            break
        message.append(line.text[:_LINE_LIMIT].strip())
    return "\n".join(message)


def _driver(text: str) -> str:
    """The first of the two words that dev_printk() begins with; empty if it had no device."""
    match = _DEVICE.match(text)
    return match[1] if match else ""


def _task(texts: Sequence[str]) -> str:
    for pattern in _TASKS:
        for text in texts:
            if match := pattern.match(text):
                return f"{match['comm']}/{match['pid']}"
    return ""


def _fingerprint(kind: str, guilty: Frame | None, locks: Sequence[str]) -> str:
    function = guilty.name if guilty else "?"
    parts = (kind, function, *sorted({normalise(lock) for lock in locks}))
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    return f"{kind}:{function}:{digest[:8]}"
