# SPDX-License-Identifier: GPL-2.0-only
"""The device tree of a guest: what QEMU makes of the machine, and an overlay with more hardware."""

import hashlib
import json
from pathlib import Path

from rig.base.cache import Cache
from rig.host import command
from rig.machine.qemu import MachineConfig, command_of_tree

KIND = "devicetrees"
RECIPE = 1


def device_tree(config: MachineConfig, overlay: str, cache: Cache) -> Path:
    """The tree of this machine with the overlay applied, from the cache where it is there.

    Args:
        overlay: source of the overlay, as `rig.machine.overlay` makes it.

    Raises:
        EnvironmentFailure: QEMU, dtc or fdtoverlay is missing or refuses.
    """
    version = command.run([config.program, "--version"]).text.partition("\n")[0]
    words = [RECIPE, version, command_of_tree(config, ""), overlay]
    key = hashlib.sha256(json.dumps(words).encode()).hexdigest()[:20]

    def make(folder: Path) -> None:
        command.run(command_of_tree(config, "qemu.dtb"), cwd=folder)
        source = folder / "overlay.dtso"
        source.write_text(overlay)
        # The overlay's interrupts are in QEMU's own tree, which dtc does not see.
        command.run(
            ["dtc", "-Wno-interrupts_property", "-O", "dtb", "-o", "overlay.dtbo", source.name],
            cwd=folder,
        )
        command.run(["fdtoverlay", "-i", "qemu.dtb", "-o", "guest.dtb", "overlay.dtbo"], cwd=folder)
        # QEMU pads its tree to 1 MiB.
        (folder / "qemu.dtb").unlink()

    return cache.publish(KIND, key, make) / "guest.dtb"
