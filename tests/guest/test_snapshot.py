# SPDX-License-Identifier: GPL-2.0-only
"""Guests that go on from a snapshot: as good as booted ones, and never from a bad one."""

import asyncio
import dataclasses
import json
import os
import tarfile
from pathlib import Path

import pytest

from rig.base.cache import Cache
from rig.base.errors import GuestError
from rig.base.manifest import NAME
from rig.base.paths import SCENARIOS
from rig.commands.pytest_plugin import GuestOutcome, GuestSession
from rig.evidence.record import RunDir
from rig.image.initramfs import CANARIES
from rig.model.scenario import load
from rig.run import snapshot
from rig.run.gate import Gate
from rig.run.snapshot import KIND, MEMORY, STATE, Snapshots
from tests.qemu import wrapped_qemu

EXPORT = load(SCENARIOS / "vim2m-export.m2m.yaml")
IDLE = load(SCENARIOS / "idle.m2m.yaml")
FILES = ("serial.log", "results.ktap", "dump.tar")


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


def gate(guest: GuestSession, cache: Cache, folder: Path, qemu: str = "") -> Gate:
    """A run of its own that goes on from snapshots in `cache`."""
    machines = dataclasses.replace(
        guest.gate.machines,
        snapshots=Snapshots(cache),
        qemu=qemu or guest.gate.machines.qemu,
    )
    options = dataclasses.replace(guest.gate.options, fresh="snapshot")
    made = guest.gate.with_options(options)
    return dataclasses.replace(made, machines=machines, directory=RunDir(folder))


def content(outcome: GuestOutcome) -> dict[str, bytes]:
    return {name: (outcome.folder / name).read_bytes() for name in FILES}


def entries(cache: Cache) -> list[Path]:
    return [entry.path for entry in cache.entries() if entry.kind == KIND]


def clean(outcome: GuestOutcome) -> None:
    assert outcome.verdict.by_name["locks"] == "CLEAN", outcome.verdict.reasons


def test_one_snapshot_and_seed_one_history(
    guest: GuestSession, cache: Cache, tmp_path: Path
) -> None:
    outcomes = [
        GuestSession(gate(guest, cache, tmp_path / name)).run(EXPORT, seed)
        for name, seed in (("one", 5), ("two", 5), ("other", 6))
    ]
    for outcome in outcomes:
        clean(outcome)
    one, two, other = map(content, outcomes)
    assert [name for name in FILES if one[name] != two[name]] == []
    # One snapshot serves all seeds, and the seed still chooses the schedule.
    assert len(entries(cache)) == 1
    [snapshot] = {guest and guest.snapshot for guest in (each.evidence.guest for each in outcomes)}
    assert snapshot
    assert outcomes[0].evidence.results.turns != outcomes[2].evidence.results.turns
    assert one["serial.log"] != other["serial.log"]
    # The log begins with the boot, and the kernel's own record of it has no gap.
    assert b"Booting Linux" in one["serial.log"]
    assert b"# waiting" not in one["results.ktap"]


def test_wherever_it_is_made_a_snapshot_is_the_same(guest: GuestSession, tmp_path: Path) -> None:
    """So a red case is shown again by the command that it printed, on any machine."""
    caches = [Cache(tmp_path / name) for name in ("here", "there")]
    one, two = (
        GuestSession(gate(guest, cache, cache.root / "run")).run(EXPORT, 3) for cache in caches
    )
    clean(one)
    [here], [there] = map(entries, caches)
    assert here.name == there.name
    assert one.evidence.guest
    assert two.evidence.guest
    assert one.evidence.guest.snapshot == two.evidence.guest.snapshot
    assert content(one) == content(two)


def test_one_snapshot_serves_every_case_of_a_shape(
    guest: GuestSession, cache: Cache, tmp_path: Path
) -> None:
    session = GuestSession(gate(guest, cache, tmp_path))
    clean(session.run(IDLE))
    clean(session.run(EXPORT))
    shaped = dataclasses.replace(IDLE.machine, cpus=1)
    clean(session.run(dataclasses.replace(IDLE, name="one-cpu", machine=shaped)))
    assert len(entries(cache)) == 2


def test_the_framework_is_there_before_the_case(
    guest: GuestSession, cache: Cache, tmp_path: Path
) -> None:
    outcome = GuestSession(gate(guest, cache, tmp_path)).run(EXPORT)
    clean(outcome)
    plan = outcome.evidence.plan
    assert "module v4l2_mem2mem.ko" in plan
    # Its files came with the snapshot, and the case brings what is left.
    argv = json.loads((outcome.folder / "argv.json").read_text())
    payload = next(word for word in argv if "opt/m2m-rig/payload" in word).partition("file=")[2]
    with tarfile.open(payload) as archive:
        brought = {Path(name).stem for name in archive.getnames()}
    assert {"vim2m", CANARIES[0]} <= brought
    assert not brought & {"v4l2_mem2mem", "videodev", "export"}
    loaded = outcome.evidence.dump.files["start/modules"].decode()
    assert {line.split()[0] for line in loaded.splitlines()} >= {"videodev", "vim2m"}


