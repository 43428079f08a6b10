# SPDX-License-Identifier: GPL-2.0-only
"""The plan of one case, as the guest reads it (docs/reference/protocol.md)."""

import re
from collections.abc import Iterable, Sequence
from urllib.parse import quote

from rig.base.errors import InputError
from rig.model.guest import PLAN_BYTES, Clock
from rig.model.scenario import TRACE_KIB, Program, Scenario

# Long enough for turns to be counted, short enough to cost no host time worth naming.
TURN_METER_US = 2000
TURN_METER_PERIODS = 8

# A workload may spend a sixth of its time on a CPU, which is six times as much as any does.  On
# the virtual clock waiting costs the host nothing, and computing a second or two for each.
CPU_SHARE = 6


def encode(word: str) -> str:
    """One word of the plan: blanks, percent signs and control characters are percent-encoded."""
    return quote(word, safe="!\"#$&'()*+,/:;<=>?@[\\]^`{|}~")


def plan_text(
    scenario: Scenario,
    seed: int,
    modules: Iterable[tuple[str, tuple[str, ...]]],
    periods: Sequence[int] = (),
    clock: Clock = "virtual",
) -> str:
    """The plan of `scenario` under `seed`.

    Args:
        periods: microseconds at which turns are cut; the guest counts them, if it can.
        modules: file name and parameters of every module, in loading order.
    """
    lines = ["m2m-rig-plan 1", _line("case", scenario.name), f"seed {seed}"]
    lines += [_line("sysctl", name, value) for name, value in sorted(scenario.sysctl.items())]
    lines += [_line("module", file, *parameters) for file, parameters in modules]
    if scenario.trace:
        lines += [f"trace-buffer {scenario.trace_kib}", _line("trace", *scenario.trace)]
    if scenario.machine.cpus > 1 and periods:
        lines.append(f"turns {max(TURN_METER_US, TURN_METER_PERIODS * max(periods))}")
    if scenario.rounds > 1:
        lines.append(f"round-size {len(scenario.programs) // scenario.rounds}")
    if clock == "virtual":
        lines.append(f"cpu-share {CPU_SHARE}")
    lines += [run_line(program, clock) for program in scenario.programs]
    lines += [f"canary {'on' if scenario.canary else 'off'}", "end"]
    return "\n".join(lines) + "\n"


def _args(program: Program, clock: Clock) -> tuple[str, ...]:
    return (*program.args, *(program.real_args if clock == "real" else ()))


def shell_plan(
    modules: Iterable[tuple[str, tuple[str, ...]]],
    command: str | None = None,
    size: tuple[int, int] | None = None,
) -> str:
    """A plan that ends in a shell on hvc0.

    Args:
        command: what it runs; None: a person types.
        size: rows and columns of the terminal.
    """
    lines = ["m2m-rig-plan 1", "case shell", "seed 0"]
    lines += [_line("module", file, *parameters) for file, parameters in modules]
    if size:
        lines.append(_line("terminal", *map(str, size)))
    # A word of no letters is none.
    words = [] if command is None else [command or ":"]
    return "\n".join([*lines, _line("shell", *words), "end"]) + "\n"


def shell_status(results: str) -> int | None:
    """The status of the shell, as init wrote it; None: it has not ended."""
    found = re.findall(r"^# shell (\d+)$", results, re.MULTILINE)
    return int(found[-1]) if found else None


def waiting_plan(modules: Sequence[str]) -> str:
    """The plan of a guest that is made ready and waits for the plan of a case.

    Args:
        modules: file names of those that it loads before that.
    """
    lines = ["m2m-rig-plan 1", "wait", *(_line("module", file) for file in modules)]
    return "\n".join([*lines, f"trace-buffer {TRACE_KIB}", "end"]) + "\n"


def plan_bytes(text: str) -> bytes:
    """The plan as the fw_cfg file holds it: text, then NUL bytes.

    Raises:
        InputError: it does not fit.
    """
    data = text.encode()
    if len(data) >= PLAN_BYTES:
        raise InputError(
            f"the plan of this scenario has {len(data)} bytes, {PLAN_BYTES - 1} fit",
            hint="split the scenario",
        )
    return data.ljust(PLAN_BYTES, b"\0")


def run_line(program: Program, clock: Clock) -> str:
    """The directive that runs a program."""
    words = [program.name, str(program.seconds), program.command, *_args(program, clock)]
    if program.history:
        words.append(f"--history=/{history_path(program)}")
    return _line("run", *words)


def history_path(program: Program) -> str:
    """Where the guest finds what `exercise` is to do, without the leading slash."""
    return f"histories/{program.name}"


def planned_runs(text: str) -> tuple[str, ...]:
    """The directives of a plan that run programs, in order."""
    return tuple(re.findall(r"^run .*", text, re.MULTILINE))


def planned_modules(text: str) -> tuple[str, ...]:
    """The names of the modules that a plan loads, in order."""
    return tuple(re.findall(r"^module (\S+)\.ko\b", text, re.MULTILINE))


def _line(*words: str) -> str:
    return " ".join(encode(word) for word in words)
