# SPDX-License-Identifier: GPL-2.0-only
"""Cases and whole runs, with a QEMU that runs no guest."""

import io
import shlex
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from filelock import FileLock
from rich.console import Console

from rig.base.errors import GuestError, InputError
from rig.commands.choice import parse_options
from rig.evidence.record import CaseRecord, RunRecord, load
from rig.judge.run import judge_run
from rig.judge.verdict import CaseVerdict, Verdict
from rig.machine.run import Limits
from rig.model.claims import default_claims
from rig.model.claims.fences import CLAIM as FENCES
from rig.model.claims.locks import CLAIM as LOCKS
from rig.model.guest import Clock, GuestRun
from rig.model.options import Options
from rig.model.scenario import SUFFIX, Scenario, text
from rig.model.scenario import load as load_scenario
from rig.report.text import print_verdict
from rig.run import runner
from rig.run.chosen import chosen_scenarios
from rig.run.families import in_order
from rig.run.gate import ATTEMPTS
from rig.run.runner import jobs_for, run_gate
from rig.view.cases import CasesView
from rig.view.plain import Plain
from tests.unit.processes import working_in
from tests.unit.workshop import CLEAN, Workshop, output, workshop

# A run of which nobody chose a part must judge every driver of the series.
CHOSEN = Options(jobs=1, drivers=("vim2m",))


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    made = workshop(tmp_path)
    monkeypatch.setenv("FAKE_QEMU", str(made.fates))
    return made


def test_a_case_leaves_its_evidence_and_what_was_looked_up(shop: Workshop) -> None:
    case = shop.gate.plan(shop.record.scenario, 1)
    guest = shop.gate.run(case)
    assert (guest.end, guest.lost) == ("off", ())
    folder = shop.gate.directory.case(case.id)
    for name in ("results.ktap", "locks.json", "symbols.json"):
        assert (folder / name).read_bytes() == (CLEAN / name).read_bytes(), name
    assert load(folder / "guest.json", GuestRun) == guest
    assert datetime.fromisoformat(guest.began).utcoffset() == timedelta(0)


def run(
    shop: Workshop, options: Options = CHOSEN, names: Sequence[str] = ("one", "other")
) -> Verdict:
    """A run of the scenario of the corpus under these names."""
    shown, _ = output()
    return run_gate(shop.gate, options, [shop.scenario(name) for name in names], shown)


def outcomes(verdict: Verdict) -> dict[str, str]:
    return {case.id: case.outcome for case in verdict.cases}


def planned(shop: Workshop) -> tuple[str, ...]:
    return load(shop.gate.directory.run, RunRecord).cases


def test_who_has_nothing_long_to_do_is_given_up_sooner(shop: Workshop) -> None:
    scenario = shop.record.scenario
    [program] = scenario.programs
    long = replace(scenario, programs=(program, replace(program, name="long", seconds=600)))
    machines = replace(shop.gate.machines, limits=Limits())

    def patience(scenario: Scenario, clock: Clock) -> float:
        return machines.patience(shop.gate.plan(scenario, 1, clock)).silence

    assert patience(scenario, "virtual") == Limits.brisk < Limits.silence
    # A program may sleep for all its time, and on the real clock that takes as long.
    assert patience(scenario, "real") == patience(long, "virtual") == Limits.silence
    machines = replace(machines, limits=Limits(silence=5.0))
    assert patience(scenario, "virtual") == 5.0


def test_a_guest_that_is_given_up_is_told_with_what_its_cpus_did(shop: Workshop) -> None:
    shop.luck({"*": ["silent"]})
    machines = replace(shop.gate.machines, limits=Limits(silence=0.5))
    gate = replace(shop.gate, machines=machines)
    guest = gate.run(gate.plan(shop.record.scenario, 1))
    assert guest.end == "stalled"
    assert guest.cause.startswith("nothing written for 0 s: CPU 0 ")
    assert guest.cause.endswith(" in main (lib/a.c:7), CPU 1 in a program")


