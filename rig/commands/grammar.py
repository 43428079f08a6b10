# SPDX-License-Identifier: GPL-2.0-only
"""What may be typed: verbs and their options, and where each verb is at home."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from rig import locks, report
from rig.base.version import described
from rig.commands.arguments import Parser, count, jobs, number, shard
from rig.model.options import Options

# So many different schedules, and so many runs on real cores, are a soak.
SOAK_SEEDS = 20
SOAK_REAL_SEEDS = 5

EXIT_STATUS = """exit status:
  0 CLEAN   1 DIRTY   2 INCONCLUSIVE
  3 the machine lacks something   4 the input cannot be used
  70 m2m-rig itself crashed   130 interrupted"""


def parser() -> Parser:
    """The parser of the whole command line; `verb` of what it returns names module and function."""
    top = Parser(
        prog="m2m-rig",
        description="A virtual test rig for V4L2 mem2mem drivers.",
        epilog=EXIT_STATUS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action=_Version, help="print the version and end")
    verbs = _Verbs(top)
    kernel = _kernel_options()
    _add_judging(verbs, kernel)
    _add_building(verbs, kernel)
    _add_reading(verbs)
    return top


class _Verbs:
    """Adds verbs to the command line."""

    def __init__(self, top: Parser) -> None:
        self._verbs = top.add_subparsers(metavar="VERB", required=True, parser_class=Parser)

    def add(self, name: str, home: str, what: str, example: str, *parents: Parser) -> Parser:
        """A verb.

        Args:
            home: module below `rig.commands` and function.
            what: one line for the list of verbs, in lower case.
            example: a command line.
        """
        verb = self._verbs.add_parser(
            name,
            help=what,
            description=what[0].upper() + what[1:] + ".",
            epilog=f"example:\n  {example}\n\n{EXIT_STATUS}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            parents=parents,
        )
        verb.set_defaults(verb=home)
        return verb


def _add_judging(verbs: _Verbs, kernel: Parser) -> None:
    verb = verbs.add(
        "run", "judging.run", "build, boot, run the workloads, judge",
        "m2m-rig run --series none --driver vim2m --seed 7", kernel,
    )  # fmt: skip
    _dry_run_option(verb)
    _case_options(verb)
    _view_options(verb, guests=True)
    verb.add_argument("--each-patch", action="store_true",
                      help="judge the kernel after each patch of the series")  # fmt: skip
    verb.add_argument("--clock", choices=("virtual", "real"), default="virtual",
                      help="virtual: the same seed gives the same log, to the byte")  # fmt: skip
    verb = verbs.add(
        "soak", "judging.run", "run everything under many seeds, and on the real clock",
        "m2m-rig soak --series producer-fence --shard 1/4", kernel,
    )  # fmt: skip
    _dry_run_option(verb)
    _case_options(verb, seeds=SOAK_SEEDS)
    _view_options(verb, guests=True)
    verb.add_argument("--real-seeds", type=number, default=SOAK_REAL_SEEDS, metavar="N",
                      help="besides, so many runs on the real clock "
                      "(default: %(default)s)")  # fmt: skip
    verb = verbs.add(
        "matrix", "judging.run_matrix", "run kernels, series and profiles of a file",
        "m2m-rig matrix nightly.yaml --shard 1/4",
    )  # fmt: skip
    verb.add_argument("file", type=Path, metavar="FILE")
    _sharing_options(verb)
    _view_options(verb, guests=True)
    verb = verbs.add(
        "selfcheck", "judging.selfcheck", "plant mistakes, and see that each is found",
        "m2m-rig selfcheck --fault F04 --fault F06",
    )  # fmt: skip
    verb.add_argument("--fault", action="append", default=[], metavar="ID",
                      help="only this mistake; repeatable")  # fmt: skip
    _out_option(verb)
    verb = verbs.add(
        "shrink", "judging.shrink", "make a red case as small as it can be",
        "m2m-rig shrink out/release-fence-v2-001 --case vim2m-outlive-import-s1",
    )  # fmt: skip
    verb.add_argument("directory", type=Path, metavar="DIR")
    verb.add_argument("--case", metavar="ID", help="this one (default: the first red one)")
    verb.add_argument("--reason", metavar="ID",
                      help="what must stay (default: the case's first reason)")  # fmt: skip
    _out_option(verb)
    _view_options(verb)
    verb = verbs.add(
        "judge", "judging.judge", "judge a run directory again", "m2m-rig judge out/none-001"
    )
    verb.add_argument("directory", type=Path, metavar="DIR")


def _add_building(verbs: _Verbs, kernel: Parser) -> None:
    verb = verbs.add(
        "build", "building.build", "build the kernel and the guest image",
        "m2m-rig build --patch fix.patch", kernel,
    )  # fmt: skip
    _dry_run_option(verb)
    _view_options(verb)
    verb = verbs.add(
        "boot", "building.boot", "boot into a shell in the guest",
        "m2m-rig boot --module vim2m", kernel,
    )  # fmt: skip
    verb.add_argument("--module", action="append", default=[], metavar="NAME",
                      help="load this module first; repeatable")  # fmt: skip
    _out_option(verb)
    verb = verbs.add(
        "preflight", "building.preflight", "ask of a series what a submitter is asked",
        "m2m-rig preflight outgoing --run out/x-001", kernel,
    )  # fmt: skip
    verb.add_argument("named", nargs="?", metavar="SERIES", help="the same as --series SERIES")
    verb.add_argument("--quick", action="store_true", help="leave out what has to be compiled")
    verb.add_argument("--run", type=Path, metavar="DIR",
                      help="the run directory whose verdict counts")  # fmt: skip
    _view_options(verb)
    verb = verbs.add(
        "prune", "machine.prune", "shrink the cache, the least recently used first",
        "m2m-rig prune --limit 10",
    )  # fmt: skip
    verb.add_argument("--limit", type=number, default=20, metavar="GIB",
                      help="what may stay (default: 20)")  # fmt: skip


def _add_reading(verbs: _Verbs) -> None:
    verb = verbs.add(
        "report", "reading.report", "write a run directory up for others",
        "m2m-rig report out/none-001 --format cover-letter",
    )  # fmt: skip
    verb.add_argument("directory", type=Path, metavar="DIR")
    verb.add_argument("--format", choices=report.FORMATS, default="html",
                      help="html: one file that needs no network, written into DIR; the others "
                      "go to standard output (default: html)")  # fmt: skip
    verb.add_argument("--output", type=Path, metavar="FILE",
                      help="write here; - is standard output")  # fmt: skip
    verb.add_argument("--base", type=Path, metavar="DIR",
                      help="html: a run without the series; lock orders that it lacks are "
                      "marked as new")  # fmt: skip
    verb.add_argument("--origin", default=report.ORIGIN, metavar="NAME",
                      help="kcidb: the CI system that reports (default: %(default)s)")  # fmt: skip
    verb = verbs.add(
        "diff", "locks.diff", "compare the lock graphs of two runs",
        "m2m-rig diff out/none-001 out/producer-fence-001",
    )  # fmt: skip
    verb.add_argument("before", type=Path, metavar="A")
    verb.add_argument("after", type=Path, metavar="B")
    verb.add_argument("--format", choices=locks.FORMATS, default="text",
                      help="svg needs graphviz (default: %(default)s)")  # fmt: skip
    verb.add_argument("--output", type=Path, metavar="FILE", help="write here")
    verb = verbs.add(
        "union", "locks.union", "look for lock inversions that no single boot shows",
        "m2m-rig union out/producer-fence-001 --confirm",
    )  # fmt: skip
    verb.add_argument("directory", type=Path, metavar="DIR")
    verb.add_argument("--confirm", action="store_true",
                      help="run the scenarios of each suspect in one guest: lockdep "
                      "decides")  # fmt: skip
    _out_option(verb)
    verbs.add(
        "list", "reading.list_names", "list kernels, series, profiles, drivers and workloads",
        "m2m-rig list",
    )  # fmt: skip
    verbs.add(
        "schema", "reading.schema", "print the JSON schema of scenario files, for editors",
        "m2m-rig schema > scenario.schema.json",
    )  # fmt: skip
    verbs.add(
        "doctor", "machine.doctor", "list the tools that are needed, and which are missing",
        "m2m-rig doctor",
    )  # fmt: skip


def _kernel_options() -> Parser:
    kernel = Parser(add_help=False)
    group = kernel.add_argument_group("what is built")
    group.add_argument("--kernel", default=Options.kernel, metavar="NAME|DIR",
                       help="a name in kernels.yaml, or a source tree")  # fmt: skip
    group.add_argument("--series", default=Options.series, metavar="NAME|DIR|MBOX|A..B",
                       help="a bundled series, a directory of patches, an mbox, or commits of the "
                       "tree that --kernel names (default: %(default)s)")  # fmt: skip
    group.add_argument("--upto", type=count, metavar="N",
                       help="only the first N patches of the series")  # fmt: skip
    group.add_argument("--patch", type=Path, action="append", default=[], metavar="FILE",
                       help="one more patch on top; repeatable")  # fmt: skip
    group.add_argument("--fragment", type=Path, action="append", default=[], metavar="FILE",
                       help="one more configuration fragment; repeatable")  # fmt: skip
    group.add_argument("--config", type=Path, metavar="FILE",
                       help="begin with this arm64 .config; what the rig needs wins")  # fmt: skip
    group.add_argument("--profile", default=Options.profile, metavar="NAME",
                       help="set of detectors (default: %(default)s)")  # fmt: skip
    group.add_argument("--strict", action="store_true",
                       help="tell lockdep of everything between publishing a fence and "
                       "signalling it (docs/explain/strict.md)")  # fmt: skip
    return kernel


def _dry_run_option(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--dry-run", action="store_true",
                      help="print every step and command, and do nothing")  # fmt: skip


def _case_options(verb: argparse.ArgumentParser, seeds: int = 1) -> None:
    group = verb.add_argument_group("what runs")
    group.add_argument("--driver", action="append", default=[], metavar="NAME",
                       help="only scenarios of this driver; repeatable")  # fmt: skip
    group.add_argument("--workload", action="append", default=[], metavar="NAME",
                       help="only this workload; repeatable")  # fmt: skip
    group.add_argument("--cumulative", action="store_true",
                       help="what can share a guest of a driver's scenarios runs in one, one "
                       "after the other; the rest alone")  # fmt: skip
    group.add_argument("--scenario", type=Path, action="append", default=[], metavar="FILE",
                       help="this scenario instead of the bundled ones; repeatable")  # fmt: skip
    group.add_argument("--seed", type=number, action="append", default=[], metavar="N",
                       help="the schedule; repeatable")  # fmt: skip
    group.add_argument("--seeds", type=count, metavar="N",
                       help=f"seeds 1 to N (default: {seeds})")  # fmt: skip
    group.add_argument("--fault", metavar="ID",
                       help="plant this mistake, to see what finds it "
                       "(kernel-config/faults/faults.yaml)")  # fmt: skip
    group.add_argument("--claim", choices=("locks", "fences"), action="append", default=[],
                       help="judge this claim instead of what the series claims; "
                       "repeatable")  # fmt: skip
    group = _sharing_options(verb)
    group.add_argument("--fresh", choices=("boot", "snapshot"), default=Options.fresh,
                       help="whether each case boots a guest, or goes on from a snapshot of one "
                       "that has booted: another history, as repeatable "
                       "(default: %(default)s)")  # fmt: skip
    group.add_argument("--fail-fast", action="store_true",
                       help="start no case after the first that is DIRTY")  # fmt: skip
    group.add_argument("--resume", type=Path, metavar="DIR",
                       help="go on in this run directory, with its options: cases whose evidence "
                       "is whole are not repeated")  # fmt: skip


def _sharing_options(verb: argparse.ArgumentParser) -> "argparse._ArgumentGroup":
    group = verb.add_argument_group("how it runs")
    group.add_argument("--shard", type=shard, default=Options.shard, metavar="K/N",
                       help="every Nth case only, from the Kth on; "
                       "all K together are the whole")  # fmt: skip
    group.add_argument("-j", "--jobs", type=jobs, default=None, metavar="N",
                       help="guests at once (default: auto, what CPUs and free memory "
                       "allow)")  # fmt: skip
    _out_option(group)
    return group


def _out_option(verb: "argparse._ActionsContainer") -> None:
    verb.add_argument("--out", type=Path, default=Path("out"), metavar="DIR",
                      help="where run directories are made (default: out)")  # fmt: skip


def _view_options(verb: argparse.ArgumentParser, *, guests: bool = False) -> None:
    group = verb.add_argument_group("what is shown")
    level = group.add_mutually_exclusive_group()
    level.add_argument("-q", "--quiet", action="store_const", const="quiet", dest="level",
                       default="normal", help="only the result")  # fmt: skip
    level.add_argument("-v", "--verbose", action="store_const", const="verbose", dest="level",
                       help="also what each guest is at, and all commands")  # fmt: skip
    if guests:
        group.add_argument("--follow", action="store_true",
                           help="also the kernel log and the output of workloads, as they "
                           "come")  # fmt: skip


class _Version(argparse.Action):
    """Prints the version; asks git only then."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str) -> None:
        super().__init__(option_strings, argparse.SUPPRESS, nargs=0, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        print(f"{parser.prog} {described()}")
        parser.exit()
