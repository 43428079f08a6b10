# SPDX-License-Identifier: GPL-2.0-only
"""What a soak says at its end, and which scenarios are its own."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from rig.evidence.record import RunRecord
from rig.evidence.sitepairs import SitePairs, parse_site_pairs, read_site_pairs
from rig.judge.oracle import Share
from rig.judge.oracles.serial import SPLAT
from rig.judge.reasons import Reason
from rig.judge.verdict import CaseVerdict, Figures, Verdict
from rig.model.claims.fences import CLAIM as FENCES
from rig.model.claims.locks import CLAIM as LOCKS
from rig.model.claims.uapi import CLAIM as UAPI
from rig.model.options import Options
from rig.report.soak import orders, print_soak, unsure
from rig.run import chosen
from rig.run.selection import chosen_cases


def case(seed: int, *, red: bool = False, lost: tuple[str, ...] = ()) -> CaseVerdict:
    return CaseVerdict(
        id=f"a-s{seed}",
        driver="vim2m",
        scenario="a",
        about="export",
        seed=seed,
        claims={
            LOCKS: "DIRTY" if red else "CLEAN",
            UAPI: "not judged",
            FENCES: "not judged",
        },
        reasons=(Reason(SPLAT, "WARNING: here", part="warn"),) if red else (),
        reproduce=f"m2m-rig run --seed {seed}",
        figures=Figures(fences=12, jobs=6, guest_seconds=2.5, host_seconds=4.0),
        lost=lost,
    )


def test_the_sums_and_the_red_cases_are_told() -> None:
    cases = (case(1), case(2, red=True), case(2, lost=("QEMU was killed by SIGKILL",)))
    options = Options("soak")
    run = RunRecord(("a",), (LOCKS,), "none", "6.12", "virtual real", (1, 2), "m2m-rig", options)
    text = io.StringIO()
    verdict = Verdict({LOCKS: "DIRTY", UAPI: "not judged", FENCES: "not judged"}, cases, (), run)
    print_soak(verdict, Console(file=text, width=200), "/out")
    lines = text.getvalue().splitlines()
    assert lines[:4] == [
        "DIRTY  a-s2  splat.warn: WARNING: here",
        "  reproduce: m2m-rig run --seed 2",
        "3 cases (2 CLEAN, 1 DIRTY) under 2 seeds, 36 fences published, 8 s of guest time in "
        "12 s of QEMU, 1 started again",
        "  vim2m: 36 fences, 4.8 in a second of the guest, 3.0 in a second of QEMU",
    ]
    assert "locks: DIRTY" in lines


def test_what_nobody_could_judge_is_told() -> None:
    cases = tuple(replace(case(seed), share=Share(3, 100)) for seed in (1, 2))
    assert list(unsure(cases)) == [
        "user space: 6 of 200 calls on buffers and queues (3.0 %) met others, and few rules look "
        "at them"
    ]
    assert not list(unsure((case(1),)))


SCENARIO = "name: {0}\ntitle: t\ndriver: vim2m\nabout: {1}\nprograms: [{{name: a, file: a}}]\n"


@pytest.mark.parametrize(
    ("options", "names"),
    [
        (Options(), ["short"]),
        (Options("soak"), ["short", "long"]),
        (Options(drivers=("vim2m",)), ["short"]),
        (Options(names=("short",)), ["short"]),
        (Options(names=("*o*",)), ["short"]),
        (Options("soak", names=("*o*",)), ["short", "long"]),
        (Options(names=("long",)), ["long"]),
        (Options(names=("lo*",)), ["long"]),
        (Options(about=("load",)), ["long"]),
    ],
)
def test_long_scenarios_are_for_the_soak(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: Options, names: list[str]
) -> None:
    (tmp_path / "soak").mkdir()
    (tmp_path / "short.m2m.yaml").write_text(SCENARIO.format("short", "export"))
    (tmp_path / "soak" / "long.m2m.yaml").write_text(SCENARIO.format("long", "load"))
    monkeypatch.setattr(chosen, "SCENARIOS", tmp_path)
    assert [scenario.name for scenario in chosen.chosen_scenarios(options)] == names


def test_a_soak_runs_long_scenarios_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "soak").mkdir()
    (tmp_path / "short.m2m.yaml").write_text(SCENARIO.format("short", "export"))
    (tmp_path / "soak" / "long.m2m.yaml").write_text(SCENARIO.format("long", "load"))
    monkeypatch.setattr(chosen, "SCENARIOS", tmp_path)

    def names(options: Options) -> list[str]:
        cases = chosen_cases(options, chosen.chosen_scenarios(options))
        return [f"{scenario.name}-{clock[0]}{seed}" for scenario, seed, clock in cases]

    soak = Options("soak", seeds=(4, 5), real_seeds=(1,))
    assert names(soak) == ["short-v4", "long-v4", "short-v5", "short-r1"]
    asked = Options(names=("long",), seeds=(4, 5))
    assert names(asked) == ["long-v4", "long-v5"]


DELAYS = b"""policy=rendezvous one-in=16 usec=100
pairs=3 both=1 one=2 near=40 lost-pairs=0
pair 0000000100000003 both
pair 0000000100000005 forth
pair 0000000300000003 back
pair of shoes
"""


def test_pairs_of_places_are_read_of_what_the_guest_said(tmp_path: Path) -> None:
    assert parse_site_pairs(DELAYS) == SitePairs(
        forth=frozenset({0x1_00000003, 0x1_00000005}), back=frozenset({0x1_00000003, 0x3_00000003})
    )
    assert read_site_pairs(tmp_path, "a-s1") == SitePairs()


def test_a_soak_says_in_which_orders_threads_came_and_what_was_new_at_its_end() -> None:
    first = SitePairs(forth=frozenset({1, 2, 3}), back=frozenset({1}))
    last = SitePairs(forth=frozenset({3}), back=frozenset({2, 4}))
    assert list(orders([first, first, SitePairs(), last])) == [
        "pairs of places at one lock: 2 met in both orders, 2 in one; "
        "the last quarter of the cases brought 1 new ones, and the other order of 1"
    ]
    assert not list(orders([SitePairs()] * 4))
