# SPDX-License-Identifier: GPL-2.0-only
"""Where the rig's own files are."""

from dataclasses import dataclass
from pathlib import Path

from rig.base.paths import IMAGES, KERNEL_CONFIG


@dataclass(frozen=True, slots=True)
class Layout:
    """The directories that a kernel build reads.

    Args:
        config: ``kernel-config``.
        modules: directories with sources of the rig's own modules and a Kbuild file each.
        detectors: holds a directory of modules for each profile that has some of its own.
    """

    config: Path
    modules: tuple[Path, ...]
    detectors: Path = IMAGES / "detectors"

    @classmethod
    def bundled(cls) -> "Layout":
        """What comes with this package, in a checkout or in a wheel."""
        return cls(KERNEL_CONFIG, (IMAGES / "modules", IMAGES / "silicon"))

    @property
    def kernels(self) -> Path:
        """The names of kernels."""
        return self.config / "kernels.yaml"

    @property
    def series(self) -> Path:
        """The bundled series."""
        return self.config / "series"

    @property
    def drivers(self) -> Path:
        """A file of each driver."""
        return self.config / "drivers"

    @property
    def rig_patches(self) -> Path:
        """The rig's own patches."""
        return self.config / "rig-patches"

    @property
    def strict(self) -> Path:
        """Those that make lockdep stricter, on top."""
        return self.config / "strict"
