# SPDX-License-Identifier: GPL-2.0-only
"""Which drivers a run takes: those that the patches touch, unless somebody chose."""

from pathlib import Path

import pytest

from rig.kernel import series
from rig.kernel.request import KernelRequest
from rig.kernel.source import KernelSource
from rig.model.drivers import bundled
from rig.model.options import Options
from rig.run import touched
from rig.run.chosen import chosen_scenarios
from rig.run.touched import taken
from tests.unit.patches import diff

RGA = "drivers/media/platform/rockchip/rga/rga.c"
DMA2D = "drivers/media/platform/st/stm32/dma2d/dma2d.c"
CORE = "drivers/media/v4l2-core/v4l2-mem2mem.c"
UNKNOWN = "drivers/media/platform/example/chip.c"

EVERY_DAY = {scenario.driver for scenario in chosen_scenarios(Options())}


def options(folder: Path, *files: str, **more: object) -> Options:
    """What a user types who has one patch to each of these files."""
    for number, file in enumerate(files, 1):
        (folder / f"{number:04}-x.patch").write_bytes(diff(file))
    return Options(series=str(folder), **more)  # type: ignore[arg-type]


def run(chosen: Options) -> set[str]:
    return {scenario.driver for scenario in taken(chosen)}


def said(chosen: Options) -> list[str]:
    source = KernelSource("linux", "directory", path=Path(chosen.series))
    request = KernelRequest(source, series.load(chosen.series, Path(chosen.series)))
    return list(touched.notes(chosen, request))


@pytest.mark.parametrize(
    ("files", "drivers"),
    [
        ([RGA], {"rga"}),
        ([RGA, "Documentation/media/x.rst", "MAINTAINERS"], {"rga"}),
        ([RGA, "drivers/media/platform/verisilicon/hantro_drv.c"], {"rga", "hantro"}),
        ([RGA, DMA2D], {"rga", "dma2d"}),
        ([DMA2D], {"dma2d"}),
        ([RGA, UNKNOWN], {"rga"}),
        ([UNKNOWN], EVERY_DAY),
        ([RGA, CORE], EVERY_DAY),
        ([RGA, "include/media/videobuf2-core.h"], EVERY_DAY),
        ([DMA2D, "drivers/dma-buf/dma-resv.c"], EVERY_DAY),
        (["Documentation/media/x.rst"], EVERY_DAY),
        ([RGA, "drivers/gpu/drm/x.c"], EVERY_DAY),
    ],
)
def test_what_the_patches_touch_runs(tmp_path: Path, files: list[str], drivers: set[str]) -> None:
    chosen = options(tmp_path, *files)
    assert run(chosen) == drivers
    # It is said aloud just if something is left out.
    narrow = [note for note in said(chosen) if "--driver all" in note]
    assert len(narrow) == (drivers != EVERY_DAY)
    assert all(" and ".join(sorted(drivers)) in note for note in narrow)


def test_a_driver_that_is_touched_runs_as_if_it_were_named(tmp_path: Path) -> None:
    chosen = options(tmp_path, DMA2D)
    assert taken(chosen) == chosen_scenarios(Options(drivers=("dma2d",)))


@pytest.mark.parametrize(
    ("more", "drivers"),
    [
        ({"drivers": ("vim2m",)}, {"vim2m"}),
        ({"drivers": ("all",)}, EVERY_DAY),
        ({"drivers": ("all", "rga")}, EVERY_DAY),
        ({"names": ("vicodec-import",)}, {"vicodec"}),
        ({"about": ("sleep",)}, {"hantro", "rga"}),
        ({"about": ("sleep",), "drivers": ("all",)}, {"hantro", "rga"}),
    ],
)
def test_who_chooses_has_chosen(tmp_path: Path, more: dict[str, object], drivers: set[str]) -> None:
    chosen = options(tmp_path, RGA, **more)
    assert run(chosen) == drivers
    assert said(chosen) == []


def test_one_more_patch_counts_as_the_series_does(tmp_path: Path) -> None:
    patch = tmp_path / "x.patch"
    patch.write_bytes(diff(RGA))
    assert run(Options(patches=(patch,))) == {"rga"}
    assert run(Options(series="producer-fence", patches=(patch,))) == EVERY_DAY


@pytest.mark.parametrize("name", ["none", "producer-fence"])
def test_what_everybody_runs_is_whole(name: str) -> None:
    assert taken(Options(series=name)) == chosen_scenarios(Options(series=name))


def test_drivers_that_the_series_opts_in_run_though_it_touches_another(tmp_path: Path) -> None:
    text = "title: x\nclaims: [fences]\ndrivers: [vim2m]\n"
    (tmp_path / "series.yaml").write_text(text)
    assert run(options(tmp_path, RGA)) == {"rga", "vim2m"}


def test_what_no_scenario_runs_is_told(tmp_path: Path) -> None:
    files = [UNKNOWN.replace("chip", f"chip{number}") for number in range(5)]
    assert f"no scenario runs {', '.join(files[:3])} and 2 more" in said(options(tmp_path, *files))
    (kconfig := tmp_path / "kconfig").mkdir()
    assert said(options(kconfig, "drivers/media/platform/Kconfig")) == []


def test_the_usual_of_one_driver_and_the_rare_of_another() -> None:
    def of(*names: str) -> set[str]:
        return {scenario.name for scenario in chosen_scenarios(Options(drivers=names))}

    assert of("rga", "dma2d", "vimc") == of("rga") | of("dma2d") | of("vimc")


def test_each_driver_has_scenarios() -> None:
    for driver in bundled().all:
        assert chosen_scenarios(Options(drivers=(driver.name,)))