def test_a_run_is_planned_and_judged(shop: Workshop) -> None:
    shown, text = output()
    scenarios = [shop.scenario(name) for name in ("one", "other")]
    verdict = run_gate(shop.gate, replace(CHOSEN, seeds=(1, 2)), scenarios, shown)
    ids = [case.id for case in verdict.cases]
    assert ids == ["one-s1", "other-s1", "one-s2", "other-s2"] == shop.starts()
    assert verdict.outcome == "CLEAN", (verdict.reasons, verdict.cases)
    assert len(text.getvalue().splitlines()) == 4
    for name in ("run.json", "build.json", "verdict.json", "report.html", "junit.xml"):
        assert (shop.gate.directory.path / name).stat().st_size > 0, name


def test_several_guests_at_once(shop: Workshop) -> None:
    verdict = run(shop, replace(CHOSEN, seeds=(1, 2), jobs=2))
    assert sorted(shop.starts()) == sorted(planned(shop)) == sorted(outcomes(verdict))
    assert verdict.outcome == "CLEAN"


def test_more_guests_than_the_machine_bears_are_noted(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "worker_limit", lambda memory: 2)
    errors = io.StringIO()
    shown, _ = output(Plain(errors))
    cases = [shop.gate.plan(shop.scenario(name), 1) for name in "abc"]
    assert jobs_for(replace(CHOSEN, jobs=3), cases, shown) == 3
    assert "3 guests at once, and CPUs and memory for 2" in errors.getvalue()
    assert jobs_for(replace(CHOSEN, jobs=None), cases, shown) == 2
    assert jobs_for(CHOSEN, [], shown) == 1


def test_a_run_that_judges_nothing_is_refused(shop: Workshop) -> None:
    blind = replace(shop.scenario("one"), claims=(LOCKS,))
    gate = replace(shop.gate, planner=replace(shop.gate.planner, claims=(FENCES,)))
    with pytest.raises(InputError, match="none of these scenarios judges fences for"):
        run_gate(gate, CHOSEN, [blind], output()[0])
    assert not shop.gate.directory.run.exists()


def test_a_lost_guest_is_tried_again_and_that_is_told(shop: Workshop) -> None:
    shop.luck({"*": ["killed", shop.left("again")]})
    verdict = run(shop, names=("one",))
    assert verdict.outcome == "CLEAN"
    assert verdict.cases[0].lost == ("QEMU was killed by SIGKILL",)
    assert shop.starts() == ["one-s1"] * ATTEMPTS
    folder = shop.gate.directory.case("one-s1")
    assert (folder / "lost" / "qemu.stderr").exists()


def test_a_guest_that_is_always_lost_proves_nothing(shop: Workshop) -> None:
    shop.luck({"*": ["killed"]})
    verdict = run(shop, names=("one",))
    assert verdict.outcome == "INCONCLUSIVE"
    assert verdict.cases[0].reasons[0].id == "guest.lost"
    assert shop.starts() == ["one-s1"] * ATTEMPTS
    # Neither is it when it is judged again, and a run that is resumed tries once more.
    assert judge_run(shop.gate.directory).outcome == "INCONCLUSIVE"
    shop.luck({"*": [shop.left("at last")]})
    assert run(shop, names=("one",)).outcome == "CLEAN"


def test_a_qemu_that_does_not_start_ends_the_run(shop: Workshop) -> None:
    shop.luck({"*": ["old"]})
    with pytest.raises(GuestError, match="too old"):
        run(shop, replace(CHOSEN, jobs=2))
    # What is planned is on record all the same.
    assert planned(shop) == ("one-s1", "other-s1")


def test_evidence_that_is_whole_is_not_made_again(shop: Workshop) -> None:
    run(shop)
    assert outcomes(run(shop)) == {"one-s1": "CLEAN", "other-s1": "CLEAN"}
    assert shop.starts() == ["one-s1", "other-s1"]
    folder = shop.gate.directory.case("other-s1")
    for name in ("guest.json", "plan"):
        (folder / name).unlink()
        run(shop)
    assert shop.starts() == ["one-s1", "other-s1", "other-s1", "other-s1"]
    # Another seed, another case.
    verdict = run(shop, replace(CHOSEN, seeds=(1, 2)))
    assert shop.starts()[4:] == ["one-s2", "other-s2"]
    assert len(verdict.cases) == 4


def test_two_runs_cannot_have_one_directory(shop: Workshop) -> None:
    held = FileLock(shop.gate.directory.path / "lock")
    with held, pytest.raises(InputError, match="another m2m-rig is at work"):
        run(shop)
    assert shop.starts() == []
    assert run(shop).outcome == "CLEAN"


