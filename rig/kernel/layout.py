# SPDX-License-Identifier: GPL-2.0-only
"""Where the rig's own files are."""

from dataclasses import dataclass
from pathlib import Path

import rig


@dataclass(frozen=True, slots=True)
class Layout:
    """The checkout's directories that a kernel build reads.

    Args:
        config: ``kernel-config``.
        modules: directories with sources of the rig's own modules and a Kbuild file each.
    """

    config: Path
    modules: tuple[Path, ...]

    @classmethod
    def of_checkout(cls) -> "Layout":
        """The layout of the checkout that this package was installed from."""
        top = Path(rig.__file__).resolve().parents[1]
        images = top / "images"
        return cls(top / "kernel-config", (images / "modules", images / "silicon"))

    @property
    def kernels(self) -> Path:
        """The names of kernels."""
        return self.config / "kernels.yaml"

    @property
    def series(self) -> Path:
        """The bundled series."""
        return self.config / "series"

    @property
    def rig_patches(self) -> Path:
        """The rig's own patches."""
        return self.config / "rig-patches"
