# SPDX-License-Identifier: GPL-2.0-only
"""What a driver on imitated hardware begins with: its block, its node, its file, and scenarios.

All that the driver's source says is filled in.  The block starts no job yet: the driver finds its
hardware and probes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Final

from rig.base.errors import InputError
from rig.kernel.driverfacts import DriverFacts

# Registers that the source does not tell of.
_PAGE: Final = 0x1000
# Windows and interrupts that a block may have (images/silicon/silicon.h).
_EACH: Final = 4
# So many names of registers are listed; nobody has more in a block.
_LISTED: Final = 40

_BLOCK: Final = Template("""\
// SPDX-License-Identifier: GPL-2.0-only
/*
 * $title.
 *
 * To be written: what a job is, and what it does to data, so precisely that
 * somebody else can compute the same bytes.
 *
 * docs/guide/hardware.md has the questions to be answered first.
 */
#include <linux/bits.h>

#include "silicon.h"

$registers
struct ${name}_task {
	u32 from;
	u32 to;
};

/* To be written: what the driver reads when it probes. */
static void ${name}_reset(struct silicon_block *block)
{
}

/* To be written: is the start bit set? Take it back, and say yes. */
static bool ${name}_start(struct silicon_block *block)
{
	return false;
}

/* To be written: has the driver told the running job to stop? Atomic context. */
static bool ${name}_stopped(struct silicon_block *block)
{
	return false;
}

/* To be written: copy all that the job needs out of the registers. */
static int ${name}_accept(struct silicon_block *block, struct silicon_job *job)
{
	return -EINVAL;
}

/* To be written: read the sources, write the destinations. */
static void ${name}_work(struct silicon_block *block, struct silicon_job *job)
{
}

/* To be written: the status, an error if job->error. */
static void ${name}_complete(struct silicon_block *block, struct silicon_job *job)
{
}

const struct silicon_ops silicon_$name = {
	.name = "$name",
	.compatible = "$compatible",
	.job_size = sizeof(struct ${name}_task),
	.reset = ${name}_reset,
	.start = ${name}_start,
	.stopped = ${name}_stopped,
	.accept = ${name}_accept,
	.work = ${name}_work,
	.complete = ${name}_complete,
};
""")

_DRIVER: Final = Template("""\
# SPDX-License-Identifier: GPL-2.0-only
${notes}\
name: $name
${kernel_names}\
title: "$title"
modules: [$module]
sources: [$sources]
wide: true
config: {$symbol: m}
blocks: [$name]
job-time: latency
hardware: {latency: "$name:40000"}
programs: {device: $device}
# More of them, in rig/scenarios/templates, when jobs are done.
standard:
  it: the $name
  format: RGB565
  scenarios: [present]
""")


@dataclass(frozen=True, slots=True)
class Skeleton:
    """The files of a driver, by their paths from the top of the rig."""

    files: dict[Path, str]

    def write(self, top: Path) -> None:
        """Write all of them, or none.

        Raises:
            InputError: one is there already.
        """
        for name in self.files:
            if (top / name).exists():
                raise InputError(f"{top / name} is there already", hint="choose another name")
        for name, text in self.files.items():
            (top / name).parent.mkdir(parents=True, exist_ok=True)
            (top / name).write_text(text)


def skeleton(name: str, facts: DriverFacts) -> Skeleton:
    """What the driver that is to be called `name` begins with."""
    silicon, drivers = Path("images/silicon"), Path("kernel-config/drivers")
    return Skeleton(
        {
            silicon / f"{name}_block.c": _block(name, facts),
            silicon / f"{name}.dtsi": _node(name, facts),
            drivers / f"{name}.yaml": _driver(name, facts),
        }
    )


def _block(name: str, facts: DriverFacts) -> str:
    found = sorted(facts.registers.items(), key=lambda item: item[1])[:_LISTED]
    registers = "".join(f"#define {register}\t0x{offset:02x}\n" for register, offset in found)
    if not registers:
        registers = "/* No names of registers were found in the driver's files. */\n"
    return _BLOCK.substitute(
        name=name, title=facts.title, compatible=facts.compatible, registers=registers
    )


def _node(name: str, facts: DriverFacts) -> str:
    return "// SPDX-License-Identifier: GPL-2.0-only\n" + "".join(
        f"{line}\n" for line in _node_lines(name, facts)
    )


def _node_lines(name: str, facts: DriverFacts) -> Iterator[str]:
    yield f"\t{name}@$unit {{"
    yield f'\t\tcompatible = "{facts.compatible}";'
    size = max((*facts.registers.values(), 0)) // _PAGE * _PAGE + _PAGE
    # Which register is in which of them the source does not say.
    windows = facts.windows[:_EACH]
    yield f"\t\treg = {_cells('0x0 $registers{} 0x0 ' + f'{size:#x}', len(windows))};"
    if not any(window.isdecimal() for window in windows):
        yield f"\t\treg-names = {_strings(windows)};"
    yield f"\t\tinterrupts = {_cells('0 $interrupt{} 1', min(facts.interrupts, _EACH))};"
    if facts.interrupt_names:
        yield f"\t\tinterrupt-names = {_strings(facts.interrupt_names[:_EACH])};"
    # The module's own goes to the last one: say which one the driver has on while jobs run.
    fixed = ["<&silicon_clock>"] * (len(facts.clocks) - 1)
    yield f"\t\tclocks = {', '.join([*fixed, '<&silicon $number>'])};"
    if any(facts.clocks):
        yield f"\t\tclock-names = {_strings(facts.clocks)};"
    yield "\t\tpower-domains = <&silicon $number>;"
    yield "\t\tresets = <&silicon $reset>;"
    if any(facts.resets):
        yield f"\t\treset-names = {_strings(facts.resets[:1])};"
    yield "\t\tdma-coherent;"
    yield "\t};"
    if facts.alias:
        yield "\taliases {"
        yield f'\t\t{facts.alias}0 = "/{name}@$unit";'
        yield "\t};"


def _driver(name: str, facts: DriverFacts) -> str:
    names = [each for each in (facts.kernel_name,) if each and each != name]
    return _DRIVER.substitute(
        name=name,
        title=facts.title,
        notes="".join(f"# {note}\n" for note in _notes(facts)),
        kernel_names=f"kernel-names: [{', '.join(names)}]\n" if names else "",
        module=facts.module,
        sources=", ".join(_sources(facts)),
        symbol=facts.symbol,
        device=facts.kernel_name or name,
    )


def _sources(facts: DriverFacts) -> Iterator[str]:
    """A folder of its own is all of it; of one that drivers share the files."""
    if len(facts.files) > 1 or Path(facts.files[0]).stem.replace("-", "_") == facts.module:
        folder = Path(facts.folder).name
        if folder.replace("-", "_") in facts.module or len(facts.files) > 1:
            yield f"{facts.folder}/**"
            return
    yield from (f"{facts.folder}/{name}" for name in facts.files)


def _notes(facts: DriverFacts) -> Iterator[str]:
    yield from facts.notes
    if len(facts.windows) > _EACH:
        yield f"it has {len(facts.windows)} windows of registers; a block here has {_EACH}"
    if facts.interrupts > _EACH:
        yield f"it has {facts.interrupts} interrupts; a block here has {_EACH}"


def _cells(cell: str, count: int) -> str:
    """So many of them, one for each {}, of which the first has no number."""
    return ", ".join(f"<{cell.format(n or '')}>" for n in range(count))


def _strings(words: tuple[str, ...]) -> str:
    return ", ".join(f'"{word}"' for word in words)
