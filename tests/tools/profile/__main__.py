# SPDX-License-Identifier: GPL-2.0-only
"""`make profile`: where a case's instructions go, by source folder and by function.

QEMU counts each of them (count.c), which does not change what the guest does.  The case goes on
from a snapshot, so that what is counted is what every case costs again.
"""

import argparse
import bisect
import json
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from rig.base.cache import Cache
from rig.base.paths import SCENARIOS
from rig.evidence.dump import read_dump
from rig.host.tools import cross_prefix
from rig.kernel.build import KIND
from rig.model.scenario import SUFFIX
from tests.call import timed
from tests.qemu import first_in_path
from tests.tools.profile.plugin import COUNTS, counting_qemu, read_blocks

# Addresses from here on are the kernel's.
KERNEL = 1 << 63


@dataclass(frozen=True)
class Function:
    """One function of the guest; of modules and programs all that is known is whose it is."""

    name: str
    folder: str


def counted(words: list[str], folder: Path) -> tuple[Path, Mapping[int, int]]:
    """Run one case; its folder, and the instructions of each block by its address."""
    counting = counting_qemu(folder)
    run = ["run", "-q", "-j1", "--fresh=snapshot", *words]
    # Once for the snapshot.
    timed(*run, f"--out={folder / 'before'}")
    timed(*run, f"--out={folder / 'out'}", environment=first_in_path(counting))
    (case,) = (folder / "out").glob("*/cases/*")
    counts: Counter[int] = Counter()
    for block in read_blocks(case / COUNTS):
        counts[block.address] += block.executed
    return case, counts


class Places:
    """Whose an address is.

    Args:
        kernel: the directory of the kernel's build.
        modules: /proc/modules of the guest.
    """

    def __init__(self, kernel: Path, modules: str) -> None:
        symbols = (line.split() for line in (kernel / "System.map").read_text().splitlines())
        self._functions = sorted(
            (int(at, 16), name) for at, kind, name in symbols if kind in "tTwW"
        )
        fields = (line.split() for line in modules.splitlines())
        self._modules = [(int(f[5], 16), int(f[1]), f[0]) for f in fields]
        self._vmlinux = kernel / "vmlinux"

    def functions(self, counts: Mapping[int, int]) -> Counter[Function]:
        """How many instructions each function executed."""
        by_start: Counter[tuple[int, str]] = Counter()
        others: Counter[Function] = Counter()
        for address, count in counts.items():
            if address < KERNEL:
                others[Function("programs", "user space")] += count
            elif module := self._module(address):
                others[Function(f"[{module}]", "modules")] += count
            else:
                index = bisect.bisect_right(self._functions, (address, "\uffff")) - 1
                by_start[self._functions[max(index, 0)]] += count
        folders = self._folders(at for at, _ in by_start)
        named = {Function(name, folders[at]): n for (at, name), n in by_start.items()}
        return others + Counter(named)

    def _module(self, address: int) -> str:
        found = (name for at, size, name in self._modules if at <= address < at + size)
        return next(found, "")

    def _folders(self, addresses: Iterable[int]) -> dict[int, str]:
        """The folder of the source of each address, two levels deep."""
        known = list(addresses)
        done = subprocess.run(
            [f"{cross_prefix()}addr2line", "-e", self._vmlinux],
            input="\n".join(map(hex, known)), capture_output=True, text=True, check=True,
        )  # fmt: skip
        files = (line.partition(":")[0].removeprefix("./") for line in done.stdout.splitlines())
        return {
            at: "/".join(file.split("/")[:-1][:2]) or "?"
            for at, file in zip(known, files, strict=True)
        }


def table(head: str, counts: Counter[str], rows: int) -> Table:
    """The largest of them, and their share."""
    made = Table(box=None, pad_edge=False, header_style="bold")
    made.add_column(head)
    made.add_column("million", justify="right")
    made.add_column("share", justify="right")
    whole = counts.total()
    for name, count in counts.most_common(rows):
        made.add_row(name, f"{count / 1e6:.1f}", f"{100 * count / whole:.1f} %")
    return made


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="make profile", description=__doc__.partition("\n")[0])
    parser.add_argument("--series", default="producer-fence")
    parser.add_argument("scenario", nargs="?", default="vim2m-export", help="a bundled one")
    parser.add_argument("--rows", type=int, default=16)
    chosen = parser.parse_args()
    words = [f"--series={chosen.series}", f"--scenario={SCENARIOS / chosen.scenario}{SUFFIX}"]
    with tempfile.TemporaryDirectory() as folder:
        case, counts = counted(words, Path(folder))
        record = json.loads((case / "case.json").read_text())
        modules = read_dump(case / "dump.tar").files["end/modules"].decode()
    kernel = Cache.default().root / KIND / record["kernel"]["key"]
    functions = Places(kernel, modules).functions(counts)
    folders: Counter[str] = Counter()
    names: Counter[str] = Counter()
    for function, count in functions.items():
        folders[function.folder] += count
        names[f"{function.name}  ({function.folder})"] += count
    console = Console(highlight=False)
    console.print(
        f"{record['scenario']['name']}: {functions.total() / 1e6:.0f} million instructions"
    )
    console.print(table("source", folders, chosen.rows))
    console.print(table("function", names, chosen.rows))


if __name__ == "__main__":
    main()
