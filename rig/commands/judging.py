# SPDX-License-Identifier: GPL-2.0-only
"""Verbs that end with a verdict: run, soak, matrix, selfcheck, judge, merge."""

import argparse
import sys
from collections.abc import Sequence

from rich.markup import escape

from rig.base.console import console_for
from rig.campaign import history, matrix, prefixes
from rig.campaign.batch import Item, exit_status, print_results, run_batch
from rig.campaign.merge import merge as merge_runs
from rig.campaign.planted import finding_line, print_matrix
from rig.campaign.selfcheck import Finding
from rig.campaign.selfcheck import selfcheck as plant
from rig.campaign.shrink import Trial, find_red, write_histories, write_small
from rig.campaign.shrink import shrink as smallest
from rig.commands.choice import options_like, options_of, resumed
from rig.commands.dryrun import print_dry_run
from rig.commands.shown import output_of
from rig.evidence.record import CaseRecord, RunDir, load
from rig.judge.run import judge_run
from rig.model.options import Options
from rig.model.scenario import Scenario
from rig.report.files import write_reports
from rig.report.run import judge_directory
from rig.report.soak import print_soak
from rig.report.text import print_outcomes, print_verdict
from rig.run.catalogues import planted_mistakes
from rig.run.chosen import built_for
from rig.run.prepare import prepare
from rig.run.runner import run_gate
from rig.run.selection import chosen_cases
from rig.run.touched import taken
from rig.view.output import Output, progress_for


def run(arguments: argparse.Namespace) -> int:
    """`run` and `soak`."""
    options = resumed(options_of(arguments))
    scenarios = taken(options)
    items = prefixes.prefixes(options) if options.each_patch else ()
    if options.dry_run:
        return print_dry_run(options, scenarios, len(items))
    # A shard without a case is told before minutes are spent on a kernel.
    chosen_cases(options, scenarios)
    with output_of(arguments) as output:
        if items:
            return _batch(prefixes.HEADS, items, output)
        return _run(options, scenarios, output)


def _run(options: Options, scenarios: Sequence[Scenario], output: Output) -> int:
    gate = prepare(options, output.progress, built_for(options, scenarios))
    verdict = run_gate(gate, options, scenarios, output)
    if output.level == "quiet":
        print_outcomes(verdict, output.console)
    elif options.soak:
        print_soak(verdict, output.console, str(gate.directory.path))
    else:
        print_verdict(verdict, output.console, str(gate.directory.path))
    return verdict.exit_status


def run_matrix(arguments: argparse.Namespace) -> int:
    """`matrix`."""
    items = matrix.load(arguments.file, options_of(arguments))
    with output_of(arguments) as output:
        return _batch(matrix.HEADS, items, output)


def _batch(heads: Sequence[str], items: Sequence[Item], output: Output) -> int:
    results = list(run_batch(items, output))
    print_results(heads, results, output.console)
    return exit_status(results)


def selfcheck(arguments: argparse.Namespace) -> int:
    """`selfcheck`."""
    if arguments.history is not None:
        return _history(arguments)
    console = console_for(sys.stdout)
    options = options_of(arguments)
    catalogue = planted_mistakes()
    # Who names one gets the kernel that shows it; all of them are those of one profile.
    seen = catalogue.seen_with(options.profile)
    chosen = catalogue.find(arguments.fault) if arguments.fault else seen.faults

    def tell(finding: Finding) -> None:
        console.print(finding_line(finding), soft_wrap=True)

    findings = plant(chosen, options, progress_for(), tell)
    print_matrix(findings, console, () if arguments.fault else seen.missed)
    return 0 if all(finding.as_it_must for finding in findings) else 1


def _history(arguments: argparse.Namespace) -> int:
    bugs = history.chosen(arguments.history)
    with output_of(arguments) as output:
        seen = list(history.sightings(bugs, options_of(arguments), output, arguments.gates))
        history.print_sightings(seen, output.console)
    return 0 if all(sighting.as_recorded for sighting in seen) else 1


def judge(arguments: argparse.Namespace) -> int:
    """`judge`."""
    return _judged(RunDir(arguments.directory))


def merge(arguments: argparse.Namespace) -> int:
    """`merge`."""
    return _judged(merge_runs(arguments.directories, options_of(arguments).out))


def _judged(directory: RunDir) -> int:
    run = judge_directory(directory)
    write_reports(run)
    print_verdict(run.verdict, console_for(sys.stdout), str(run.directory.path))
    return run.verdict.exit_status


def shrink(arguments: argparse.Namespace) -> int:
    """`shrink`."""
    directory = RunDir(arguments.directory)
    case, reason = find_red(judge_run(directory), arguments.case, arguments.reason)
    record = load(directory.case(case.id) / "case.json", CaseRecord)
    options = options_like(arguments.directory, options_of(arguments).out)
    with output_of(arguments) as output:
        say = output.console.print
        gate = prepare(options, output.progress, (record.scenario,))
        trial = Trial(gate, record, reason.id)
        say(escape(f"{case.id}: {reason.id}"), soft_wrap=True)
        if not trial(record.scenario):
            say("not seen again, so nothing can be left out")
            return 2
        small = smallest(
            *(record.scenario, trial.first),
            tell=lambda step: say(escape(f"  {step}"), soft_wrap=True),
            batch=trial.batch,
        )
        again = write_small(small, record, gate)
        for path in write_histories(small, record, reason.id, gate):
            say(escape(str(path)), soft_wrap=True)
        say(escape(f"{trial.runs} runs; {again}"), soft_wrap=True)
    return 0
