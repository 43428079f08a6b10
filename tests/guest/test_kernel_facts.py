# SPDX-License-Identifier: GPL-2.0-only
"""What the detectors of the rig rest on: facts about the kernel, each shown once in a guest."""

import itertools
import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from rig.base.paths import FAULTS, SCENARIOS
from rig.campaign.selfcheck import check, faulty_gate
from rig.commands.pytest_plugin import GuestOutcome
from rig.evidence.ktap import Observation
from rig.model import faults
from rig.model.scenario import SUFFIX, Expectations, Program, Scenario, load
from rig.view.output import progress_for
from tests.guest.conftest import Guests, bundled
from tests.unit.outcomes import judged

V1, V2, GOOD, NONE = "release-fence-v1", "release-fence-v2", "producer-fence", "none"

EXPORTS = ("export-read", "export-write")

RESV = "reservation_ww_class_mutex"
RESV_ACQUIRE = "reservation_ww_class_acquire"
SIGNALLING = "dma_fence_map"
JOB_WORK = "(work_completion)(&m2m_dev->job_work)"
VIM2M_WORK = "(work_completion)(&(&ctx->work_run)->work)"
QUEUE_LOCK = "&ctx->vb_mutex"
FENCE_LOCK = "&fence->lock"


def observed(outcome: GuestOutcome, name: str, **fields: str) -> list[Observation]:
    return [
        seen
        for seen in outcome.evidence.results.observations
        if seen.name == name and fields.items() <= seen.fields.items()
    ]


def exported(outcome: GuestOutcome, **fields: str) -> list[Observation]:
    """What EXPORT_SYNC_FILE gave."""
    return [probe for api in EXPORTS for probe in observed(outcome, "probe", api=api, **fields)]


def each(observations: list[Observation], key: str) -> set[str]:
    return {seen.fields.get(key, "") for seen in observations}


def edges(outcome: GuestOutcome) -> frozenset[tuple[str, str]]:
    assert outcome.evidence.graph is not None
    return outcome.evidence.graph.edges_by_name()


def splats(outcome: GuestOutcome) -> list[str]:
    return [found.splat.kind for found in outcome.evidence.splats]


def debug_locks(outcome: GuestOutcome) -> int | None:
    assert outcome.evidence.stats_end is not None
    return outcome.evidence.stats_end.debug_locks


def serial(outcome: GuestOutcome) -> str:
    return (outcome.folder / "serial.log").read_text(errors="replace")


def variant(scenario: str, name: str, *args: str, **changes: object) -> Scenario:
    """A bundled scenario with other arguments for its first program, and no expectations."""
    base = bundled(scenario)
    program = replace(base.programs[0], args=args or base.programs[0].args)
    return replace(
        base, name=name, programs=(program,), expect=Expectations(), **changes  # type: ignore[arg-type]
    )  # fmt: skip


def planted(kind: str, **changes: object) -> Scenario:
    """An idle guest in which a module of the rig makes a mistake."""
    return Scenario(
        name=f"splat-{kind}",
        title="a mistake on purpose",
        driver="none",
        about="splat",
        programs=(Program(name="idle", file="idle", args=("--seconds=1",)),),
        modules=(f"m2m_splat kind={kind}",),
        **changes,  # type: ignore[arg-type]
    )


# Exported buffers.


@pytest.mark.parametrize("series", [NONE, V1, V2])
def test_exported_memory_shows_the_stub_while_the_device_writes(
    guests: Guests, series: str
) -> None:
    """planes[].dbuf is set for imports only, so both postings do nothing for VIDIOC_EXPBUF."""
    outcome = guests.run(series, "vim2m-export")
    in_flight = exported(outcome, state="active")
    assert len(in_flight) > 12
    assert each(in_flight, "fence-driver") == {"stub"}
    assert each(in_flight, "status") == {"1"}
    assert each(observed(outcome, "probe", state="active", api="poll"), "seen") == {"ready"}


def test_neither_balanced_counts_nor_a_clean_log_prove_anything(guests: Guests) -> None:
    """The first posting on exported memory: every fence is signaled and freed, lockdep is alive."""
    outcome = guests.run(V1, "vim2m-export")
    assert outcome.evidence.trace is not None
    ours = {
        (event.fields["context"], event.fields["seqno"])
        for event in outcome.evidence.trace.events
        if event.name == "dma_fence_init" and event.fields["driver"] == "videobuf2"
    }
    counts = Counter(
        event.name
        for event in outcome.evidence.trace.events
        if (event.fields.get("context"), event.fields.get("seqno")) in ours
    )
    assert counts["dma_fence_init"] == counts["dma_fence_signaled"] > 0
    assert counts["dma_fence_init"] == counts["dma_fence_destroy"]
    assert splats(outcome) == []
    assert debug_locks(outcome) == 1
    assert judged(outcome.verdict.by_name) == {"locks": "CLEAN", "uapi": "CLEAN", "fences": "DIRTY"}


