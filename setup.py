# SPDX-License-Identifier: GPL-2.0-only
"""A wheel carries what a checkout has beside the package: guest sources and kernel configuration.

Everything else about the build is in pyproject.toml.
"""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).resolve().parent
CARRIED = ("images", "kernel-config")


class BuildWithData(build_py):
    """Copies them into the package, where rig/base/paths.py looks for them."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        data = Path(self.build_lib) / "rig" / "_data"
        # What an earlier build left may have files that are gone.
        shutil.rmtree(data, ignore_errors=True)
        unwanted = shutil.ignore_patterns("*.o", "*.ko", "*.orig", "*.rej", "__pycache__")
        for name in CARRIED:
            shutil.copytree(HERE / name, data / name, ignore=unwanted)


setup(cmdclass={"build_py": BuildWithData})
