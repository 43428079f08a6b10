# SPDX-License-Identifier: GPL-2.0-only
"""What of the rig's own is compiled against a kernel, on every kernel that has a name.

Nothing but headers is made of it: whether one can be had at all is known in a minute.
"""

from pathlib import Path

import pytest

from rig.base.cache import Cache
from rig.base.paths import IMAGES
from rig.image.programs import Toolchain as Programs
from rig.image.programs import compile_programs
from rig.kernel import base, config, reading, series, tree
from rig.kernel.install import Installation
from rig.kernel.layout import Layout
from rig.kernel.patch import symbols_of
from rig.kernel.recipe import Toolchain
from rig.kernel.request import module_sources
from rig.kernel.source import Catalogue
from rig.kernel.workshop import open_workshop
from rig.view.output import progress_for

LAYOUT = Layout.bundled()
KERNELS = Catalogue.load(LAYOUT.kernels)
NONE = series.load("none", LAYOUT.series)


@pytest.mark.parametrize("name", KERNELS.kernels)
def test_configuration_modules_and_programs(name: str, tmp_path: Path) -> None:
    cache, progress, toolchain = Cache.default(), progress_for(), Toolchain.find()
    unpatched = base.prepare(KERNELS.find(name), cache, progress)
    composed = tree.compose(unpatched, NONE, (), reading.plain(LAYOUT.rig_patches))
    wanted = config.wishes(LAYOUT.config, "lockdep", NONE, ())
    with open_workshop(unpatched, "headers", toolchain, cache, progress) as workshop:
        workshop.set_up(composed, wanted.without(symbols_of(m.patch for m in composed.missing)))
        installation = Installation(workshop.recipe, workshop.make, tmp_path)
        installation.try_rig_modules(module_sources(LAYOUT.modules))
        installation.headers()
    tools = Programs(toolchain.prefix, tmp_path / "headers" / "include", tmp_path / "kselftest")
    for programs in ("init", "workloads"):
        compile_programs(IMAGES / programs, tools, tmp_path / programs)
    assert (tmp_path / "init" / "init").is_file()
    assert (tmp_path / "workloads" / "multicall").is_file()