def test_each_export_has_a_reservation_object_of_its_own(guests: Guests) -> None:
    """A foreign fence added to the first dma-buf of a plane is not seen through the second."""
    scenario = variant("vim2m-siblings", "siblings-foreign", "--foreign=pending")
    for series in (NONE, GOOD):
        probes = exported(guests.run(series, scenario), state="done", buffer="0")
        seen = [probe for probe in probes if "sw_sync" in str(probe.fields)]
        every = each(probes, "export")
        assert every > {"0"}
        # The good series has one object for the memory, whoever exports it and when.
        assert each(seen, "export") == (every if series == GOOD else {"0"})


# Imported buffers under the first posting.


@pytest.mark.parametrize("memory", ["vgem", "system", "udmabuf"])
def test_the_first_posting_oopses_on_fresh_memory(guests: Guests, memory: str) -> None:
    """No slot is reserved, and a fresh reservation has no list: num_fences is at offset 0x10."""
    outcome = guests.run(V1, f"vim2m-import-{memory}-fresh")
    first = outcome.evidence.splats[0]
    assert first.splat.kind == "oops"
    assert "NULL pointer dereference at virtual address 0000000000000010" in first.splat.banner
    assert re.search(r"pc : dma_resv_add_fence\+", serial(outcome))


def test_a_signaled_foreign_fence_hides_it(guests: Guests) -> None:
    outcome = guests.run(V1, "vim2m-import-system-signaled")
    assert splats(outcome) == []
    assert each(exported(outcome, state="active"), "fence-driver") == {"videobuf2"}


def test_a_pending_foreign_fence_makes_it_a_bug(guests: Guests) -> None:
    outcome = guests.run(V1, "vim2m-import-system-pending")
    assert splats(outcome)[0] == "kernel-bug"
    assert re.search(r"kernel BUG at .*drivers/dma-buf/dma-resv\.c:\d+!", serial(outcome))


def test_an_oops_ends_the_guest(guests: Guests) -> None:
    """Else the task would hang on its own lock, and hung-task detection is silent after an oops."""
    outcome = guests.run(V1, "vim2m-import-vgem-fresh")
    argv = json.loads((outcome.folder / "argv.json").read_text())
    assert "oops=panic" in argv[argv.index("-append") + 1].split()
    assert outcome.evidence.guest is not None
    assert outcome.evidence.guest.end == "reset"


def test_a_starved_buffer_of_the_first_posting_never_gets_ready(guests: Guests) -> None:
    outcome = guests.run(V1, "vim2m-starve-import")
    queued = exported(outcome, state="queued")
    assert each(queued, "status") == {"0"}
    waits = observed(outcome, "wait", state="queued")
    assert each(waits, "api") == {"poll", "epoll", "sync"}
    assert each(waits, "seen") == {"timeout"}
    # Fed in the end, it signals with its job; lockdep has nothing to say about any of it.
    assert each(observed(outcome, "fence", when="after-dqbuf"), "status") == {"1"}
    assert outcome.verdict.by_name["locks"] == "CLEAN"


def test_the_first_posting_calls_a_cancelled_job_an_io_error(guests: Guests) -> None:
    scenario = variant("vim2m-abort", "abort-import", "--from=system", "--foreign=signaled")
    stopped = observed(guests.run(V1, scenario), "fence", when="after-streamoff")
    assert each(stopped, "status") == {"-5"}


# A fence whose lock is gone.


@pytest.mark.parametrize(
    ("series", "options", "first"),
    [
        (V1, (), None),
        (V1, ("slub_debug=FZPU",), "spinlock-debug"),
        (V1, ("init_on_free=1",), "non-static-key"),
        (V2, ("slub_debug=FZPU",), "spinlock-debug"),
    ],
)
def test_a_fence_that_uses_the_lock_of_its_queue(
    guests: Guests, series: str, options: tuple[str, ...], first: str | None
) -> None:
    """Used after the file was closed: silent, unless freed memory is poisoned."""
    poison = options[0].partition("=")[0].replace("_", "-") if options else "unpoisoned"
    scenario = variant("vim2m-outlive-import", f"outlive-{poison}", kernel_args=options)
    outcome = guests.run(series, scenario)
    assert splats(outcome)[:1] == ([first] if first else [])


