# SPDX-License-Identifier: GPL-2.0-only
"""Test results as the guest reports them: KTAP version 1 and the dialect of kselftest.

``Documentation/dev-tools/ktap.rst`` is the format, which indents by two; KUnit and TAP 14 indent by
four, so a level is as deep as its first line; ``tools/testing/selftests/kselftest.h`` and
``kselftest/runner.sh`` are what deviates: "ok 2 # SKIP name", "not ok 3 # error name", and results
of a child program behind "# ".  What the guest adds (case, observations, end) is in
``docs/reference/protocol.md``.
"""

import re
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from rig.evidence.observation import fault as observation_fault
from rig.evidence.observation import is_damaged

_RESULT: Final = re.compile(r"(ok|not ok)\s+(\d{1,9})(?:\s+(.*))?$", re.ASCII | re.DOTALL)
_PLAN: Final = re.compile(r"1\.\.(\d{1,9})(?:\s+#\s*(.*))?$", re.ASCII | re.DOTALL)
_VERSION: Final = re.compile(r"(?:KTAP|TAP) version \d{1,9}$", re.ASCII)
_TOTALS: Final = re.compile(
    r"Totals: pass:(\d{1,9}) fail:(\d{1,9}) xfail:(\d{1,9}) xpass:(\d{1,9}) skip:(\d{1,9})"
    r" error:(\d{1,9})",
    re.ASCII,
)
# runner.sh puts "# " before each line of the program it runs.
_COMMENTED: Final = re.compile(
    r"# (?=(?:# ){0,16}(?:(?:not )?ok \d|1\.\.\d|(?:KTAP|TAP) version \d))", re.ASCII
)
_COUNT: Final = re.compile(r"\d{1,18}", re.ASCII)
_NAME: Final = re.compile(r"[a-z][a-z0-9-]*", re.ASCII)
_PAIR: Final = re.compile(r"([a-z][a-z0-9_-]*)=(.*)", re.ASCII | re.DOTALL)

# EXIT and SIGNAL are how init says that a workload died.
_DIRECTIVES: Final = frozenset(
    ("SKIP", "TODO", "XFAIL", "XPASS", "TIMEOUT", "ERROR", "EXIT", "SIGNAL")
)

# The indent of a level whose lines stand behind "# ": deeper than any without.
_BEHIND_A_COMMENT: Final = 1 << 20

# More lines than any guest prints; a bound, so that junk cannot exhaust the memory.
_LINES_LIMIT = 1 << 20

# Of what is wrong with the form so much is told.
_PROBLEMS_LIMIT: Final = 20

# Deeper nesting than any tool prints; a bound, so that hostile input cannot exhaust a stack later.
_DEPTH_LIMIT: Final = 16


@dataclass(frozen=True, slots=True)
class KtapTest:
    """One test and what is nested under it.

    Attributes:
        name: the description; for kselftest's "ok 2 # SKIP name" that name; "" if the stream
            ended before the result line.
        ok: what the result line says, whatever the directive.
        directive: upper case: SKIP, TODO, XFAIL, XPASS, TIMEOUT, ERROR, EXIT, SIGNAL, or "".
            MISSING marks a test whose result line never came.
        data: the rest behind "#".
        diagnostics: remarks and other output before the result line, on the test's own level,
            then what was left on the level of its children.
        children: nested tests.
        planned: how many children were announced; None without a plan.
    """

    name: str
    ok: bool
    directive: str
    data: str
    diagnostics: tuple[str, ...]
    children: tuple["KtapTest", ...]
    planned: int | None

    @property
    def skipped(self) -> bool:
        """It did not run; "ok" means nothing then."""
        return self.directive == "SKIP"

    @property
    def failed(self) -> bool:
        """It ran, and not as it should have."""
        return not self.ok and self.directive not in ("SKIP", "TODO", "XFAIL")


@dataclass(frozen=True, slots=True)
class Observation:
    """What a consumer saw; a line "# NAME key=value …".

    Attributes:
        name: "probe", …
        fields: values with the percent-encoding undone.
        path: names of the tests that it stands in, outermost first; () on the top level.
        line: line number in the results, from 1.
    """

    name: str
    fields: Mapping[str, str]
    path: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class KtapResults:
    """All that arrived on the results port.

    Attributes:
        tests: the top-level tests, one for each "run" of the plan.
        planned: how many were announced; None without a plan.
        observations: in order of their lines.
        case: the name behind "# case", percent-encoded as in the plan; "" if none came.
        turns: changes of turn and the microseconds in which they were counted; None if the turn
            meter was not run.
        ended: "# end" was seen, so that nothing is missing at the end.
        problems: what is wrong with the form of the results, one line each; empty if nothing.
    """

    tests: tuple[KtapTest, ...]
    planned: int | None
    observations: tuple[Observation, ...]
    case: str
    turns: tuple[int, int] | None
    ended: bool
    problems: tuple[str, ...]