@pytest.mark.parametrize(
    ("fail_fast", "ran"),
    [(True, ["a-s1", "b-s1", "c-s1"]), (False, ["a-s1", "b-s1", "c-s1", "d-s1"])],
)
def test_the_first_dirty_case_is_the_last_if_that_is_asked_for(
    shop: Workshop, fail_fast: bool, ran: list[str]
) -> None:
    """What is INCONCLUSIVE stops nothing: it would hide that a later case is DIRTY."""
    shop.luck({"b-s1": [shop.unfinished()], "c-s1": [shop.dirty()], "*": [shop.left("good")]})
    verdict = run(shop, replace(CHOSEN, fail_fast=fail_fast), "abcd")
    assert shop.starts() == ran
    assert outcomes(verdict)["b-s1"] == "INCONCLUSIVE"
    assert verdict.outcome == outcomes(verdict)["c-s1"] == "DIRTY"
    assert verdict.exit_status == 1
    assert ("d-s1" in outcomes(verdict)) is not fail_fast
    # Nobody is told that the rest was looked at.
    assert bool(verdict.reasons) is fail_fast


def test_a_resumed_run_knows_that_it_was_dirty(shop: Workshop) -> None:
    shop.luck({"a-s1": [shop.dirty()], "*": [shop.left("good")]})
    run(shop, replace(CHOSEN, fail_fast=True), "ab")
    run(shop, replace(CHOSEN, fail_fast=True), "ab")
    assert shop.starts() == ["a-s1"]
    run(shop, CHOSEN, "ab")
    assert shop.starts() == ["a-s1", "b-s1"]


