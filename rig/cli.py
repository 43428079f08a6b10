# SPDX-License-Identifier: GPL-2.0-only
"""The command line: verbs and their options; what they do is elsewhere."""

import argparse
import errno
import shlex
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console

from rig import faults, matrix, prefixes
from rig.arguments import Parser, count, jobs, number, shard
from rig.batch import Item, exit_status, print_results, run_batch
from rig.cache import Cache
from rig.dryrun import dry_run
from rig.errors import EnvironmentFailure, InputError, RigError
from rig.evidence.record import RunDir, RunRecord, load
from rig.gate import Gate
from rig.inventory import inventory
from rig.kernel.build import build
from rig.kernel.progress import progress_for
from rig.locks.verbs import FORMATS as LOCK_FORMATS
from rig.locks.verbs import judge_union, write_diff
from rig.paths import FAULTS
from rig.report.files import write_reports
from rig.report.formats import DEFAULT_ORIGIN, FORMATS, report_text, write_text
from rig.report.html import HTML_NAME
from rig.report.planted import finding_line, print_matrix
from rig.report.soak import print_soak
from rig.report.text import print_verdict, report_console
from rig.run import run_gate
from rig.scenario import Selection, schema_text
from rig.selfcheck import selfcheck
from rig.session import Options, guest_image, kernel_request, prepare
from rig.shell import boot_shell
from rig.verdict import judge_run

# What a full disk is called; the cache knows more about its own.
FULL = (errno.ENOSPC, errno.EDQUOT)

# So many different schedules, and so many runs on real cores, are a soak.
SOAK_SEEDS = 20
SOAK_REAL_SEEDS = 5

