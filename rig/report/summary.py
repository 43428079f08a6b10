# SPDX-License-Identifier: GPL-2.0-only
"""What is remembered of a run: enough to compare it with others when its evidence is gone.

It is made of a run directory, and written to a file that is called a baseline: JSON with one case a
line, so that git shows which of them has changed.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path, PurePath
from typing import Any

from pydantic import TypeAdapter
from pydantic.dataclasses import dataclass as strict_dataclass

from rig.base.document import STRICT
from rig.base.errors import InputError
from rig.evidence.record import RunDir, RunRecord, load
from rig.judge import document
from rig.judge.run import judge_run
from rig.judge.verdict import Verdict
from rig.locks.compact import CompactGraphs, compact, expand
from rig.locks.graph import CaseGraph, read_run
from rig.model.guest import GuestRun
from rig.model.option import RUNS
from rig.model.options import rows_of
from rig.report.origins import read_origins

SCHEMA = 2

# Of a case's record: what does not reach the guest.
_NOT_INPUT = ("reproduce", "known", "claims")


@strict_dataclass(frozen=True, config=STRICT)
class ReasonSummary:
    """A reason; `known`: it belongs to a known issue."""

    id: str
    text: str
    file: str = ""
    line: int = 0
    known: bool = False

    @property
    def key(self) -> tuple[str, str, bool]:
        """What makes it the same reason in another run: lines and addresses move."""
        return self.id, self.file, self.known


@strict_dataclass(frozen=True, config=STRICT)
class CaseSummary:
    """One case.

    Args:
        claims: claim to verdict.
        inputs: digest of all that went into the guest; "" if that is gone.
        evidence: digest of what the guest said; "" if that is gone.
        family: the red case in which it shared a guest, if it ran alone because of that.
    """

    id: str
    scenario: str
    driver: str
    clock: str
    verdict: str
    claims: dict[str, str]
    reasons: tuple[ReasonSummary, ...]
    known: tuple[str, ...]
    fences: int
    jobs: int
    guest_seconds: float
    inputs: str = ""
    evidence: str = ""
    family: str = ""

    @property
    def red(self) -> bool:
        """Whether somebody must look at it."""
        return self.verdict in ("DIRTY", "INCONCLUSIVE")


@strict_dataclass(frozen=True, config=STRICT)
class RunSummary:
    """One run.

    Args:
        date: when its first guest began, or, where that is not on record, when it was planned as
            far as the file system knows; ISO 8601, UTC, to the second.
        kernel: its release, with ", strict" if it is so.
        digest: that of the series' patches; "" if nobody knows.
        chosen: the words that choose what runs, whatever is built.
        reasons: of the run as a whole.
        graphs: the lock graphs of its cases; none: they were not asked for, or not kept.
    """

    date: str
    kernel: str
    series: str
    digest: str
    chosen: tuple[str, ...]
    reproduce: str
    verdict: str
    claims: dict[str, str]
    reasons: tuple[ReasonSummary, ...]
    cases: tuple[CaseSummary, ...]
    graphs: CompactGraphs = field(default_factory=CompactGraphs)
    schema: int = SCHEMA

    @cached_property
    def by_id(self) -> dict[str, CaseSummary]:
        """Its cases by their names."""
        return {case.id: case for case in self.cases}

    def has(self, case: CaseSummary) -> CaseSummary | None:
        """What of this run stands for a case of another one; None: nothing.

        A scenario that ran alone because a guest was red that it shared is looked at in that guest
        again, and runs alone only if that is red again.
        """
        return self.by_id.get(case.id) or self.by_id.get(case.family)


@dataclass(frozen=True)
class Remembered:
    """A run as somebody named it: a run directory, or a baseline.

    Args:
        path: what was named.
        directory: None: it is a baseline.
    """

    path: Path
    run: RunSummary
    directory: RunDir | None

    @cached_property
    def graphs(self) -> tuple[CaseGraph, ...]:
        """The lock graphs of its cases; none, if none are left.

        Raises:
            InputError: the baseline is damaged.
        """
        if self.directory is None:
            return _expanded(self.run.graphs, self.path)
        try:
            return read_run(self.directory.path)
        except InputError:
            return ()

    @cached_property
    def whole(self) -> RunSummary:
        """The same with its lock graphs."""
        return replace(self.run, graphs=compact(self.graphs))


def remember(path: Path) -> Remembered:
    """Read a run directory or a baseline.  A verdict that is there is not made again.

    Raises:
        InputError: it is neither, or another version wrote it.
    """
    if path.is_dir() or not path.exists():
        directory = RunDir(path)
        run = load(directory.run, RunRecord)
        return Remembered(path, _summary(directory, run, _verdict(directory, run)), directory)
    return Remembered(path, load(path, RunSummary), None)


def baseline_text(run: RunSummary) -> str:
    """A baseline: JSON, one case and one class of locks a line."""
    plain = TypeAdapter(RunSummary).dump_python(run, mode="json")
    return "{\n" + ",\n".join(_lines(plain, "")) + "\n}\n"


def _lines(plain: Mapping[str, Any], indent: str) -> Iterator[str]:
    for key, value in plain.items():
        head = f"{indent}{json.dumps(key)}: "
        if isinstance(value, dict) and any(isinstance(each, list) for each in value.values()):
            inner = ",\n".join(_lines(value, f"{indent} "))
            yield f"{head}{{\n{inner}\n{indent}}}"
        elif isinstance(value, list) and value and isinstance(value[0], (dict, list)):
            items = ",\n".join(f"{indent} {json.dumps(item)}" for item in value)
            yield f"{head}[\n{items}\n{indent}]"
        else:
            yield f"{head}{json.dumps(value)}"


def baseline_of(directory: RunDir, verdict: Verdict) -> str:
    """The baseline of a run that was judged just now."""
    run = _summary(directory, verdict.run, _told(document.document(verdict)))
    return baseline_text(Remembered(directory.path, run, directory).whole)


def _summary(directory: RunDir, run: RunRecord, told: "_Told") -> RunSummary:
    origins = read_origins(directory.path)
    shared = {id: family for family, alone in run.apart.items() for id in alone}
    return RunSummary(
        date=_date(directory, run),
        kernel=f"{run.kernel}{', strict' if run.strict else ''}",
        series=run.series,
        digest=origins.digest if origins else "",
        chosen=tuple(_chosen(run)),
        reproduce=run.reproduce,
        verdict=told.verdict,
        claims=told.claims,
        reasons=told.reasons,
        cases=tuple(
            CaseSummary(
                id=case.id, scenario=case.scenario, driver=case.driver, clock=case.clock,
                verdict=case.verdict, claims=case.claims, reasons=case.reasons,
                known=tuple(issue["name"] for issue in case.known),
                fences=case.fences, jobs=case.jobs, guest_seconds=case.guest_seconds,
                inputs=inputs_digest(directory.case(case.id)),
                evidence=evidence_digest(directory.case(case.id)),
                family=shared.get(case.id, ""),
            )
            for case in told.cases
        ),
    )  # fmt: skip


def _date(directory: RunDir, run: RunRecord) -> str:
    began = filter(None, (_began(directory.case(id)) for id in run.cases))
    date = min(began, default=datetime.fromtimestamp(directory.run.stat().st_mtime, UTC))
    return date.isoformat(timespec="seconds")


def _began(folder: Path) -> datetime | None:
    """When the guest of a case began; None: it is not on record."""
    try:
        said = datetime.fromisoformat(load(folder / "guest.json", GuestRun).began)
    except (InputError, ValueError):
        return None
    return said.astimezone(UTC) if said.tzinfo else None


def _chosen(run: RunRecord) -> Iterator[str]:
    yield run.options.verb
    for row in rows_of(run.options.verb):
        value = getattr(run.options, row.name)
        if row.name == "shard" or (row.group == RUNS and value != row.usually(run.options.verb)):
            yield from row.words(value)


@dataclass(frozen=True)
class _ToldCase:
    """What of one of its cases is remembered."""

    id: str
    scenario: str
    driver: str
    clock: str
    verdict: str
    claims: dict[str, str]
    known: tuple[dict[str, Any], ...]
    reasons: tuple[ReasonSummary, ...]
    fences: int
    jobs: int
    guest_seconds: float


@dataclass(frozen=True)
class _Told:
    """What of verdict.json is remembered."""

    verdict: str
    claims: dict[str, str]
    reasons: tuple[ReasonSummary, ...]
    cases: tuple[_ToldCase, ...]


def _verdict(directory: RunDir, run: RunRecord) -> _Told:
    """What verdict.json says, if it is of this run and whole; else what judging says."""
    try:
        said = json.loads((directory.path / "verdict.json").read_text())
        if said["schema"] == document.SCHEMA and said["reproduce"] == run.reproduce:
            told = _told(said)
            if {case.id for case in told.cases} <= set(run.cases):
                return told
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return _told(document.document(judge_run(directory)))


def _told(said: Mapping[str, Any]) -> _Told:
    """
    Raises:
        ValueError, KeyError, TypeError: it is no verdict of this version.
    """

    def slim(reason: Mapping[str, Any]) -> dict[str, Any]:
        return {each.name: reason[each.name] for each in fields(ReasonSummary)}

    cases = [{**case, "reasons": [slim(each) for each in case["reasons"]]}
             for case in said["cases"]]  # fmt: skip
    plain = {**said, "reasons": [slim(each) for each in said["reasons"]], "cases": cases}
    return TypeAdapter(_Told).validate_python(plain)


def inputs_digest(folder: Path) -> str:
    """A digest of all that went into a guest, wherever the caches were; "" if it is not known."""
    try:
        record = json.loads((folder / "case.json").read_text())
        argv = json.loads((folder / "argv.json").read_text())
        plan = (folder / "plan").read_bytes()
        guest = load(folder / "guest.json", GuestRun)
    except (OSError, ValueError, InputError):
        return ""
    if not isinstance(record, dict) or not isinstance(argv, list):
        return ""
    kept = {key: value for key, value in record.items() if key not in _NOT_INPUT}
    words = [_from_cache(str(word)) for word in argv]
    said = json.dumps([kept, words, guest.qemu, guest.snapshot], sort_keys=True)
    return hashlib.sha256(said.encode() + plan).hexdigest()[:16]


def _from_cache(word: str) -> str:
    """A word of a command line; of a file in the cache its key and its name."""
    before, slash, rest = word.partition("=/") if "=/" in word else ("", "", word)
    if not slash and not word.startswith("/"):
        return word
    return f"{before}{slash}{'/'.join(PurePath(rest).parts[-2:])}"


def evidence_digest(folder: Path) -> str:
    """A digest of what a guest said; "" if that is gone."""
    digest = hashlib.sha256()
    try:
        for name in ("serial.log", "results.ktap"):
            digest.update((folder / name).read_bytes() + b"\0")
    except OSError:
        return ""
    return digest.hexdigest()[:16]


def _expanded(graphs: CompactGraphs, path: Path) -> tuple[CaseGraph, ...]:
    try:
        return expand(graphs)
    except (ValueError, IndexError) as error:
        raise InputError(f"{path} is damaged: its lock graphs are none") from error