@dataclass(slots=True)
class _Level:
    """The tests of one depth of nesting, while their parent's result has not come yet."""

    tests: list[KtapTest] = field(default_factory=list)
    planned: int | None = None
    remarks: list[str] = field(default_factory=list)
    # Observations of this level with the path below this level's parent, innermost name last.
    observations: list[Observation] = field(default_factory=list)


def parse_ktap(data: bytes) -> KtapResults:
    """Reads results that may be cut off anywhere, or be no results at all."""
    parser = _Parser()
    *lines, rest = data.split(b"\n", _LINES_LIMIT)
    if b"\n" in rest:
        parser.problem(len(lines) + 1, "more lines than any guest prints; the rest was not read")
        rest = b""
    for number, raw in enumerate(lines, 1):
        parser.line(number, raw.decode("utf-8", errors="backslashreplace").removesuffix("\r"))
    if rest:
        # Half a line is not read: "ok 1" may have been "ok 12".
        parser.problem(len(lines) + 1, "the results end inside a line")
    return parser.results()


def parse_observation(text: str) -> tuple[str, dict[str, str]] | None:
    """Name and fields of a remark "NAME key=value …", or None if it is an ordinary remark."""
    name, *words = text.split(" ")
    pairs = [_PAIR.fullmatch(word) for word in words if word]
    if not pairs or not _NAME.fullmatch(name):
        return None
    fields: dict[str, str] = {}
    for pair in pairs:
        if pair is None:
            return None
        fields[pair[1]] = urllib.parse.unquote(pair[2], errors="backslashreplace")
    return name, fields


