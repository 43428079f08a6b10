# SPDX-License-Identifier: GPL-2.0-only
"""`m2m-rig merge`: the run directories of shards and machines become that of one run."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rig.base.errors import InputError
from rig.evidence.record import CaseRecord, RunDir, RunRecord, load
from rig.judge.judged import judge_folder
from rig.judge.verdict import CASE_ORDER
from rig.model.option import RUNS
from rig.model.options import Options, rows_of
from rig.report.origins import Origins, require_origins
from rig.run.directory import run_folder, write_down


@dataclass(frozen=True)
class Part:
    """A run directory that is to become a part of a larger one.

    Args:
        key: that of its kernel's build.
        cases: those that left something, by id.
    """

    directory: RunDir
    run: RunRecord
    origins: Origins
    key: str
    cases: dict[str, CaseRecord]

    @property
    def path(self) -> Path:
        """Where it is."""
        return self.directory.path

    @property
    def facts(self) -> dict[str, Any]:
        """What all parts of one run have in common, by what it is called."""
        run = self.run
        return {
            "series": f"{run.series}, {self.origins.digest[:12]}",
            "kernel": f"Linux {run.kernel}, build {self.key}",
            "image of the kernel": self.origins.image_sha256[:12],
            "claims": ", ".join(claim.name for claim in run.claims),
            "drivers that must be judged": ", ".join(run.drivers) or "none",
            **{
                f"option {row.flags[-1]}": " ".join(row.words(getattr(run.options, row.name)))
                for row in rows_of(run.options.verb)
                if row.name not in _UNITED and (row.group == RUNS or row.name == "fault")
            },
            "verb": run.options.verb,
        }


# Of these, what the parts choose can be chosen at once.
_UNITED = ("names", "drivers", "about", "seeds", "real_seeds")


def read_part(path: Path) -> Part:
    """Read what may be merged.

    Raises:
        InputError: it is no run directory, or another version wrote it, or it is not whole.
    """
    directory = RunDir(path)
    run = load(directory.run, RunRecord)
    origins = require_origins(path, "what has been built must be the same in all parts")
    cases = {}
    for id in run.cases:
        if Path(id).name != id:
            raise InputError(f"{directory.run}: {id!r} is no name of a case")
        if (file := directory.case(id) / "case.json").exists():
            cases[id] = load(file, CaseRecord)
    key = str(json.loads((path / "build.json").read_text()).get("key", ""))
    if strangers := [id for id, case in cases.items() if case.kernel.key != key]:
        raise InputError(
            f"{path}: {strangers[0]} ran on kernel {cases[strangers[0]].kernel.key}, and "
            f"build.json is that of {key}"
        )
    return Part(directory, run, origins, key, cases)


def merge(paths: Sequence[Path], out: Path) -> RunDir:
    """Make one run directory of several; nothing is made unless they belong together.

    The order of the cases is that of the whole run: of shards as they were cut, of seeds one
    after the other.

    Args:
        out: where it is made.

    Raises:
        InputError: they are of different kernels or series, a shard is missing, or one case ran
            with different inputs.
    """
    found = [read_part(path) for path in {path.resolve(): path for path in paths}.values()]
    # Whoever lists directories may list them in any order.
    parts = sorted(found, key=lambda part: (part.run.options.shard, part.run.options.seeds))
    _require_alike(parts)
    options = _whole(parts)
    places = _placed(parts)
    chosen = {id: _best(id, [part for part in parts if id in part.cases]) for id in places}
    directory = run_folder(out, parts[0].run.series)
    for id, part in chosen.items():
        if part is not None:
            shutil.copytree(part.directory.case(id), directory.case(id))
    record = _record(parts, options, places)
    write_down(record, parts[0].path / "build.json", directory)
    return directory


def _require_alike(parts: Sequence[Part]) -> None:
    first, *others = parts
    for other in others:
        for what, ours in first.facts.items():
            theirs = other.facts.get(what)
            if theirs != ours:
                raise InputError(
                    f"{first.path} and {other.path} are no parts of one run: {what}: "
                    f"{ours or 'none'}, and {theirs or 'none'}",
                    hint="m2m-rig compare tells two runs apart",
                )


def _whole(parts: Sequence[Part]) -> Options:
    """What one run would have chosen.

    Raises:
        InputError: no single run chooses just what the parts chose.
    """
    options = [part.run.options for part in parts]
    whole = replace(options[0], shard=(1, 1), resume=None)
    differ = [name for name in _UNITED if len({getattr(each, name) for each in options}) > 1]
    cut = any(each.shard != (1, 1) for each in options)
    # Nothing chosen is everything.
    everything = any(not getattr(each, name) for each in options for name in differ)
    if len(differ) + cut > 1 or everything:
        raise InputError(
            "these parts choose cases in different ways, and no one run chooses all of them: "
            + "; ".join(each.command() for each in options),
            hint="parts differ in --shard, or in one other option: seeds, names, drivers",
        )
    if cut:
        _require_all_shards(options)
    for name in differ:
        values = dict.fromkeys(value for each in options for value in getattr(each, name))
        united = sorted(values) if name.endswith("seeds") else values
        chosen: dict[str, Any] = {name: tuple(united)}
        whole = replace(whole, **chosen)
    return whole


def _require_all_shards(options: Sequence[Options]) -> None:
    step = options[0].shard[1]
    if other := next((each.shard for each in options if each.shard[1] != step), None):
        raise InputError(
            f"shards of different runs: 1/{step} is one of {step}, {'{}/{}'.format(*other)} one of "
            f"{other[1]}"
        )
    there = {each.shard[0] for each in options}
    if missing := [number for number in range(1, step + 1) if number not in there]:
        raise InputError(
            f"shard {missing[0]}/{step} is missing"
            + (f", and {len(missing) - 1} more" if len(missing) > 1 else ""),
            hint="all shards together are the whole run: name the directory of each",
        )


def _placed(parts: Sequence[Part]) -> tuple[str, ...]:
    """All cases, in the order of the whole run; those that came while it ran are the last."""
    keys: dict[str, tuple[int, int]] = {}
    for number, part in enumerate(parts):
        places = part.run.places
        for at, id in enumerate(part.run.cases):
            planned = not places or at < len(places)
            # Without shards the parts stand one after the other.
            place = places[at] if at < len(places) else number if planned else _LATE
            keys[id] = min(keys.get(id, (_LATE, number)), (place, number))
    late = {
        id: keys[family]
        for part in parts
        for family, alone in part.run.apart.items()
        for id in alone
    }
    return tuple(sorted(keys, key=lambda id: (keys[id], late.get(id, keys[id]))))


# Behind every case that was planned.
_LATE = 1 << 60


def _best(id: str, parts: Sequence[Part]) -> Part | None:
    """Whose evidence of a case counts: the worse, if several ran it; None if nobody did.

    Raises:
        InputError: they ran two cases of one name.
    """
    if len(parts) < 2:
        return parts[0] if parts else None
    first, *others = parts
    for other in others:
        if _inputs(first, id) != _inputs(other, id):
            raise InputError(f"{id} is another case in {first.path} than in {other.path}")
    return max(parts, key=lambda part: CASE_ORDER.index(_outcome(part, id)))


def _outcome(part: Part, id: str) -> Any:
    return judge_folder(part.directory.case(id)).verdict.outcome


def _inputs(part: Part, id: str) -> tuple[CaseRecord, bytes]:
    """What went into a case, whoever ran it; the command line says where the caches are."""
    plan = part.directory.case(id) / "plan"
    return replace(part.cases[id], reproduce=""), plan.read_bytes() if plan.exists() else b""


def _apart(parts: Sequence[Part], cases: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    found = {id: alone for part in parts for id, alone in part.run.apart.items()}
    return {id: found[id] for id in cases if id in found}


def _record(parts: Sequence[Part], options: Options, cases: tuple[str, ...]) -> RunRecord:
    runs = [part.run for part in parts]
    clocks = {clock for run in runs for clock in run.clock.split()}
    return replace(
        runs[0],
        cases=cases,
        clock=" ".join(sorted(clocks, reverse=True)),
        seeds=tuple(sorted({seed for run in runs for seed in run.seeds})),
        reproduce=options.command(),
        options=options,
        notes=tuple(dict.fromkeys(note for run in runs for note in run.notes)),
        apart=_apart(parts, cases),
        mended=tuple(dict.fromkeys(line for run in runs for line in run.mended)),
        places=(),
    )
