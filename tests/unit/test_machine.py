# SPDX-License-Identifier: GPL-2.0-only
"""QEMU's command line, and what becomes of a QEMU that does not start.  No guest is booted."""

import asyncio
import dataclasses
from pathlib import Path

import pytest

from rig.base.errors import GuestError
from rig.machine.qemu import Files, MachineConfig, command, command_by_hand
from rig.machine.run import live
from rig.machine.schedule import Schedule
from rig.model.guest import PLAN_BYTES

FILES = Files(Path("/k/Image"), Path("/k/initramfs"), Path("/k/payload.tar"))
CONFIG = MachineConfig(FILES, schedule=Schedule((31, 500)))


def script(folder: Path, text: str) -> MachineConfig:
    program = folder / "qemu"
    program.write_text("#!/bin/sh\n" + text)
    program.chmod(0o755)
    (folder / "plan").write_bytes(bytes(PLAN_BYTES))
    return dataclasses.replace(CONFIG, program=str(program))


def test_turns_are_cut_by_one_filter_a_period() -> None:
    argv = command(CONFIG, 3)
    assert [word for word in argv if word.startswith("filter-buffer")] == [
        "filter-buffer,id=cut0,netdev=turn0,interval=31",
        "filter-buffer,id=cut1,netdev=turn1,interval=500",
    ]


def test_the_virtual_clock_leaves_nothing_to_the_host() -> None:
    argv = command(CONFIG, 3)
    assert "shift=0,sleep=off" in argv
    assert "tcg,thread=single" in argv
    assert "virtio-mmio.ioeventfd=off" in argv
    assert any("dtb-randomness=off" in word for word in argv)


def test_the_real_clock_has_threads_and_no_schedule() -> None:
    argv = command(dataclasses.replace(CONFIG, clock="real"), 3)
    assert "tcg,thread=multi" in argv
    assert not any("icount" in word or "filter-buffer" in word for word in argv)


def test_by_hand_needs_neither_qmp_nor_a_nudge() -> None:
    argv = command_by_hand(CONFIG)
    assert "-S" not in argv
    assert "-mon" not in argv
    assert set(argv) < set(command(CONFIG, 3))


def test_a_saved_machine_has_its_memory_in_a_file_that_it_does_not_change() -> None:
    memory = Path("/a,b/memory")
    saving = command(dataclasses.replace(CONFIG, memory_file=memory), 3)
    config = dataclasses.replace(CONFIG, memory_file=memory, state=Path("/a,b/state"))
    for argv in (command(config, 3), command_by_hand(config)):
        assert "defer" in argv
        assert [word for word in argv if "share=" in word] == [
            "memory-backend-file,id=memory,size=1024M,share=off,mem-path=/a,,b/memory"
        ]
    assert any("share=on" in word for word in saving)
    assert "-incoming" not in saving
    # No option can say that the memory is left out of the state: a person tells the monitor.
    assert command_by_hand(config)[-2:] == ["-monitor", "stdio"]


def test_only_the_shell_gets_a_terminal() -> None:
    assert not any("hvc" in word or "virtconsole" in word for word in command(CONFIG, 3))
    argv = command(dataclasses.replace(CONFIG, shell=True), 3)
    assert "virtconsole,chardev=shell,nr=0" in argv


def test_a_qemu_that_refuses_its_arguments_is_quoted(tmp_path: Path) -> None:
    config = script(tmp_path, "echo 'qemu: -cpu what: no such CPU' >&2; exit 1\n")
    with pytest.raises(GuestError, match="no such CPU") as error:
        asyncio.run(live(config, tmp_path))
    assert error.value.exit_status == 3


def test_a_qemu_that_is_not_there_is_named(tmp_path: Path) -> None:
    script(tmp_path, "")
    config = dataclasses.replace(CONFIG, program="qemu-system-nowhere")
    with pytest.raises(GuestError, match="qemu-system-nowhere is not installed"):
        asyncio.run(live(config, tmp_path))
