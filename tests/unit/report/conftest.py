# SPDX-License-Identifier: GPL-2.0-only
"""A recorded run with much in it: several drivers, red in several ways, imitated hardware."""

import io
import json
import shutil
import tarfile
from pathlib import Path

import pytest

from rig.base.paths import ROOT

CORPUS = ROOT / "tests" / "corpus"

# A case with a long name whose guest delivered nothing at its end, one of imitated hardware, and
# one under another seed.
LONG, HARDWARE = "vim2m-import-udmabuf-signaled-s1", "hantro-vdpu-fault-stale-s1"
SEEDED = "vim2m-signal-s2"


@pytest.fixture(scope="session")
def much(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run's directory; nobody may change it."""
    path = tmp_path_factory.mktemp("much") / "run"
    shutil.copytree(CORPUS / "red", path)
    for id in (LONG, HARDWARE, SEEDED):
        shutil.copytree(CORPUS / "clean" / "cases" / "vim2m-signal-s1", path / "cases" / id)
        rename(path / "cases" / id / "case.json", id)
    (path / "cases" / LONG / "dump.tar").unlink()
    add_hardware(path / "cases" / HARDWARE / "dump.tar")
    shutil.copytree(CORPUS / "run" / "cases" / "idle-s1", path / "cases" / "idle-s1")
    run = json.loads((path / "run.json").read_text())
    run["cases"] += [LONG, HARDWARE, SEEDED, "idle-s1"]
    # Of two drivers that had to be judged there is no case.
    (path / "run.json").write_text(json.dumps(run | {"seeds": [1, 2], "drivers": ["rga", "visl"]}))
    return path


def rename(path: Path, id: str) -> None:
    """Have a case be another one."""
    case = json.loads(path.read_text())
    name, _, seed = id.rpartition("-s")
    case["scenario"] |= {"name": name, "driver": name.partition("-")[0]}
    path.write_text(json.dumps(case | {"seed": int(seed)}))


def add_hardware(dump: Path) -> None:
    """Have imitated hardware say something in a dump, and the trace that belongs to it."""
    said = CORPUS / "hardware" / "hantro-fault-stale"
    changed = {"trace": said / "trace"}
    changed |= {f"silicon/{name}": said / name for name in ("jobs", "stats")}
    with tarfile.open(dump) as source:
        kept = [(info, source.extractfile(info)) for info in source if info.name not in changed]
        data = [(info, stream.read() if stream else b"") for info, stream in kept]
    with tarfile.open(dump, "w") as target:
        for info, old in data:
            target.addfile(info, io.BytesIO(old))
        for name, path in changed.items():
            target.add(path, name)
