# SPDX-License-Identifier: GPL-2.0-only
"""Several runs one after another, each of a kernel of its own, and what came of them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from rig.base.console import printable
from rig.base.errors import InputError
from rig.judge.verdict import EXIT_STATUS, Verdict
from rig.model.claims import claims
from rig.model.options import Options
from rig.report.text import first_reason, print_place, styled
from rig.run.chosen import built_for
from rig.run.prepare import prepare
from rig.run.runner import run_gate
from rig.run.touched import taken
from rig.view.output import Output

# What does not build is no input for a verdict.
NOT_BUILT = InputError.exit_status


@dataclass(frozen=True)
class Item:
    """One run that is to be made.

    Args:
        cells: what tells it from the others, a word for each column of the table.
        title: what it is called while it runs; "": its cells.
    """

    cells: tuple[str, ...]
    options: Options
    title: str = ""


@dataclass(frozen=True)
class Result:
    """What came of one run: its verdict, or the first line of why it could not be built."""

    item: Item
    verdict: Verdict | None = None
    error: str = ""

    @property
    def exit_status(self) -> int:
        """That of this run alone."""
        return self.verdict.exit_status if self.verdict else NOT_BUILT


def run_batch(items: Sequence[Item], output: Output) -> Iterator[Result]:
    """Build and judge each, in order; one that cannot be built does not keep the rest.

    Raises:
        EnvironmentFailure: the machine lacks something, so the others would fail too.
    """
    for number, item in enumerate(items, 1):
        title = escape(printable(item.title or " · ".join(item.cells)))
        _say(f"\n[bold]{number}/{len(items)}[/bold] {title}", output)
        scenarios = taken(item.options)
        try:
            gate = prepare(item.options, output.progress, built_for(item.options, scenarios))
        except InputError as error:
            output.progress.close()
            _say(f"[bold red]not built[/bold red]  {escape(printable(str(error)))}", output)
            yield Result(item, error=error.message.splitlines()[0])
        else:
            verdict = run_gate(gate, item.options, scenarios, output)
            if output.level != "quiet":
                print_place(verdict, output.console, str(gate.directory.path))
            yield Result(item, verdict)


def _say(line: str, output: Output) -> None:
    if output.level != "quiet":
        output.console.print(line, soft_wrap=True)


def exit_status(results: Iterable[Result]) -> int:
    """What the command line ends with: not built is worst, then DIRTY, then INCONCLUSIVE."""
    worst_first = (NOT_BUILT, EXIT_STATUS["DIRTY"], EXIT_STATUS["INCONCLUSIVE"])
    seen = {result.exit_status for result in results}
    return next((status for status in worst_first if status in seen), 0)


def print_results(heads: Sequence[str], results: Iterable[Result], console: Console) -> None:
    """Print one line for each run; `heads` are the names of the cells."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in heads:
        table.add_column(head, overflow="ellipsis", no_wrap=True)
    for claim in claims():
        table.add_column(claim.title)
    table.add_column("first reason", overflow="ellipsis", no_wrap=True)
    for result in results:
        if result.verdict is None:
            cells = [*("not built" for _ in claims()), escape(printable(result.error))]
        else:
            cells = [styled(result.verdict.claims[claim]) for claim in claims()]
            cells.append(escape(first_reason(result.verdict)))
        table.add_row(*(escape(printable(cell)) for cell in result.item.cells), *cells)
    console.print()
    console.print(table)
