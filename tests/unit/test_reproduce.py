# SPDX-License-Identifier: GPL-2.0-only
"""Every command that is printed runs just what it is printed for.

Each is made as a run makes it, typed again, and held against the cases that come of it.
"""

import shlex
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest

from rig.base import document
from rig.base.paths import KERNEL_CONFIG, ROOT, SCENARIOS
from rig.campaign import matrix, prefixes
from rig.campaign.selfcheck import gate_with
from rig.campaign.shrink import write_small
from rig.campaign.union import plan_suspect
from rig.commands import choice
from rig.commands.choice import parse_options
from rig.commands.grammar import parser
from rig.commands.pytest_plugin import options_of_item
from rig.evidence.record import CaseRecord, KernelFacts, RunDir, RunRecord, load, save
from rig.locks.suspects import Suspect
from rig.model.claims import claims
from rig.model.guest import Clock
from rig.model.options import Options
from rig.model.scenario import Scenario
from rig.model.scenario import load as load_scenario
from rig.report.cover import cover_letter
from rig.report.run import judge_directory
from rig.run import chosen
from rig.run.catalogues import planted_mistakes
from rig.run.chosen import built_for, bundled, chosen_scenarios
from rig.run.drawn import drawn
from rig.run.families import in_order, is_family
from rig.run.gate import Gate
from rig.run.planning import Planner
from rig.run.runner import resuming
from rig.run.selection import chosen_cases, kernel_request, settled
from tests.unit.kernel.conftest import git
from tests.unit.test_docs import make_tree

POOL = bundled()
OWN = ROOT / "tests" / "own_driver" / "echo.m2m.yaml"

# A scenario as it will run, its seed and its clock.
Case = tuple[Scenario, int, Clock]