class _Parser:
    def __init__(self) -> None:
        self._levels = [_Level()]
        # How far the lines of each level are indented, and the line that is being read.
        self._indents = [0]
        self._indent = 0
        self._case = ""
        self._turns: tuple[int, int] | None = None
        self._ended = False
        self._problems: list[str] = []
        self._faults = 0

    def problem(self, number: int, text: str) -> None:
        self._problem(f"line {number}: {text}")

    def _problem(self, text: str) -> None:
        self._faults += 1
        if self._faults <= _PROBLEMS_LIMIT:
            self._problems.append(text)

    def line(self, number: int, line: str) -> None:
        text = line.lstrip(" ")
        self._indent = len(line) - len(text)
        depth = self._depth(self._indent)
        while depth < _DEPTH_LIMIT and _COMMENTED.match(text):
            text = text[2:]
            depth += 1
            self._indent = _BEHIND_A_COMMENT
        if result := _RESULT.match(text):
            self._result(number, self._open(depth), result)
        elif plan := _PLAN.match(text):
            self._plan(number, self._level(depth), plan)
        elif _VERSION.match(text):
            self._version(number, self._open(depth))
        elif text.startswith("Bail out!"):
            self.problem(number, text)
        elif text.startswith("#"):
            self._remark(number, self._open(depth), text[1:].strip(" "))
        elif depth == 0 and text.startswith("plan: "):
            self.problem(number, f"the guest refused the {text}")
        elif depth == 0 and text.startswith("init: "):
            self.problem(number, f"the guest gave up: {text.removeprefix('init: ')}")
        elif text:
            # Programs print what they like; it goes with the remarks, and opens no level.
            self._levels[-1].remarks.append(line)

    def _depth(self, indent: int) -> int:
        """The level of a line: that of others with its indent, else one below the last that has
        less."""
        known = [depth for depth, other in enumerate(self._indents) if other <= indent]
        depth = known[-1] if known else 0
        return depth if self._indents[depth] == indent else depth + 1

    def results(self) -> KtapResults:
        if len(self._levels) > 1:
            self._problem("the results end inside a test")
            self._close(0, KtapTest("", False, "MISSING", "", (), (), None))
        top = self._levels[0]
        self._check_plan(top, "")
        if self._faults > _PROBLEMS_LIMIT:
            self._problems.append(f"and {self._faults - _PROBLEMS_LIMIT} more faults")
        return KtapResults(
            tests=tuple(top.tests),
            planned=top.planned,
            observations=tuple(sorted(top.observations, key=lambda seen: seen.line)),
            case=self._case,
            turns=self._turns,
            ended=self._ended,
            problems=tuple(self._problems),
        )

    def _open(self, depth: int) -> int:
        """The level for a line of this depth; at most one deeper than what is open."""
        depth = min(depth, len(self._levels), _DEPTH_LIMIT)
        if depth == len(self._levels):
            self._levels.append(_Level())
            self._indents.append(self._indent)
        return depth

    def _level(self, depth: int) -> _Level:
        return self._levels[self._open(depth)]

    def _plan(self, number: int, level: _Level, plan: re.Match[str]) -> None:
        if level.planned is not None:
            self.problem(number, "a second plan")
        level.planned = int(plan[1])
        if plan[2]:
            # "1..0 # SKIP why": the program that printed it says the rest by its exit status.
            why, _, rest = _describe(f"#{plan[2]}")
            level.remarks.append(why or rest)

    def _version(self, number: int, depth: int) -> None:
        if depth and self._levels[depth].tests:
            self.problem(number, "a new set of results before the result of the last")

    def _remark(self, number: int, depth: int, text: str) -> None:
        level = self._levels[depth]
        if depth == 0 and text == "end":
            self._ended = True
        elif depth == 0 and text.startswith("case "):
            self._case = text.removeprefix("case ")
        elif observation := parse_observation(text):
            name, fields = observation
            if depth == 0 and name == "turns":
                self._turn_meter(number, fields)
            elif wrong := observation_fault(name, fields):
                self.problem(number, wrong)
            else:
                level.observations.append(Observation(name, fields, (), number))
        elif is_damaged(text):
            self.problem(number, f"a damaged observation: {text[:80]}")
        else:
            if totals := _TOTALS.match(text):
                self._check_totals(number, level, sum(int(count) for count in totals.groups()))
            level.remarks.append(text)

    def _turn_meter(self, number: int, fields: Mapping[str, str]) -> None:
        counts = [fields.get(key, "") for key in ("changes", "microseconds")]
        if all(_COUNT.fullmatch(count) for count in counts):
            self._turns = (int(counts[0]), int(counts[1]))
        else:
            self.problem(number, "turns without changes and microseconds")

    def _result(self, number: int, depth: int, result: re.Match[str]) -> None:
        name, directive, data = _describe(result[3] or "")
        level = self._levels[depth]
        due = len(level.tests) + 1
        # ksft_exit_skip() counts the test that it skips twice.
        if int(result[2]) != due and not (directive == "SKIP" and int(result[2]) == due + 1):
            self.problem(number, f"test number {result[2]} where {due} was due")
        self._close(depth, KtapTest(name, result[1] == "ok", directive, data, (), (), None))
        test = level.tests[-1]
        if test.ok and not test.skipped and any(child.failed for child in test.children):
            self.problem(number, f"{name} is ok although a test under it is not")

    def _close(self, depth: int, result: KtapTest) -> None:
        """Makes all that is deeper than ``depth`` the content of ``result``, a test there."""
        while len(self._levels) > depth + 1:
            below = self._levels.pop()
            self._indents.pop()
            above = self._levels[-1]
            whole = len(self._levels) == depth + 1
            head = result if whole else KtapTest("", False, "MISSING", "", (), (), None)
            # Whoever failed, died or gave up need not have kept to the plan.
            if head.ok and not head.skipped:
                self._check_plan(below, head.name)
            self._append(above, head, below)
            if whole:
                return
        self._append(self._levels[depth], result, _Level())

    def _append(self, level: _Level, head: KtapTest, below: _Level) -> None:
        diagnostics = (*level.remarks, *below.remarks)
        level.remarks.clear()
        level.tests.append(
            KtapTest(
                head.name,
                head.ok,
                head.directive,
                head.data,
                diagnostics,
                tuple(below.tests),
                below.planned,
            )
        )
        for seen in below.observations:
            path = (head.name, *seen.path)
            level.observations.append(Observation(seen.name, seen.fields, path, seen.line))

    def _check_plan(self, level: _Level, name: str) -> None:
        if level.planned is not None and level.planned != len(level.tests):
            where = f"under {name}: " if name else ""
            self._problem(f"{where}{level.planned} planned, {len(level.tests)} reported")

    def _check_totals(self, number: int, level: _Level, total: int) -> None:
        if total != len(level.tests):
            self.problem(number, f"totals of {total}, {len(level.tests)} reported")


def _describe(text: str) -> tuple[str, str, str]:
    """Name, directive and data of what stands behind the number of a result."""
    name, separator, rest = _split_unescaped_hash(text)
    # TAP writes "ok 1 - name".
    name = name.strip(" ").removeprefix("- ").strip(" ")
    if not separator:
        return name, "", ""
    first, _, data = rest.strip(" ").partition(" ")
    directive = _directive(first)
    if not directive:
        return name, "", rest.strip(" ")
    if not name:
        # kselftest.h prints the name where KTAP has the reason.
        return data.strip(" "), directive, ""
    return name, directive, data.strip(" ")


def _directive(word: str) -> str:
    """The directive that a word is: "SKIP", "skip:", "Skipped"; "" if it is none."""
    # TAP 13 and 14: what begins with "skip" is one, and punctuation may follow.
    said = word.upper().rstrip(":,;.-")
    return "SKIP" if said.startswith("SKIP") else said if said in _DIRECTIVES else ""


def _split_unescaped_hash(text: str) -> tuple[str, str, str]:
    """Splits at the first "#" that no backslash precedes (TAP 14), and undoes the escape."""
    at = text.find("#")
    while at > 0 and text[at - 1] == "\\":
        at = text.find("#", at + 1)
    if at < 0:
        return text.replace("\\#", "#"), "", ""
    return text[:at].replace("\\#", "#"), "#", text[at + 1 :]
