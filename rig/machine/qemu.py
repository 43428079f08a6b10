# SPDX-License-Identifier: GPL-2.0-only
"""The command line of QEMU, and nothing that runs it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rig.machine.schedule import Schedule
from rig.machine.threads import NAMED
from rig.model.guest import PAYLOAD_MIB, Clock

# ignore_loglevel: lockdep says "turning off the locking correctness validator" at KERN_DEBUG.
# no_hash_pointers: lock classes are told apart by the address of their key.
# oops=panic: a task that died with locks held would hang the rest of the case.
# watchdog_thresh and the like: a guest that spins costs the host a second or two for each of its
# own, so the kernel's own patience (20 s and more) is minutes.  Nothing that works holds a CPU, or
# a worker, for a tenth as long.
KERNEL_ARGS = (
    "console=ttyAMA0",
    "ignore_loglevel",
    "no_hash_pointers",
    "oops=panic",
    "panic=-1",
    "log_buf_len=16M",
    "printk.devkmsg=on",
    "softlockup_panic=1",
    "watchdog_thresh=2",
    "rcupdate.rcu_cpu_stall_timeout=5",
    "sysctl.kernel.panic_on_rcu_stall=1",
    "workqueue.watchdog_thresh=10",
    "workqueue.panic_on_stall=1",
)


@dataclass(frozen=True)
class Files:
    """What one guest reads and writes; all paths relative to the directory it runs in,
    except the kernel, the initramfs, the payload and the device tree; without one QEMU gives its
    own."""

    kernel: Path
    initramfs: Path
    payload: Path
    dtb: Path | None = None
    plan: str = "plan"
    serial: str = "serial.log"
    results: str = "results.ktap"
    dump: str = "dump.tar"


@dataclass(frozen=True)
class MachineConfig:
    """One virtual machine.

    Args:
        memory: MiB.
        schedule: periods at which turns are cut; only under the virtual clock.
        seed: QEMU's own random numbers (the guest's entropy among them).
        kernel_args: appended to the rig's own.
        shell: give the guest a shell on hvc0, connected to standard input and output.
        typed: somebody types there; else standard input is nobody's.
        state: a machine like this one that has been saved (`rig.run.snapshot`); it goes on from
            there, and its console goes on in the serial log that is there already.
        memory_file: the guest's memory is this file; with a `state`, a copy of it in which only
            the pages differ that are written to.  None: memory of QEMU's own.
    """

    files: Files
    cpus: int = 2
    memory: int = 1024
    clock: Clock = "virtual"
    schedule: Schedule = Schedule(())
    seed: int = 0
    kernel_args: tuple[str, ...] = ()
    shell: bool = False
    typed: bool = True
    state: Path | None = None
    memory_file: Path | None = None
    program: str = "qemu-system-aarch64"


def command(config: MachineConfig, qmp_fd: int) -> list[str]:
    """The argv that starts this machine, stopped, with QMP on an inherited socket."""
    return [
        config.program,
        *_board(config),
        *_clock(config),
        *_channels(config),
        *_hubs(config),
        # A timer of before is overdue when a saved machine goes on, and then it is chance which
        # thread runs it first: there they are made when the state is in (rig.machine.run).
        *([] if config.state else _turn_cutters(config)),
        *_state(config),
        "-S",
        "-chardev",
        f"socket,id=qmp,fd={qmp_fd}",
        "-mon",
        "chardev=qmp,mode=control",
    ]


def command_by_hand(config: MachineConfig) -> list[str]:
    """The same machine for a person: it has no QMP, and starts at once.

    One with a state waits to be told of it: no option can say that its memory is elsewhere.
    """
    monitor = ["-monitor", "stdio"] if config.state else []
    return [config.program, *_board(config), *_clock(config), *_channels(config),
            *_hubs(config), *_turn_cutters(config), *_state(config), *monitor]  # fmt: skip


def command_of_tree(config: MachineConfig, file: str) -> list[str]:
    """Writes the device tree that QEMU makes for this machine to `file`, and ends."""
    board = _machine(config)
    board[1] += f",dumpdtb={file}"
    return [config.program, *board]


def _machine(config: MachineConfig) -> list[str]:
    """What QEMU's own device tree depends on."""
    # dtb-randomness=off: no kaslr-seed and rng-seed, which differ from boot to boot.
    return [
        "-M", "virt,gic-version=3,dtb-randomness=off",
        "-cpu", "cortex-a76",
        "-smp", str(config.cpus),
        "-m", str(config.memory),
        "-nodefaults",
        "-display", "none",
    ]  # fmt: skip


