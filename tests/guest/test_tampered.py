# SPDX-License-Identifier: GPL-2.0-only
"""What somebody changed after it had been made certifies nothing.

That a changed kernel is built anew is shown in tests/unit.
"""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from rig.base.cache import ROOT_VARIABLE, Cache
from rig.base.errors import EnvironmentFailure
from rig.base.manifest import Manifest
from rig.commands.pytest_plugin import GuestSession
from rig.evidence.record import RunDir
from rig.image.modules import ModuleSet
from rig.kernel.record import load_build
from rig.run.gate import Gate
from tests.guest.conftest import Guests, M2mRig, bundled
from tests.guest.rooms import OF_RUNS, linked_cache


@pytest.fixture
def gate(guests: Guests, tmp_path: Path) -> Gate:
    """A run with a kernel of its own, to be changed."""
    ours = guests.session("none").gate
    cache = Cache(tmp_path / "cache")
    built = ours.machines.kernel
    place = cache.path("kernels", built.key)
    shutil.copytree(built.directory, place, symlinks=True)
    kernel = load_build(place)
    modules = ModuleSet.read(kernel.modules / "lib" / "modules" / kernel.release)
    image = replace(ours.machines.image, modules=modules, cache=cache)
    machines = replace(ours.machines, kernel=kernel, image=image, cache=cache)
    return replace(ours, machines=machines, directory=RunDir(tmp_path / "run"))


def test_a_module_of_another_build_is_seen_in_the_guest(gate: Gate) -> None:
    """Whoever put it there, and made the manifest say so: it has another ID."""
    module = gate.machines.image.modules.files["vim2m"]
    built = bytes.fromhex(gate.machines.kernel.build_ids["vim2m"])
    content = module.read_bytes()
    assert content.count(built) == 1
    module.write_bytes(content.replace(built, built[::-1]))
    Manifest.of(gate.machines.kernel.directory).write(gate.machines.kernel.directory)
    outcome = GuestSession(gate).run(bundled("vim2m-export"))
    [reason] = [each for each in outcome.verdict.reasons if each.id == "guest.wrong-kernel"]
    assert reason.text == f"vim2m: {built[::-1].hex()} ran, {built.hex()} was built"
    assert outcome.verdict.by_name["locks"] == "INCONCLUSIVE"


def test_a_kernel_that_is_changed_while_it_is_in_use_is_not_run(gate: Gate) -> None:
    with gate.machines.kernel.image.open("r+b") as image:
        image.seek(1 << 20)
        image.write(b"0000")
    with pytest.raises(EnvironmentFailure, match="Image is another one"):
        GuestSession(gate).run(bundled("vim2m-export"))


def test_a_run_says_what_of_the_cache_was_made_anew(
    guests: Guests, m2m_rig: M2mRig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    guests.session("none")
    cache = linked_cache(tmp_path / "cache", "images", *OF_RUNS)
    monkeypatch.setenv(ROOT_VARIABLE, str(cache.root))
    words = ("idle", "--series=none", "--claim=locks")
    first = m2m_rig("run", *words)
    assert first.status == 0, first.errors
    [initramfs] = cache.root.glob("images/*/initramfs.cpio")
    with initramfs.open("r+b") as stream:
        stream.write(b"0000")
    second = m2m_rig("run", *words)
    assert second.status == 0, second.errors
    name = initramfs.parent.name
    line = (
        f"images/{name} in the cache is not what was written: initramfs.cpio is another one; "
        "it is made anew"
    )
    assert f"note: {line}\n" in second.errors
    for run, mended in ((first, []), (second, [line])):
        assert run.directory is not None
        assert json.loads((run.directory / "run.json").read_text())["mended"] == mended
