# SPDX-License-Identifier: GPL-2.0-only
"""`m2m-rig boot`: a person at a shell in the guest."""

import contextlib
import json
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

from rig.machine.qemu import Files, MachineConfig, command_by_hand
from rig.machine.run import run_guest
from rig.model.plan import plan_bytes, shell_plan
from rig.run.gate import Gate


def boot_shell(gate: Gate, modules: tuple[str, ...]) -> int:
    """Boot, hand the terminal to the guest's shell, and return when it has powered off.

    Standard input and output are the guest's hvc0; the kernel's console is in serial.log.  It runs
    on the real clock: a person is no part of a schedule.

    Raises:
        InputError: no such module.
        GuestError: QEMU did not start.
    """
    folder = gate.directory.path
    image = gate.machines.image
    plan = shell_plan(image.modules.order(modules))
    (folder / "plan").write_bytes(plan_bytes(plan))
    config = MachineConfig(
        files=Files(gate.machines.kernel.image, image.initramfs, image.whole_payload()),
        clock="real",
        shell=True,
    )
    (folder / "argv.json").write_text(json.dumps(command_by_hand(config), indent=1) + "\n")
    print(f"kernel log: {Path(folder) / 'serial.log'}", file=sys.stderr)
    with _raw_terminal():
        guest = run_guest(config, folder)
    print(f"guest ended: {guest.cause}", file=sys.stderr)
    return 0 if guest.end == "off" else 2


@contextlib.contextmanager
def _raw_terminal() -> Iterator[None]:
    """QEMU makes the terminal raw and may die without putting it back."""
    if not sys.stdin.isatty():
        yield
        return
    before = termios.tcgetattr(sys.stdin)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
