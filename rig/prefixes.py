# SPDX-License-Identifier: GPL-2.0-only
"""A series patch by patch: the kernel after each of its patches, judged.

A series is merged as a whole and bisected one patch at a time: each prefix has to build, and none
may have what only a later patch repairs.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from rig.errors import InputError
from rig.kernel.progress import progress_for
from rig.report.text import TITLES, first_reason, styled
from rig.run import run_gate
from rig.session import Options, kernel_request, prepare
from rig.verdict import CLAIMS, EXIT_STATUS, Verdict

# A series that does not build is no input for a verdict.
NOT_BUILT = InputError.exit_status


@dataclass(frozen=True)
class Step:
    """The series up to one patch: its verdict, or why there is none.

    Args:
        number: of the patch, from 1.
        subject: of the patch.
        error: the first line of what kept it from being built.
    """

    number: int
    subject: str
    verdict: Verdict | None = None
    error: str = ""

    @property
    def exit_status(self) -> int:
        """That of a run of this prefix alone."""
        return self.verdict.exit_status if self.verdict else NOT_BUILT


def judge_prefixes(options: Options, console: Console) -> Iterator[Step]:
    """Build and judge the series after each of its patches, in order.

    Raises:
        InputError: the series has no patches, or the options mean no scenario.
        EnvironmentFailure: the machine lacks something.
    """
    patches = kernel_request(options).series.patches
    if not patches:
        raise InputError(f"series {options.series} has no patches", hint="choose another --series")
    for number, patch in enumerate(patches, 1):
        console.print(f"\n[bold]{number}/{len(patches)}[/bold] {escape(patch.subject)}")
        step = Step(number, patch.subject)
        prefix = replace(options, upto=number)
        try:
            gate = prepare(prefix, progress_for())
        except InputError as error:
            console.print(f"[bold red]not built[/bold red]  {escape(str(error))}", soft_wrap=True)
            yield replace(step, error=error.message.splitlines()[0])
            continue
        yield replace(step, verdict=run_gate(gate, prefix, console))


def exit_status(steps: list[Step]) -> int:
    """What the command line ends with: not built is worst, then DIRTY, then INCONCLUSIVE."""
    worst_first = (NOT_BUILT, EXIT_STATUS["DIRTY"], EXIT_STATUS["INCONCLUSIVE"])
    seen = {step.exit_status for step in steps}
    return next((status for status in worst_first if status in seen), 0)


def print_steps(steps: list[Step], console: Console) -> None:
    """Print one line for each patch."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("patch", justify="right")
    table.add_column("subject", overflow="ellipsis", no_wrap=True)
    for claim in CLAIMS:
        table.add_column(TITLES[claim])
    table.add_column("first reason", overflow="ellipsis", no_wrap=True)
    for step in steps:
        if step.verdict is None:
            cells = ["not built", "not built", escape(step.error)]
        else:
            cells = [styled(step.verdict.claims[claim]) for claim in CLAIMS]
            cells.append(escape(first_reason(step.verdict)))
        table.add_row(str(step.number), escape(step.subject), *cells)
    console.print()
    console.print(table)
