# SPDX-License-Identifier: GPL-2.0-only
"""What may be typed: verbs and their options, and where each verb is at home."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from rig import locks, report
from rig.base.version import described
from rig.commands.arguments import Parser, add_options, typed
from rig.model.option import number

_ALWAYS = """
  3 the machine lacks something   4 the input cannot be used
  70 m2m-rig itself crashed   130 interrupted"""

# What 0, 1 and 2 mean, for verbs that do not end with a verdict on a kernel.
_VERDICT = "0 CLEAN   1 DIRTY   2 INCONCLUSIVE"
_DONE = "0 done"
_STATUS = {
    **dict.fromkeys(("run", "soak", "matrix", "judge", "merge"), _VERDICT),
    "boot": "that of the shell or the command in the guest, or",
    "compare": "0 not worse   1 worse",
    "preflight": "0 all yes   1 a no   2 something was not run",
    "selfcheck": "0 each was found   1 one was not",
    "shrink": "0 done   2 not seen again",
    "union": "0 no suspect is left   1 one is confirmed   2 one is open",
}


def exit_status(verb: str) -> str:
    """What the statuses of a verb mean, for its help."""
    return f"exit status:\n  {_STATUS.get(verb, _DONE)}{_ALWAYS}"


def parser() -> Parser:
    """The parser of the whole command line; `home` of what it returns names module and function."""
    top = Parser(
        prog="m2m-rig",
        description="A virtual test rig for V4L2 mem2mem drivers.",
        epilog=exit_status("run").replace("exit status", "exit status of a verdict"),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action=_Version, help="print the version and end")
    verbs = _Verbs(top)
    _add_judging(verbs)
    _add_building(verbs)
    _add_reading(verbs)
    return top


class _Verbs:
    """Adds verbs to the command line."""

    def __init__(self, top: Parser) -> None:
        self._verbs = top.add_subparsers(metavar="VERB", required=True, parser_class=Parser)

    def add(self, name: str, home: str, what: str, example: str) -> Parser:
        """A verb, with what the table of options has for it.

        Args:
            home: module below `rig.commands` and function.
            what: one line for the list of verbs, in lower case.
            example: a command line.
        """
        verb = self._verbs.add_parser(
            name,
            help=what,
            description=what[0].upper() + what[1:] + ".",
            epilog=f"example:\n  {example}\n\n{exit_status(name)}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        verb.set_defaults(verb=name, home=home)
        add_options(verb, name)
        return verb


def _add_judging(verbs: _Verbs) -> None:
    verb = verbs.add(
        "run", "judging.run", "build, boot, run scenarios, judge",
        "m2m-rig run vim2m-export 'rga-fault-*' --series none --seed 7",
    )  # fmt: skip
    _view_options(verb, guests=True)
    verb = verbs.add(
        "soak", "judging.run", "run everything under many seeds, and on the real clock",
        "m2m-rig soak --series producer-fence --shard 1/4",
    )  # fmt: skip
    _view_options(verb, guests=True)
    verb = verbs.add(
        "matrix", "judging.run_matrix", "run kernels, series and profiles of a file",
        "m2m-rig matrix nightly.yaml --shard 1/4",
    )  # fmt: skip
    verb.add_argument("file", type=Path, metavar="FILE")
    _view_options(verb, guests=True)
    verb = verbs.add(
        "selfcheck", "judging.selfcheck", "plant mistakes, and see that each is found",
        "m2m-rig selfcheck --fault F04 --fault F06",
    )  # fmt: skip
    verb.add_argument("--fault", action="append", default=[], metavar="ID",
                      help="only this mistake; repeatable")  # fmt: skip
    verb.add_argument("--history", nargs="*", metavar="ID",
                      help="put real bugs of the past back instead: these, or all")  # fmt: skip
    verb.add_argument("--gates", action="store_true",
                      help="judge each of them by whole gates, and not first by the scenario "
                      "that is on record to show it")  # fmt: skip
    _view_options(verb, guests=True)
    verb = verbs.add(
        "shrink", "judging.shrink", "make a red case as small as it can be",
        "m2m-rig shrink out/release-fence-v2-001 --case vim2m-outlive-import-s1",
    )  # fmt: skip
    verb.add_argument("directory", type=Path, metavar="DIR")
    verb.add_argument("--case", metavar="PATTERN",
                      help="the first red one of these, by id or scenario "
                      "(default: of all)")  # fmt: skip
    verb.add_argument("--reason", metavar="ID",
                      help="what must stay (default: the case's first reason)")  # fmt: skip
    _view_options(verb)
    verb = verbs.add(
        "judge", "judging.judge", "judge a run directory again", "m2m-rig judge out/none-001"
    )
    verb.add_argument("directory", type=Path, metavar="DIR")
    verb = verbs.add(
        "merge", "judging.merge", "make one run of the shards of a run, and judge it",
        "m2m-rig merge shard-1/* shard-2/*",
    )  # fmt: skip
    verb.add_argument("directories", type=Path, nargs="+", metavar="DIR",
                      help="run directories of one kernel and series")  # fmt: skip


def _add_building(verbs: _Verbs) -> None:
    verb = verbs.add(
        "build", "building.build", "build the kernel and the guest image",
        "m2m-rig build --patch fix.patch",
    )  # fmt: skip
    _view_options(verb)
    verb = verbs.add(
        "boot", "building.boot", "boot into a shell in the guest, or run one command there",
        "m2m-rig boot --module vim2m -- ls -l /dev/video0",
    )  # fmt: skip
    verb.add_argument("words", nargs="*", metavar="CMD",
                      help="run this, and end with its status; one word is a line for the shell "
                      "(default: a shell to type in, or what comes from a pipe)")  # fmt: skip
    verb.add_argument("--module", action="append", default=[], metavar="NAME",
                      help="load this module first; repeatable")  # fmt: skip
    verb = verbs.add(
        "preflight", "building.preflight", "ask of a series what a submitter is asked",
        "m2m-rig preflight outgoing --run out/x-001",
    )  # fmt: skip
    verb.add_argument("named", nargs="?", metavar="SERIES", help="the same as --series SERIES")
    verb.add_argument("--quick", action="store_true", help="leave out what has to be compiled")
    verb.add_argument("--run", type=Path, metavar="DIR",
                      help="the run directory whose verdict counts")  # fmt: skip
    verb.add_argument("--output", type=Path, metavar="FILE",
                      help="write all findings here, as JSON")  # fmt: skip
    _view_options(verb)
    verb = verbs.add(
        "new", "new.new", "write what a driver on imitated hardware begins with",
        "m2m-rig new driver scaler --compatible example,scaler",
    )  # fmt: skip
    verb.add_argument("what", choices=("driver",))
    verb.add_argument("name", metavar="NAME", help="of the driver's file and of its block")
    verb.add_argument("--compatible", required=True, metavar="WORD",
                      help="of the device tree node that the driver binds to")  # fmt: skip
    verb.add_argument("--kernel", metavar="NAME|DIR",
                      help="whose source is read: a name in kernels.yaml, or a tree")  # fmt: skip
    verb.add_argument("--into", type=Path, metavar="DIR",
                      help="write below this directory (default: the rig's own files)")  # fmt: skip
    verb = verbs.add(
        "prune", "machine.prune", "shrink the cache, the least recently used first",
        "m2m-rig prune --limit 10",
    )  # fmt: skip
    verb.add_argument("--limit", type=typed(number), default=20, metavar="GIB",
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
        "compare", "memory.compare", "say what of a run is not as in an earlier one",
        "m2m-rig compare gate.json out/producer-fence-002",
    )  # fmt: skip
    for name in ("old", "new"):
        verb.add_argument(name, type=Path, metavar=name.upper(),
                          help="a run directory, or a baseline that m2m-rig report --format "
                          "baseline wrote")  # fmt: skip
    verb.add_argument("--format", choices=("text", "json", "html"), default="text",
                      help="html: one file that needs no network "
                      "(default: %(default)s)")  # fmt: skip
    verb.add_argument("--output", type=Path, metavar="FILE",
                      help="write here; - is standard output")  # fmt: skip
    verb = verbs.add(
        "trend", "memory.trend", "draw many runs: what changed, when, and what is flaky",
        "m2m-rig trend out/* --output trend.html",
    )  # fmt: skip
    verb.add_argument("runs", type=Path, nargs="+", metavar="RUN",
                      help="run directories and baselines")  # fmt: skip
    verb.add_argument("--output", type=Path, required=True, metavar="FILE",
                      help="write the page here; - is standard output")  # fmt: skip
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
    verb = verbs.add(
        "list", "reading.list_names", "list kernels, series, profiles, mistakes and scenarios",
        "m2m-rig list 'hantro-*'",
    )  # fmt: skip
    verb.add_argument("names", nargs="*", metavar="PATTERN",
                      help="only scenarios, and of these only such")  # fmt: skip
    verbs.add(
        "schema", "reading.schema", "print the JSON schema of scenario files, for editors",
        "m2m-rig schema > scenario.schema.json",
    )  # fmt: skip
    verbs.add(
        "doctor", "machine.doctor", "list the tools that are needed, and which are missing",
        "m2m-rig doctor",
    )  # fmt: skip


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
