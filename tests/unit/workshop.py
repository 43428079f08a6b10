# SPDX-License-Identifier: GPL-2.0-only
"""A run without a kernel: a QEMU that leaves what real guests left, on objects that are texts."""

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from rig.base.cache import Cache
from rig.base.manifest import Manifest
from rig.base.paths import ROOT
from rig.evidence.case import read_loaded
from rig.evidence.dump import read_dump
from rig.evidence.loaded import KERNEL, Loaded
from rig.evidence.lockkeys import Place, load_keys
from rig.evidence.record import CaseRecord, RunDir, load
from rig.image.initramfs import GuestImage
from rig.image.modules import ModuleSet
from rig.kernel.record import KernelBuild
from rig.machine.run import Limits
from rig.model.options import Options
from rig.model.plan import planned_modules
from rig.model.scenario import Scenario
from rig.run.gate import Gate
from rig.run.lookups import Lookups
from rig.run.machines import Machines
from rig.run.planning import Planner
from rig.run.snapshot import Snapshots
from rig.view.output import Output
from rig.view.view import Quiet, View

CLEAN = ROOT / "tests" / "corpus" / "clean" / "cases" / "vim2m-signal-s1"
QEMU = Path(__file__).parent / "fakeqemu"
CROSS = Path(__file__).parent / "textcross" / "text-"
LEFT = ("serial.log", "results.ktap", "dump.tar")


@dataclass(frozen=True)
class Workshop:
    """Everything that a run needs, made for one case of the corpus.

    Args:
        record: of that case; its kernel is that of the run.
        gate: without limits that a test would have to wait for.
        fates: the file of lucks of the fake QEMU.
    """

    folder: Path
    record: CaseRecord
    gate: Gate
    fates: Path

    def scenario(self, name: str) -> Scenario:
        """The scenario of the corpus under another name."""
        return replace(self.record.scenario, name=name)

    def left(self, name: str, *changes: tuple[bytes, bytes]) -> str:
        """The luck of a guest that leaves what the one of the corpus left, but for changes of its
        results: what to replace, and by what."""
        folder = self.folder / "left" / name
        folder.mkdir(parents=True)
        for file in LEFT:
            content = (CLEAN / file).read_bytes()
            for change in changes if file == "results.ktap" else ():
                assert change[0] in content
                content = content.replace(*change)
            (folder / file).write_bytes(content)
        return f"leaves:{folder}"

    def clean(self) -> str:
        """The luck of a guest that is CLEAN."""
        return self.left("clean")

    def dirty(self) -> str:
        """That of one whose consumers read too early."""
        return self.left("dirty", (b"wrong-bytes=0 looks=whole", b"wrong-bytes=7 looks=torn"))

    def unfinished(self) -> str:
        """That of one which leaves no end of its results, and so is INCONCLUSIVE."""
        return self.left("unfinished", (b"# end\n", b""))

    def luck(self, lucks: Mapping[str, list[str]]) -> None:
        """Choose the luck of each case, attempt by attempt."""
        self.fates.write_text(json.dumps(lucks))

    def starts(self) -> list[str]:
        """The cases that QEMU was started for, in order."""
        log = self.fates.with_name("starts")
        return log.read_text().split() if log.exists() else []


def workshop(folder: Path) -> Workshop:
    """A new one; the caller sets FAKE_QEMU to its fates."""
    record = load(CLEAN / "case.json", CaseRecord)
    cache = Cache(folder / "cache")
    kernel = _kernel(folder / "kernel", record)
    modules = _modules(kernel)
    initramfs = folder / "image" / "initramfs"
    initramfs.parent.mkdir()
    image = GuestImage(initramfs, ("signal",), modules, cache)
    for entry in (kernel.directory, initramfs.parent):
        Manifest.of(entry).write(entry)
    gate = Gate(
        planner=Planner(record.kernel, record.claims, Options(fresh="boot")),
        machines=Machines(
            kernel, image, cache, Snapshots(cache), qemu=str(QEMU), limits=Limits(silence=600.0)
        ),
        lookups=Lookups(kernel, str(CROSS)),
        directory=RunDir(folder / "run"),
    )
    gate.directory.path.mkdir()
    shop = Workshop(folder, record, gate, folder / "fates" / "fates.json")
    shop.fates.parent.mkdir()
    shop.luck({"*": [shop.clean()]})
    return shop