@pytest.fixture(autouse=True)
def read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bundled scenarios are read once, and what may be typed is made once."""
    monkeypatch.setattr(chosen, "bundled", cache(bundled))
    monkeypatch.setattr(choice, "parser", cache(parser))


def gate_of(options: Options, directory: Path = Path("out/none-001")) -> Gate:
    """A gate as far as it plans."""
    nothing = cast(Any, None)
    facts = KernelFacts("key", "6.12.117", "", options.series)
    planner = Planner(facts, claims(), options)
    return Gate(planner, nothing, nothing, RunDir(directory))


def asked_for(options: Options) -> tuple[Case, ...]:
    return chosen_cases(options, chosen_scenarios(options))


def typed(command: str) -> Options:
    program, *words = shlex.split(command)
    assert program == "m2m-rig"
    return parse_options(words)


def cases_of(command: str) -> tuple[Case, ...]:
    """What somebody runs who types this."""
    return asked_for(typed(command))


def runs_just(case: CaseRecord) -> Options:
    """See that the command of a case runs that case and no other; its options."""
    [(scenario, seed, clock)] = cases_of(case.reproduce)
    assert (drawn(scenario, seed), seed, clock) == (case.scenario, case.seed, case.clock)
    options = typed(case.reproduce)
    again = gate_of(options).plan(scenario, seed, clock)
    assert (again.id, again.fresh) == (case.id, case.fresh)
    assert again.reproduce == case.reproduce
    return options


def planned(options: Options) -> list[CaseRecord]:
    gate = gate_of(options)
    return [gate.plan(*case) for case in asked_for(options)]


@pytest.mark.parametrize("scenario", POOL.all, ids=lambda scenario: scenario.name)
def test_a_case_of_each_scenario(scenario: Scenario) -> None:
    clock: Clock = "real" if scenario.name.startswith("vim2m") else "virtual"
    options = Options(series="producer-fence", seeds=(4, 3), fresh="boot", names=("*",))
    case = gate_of(options).plan(in_order(scenario, 3), 3, clock)
    again = runs_just(case)
    assert (again.series, again.fresh) == ("producer-fence", "boot")
    assert again.names == (scenario.name,)


@pytest.mark.parametrize(
    "words",
    [
        "run --driver hantro --about 'going away' --claim locks --patch 'a b.patch' --upto 2",
        "run 'rga-fault-*' compliance-rga --seeds 2 --strict --profile lockdep+kasan",
        "run vim2m-export 'vim2m-o*' vim2m-fail --seed 5",
        "run --driver vim2m --kernel '/my kernel'",
        "run 'vim2m-*' vim2m-outlive --isolated",
        "run --about import --about starvation --shard 2/3",
        "run --fresh boot",
        "run --isolated --shard 2/9",
        "soak 'hantro-re*' --seeds 2 --real-seeds 1",
        "soak --driver rga --seeds 2 --shard 1/2",
        f"run --scenario {shlex.quote(str(OWN))} --seeds 2",
        f"run --scenario {OWN} --scenario {SCENARIOS / 'rga-copy.m2m.yaml'}",
        f"run --scenario {OWN} --scenario {SCENARIOS / 'rga-copy.m2m.yaml'} --driver rga",
    ],
)
def test_each_case_of_a_run_and_the_run(words: str) -> None:
    options = parse_options(shlex.split(words))
    cases = planned(options)
    assert cases
    kernel = built_for(options, chosen_scenarios(options))
    for case in cases:
        again = runs_just(case)
        if options.scenario_files:
            assert built_for(again, (case.scenario,)) == kernel
        built = ("kernel", "series", "upto", "patches", "profile", "strict", "scenario_files")
        assert all(getattr(again, name) == getattr(options, name) for name in built)
    assert cases_of(options.command()) == asked_for(options)


def test_a_family_of_the_users() -> None:
    files = tuple(SCENARIOS / f"vim2m-{name}.m2m.yaml" for name in ("export", "outlive"))
    [case] = planned(Options(names=("vim2m-together",), scenario_files=files))
    assert is_family(case.scenario)
    runs_just(case)


def test_a_planted_mistake_is_planted_again() -> None:
    mistakes = planted_mistakes()
    for fault in mistakes.faults:
        kernel = Options(series=fault.series, patches=fault.patches, strict=fault.strict)
        for name in fault.shows:
            scenario = next(each for each in POOL.all if each.name == name)
            case = gate_with(fault, gate_of(kernel)).plan(scenario, 1)
            options = typed(case.reproduce)
            assert options.fault == fault.id
            [(again, seed, clock)] = asked_for(options)
            planner = replace(gate_of(options).planner, fault=fault)
            assert planner.plan(again, seed, clock) == case
            assert fault.planted(case.scenario) == case.scenario
        assert kernel_request(options) == kernel_request(kernel)


def test_an_item_of_pytest_names_its_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(ROOT)
    mine = tmp_path / "mine.m2m.yaml"
    mine.write_text((SCENARIOS / "rga-copy.m2m.yaml").read_text().replace("rga-copy", "mine"))
    copy = SCENARIOS / "vim2m-export.m2m.yaml"
    for files in ((copy,), (mine, copy), (OWN, copy), (OWN, mine, copy), (OWN,)):
        session = {path: load_scenario(path) for path in files}
        brought = kernel_request(Options(), tuple(session.values())).modules
        for path, scenario in session.items():
            options = options_of_item(Options(seeds=(1, 2)), path, session)
            again = runs_just(gate_of(options).plan(scenario, 2))
            kernel = kernel_request(again, built_for(again, chosen_scenarios(again)))
            assert kernel.modules == brought
            if files == (copy,):
                assert again.scenario_files == ()
    assert typed(case_command_of(OWN)).scenario_files == (OWN.relative_to(ROOT),)


def case_command_of(path: Path) -> str:
    session = {path: load_scenario(path)}
    options = options_of_item(Options(), path, session)
    return gate_of(options).plan(session[path], 1).reproduce


@pytest.mark.parametrize("files", [(), (OWN, SCENARIOS / "rga-copy.m2m.yaml")], ids=len)
@pytest.mark.parametrize("clock", ["virtual", "real"])
def test_what_is_made_small_runs_as_it_is_printed(
    tmp_path: Path, files: tuple[Path, ...], clock: Clock
) -> None:
    options = Options(scenario_files=files, seeds=(1, 2), clock=clock)
    for case in planned(options)[:3]:
        # As it was tried.
        small = replace(case.scenario, name=f"{case.scenario.name}-7")
        gate = gate_of(options, tmp_path / "a run")
        [(scenario, seed, run_clock)] = cases_of(write_small(small, case, gate))
        assert (seed, run_clock) == (case.seed, case.clock)
        assert replace(scenario, about=small.about) == replace(
            small, name=case.scenario.name, inherit=False
        )
        assert gate.plan(scenario, seed, run_clock).id == case.id


def test_a_suspect_of_union_runs_again(tmp_path: Path) -> None:
    gate = gate_of(Options(series="producer-fence"), tmp_path / "again")
    names = ("vim2m-export", "vim2m-outlive")
    cases = [gate.plan(each, 3) for each in POOL.usual if each.name in names]
    for case in cases:
        folder = RunDir(tmp_path).case(case.id)
        folder.mkdir(parents=True)
        save(case, folder / "case.json")
    suspect = Suspect("cycle", (), tuple(case.id for case in cases))
    case = plan_suspect(suspect, "together-vim2m-1", tmp_path, gate)
    [(scenario, seed, _)] = cases_of(case.reproduce)
    assert (scenario, seed) == (case.scenario, 3)


def test_a_run_that_was_stopped_goes_on(tmp_path: Path) -> None:
    for words in ("run 'rga-fault-*' --seeds 3", "soak --series producer-fence --shard 1/2"):
        options = replace(parse_options(shlex.split(words)), jobs=2, fail_fast=True)
        directory = RunDir(tmp_path / options.verb / "a run")
        directory.path.mkdir(parents=True)
        cases = tuple(case.id for case in planned(options))
        made = RunRecord(cases, claims(), "none", "6.12", "virtual", (1,), "for people", options)
        save(made, directory.run)
        again = typed(resuming(options, directory))
        assert again.resume == directory.path
        assert tuple(case.id for case in planned(again)) == cases


def test_each_run_of_a_batch() -> None:
    series = Options(series="release-fence-v2", names=("vim2m-e*",), each_patch=True)
    file = ROOT / "docs" / "guide" / "ci" / "matrix.yaml"
    for items in (prefixes.prefixes(series), matrix.load(file, Options(verb="matrix"))):
        for item in items:
            again = typed(item.options.command())
            assert again == item.options
            assert not again.each_patch
            for case in planned(item.options)[:2]:
                assert runs_just(case).upto == item.options.upto


def test_a_cover_letter_has_the_command_of_its_run(tmp_path: Path) -> None:
    directory = RunDir(ROOT / "tests" / "corpus" / "red")
    letter = cover_letter(judge_directory(directory))
    [line] = [line.strip() for line in letter.splitlines() if line.startswith("  m2m-rig run")]
    assert typed(line) == load(directory.run, RunRecord).options


def test_a_kernel_alone_is_that_of_its_run() -> None:
    fragment = KERNEL_CONFIG / "lockdep.config"
    for options in (
        Options(series="release-fence-v2", upto=2, strict=True),
        Options(series="producer-fence", fault="F06"),
        Options(fragments=(fragment,), patches=tuple((KERNEL_CONFIG / "fixes").glob("*.patch"))),
    ):
        request = kernel_request(options)
        again = typed(request.command())
        assert again.verb == "build"
        assert kernel_request(again) == request


def test_a_branch_is_the_commits_that_it_was(tmp_path: Path) -> None:
    make_tree(tmp_path / "linux")
    options = Options(kernel=str(tmp_path / "linux"), series="main..my-branch")
    request = kernel_request(options)
    kept = settled(options, request)
    assert typed(kept.command()) == kept
    (tmp_path / "linux" / "rga.c").write_text("int b;\n")
    git(tmp_path / "linux", "add", "-A")
    git(tmp_path / "linux", "commit", "-qm", "media: rga: another change")
    again = kernel_request(kept)
    assert len(kernel_request(options).series.patches) == 2
    assert again.series.digest == request.series.digest
    assert again.source.commit == request.source.commit
    # What a run directory is called.
    assert len(again.series.name) < 30


def test_a_scenario_that_is_written_is_the_one_that_is_read(tmp_path: Path) -> None:
    file = tmp_path / "again.m2m.yaml"
    families: Sequence[Scenario] = [each for each in POOL.all if is_family(each)]
    for scenario in families:
        file.write_text(document.text(scenario))
        assert load_scenario(file) == scenario
