# SPDX-License-Identifier: GPL-2.0-only
"""What guests cost: one, several, whole gates; and those of another rig."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import get_args

from rig.base.paths import SCENARIOS
from rig.evidence.record import CaseRecord, RunDir
from rig.judge.run import judge_run
from rig.model.guest import Fresh
from rig.model.options import Options
from rig.model.scenario import load
from rig.report.soak import figures_by_driver
from rig.run.gate import Gate
from rig.run.prepare import prepare
from rig.view.view import Quiet
from tests.call import runs
from tests.tools.bench.way import Way, compare
from tests.tools.virtme import VERSION, Virtme


def turns(folder: Path, kind: str) -> str:
    """vim2m-export with other turns."""
    text = (SCENARIOS / "vim2m-export.m2m.yaml").read_text()
    file = folder / f"vim2m-{kind}.m2m.yaml"
    file.write_text(text.replace("\nprograms:", f"\nmachine: {{turns: {kind}}}\nprograms:", 1))
    return f"--scenario={file}"


def first_line(gate: Gate, case: CaseRecord) -> float:
    """Seconds from the request to run a case to the first line of its workload."""
    results = gate.directory.case(case.id) / "results.ktap"
    results.unlink(missing_ok=True)
    guest = Thread(target=gate.run, args=(case,))
    begin = time.monotonic()
    guest.start()
    while guest.is_alive():
        # What a workload says is indented.
        if results.exists() and b"\n  " in results.read_bytes():
            break
        time.sleep(0.002)
    taken = time.monotonic() - begin
    guest.join()
    return taken


def starts(folder: Path, rounds: int) -> Iterator[Way]:
    """How soon a workload begins."""

    def started(gate: Gate, name: str) -> Callable[[], float]:
        case = gate.plan(load(SCENARIOS / f"{name}.m2m.yaml"), 1)
        return lambda: first_line(gate, case)

    options = Options(series="producer-fence", out=folder / "starts")
    gates = {fresh: prepare(replace(options, fresh=fresh), Quiet()) for fresh in get_args(Fresh)}
    for name in ("idle", "vim2m-export"):
        ways = {fresh: started(gate, name) for fresh, gate in gates.items()}
        yield from compare(f"the first line of {name}", ways, rounds)


def guests(folder: Path, rounds: int) -> Iterator[Way]:
    """Boot and snapshot, clocks and turns, guests side by side."""
    yield from starts(folder, rounds)
    run = runs(folder / "out")
    one = ("-j1", "vim2m-export")
    yield from compare(
        "one case of vim2m",
        {"booted": run(*one, "--fresh=boot"), "from a snapshot": run(*one, "--fresh=snapshot")},
        rounds,
    )
    yield from compare(
        "a workload that waits",
        {
            "virtual clock, turns cut": run("-j1", turns(folder, "fine")),
            "virtual clock, uncut": run("-j1", turns(folder, "uncut")),
            "real clock": run("-j1", "--clock=real", turns(folder, "fine")),
        },
        rounds,
    )
    six = ("vim2m-import-system-fresh", "--seeds=6")
    yield from compare(
        "six cases",
        {"one guest at a time": run("-j1", *six), "two": run("-j2", *six)},
        rounds,
        6,
        "cases",
    )


def peers(folder: Path, rounds: int) -> Iterator[Way]:
    """What another rig takes to run one command in a guest with a comparable kernel."""
    run = runs(folder / "out")
    idle = ("-j1", "idle")
    virtme = Virtme.prepared(folder, "producer-fence")
    yield from compare(
        "from call to end",
        {
            "booted, with a verdict": run(*idle, "--fresh=boot"),
            "from a snapshot, the same": run(*idle, "--fresh=snapshot"),
            f"virtme-ng {VERSION}": virtme.run("true"),
        },
        rounds,
    )


def gates(folder: Path, rounds: int) -> Iterator[Way]:
    """The whole gate under one seed, once each, and the fences that it publishes in a second."""
    three = ("--driver=vim2m", "--driver=visl", "--driver=vicodec")
    run = runs(folder / "three")
    yield from compare(
        "the gate of vim2m, visl and vicodec",
        {
            "together where it can be": run("-j2", *three),
            "the same, each guest booted": run("-j2", "--fresh=boot", *three),
            "each alone, and together": run("-j2", "--isolated", *three),
            "together, one guest at a time": run("-j1", *three),
        },
        1,
        warm=False,
    )
    run = runs(folder / "all")
    yield from compare(
        "the gate of all drivers",
        {
            "together where it can be": run("-j2"),
            "each alone, and together": run("-j2", "--isolated"),
        },
        1,
        warm=False,
    )
    cases = judge_run(RunDir(folder / "all" / "producer-fence-001")).cases
    for driver, done in figures_by_driver(cases).items():
        if done.fences:
            for whose, seconds in (("host", done.host_seconds), ("guest", done.guest_seconds)):
                yield Way(f"fences of {driver}", f"{whose} time", (seconds,), done.fences, "fences")