def test_a_framework_that_cannot_be_loaded_is_the_case_s_to_tell(
    guest: GuestSession, cache: Cache, tmp_path: Path
) -> None:
    """What fails before the case is known fails again when it is."""
    image = guest.gate.machines.image
    broken = tmp_path / "videodev.ko"
    broken.write_bytes(b"no module")
    files = {**image.modules.files, "videodev": broken}
    modules = dataclasses.replace(image.modules, files=files)
    made = gate(guest, cache, tmp_path / "run")
    # Not in what is looked up: its build ID cannot be read.
    machines = dataclasses.replace(made.machines, image=dataclasses.replace(image, modules=modules))
    made = dataclasses.replace(made, machines=machines)
    outcome = GuestSession(made).run(EXPORT)
    assert outcome.verdict.by_name["locks"] == "INCONCLUSIVE"
    assert "videodev.ko" in (outcome.folder / "results.ktap").read_text()


def test_a_case_that_needs_no_framework_has_none(
    guest: GuestSession, cache: Cache, tmp_path: Path
) -> None:
    session = GuestSession(gate(guest, cache, tmp_path))
    clean(session.run(IDLE))
    outcome = session.run(dataclasses.replace(IDLE, name="bare", modules=()))
    assert b"v4l2_mem2mem" not in outcome.evidence.dump.files["start/modules"]
    assert len(entries(cache)) == 2


def damaged(file: Path, how: str) -> None:
    entry = file.parent
    if how == "truncated":
        with file.open("r+b") as stream:
            stream.truncate(file.stat().st_size // 2)
    elif how == "altered":
        with file.open("r+b") as stream:
            stream.seek(file.stat().st_size // 2)
            stream.write(b"not what was saved")
    else:
        (entry / NAME).unlink()


@pytest.mark.parametrize(
    ("name", "how"),
    [
        *((name, how) for name in (STATE, MEMORY) for how in ("truncated", "altered")),
        (STATE, "without a manifest"),
    ],
)
def test_a_bad_snapshot_is_made_anew(
    guest: GuestSession, cache: Cache, tmp_path: Path, name: str, how: str
) -> None:
    first = gate(guest, cache, tmp_path / "first")
    clean(GuestSession(first).run(IDLE))
    [entry] = entries(cache)
    before = cache.digests(KIND, entry.name)
    assert first.finished(first.plan(IDLE, 1))
    damaged(entry / name, how)
    # Cases of one run, when it is resumed, have one history.
    assert not first.finished(first.plan(IDLE, 1))
    again = GuestSession(gate(guest, cache, tmp_path / "again")).run(IDLE)
    clean(again)
    assert entries(cache) == [entry]
    after = cache.digests(KIND, entry.name)
    # As it was, so that nothing has another history than before.
    assert after[MEMORY] == before[MEMORY]
    assert first.finished(first.plan(IDLE, 1))
    [line] = cache.mended
    assert line.startswith(f"{KIND}/{entry.name} in the cache is not what was written: ")
    assert line.endswith("it is made anew")
    assert again.evidence.guest
    assert again.evidence.guest.snapshot == after[MEMORY]


def test_another_qemu_has_snapshots_of_its_own(
    guest: GuestSession, cache: Cache, tmp_path: Path
) -> None:
    clean(GuestSession(gate(guest, cache, tmp_path / "first")).run(IDLE))
    version = '[ "$1" = --version ] && { echo QEMU of somebody; exit; }'
    wrapper = wrapped_qemu(tmp_path, version)
    clean(GuestSession(gate(guest, cache, tmp_path / "other", str(wrapper))).run(IDLE))
    assert len(entries(cache)) == 2


def test_a_snapshot_that_cannot_be_written_is_not_used(
    guest: GuestSession, cache: Cache, tmp_path: Path
) -> None:
    """A limit on the size of files stands for a full disk."""
    wrapper = wrapped_qemu(tmp_path, "ulimit -f 4096")
    session = GuestSession(gate(guest, cache, tmp_path / "run", str(wrapper)))
    with pytest.raises(GuestError, match="no snapshot could be made") as error:
        session.run(IDLE)
    assert "--fresh boot" in str(error.value)
    assert entries(cache) == []
    assert list((cache.root / "tmp").iterdir()) == []


def test_old_ones_make_room(
    guest: GuestSession, cache: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each kernel that is tried has some, of 200 MB each."""
    monkeypatch.setattr(snapshot, "ROOM", 1)
    old, tree = (cache.publish(kind, "old", lambda place: None) for kind in (KIND, "kernels"))
    for entry in (old, tree):
        os.utime(entry, (0, 0))
    clean(GuestSession(gate(guest, cache, tmp_path / "run")).run(IDLE))
    assert not old.exists()
    assert tree.exists()
    assert len(entries(cache)) == 1


def test_two_runs_may_make_the_same_one(guest: GuestSession, cache: Cache, tmp_path: Path) -> None:
    gates = [gate(guest, cache, tmp_path / name) for name in ("one", "two")]

    async def both() -> None:
        await asyncio.gather(*(each.live(each.plan(IDLE, 1)) for each in gates))

    asyncio.run(both())
    assert len(entries(cache)) == 1
    one, two = (GuestSession(each).judge(each.plan(IDLE, 1)) for each in gates)
    clean(one)
    assert content(one) == content(two)