def output(progress: View | None = None) -> tuple[Output, io.StringIO]:
    """Where a run prints, and what it has printed."""
    text = io.StringIO()
    return Output(Console(file=text, width=200), progress or Quiet()), text


def _kernel(folder: Path, record: CaseRecord) -> KernelBuild:
    """A build whose objects say what those of the recorded run said."""
    loaded = read_loaded(read_dump(CLEAN / "dump.tar"))
    keys = load_keys(CLEAN / "locks.json")
    assert keys is not None
    modules = folder / "modules" / "lib" / "modules" / record.kernel.release
    modules.mkdir(parents=True)
    for name in (KERNEL, *planned_modules((CLEAN / "plan").read_text())):
        places = {
            int(key, 16): place
            for key, place in keys.places.items()
            if (place.module or KERNEL) == name
        }
        text = "".join(_object(name, record.build_ids[name], places, loaded))
        (folder / name if name == KERNEL else modules / f"{name}.ko").write_text(text)
    (folder / "Image").write_text("a kernel")
    (folder / "config").write_text("CONFIG_PROVE_LOCKING=y\n")
    (folder.parent / "initramfs").write_text("what it boots from")
    (folder / "build.json").write_bytes((CLEAN.parents[1] / "build.json").read_bytes())
    return KernelBuild(
        directory=folder,
        key=record.kernel.key,
        release=record.kernel.release,
        image=folder / "Image",
        vmlinux=folder / KERNEL,
        system_map=folder / "System.map",
        config=folder / "config",
        modules=folder / "modules",
        debug_modules=folder / "modules",
        rig_modules=(),
        headers=folder,
        kselftest=folder,
        gen_init_cpio=folder,
        build_json=folder / "build.json",
        record={"build_ids": dict(record.build_ids)},
    )


def _modules(kernel: KernelBuild) -> ModuleSet:
    files = {path.stem: path for path in kernel.modules.rglob("*.ko")}
    order = planned_modules((CLEAN / "plan").read_text())
    # As if each needed all that were loaded before it: that gives their order.
    return ModuleSet(files, {name: order[: order.index(name)] for name in files})


def _object(name: str, build_id: str, places: Mapping[int, Place], loaded: Loaded) -> list[str]:
    """What readelf prints of an object with these keys; for the fake one that is its content."""
    bases = sorted((base, at) for (owner, at), base in loaded.sections.items() if owner == name)
    sections = [section for _, section in bases] or [".data"]
    lines = [f"    Build ID: {build_id}\n"]
    lines += [f"  [ {n}] {section} PROGBITS {0:016x} \n" for n, section in enumerate(sections)]
    for number, (address, size, place) in enumerate(_variables(places)):
        below = [n for n, (base, _) in enumerate(bases) if base <= address]
        index = below[-1] if below else 0
        value = address - bases[index][0] if below else address
        kind = "LOCAL" if place.file else "GLOBAL"
        variable = place.object or f"__key.{number}"
        lines.append(f"  1: {0:016x} 0 FILE LOCAL DEFAULT ABS {place.file}\n")
        lines.append(f"  2: {value:016x} {size} OBJECT {kind} DEFAULT {index} {variable}\n")
    return lines


def _variables(places: Mapping[int, Place]) -> Iterator[tuple[int, int, Place]]:
    """Address and size; the keys of an array are in one variable."""
    named: dict[Place, list[int]] = {}
    for address, place in sorted(places.items()):
        if place.object:
            named.setdefault(place, []).append(address)
        else:
            yield address, 1, place
    for place, addresses in named.items():
        yield addresses[0], addresses[-1] - addresses[0] + 1, place