EXIT_STATUS = """exit status:
  0 CLEAN   1 DIRTY   2 INCONCLUSIVE
  3 the machine lacks something   4 the input cannot be used
  70 m2m-rig itself crashed   130 interrupted"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; the exit status."""
    try:
        arguments = _parser().parse_args(argv)
        status: int = arguments.verb(arguments)
        return status
    except RigError as error:
        print(f"m2m-rig: {error}", file=sys.stderr)
        return error.exit_status
    except KeyboardInterrupt:
        print("m2m-rig: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of our output went away; there is nobody to tell.
        sys.stderr.close()
        return 141
    except OSError as error:
        if error.errno not in FULL:
            return _crashed()
        where = f"{error.filename}: " if error.filename else ""
        print(f"m2m-rig: {where}{error.strerror}", file=sys.stderr)
        print("  free some room, or choose another disk with --out", file=sys.stderr)
        return EnvironmentFailure.exit_status
    except Exception:
        return _crashed()


def _crashed() -> int:
    """Tell of the exception that is being handled; the exit status."""
    traceback.print_exc()
    print("m2m-rig: this is a defect of m2m-rig; nothing was judged", file=sys.stderr)
    # Python's own status for this would be 1, and that means DIRTY.
    return 70


def parse_options(argv: Sequence[str]) -> Options:
    """What a command line of `run` or `soak` chooses.

    Raises:
        InputError: it cannot be understood, or resumes what cannot be resumed.
    """
    return _options(_resumed(_parser().parse_args(argv)))


def _run(arguments: argparse.Namespace) -> int:
    options = _options(_resumed(arguments))
    options.scenarios()
    if arguments.dry_run:
        return _dry_run(options, cases=True)
    console = report_console()
    if getattr(arguments, "each_patch", False):
        return _batch(prefixes.HEADS, prefixes.prefixes(options), console)
    gate = prepare(options, progress_for())
    verdict = run_gate(gate, options, console)
    show = print_soak if options.soak else print_verdict
    show(verdict, console, str(gate.directory.path))
    return verdict.exit_status


def _matrix(arguments: argparse.Namespace) -> int:
    items = matrix.load(arguments.file, arguments.out, arguments.shard, arguments.jobs)
    return _batch(matrix.HEADS, items, report_console())


def _batch(heads: Sequence[str], items: Sequence[Item], console: Console) -> int:
    results = list(run_batch(items, console))
    print_results(heads, results, console)
    return exit_status(results)


def _resumed(arguments: argparse.Namespace) -> argparse.Namespace:
    """With `--resume`, the options that the run directory was made with."""
    if arguments.resume is None:
        return arguments
    record = load(RunDir(arguments.resume).run, RunRecord)
    stored = _parser().parse_args(shlex.split(record.reproduce)[1:])
    bare = _parser().parse_args(shlex.split(record.reproduce)[1:2])
    for name in ("resume", "jobs", "fail_fast"):
        setattr(stored, name, getattr(arguments, name))
        setattr(bare, name, getattr(arguments, name))
    if vars(arguments) != vars(bare):
        raise InputError(
            f"--resume goes on with what {arguments.resume} was made for; "
            "anything else is another run",
            hint=f"it was made by: {record.reproduce}",
        )
    return stored


def _dry_run(options: Options, *, cases: bool) -> int:
    # Whole, or not at all: half of it before an error would be believed.
    print("\n".join(list(dry_run(options, cases=cases))))
    return 0


def _build(arguments: argparse.Namespace) -> int:
    if arguments.dry_run:
        return _dry_run(_options(arguments), cases=False)
    console = report_console()
    cache = Cache.default()
    progress = progress_for()
    kernel = build(kernel_request(_options(arguments)), progress, cache=cache)
    image = guest_image(kernel, cache, progress)
    progress.close()
    console.print(f"kernel {kernel.release}: {kernel.image}", soft_wrap=True)
    console.print(f"image: {image.initramfs}", soft_wrap=True)
    return 0


def _boot(arguments: argparse.Namespace) -> int:
    gate = prepare(_options(arguments), progress_for())
    return boot_shell(gate, tuple(arguments.module))


def _selfcheck(arguments: argparse.Namespace) -> int:
    console = report_console()
    catalogue = faults.load(FAULTS)
    chosen = catalogue.find(arguments.fault) if arguments.fault else catalogue.faults
    findings = []
    for finding in selfcheck(catalogue, chosen, arguments.out, progress_for()):
        console.print(finding_line(finding), soft_wrap=True)
        findings.append(finding)
    print_matrix(findings, console)
    return 0 if all(finding.as_it_must for finding in findings) else 1


def _judge(arguments: argparse.Namespace) -> int:
    directory = RunDir(arguments.directory)
    verdict = judge_run(directory)
    write_reports(verdict, directory)
    print_verdict(verdict, report_console(), str(directory.path))
    return verdict.exit_status


def _diff(arguments: argparse.Namespace) -> int:
    written = write_diff(arguments.before, arguments.after, arguments.format)
    if arguments.output is None:
        sys.stdout.buffer.write(written)
    else:
        arguments.output.write_bytes(written)
    return 0


def _union(arguments: argparse.Namespace) -> int:
    record = load(RunDir(arguments.directory).run, RunRecord)
    stored = _parser().parse_args(shlex.split(record.reproduce)[1:])
    stored.out = arguments.out

    def gate() -> Gate:
        return prepare(_options(stored), progress_for())

    return judge_union(arguments.directory, print, gate if arguments.confirm else None)


def _report(arguments: argparse.Namespace) -> int:
    directory = RunDir(arguments.directory)
    base = RunDir(arguments.base) if arguments.base else None
    text = report_text(arguments.format, directory, base=base, origin=arguments.origin)
    target: Path | None = arguments.output
    if target is None and arguments.format == "html":
        target = directory.path / HTML_NAME
    if target is None or str(target) == "-":
        sys.stdout.write(text)
        return 0
    write_text(text, target)
    print(target)
    return 0


def _preflight(arguments: argparse.Namespace) -> int:
    from rig.preflight.report import preflight

    return preflight(kernel_request(_options(arguments)), arguments.quick, arguments.run)


def _doctor(arguments: argparse.Namespace) -> int:
    from rig.doctor import doctor

    return doctor()


def _list(arguments: argparse.Namespace) -> int:
    for at, (heading, entries) in enumerate(inventory()):
        print(f"{chr(10) * (at > 0)}{heading}")
        width = max(len(name) for name, _ in entries)
        for name, what in entries:
            print(f"  {name:<{width}}  {what}".rstrip())
    return 0


def _schema(arguments: argparse.Namespace) -> int:
    print(schema_text(), end="")
    return 0


def _prune(arguments: argparse.Namespace) -> int:
    removed = Cache.default().prune(arguments.limit << 30)
    freed = sum(entry.size for entry in removed)
    print(f"removed {len(removed)} entries, {freed / (1 << 20):.0f} MiB")
    return 0


def _options(arguments: argparse.Namespace) -> Options:
    return Options(
        kernel=arguments.kernel,
        series=arguments.series,
        upto=arguments.upto,
        patches=tuple(arguments.patch),
        fault=getattr(arguments, "fault", None),
        fragments=tuple(arguments.fragment),
        config=arguments.config,
        profile=arguments.profile,
        claims=tuple(getattr(arguments, "claim", ())),
        clock=getattr(arguments, "clock", "virtual"),
        seeds=_seeds(arguments),
        real_seeds=tuple(range(1, getattr(arguments, "real_seeds", 0) + 1)),
        soak=hasattr(arguments, "real_seeds"),
        fresh=getattr(arguments, "fresh", Options.fresh),
        shard=getattr(arguments, "shard", Options.shard),
        jobs=getattr(arguments, "jobs", None),
        fail_fast=getattr(arguments, "fail_fast", False),
        selection=Selection(
            drivers=tuple(getattr(arguments, "driver", ())),
            workloads=tuple(getattr(arguments, "workload", ())),
            paths=tuple(getattr(arguments, "scenario", ())),
        ),
        out=getattr(arguments, "out", Path("out")),
        resume=getattr(arguments, "resume", None),
    )


def _seeds(arguments: argparse.Namespace) -> tuple[int, ...]:
    """The seeds that are named, in order and once each, or the first so many."""
    named = dict.fromkeys(getattr(arguments, "seed", ()))
    count: int | None = getattr(arguments, "seeds", None)
    if named and count is not None:
        raise InputError("--seed and --seeds exclude each other")
    usual = SOAK_SEEDS if hasattr(arguments, "real_seeds") else 1
    return tuple(named) or tuple(range(1, (count or usual) + 1))


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="m2m-rig",
        description="A virtual test rig for V4L2 mem2mem drivers.",
        epilog=EXIT_STATUS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(metavar="VERB", required=True, parser_class=Parser)
    kernel = _kernel_options()

    verb = _verb(verbs, "run", _run, "build, boot, run the workloads, judge", [kernel],
                 "m2m-rig run --series none --driver vim2m --seed 7")  # fmt: skip
    _dry_run_option(verb)
    _case_options(verb)
    verb.add_argument("--each-patch", action="store_true",
                      help="judge the kernel after each patch of the series")  # fmt: skip
    verb.add_argument("--clock", choices=("virtual", "real"), default="virtual",
                      help="virtual: the same seed gives the same log, to the byte")  # fmt: skip
    verb = _verb(verbs, "soak", _run, "run everything under many seeds, and on the real clock",
                 [kernel], "m2m-rig soak --series producer-fence --shard 1/4")  # fmt: skip
    _dry_run_option(verb)
    _case_options(verb, seeds=SOAK_SEEDS)
    verb.add_argument("--real-seeds", type=number, default=SOAK_REAL_SEEDS, metavar="N",
                      help="besides, so many runs on the real clock "
                      "(default: %(default)s)")  # fmt: skip
    verb = _verb(verbs, "matrix", _matrix, "run kernels, series and profiles of a file", [],
                 "m2m-rig matrix nightly.yaml --shard 1/4")  # fmt: skip
    verb.add_argument("file", type=Path, metavar="FILE")
    _sharing_options(verb)
    verb = _verb(verbs, "build", _build, "build the kernel and the guest image", [kernel],
                 "m2m-rig build --patch fix.patch")  # fmt: skip
    _dry_run_option(verb)
    verb = _verb(verbs, "boot", _boot, "boot into a shell in the guest", [kernel],
                 "m2m-rig boot --module vim2m")  # fmt: skip
    verb.add_argument("--module", action="append", default=[], metavar="NAME",
                      help="load this module first; repeatable")  # fmt: skip
    verb.add_argument("--out", type=Path, default=Path("out"), metavar="DIR",
                      help="where run directories are made")  # fmt: skip
    verb = _verb(verbs, "selfcheck", _selfcheck, "plant mistakes, and see that each is found", [],
                 "m2m-rig selfcheck --fault F04 --fault F06")  # fmt: skip
    verb.add_argument("--fault", action="append", default=[], metavar="ID",
                      help="only this mistake; repeatable")  # fmt: skip
    verb.add_argument("--out", type=Path, default=Path("out"), metavar="DIR",
                      help="where run directories are made (default: out)")  # fmt: skip
    verb = _verb(verbs, "judge", _judge, "judge a run directory again", [],
                 "m2m-rig judge out/none-001")  # fmt: skip
    verb.add_argument("directory", type=Path, metavar="DIR")
    verb = _verb(verbs, "diff", _diff, "compare the lock graphs of two runs", [],
                 "m2m-rig diff out/none-001 out/producer-fence-001")  # fmt: skip
    verb.add_argument("before", type=Path, metavar="A")
    verb.add_argument("after", type=Path, metavar="B")
    verb.add_argument("--format", choices=LOCK_FORMATS, default="text",
                      help="svg needs graphviz (default: %(default)s)")  # fmt: skip
    verb.add_argument("--output", type=Path, metavar="FILE", help="write here")
    verb = _verb(verbs, "union", _union, "look for lock inversions that no single boot shows", [],
                 "m2m-rig union out/producer-fence-001 --confirm")  # fmt: skip
    verb.add_argument("directory", type=Path, metavar="DIR")
    verb.add_argument(
        "--confirm",
        action="store_true",
        help="run the scenarios of each suspect in one guest: lockdep decides",
    )
    verb.add_argument("--out", type=Path, default=Path("out"), metavar="DIR",
                      help="where run directories are made (default: out)")  # fmt: skip
    verb = _verb(verbs, "report", _report, "write a run directory up for others", [],
                 "m2m-rig report out/none-001 --format cover-letter")  # fmt: skip
    verb.add_argument("directory", type=Path, metavar="DIR")
    verb.add_argument("--format", choices=FORMATS, default="html",
                      help="html: one file that needs no network, written into DIR; the others "
                      "go to standard output (default: html)")  # fmt: skip
    verb.add_argument(
        "--output", type=Path, metavar="FILE", help="write here; - is standard output"
    )
    verb.add_argument("--base", type=Path, metavar="DIR",
                      help="html: a run without the series; lock orders that it lacks are "
                      "marked as new")  # fmt: skip
    verb.add_argument("--origin", default=DEFAULT_ORIGIN, metavar="NAME",
                      help="kcidb: the CI system that reports (default: %(default)s)")  # fmt: skip
    verb = _verb(verbs, "preflight", _preflight, "ask of a series what a submitter is asked",
                 [kernel], "m2m-rig preflight --series outgoing --run out/x-001")  # fmt: skip
    verb.add_argument("--quick", action="store_true", help="leave out what has to be compiled")
    verb.add_argument("--run", type=Path, metavar="DIR",
                      help="the run directory whose verdict counts")  # fmt: skip
    _verb(verbs, "list", _list, "list kernels, series, profiles, drivers and workloads", [],
          "m2m-rig list")  # fmt: skip
    _verb(verbs, "schema", _schema, "print the JSON schema of scenario files, for editors", [],
          "m2m-rig schema > scenario.schema.json")  # fmt: skip
    _verb(verbs, "doctor", _doctor, "list the tools that are needed, and which are missing", [],
          "m2m-rig doctor")  # fmt: skip
    verb = _verb(verbs, "prune", _prune, "shrink the cache, the least recently used first", [],
                 "m2m-rig prune --limit 10")  # fmt: skip
    verb.add_argument("--limit", type=number, default=20, metavar="GIB",
                      help="what may stay (default: 20)")  # fmt: skip
    return parser


def _verb(
    verbs: "argparse._SubParsersAction[Parser]",
    name: str,
    action: Callable[[argparse.Namespace], int],
    what: str,
    parents: "list[Parser]",
    example: str,
) -> argparse.ArgumentParser:
    verb = verbs.add_parser(
        name,
        help=what,
        description=what[0].upper() + what[1:] + ".",
        epilog=f"example:\n  {example}\n\n{EXIT_STATUS}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=parents,
    )
    verb.set_defaults(verb=action)
    return verb


def _kernel_options() -> "Parser":
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
                       help="start no case after the first that is not CLEAN")  # fmt: skip
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
    group.add_argument("--out", type=Path, default=Path("out"), metavar="DIR",
                       help="where run directories are made (default: out)")  # fmt: skip
    return group