def _board(config: MachineConfig) -> list[str]:
    memory = f"mem={config.memory - PAYLOAD_MIB}M"
    tree = ["-dtb", str(config.files.dtb)] if config.files.dtb else []
    return [
        *_machine(config),
        *tree,
        *NAMED,
        # A saved machine is a stopped one, but whoever goes on from it means to.
        "-global", "migration.store-global-state=off",
        "-action", "reboot=shutdown,shutdown=pause",
        "-kernel", str(config.files.kernel),
        "-initrd", str(config.files.initramfs),
        "-append", " ".join((*KERNEL_ARGS, memory, *config.kernel_args)),
        "-fw_cfg", f"name=opt/m2m-rig/plan,file={config.files.plan}",
        "-fw_cfg", f"name=opt/m2m-rig/payload,file={config.files.payload}",
        *_memory(config),
    ]  # fmt: skip


def _memory(config: MachineConfig) -> list[str]:
    if config.memory_file is None:
        return []
    share = "off" if config.state else "on"
    # A comma in a name is written twice.
    path = str(config.memory_file).replace(",", ",,")
    return [
        "-object",
        f"memory-backend-file,id=memory,size={config.memory}M,share={share},mem-path={path}",
        "-machine", "memory-backend=memory",
    ]  # fmt: skip


def _clock(config: MachineConfig) -> list[str]:
    if config.clock == "real":
        return ["-accel", "tcg,thread=multi"]
    return [
        "-accel", "tcg,thread=single",
        "-icount", "shift=0,sleep=off",
        "-rtc", "base=2026-01-01T00:00:00,clock=vm",
        "-seed", str(config.seed),
    ]  # fmt: skip


def _channels(config: MachineConfig) -> list[str]:
    # ioeventfd=off: with it a host thread decides when the device sees the guest's doorbell, and
    # two runs differ.
    channels = [
        *_console(config),
        "-global", "virtio-mmio.force-legacy=false",
        "-global", "virtio-mmio.ioeventfd=off",
        "-device", "virtio-serial-device",
        "-chardev", f"file,id=results,path={config.files.results}",
        "-device", "virtserialport,chardev=results,name=m2m.results,nr=1",
        "-chardev", f"file,id=dump,path={config.files.dump}",
        "-device", "virtserialport,chardev=dump,name=m2m.dump,nr=2",
    ]  # fmt: skip
    if config.shell:
        channels += ["-chardev", "stdio,id=shell,signal=off",
                     "-device", "virtconsole,chardev=shell,nr=0"]  # fmt: skip
    return channels


def _console(config: MachineConfig) -> list[str]:
    if config.state is None:
        return ["-serial", f"file:{config.files.serial}"]
    return ["-chardev", f"file,id=serial,path={config.files.serial},append=on",
            "-serial", "chardev:serial"]  # fmt: skip


def _state(config: MachineConfig) -> list[str]:
    return ["-incoming", "defer"] if config.state else []


def turn_cutters(config: MachineConfig) -> list[dict[str, Any]]:
    """The objects that cut turns, as QMP's object-add makes them."""
    if config.clock == "real":
        return []
    return [
        {"qom-type": "filter-buffer", "id": f"cut{number}", "netdev": f"turn{number}",
         "interval": period}
        for number, period in enumerate(config.schedule.periods)
    ]  # fmt: skip


def _turn_cutters(config: MachineConfig) -> list[str]:
    argv: list[str] = []
    for cutter in turn_cutters(config):
        properties = [f"{key}={cutter[key]}" for key in ("id", "netdev", "interval")]
        argv += ["-object", ",".join([cutter["qom-type"], *properties])]
    return argv


def _hubs(config: MachineConfig) -> list[str]:
    argv: list[str] = []
    for number in range(len(turn_cutters(config))):
        argv += ["-netdev", f"hubport,id=turn{number},hubid={number}"]
    return argv