# Where annotations belong.


@pytest.fixture(scope="module")
def mistakes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The serial logs of guests that make a mistake with the annotations."""
    catalogue = faults.load(FAULTS)
    chosen = catalogue.find(["F09", "F10"])
    gate = faulty_gate(chosen, tmp_path_factory.mktemp("mistakes"), progress_for())
    return {
        fault.id: (check(gate, fault, "vim2m-export").folder / "serial.log").read_text()
        for fault in chosen
    }


def test_a_section_around_the_lock_is_a_cycle(mistakes: dict[str, str]) -> None:
    log = mistakes["F09"]
    assert "WARNING: possible circular locking dependency detected" in log
    chain = r"\w+ --> fs_reclaim --> dma_fence_map"
    assert re.search(chain, log) or re.search("#. .dma_fence_map.*#. .fs_reclaim", log, re.DOTALL)


def test_an_allocation_in_the_section_is_a_cycle(mistakes: dict[str, str]) -> None:
    log = mistakes["F10"]
    assert "WARNING: possible circular locking dependency detected" in log
    assert re.search(r"fs_reclaim|mmu_notifier_invalidate_range_start", log)


def test_a_tight_section_is_clean(guests: Guests) -> None:
    outcome = guests.run(GOOD, "vim2m-export")
    assert (RESV, SIGNALLING) in edges(outcome)
    assert outcome.verdict.by_name["locks"] == "CLEAN"


# The lock graph.


def reaches(graph: frozenset[tuple[str, str]], start: str, end: str) -> bool:
    seen, todo = set(), [start]
    while todo:
        lock = todo.pop()
        if lock not in seen:
            seen.add(lock)
            todo += [after for before, after in graph if before == lock]
    return end in seen


def test_what_lockdep_knows_from_boot(guests: Guests) -> None:
    """dma_resv_lockdep() teaches it: reclaim may wait for fences, who holds a resv may reclaim."""
    graph = edges(guests.run(NONE, "vim2m-export"))
    assert ("&mm->mmap_lock", RESV_ACQUIRE) in graph
    assert (RESV_ACQUIRE, RESV) in graph
    assert (RESV, "fs_reclaim") in graph
    assert reaches(graph, "fs_reclaim", SIGNALLING)
    assert not [after for before, after in graph if before == SIGNALLING]


def test_only_direct_edges_are_listed(guests: Guests) -> None:
    """So a missing edge proves nothing about a path, and one that is there is a real order."""
    graph = edges(guests.run(NONE, "vim2m-export"))
    assert reaches(graph, RESV, SIGNALLING)
    assert (RESV, SIGNALLING) not in graph


def test_the_job_worker_publishes_only_if_jobs_queue_up(guests: Guests) -> None:
    """The first job of an idle device runs in the ioctl that made it possible."""
    alone = variant("vim2m-export", "export-alone", "--driver=vim2m", "--depth=1", "--frames=4")
    assert (JOB_WORK, RESV_ACQUIRE) not in edges(guests.run(GOOD, alone))
    assert (JOB_WORK, RESV_ACQUIRE) in edges(guests.run(GOOD, "vim2m-export"))


def test_a_queued_buffer_still_exports_the_stub(guests: Guests) -> None:
    """Its job has not been committed: an oracle must ask while that very job runs."""
    queued = exported(guests.run(GOOD, "vim2m-export"), state="queued")
    assert queued
    assert each(queued, "fence-driver") == {"stub"}
    assert each(queued, "status") == {"1"}


IMPORT = "vim2m-import-system-signaled"


@pytest.mark.parametrize(
    ("edge", "there", "absent"),
    [
        # Mapping imported memory locks its reservation, publishing locks any.
        ((QUEUE_LOCK, RESV), [(NONE, IMPORT)], [(NONE, "vim2m-export")]),
        ((QUEUE_LOCK, RESV_ACQUIRE), [(GOOD, "vim2m-export")], [(NONE, IMPORT)]),
        ((JOB_WORK, RESV_ACQUIRE), [(GOOD, "vim2m-export")], [(NONE, "vim2m-export")]),
        # Of the two annotations this is the one at publishing: the first posting has none.
        ((RESV, SIGNALLING), [(GOOD, IMPORT), (V2, IMPORT)], [(NONE, IMPORT), (V1, IMPORT)]),
        # And this the one at signalling: dma_fence_signal() has it without any series' doing.
        ((VIM2M_WORK, SIGNALLING), [(GOOD, IMPORT), (V1, IMPORT)], [(NONE, IMPORT)]),
        ((QUEUE_LOCK, SIGNALLING), [(GOOD, "vim2m-abort")], [(NONE, "vim2m-abort")]),
        ((SIGNALLING, FENCE_LOCK), [(GOOD, "vim2m-export")], [(NONE, "vim2m-export")]),
        # Somebody who slept was woken.
        ((FENCE_LOCK, "&dmabuf->poll"), [(GOOD, "vim2m-export")], [(NONE, "vim2m-export")]),
    ],
    ids=lambda value: " -> ".join(value) if isinstance(value, tuple) else "",
)
def test_what_an_edge_proves(
    guests: Guests,
    edge: tuple[str, str],
    there: list[tuple[str, str]],
    absent: list[tuple[str, str]],
) -> None:
    for series, scenario in there:
        assert edge in edges(guests.run(series, scenario)), (series, scenario)
    for series, scenario in absent:
        assert edge not in edges(guests.run(series, scenario)), (series, scenario)


WITH_EDGES = [
    path.name.removesuffix(SUFFIX)
    for path in sorted(SCENARIOS.glob(f"*{SUFFIX}"))
    if load(path).expect.edges
]


@pytest.mark.parametrize("scenario", WITH_EDGES)
def test_required_edges_are_absent_without_a_series(guests: Guests, scenario: str) -> None:
    """An edge that the kernel has by itself would prove nothing."""
    outcome = guests.run(NONE, scenario)
    expect = outcome.evidence.record.scenario.expect
    assert not edges(outcome) & set(expect.edges)
    assert edges(outcome) >= set(expect.base_edges)


def test_the_name_of_a_key_is_no_identity(guests: Guests) -> None:
    """Every lock class that a macro makes has a key of the same name: __key, with a number.

    The compiler numbers what is static in a file, other things among them (with allocation
    profiling each place that allocates), so that the numbers spread; a name is still many keys'.
    """
    names = guests.session(NONE).gate.machines.kernel.system_map.read_text().split()
    keys = [name for name in names if name.startswith("__key.")]
    assert len(keys) > 5 * len(set(keys))


# What stops lockdep, and what does not.


def test_a_lock_report_is_the_last_one_and_nothing_else_tells_of_it(guests: Guests) -> None:
    """It neither taints the kernel nor sets off panic_on_warn; the canary is not reported."""
    scenario = planted("abba", sysctl={"kernel/panic_on_warn": "1"})
    outcome = guests.run(NONE, scenario)
    assert splats(outcome) == ["circular-locking"]
    assert outcome.evidence.canary is None
    assert debug_locks(outcome) == 0
    assert outcome.evidence.guest is not None
    assert outcome.evidence.guest.end == "off"
    warned = 1 << 9
    assert not int(outcome.evidence.dump.files["end/tainted"]) & warned


def test_panic_on_warn_does_end_a_guest_that_warns(guests: Guests) -> None:
    outcome = guests.run(NONE, planted("warn", sysctl={"kernel/panic_on_warn": "1"}))
    assert outcome.evidence.guest is not None
    assert outcome.evidence.guest.end == "reset"


def test_reports_of_others_stop_lockdep_too(guests: Guests) -> None:
    outcome = guests.run(NONE, planted("spin-magic"))
    assert splats(outcome) == ["spinlock-debug"]
    assert debug_locks(outcome) == 0
    assert outcome.evidence.canary is None


def test_prove_locking_can_be_off_while_lockdep_looks_alive(guests: Guests) -> None:
    scenario = replace(bundled("idle"), name="idle-unproven", sysctl={"kernel/prove_locking": "0"})
    outcome = guests.run(NONE, scenario)
    assert debug_locks(outcome) == 1
    assert outcome.evidence.canary is None


# Determinism.


def test_what_determinism_needs_is_on_the_command_line(guests: Guests) -> None:
    argv = json.loads((guests.run(NONE, "vim2m-export").folder / "argv.json").read_text())
    pairs = set(itertools.pairwise(argv))
    assert ("-icount", "shift=0,sleep=off") in pairs
    assert ("-accel", "tcg,thread=single") in pairs
    assert ("-global", "virtio-mmio.ioeventfd=off") in pairs
    assert "dtb-randomness=off" in argv[argv.index("-M") + 1].split(",")
    assert any(word.startswith("file:") for word in argv)
    assert Path(argv[argv.index("-kernel") + 1]).is_file()