def test_an_interrupted_run_says_how_to_go_on(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors = io.StringIO()
    shown, _ = output(Plain(errors))
    scenarios = [shop.scenario(name) for name in ("one", "other")]

    def interrupt(self: CasesView, case: CaseRecord, verdict: CaseVerdict) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(CasesView, "end", interrupt)
        with pytest.raises(KeyboardInterrupt):
            run_gate(shop.gate, CHOSEN, scenarios, shown)
    told = f"m2m-rig run --resume {shop.gate.directory.path} goes on from here"
    assert told in errors.getvalue()
    assert planned(shop) == ("one-s1", "other-s1")
    assert working_in(shop.gate.directory.path) == []
    assert run(shop).outcome == "CLEAN"
    assert shop.starts() == ["one-s1", "other-s1"]


@pytest.fixture
def family(shop: Workshop) -> tuple[Options, Scenario]:
    """Two scenarios that share a guest, and the options that say so."""
    paths = []
    for name in ("one", "other"):
        paths.append(shop.folder / f"{name}{SUFFIX}")
        paths[-1].write_text(text(replace(shop.scenario(name), claims=default_claims())))
    options = replace(CHOSEN, drivers=(), scenario_files=tuple(paths), names=("vim2m-together",))
    [scenario] = chosen_scenarios(options)
    return options, scenario


def programs(family: Scenario) -> list[str]:
    """In the order of seed 1."""
    return [program.name for program in in_order(family, 1).programs]


def shared(family: Scenario, first: str, second: str) -> tuple[tuple[bytes, bytes], ...]:
    """Changes that make the results of the corpus those of two programs."""
    one, other = programs(family)
    both = f"not ok 1 {one} # {first}\nok 2 {other}{second}\n# end"
    return (b"\n1..1\n  TAP", b"\n1..2\n  TAP"), (b"ok 1 signal\n# end", both.encode())


# What makes the only program of the corpus fail.
FAILS = (b"ok 1 signal\n# end", b"not ok 1 signal # exit 1\n# end")


def test_the_members_of_a_family_that_hung_run_alone(
    shop: Workshop, family: tuple[Options, Scenario]
) -> None:
    options, scenario = family
    changes = shared(scenario, "timeout 60 s, cannot be killed", " # SKIP after it")
    shop.luck({"vim2m-together-s1": [shop.left("hung", *changes)], "*": [shop.left("good")]})
    errors = io.StringIO()
    shown, text = output(Plain(errors))
    verdict = run_gate(shop.gate, options, [scenario], shown)
    ids = ("vim2m-together-s1", "one-s1", "other-s1")
    assert tuple(shop.starts()) == ids == planned(shop) == tuple(outcomes(verdict))
    hung = verdict.cases[0]
    assert hung.outcome == "INCONCLUSIVE"
    assert hung.id == "vim2m-together-s1"
    first = programs(scenario)[0]
    assert hung.reasons[0].text == f"{first}: timeout 60 s, cannot be killed"
    assert {case.outcome for case in verdict.cases[1:]} == {"CLEAN"}
    assert f"hung in {first}: 2 scenarios of it run alone" in errors.getvalue()
    assert [line.split()[0] for line in text.getvalue().splitlines()] == ["1/1", "2/3", "3/3"]
    # Who judges the directory again finds the same, and who resumes the run repeats nothing.
    assert judge_run(shop.gate.directory) == verdict
    assert run_gate(shop.gate, options, [scenario], output()[0]) == verdict
    assert tuple(shop.starts()) == ids == planned(shop)


def test_a_run_that_stopped_after_a_family_hung_goes_on_with_its_members(
    shop: Workshop, family: tuple[Options, Scenario]
) -> None:
    options, scenario = family
    changes = shared(scenario, "timeout 60 s", " # SKIP after it")
    shop.luck({"vim2m-together-s1": [shop.left("hung", *changes)], "other-s1": ["old"],
               "*": [shop.left("good")]})  # fmt: skip
    with pytest.raises(GuestError):
        run_gate(shop.gate, options, [scenario], output()[0])
    assert planned(shop) == ("vim2m-together-s1", "one-s1", "other-s1")
    shop.luck({"*": [shop.left("other")]})
    verdict = run_gate(shop.gate, options, [scenario], output()[0])
    assert shop.starts()[-1:] == ["other-s1"]
    assert shop.starts().count("one-s1") == 1
    assert len(verdict.cases) == 3


def test_the_guilty_of_a_red_family_is_named(
    shop: Workshop, family: tuple[Options, Scenario]
) -> None:
    """The other one ended well in a guest that was watched to its end."""
    options, scenario = family
    name = programs(scenario)[0].partition(".")[0]
    shop.luck({"vim2m-together-s1": [shop.left("red", *shared(scenario, "exit 1", ""))],
               f"{name}-s1": [shop.left("alone", FAILS)], "*": [shop.left("good")]})  # fmt: skip
    errors = io.StringIO()
    gate = shop.gate.with_options(replace(options, fresh="boot"))
    verdict = run_gate(gate, options, [scenario], output(Plain(errors))[0])
    assert planned(shop) == tuple(shop.starts()) == ("vim2m-together-s1", f"{name}-s1")
    assert load(shop.gate.directory.run, RunRecord).apart == {"vim2m-together-s1": (f"{name}-s1",)}
    told = f"alone, {name} shows workload.died"
    assert "vim2m-together-s1 is red: 1 scenario of it runs alone\n" in errors.getvalue()
    assert f"vim2m-together-s1: {told}\n" in errors.getvalue()
    # Whoever reads the report later is told, too, and what is printed runs just that case.
    html = (shop.gate.directory.path / "report.html").read_text()
    assert f'<li class="also">{told}</li>' in html
    text = Console(file=io.StringIO(), width=200)
    print_verdict(judge_run(shop.gate.directory), text, "out")
    assert f"  {told}\n" in cast(io.StringIO, text.file).getvalue()
    assert verdict.cases[1].reproduce.startswith("m2m-rig run ")
    [again] = chosen_scenarios(parse_options(shlex.split(verdict.cases[1].reproduce)[1:]))
    assert again.name == name


def test_what_none_shows_alone_has_all_of_them_run(
    shop: Workshop, family: tuple[Options, Scenario]
) -> None:
    options, scenario = family
    first, second = (program.partition(".")[0] for program in programs(scenario))
    red = shop.left("red", *shared(scenario, "exit 1", ""))
    shop.luck({"vim2m-together-s1": [red], "*": [shop.left("good")]})
    errors = io.StringIO()
    verdict = run_gate(shop.gate, options, [scenario], output(Plain(errors))[0])
    assert shop.starts() == ["vim2m-together-s1", f"{first}-s1", f"{second}-s1"]
    assert [case.outcome for case in verdict.cases] == ["INCONCLUSIVE", "CLEAN", "CLEAN"]
    assert "is not explained: 1 scenario of it runs alone\n" in errors.getvalue()
    assert "alone, none of its scenarios shows workload.died\n" in errors.getvalue()
    # Nothing is run again, and the order is that of the scenarios.
    again = run_gate(shop.gate, options, [scenario], output()[0])
    assert again == verdict
    assert len(shop.starts()) == 3


def test_what_a_red_family_is_made_of_runs_side_by_side(
    shop: Workshop, family: tuple[Options, Scenario], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the family was all that there was to run."""
    options, scenario = family
    running: set[str] = set()
    most: list[int] = []

    def start(self: CasesView, case: CaseRecord) -> None:
        running.add(case.id)
        most.append(len(running))
        started(self, case)

    def end(self: CasesView, case: CaseRecord, verdict: CaseVerdict) -> None:
        running.remove(case.id)
        ended(self, case, verdict)

    started, ended = CasesView.start, CasesView.end
    monkeypatch.setattr(CasesView, "start", start)
    monkeypatch.setattr(CasesView, "end", end)
    monkeypatch.setattr(runner, "worker_limit", lambda memory: 2)
    changes = shared(scenario, "timeout 60 s, cannot be killed", " # SKIP after it")
    shop.luck({"vim2m-together-s1": [shop.left("hung", *changes)], "*": [shop.left("good")]})
    run_gate(shop.gate, replace(options, jobs=2), [scenario], output()[0])
    assert most == [1, 1, 2]
    assert len(shop.starts()) == 3


def test_where_lockdep_was_off_nobody_is_cleared(
    shop: Workshop, family: tuple[Options, Scenario]
) -> None:
    options, scenario = family
    off = shop.left("off", *shared(scenario, "exit 1", ""))
    dump = shop.folder / "left" / "off" / "dump.tar"
    on = b"debug_locks:                             1"
    assert on in dump.read_bytes()
    dump.write_bytes(dump.read_bytes().replace(on, on[:-1] + b"0"))
    shop.luck({"vim2m-together-s1": [off], "*": [shop.left("good")]})
    run_gate(shop.gate, options, [scenario], output()[0])
    assert load(shop.gate.directory.run, RunRecord).apart == {
        "vim2m-together-s1": ("one-s1", "other-s1")
    }


def test_a_member_that_has_run_already_runs_no_second_time(
    shop: Workshop, family: tuple[Options, Scenario]
) -> None:
    options, scenario = family
    first = programs(scenario)[0].partition(".")[0]
    red = shop.left("red", *shared(scenario, "exit 1", ""))
    shop.luck({"vim2m-together-s1": [red], f"{first}-s1": [shop.left("alone", FAILS)],
               "*": [shop.left("good")]})  # fmt: skip
    alone = [load_scenario(path) for path in options.scenario_files]
    [mine] = [each for each in alone if each.name == first]
    for order in ((mine, scenario), (scenario, mine)):
        shutil.rmtree(shop.gate.directory.path)
        shop.gate.directory.path.mkdir()
        before = len(shop.starts())
        errors = io.StringIO()
        run_gate(shop.gate, options, order, output(Plain(errors))[0])
        assert len(shop.starts()) - before == 2
        assert f"alone, {first} shows workload.died" in errors.getvalue()
        apart = load(shop.gate.directory.run, RunRecord).apart
        assert apart == {"vim2m-together-s1": (f"{first}-s1",)}


def test_a_guest_that_stalls_hung_in_what_had_not_ended(
    shop: Workshop, family: tuple[Options, Scenario]
) -> None:
    options, scenario = family
    machines = replace(shop.gate.machines, limits=Limits(silence=0.5))
    shop.luck({"vim2m-together-s1": ["silent"], "*": [shop.left("good")]})
    gate = replace(shop.gate, machines=machines)
    errors = io.StringIO()
    verdict = run_gate(gate, options, [scenario], output(Plain(errors))[0])
    assert verdict.cases[0].reasons[0].id == "guest.stalled"
    assert f"hung in {programs(scenario)[0]}: 2 scenarios" in errors.getvalue()
    assert len(verdict.cases) == 3
