# SPDX-License-Identifier: GPL-2.0-only
"""A driver is one file; a scenario has from it what it does not say, and its globs are asked."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from rig.base.errors import InputError
from rig.base.paths import DRIVERS, IMAGES, KERNEL_CONFIG, ROOT, SCENARIOS, SILICON
from rig.kernel import config, reading, series
from rig.kernel.fragment import Wish, read_fragment
from rig.kernel.layout import Layout
from rig.kernel.request import KernelRequest, module_sources
from rig.kernel.source import KernelSource
from rig.model import templates
from rig.model.drivers import Drivers, bundled, load_all
from rig.model.hardware import Hardware
from rig.model.inheritance import completed
from rig.model.options import Options
from rig.model.order import Edge
from rig.model.scenario import Scenario, load
from rig.model.scenario import load_all as load_scenarios
from rig.model.selection import Pool, select
from rig.model.sources import DRIVERS_ONLY, concerns, touches
from rig.run.claimed import left_out
from rig.run.families import families
from tests.unit.patches import diff

MTK = """\
name: mtk-vcodec
title: codec of MediaTek
kernel-names: [mtk-vcodec-dec, mtk-vcodec-enc]
modules: [mtk-vcodec-dec, mtk-vcodec-common]
sources: [drivers/media/platform/mediatek/vcodec/**]
config: {CONFIG_VIDEO_MEDIATEK_VCODEC: m}
blocks: [rga, vepu]
job-time: latency
hardware: {latency: "rga:40000"}
programs: {device: mtk-vcodec-dec, real-args: [--job-ms=1000]}
orders:
  ioctl:
    edges:
      - ["&mtk->lock", a]
      - {order: [a, b], until: "7.0"}
  never:
    forbidden-edges: [[x, "&mtk->lock"]]
"""
OWN_FILE = "drivers/media/platform/mediatek/vcodec/decoder/mtk_vcodec_dec.c"

SCENARIO = """\
name: mtk-signal
title: a consumer is told
driver: mtk-vcodec
about: signalling
programs:
  - name: signal
    file: signal
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The files of the bundled drivers, and one more."""
    shutil.copytree(DRIVERS, tmp_path / "drivers")
    (tmp_path / "drivers" / "mtk-vcodec.yaml").write_text(MTK)
    return tmp_path / "drivers"


def read(folder: Path, more: str = "", scenario: str = SCENARIO) -> Scenario:
    path = folder.parent / "mine.m2m.yaml"
    path.write_text(scenario + more)
    return load(path, load_all(folder))


def test_one_more_file_is_one_more_driver(folder: Path, tmp_path: Path) -> None:
    known = load_all(folder)
    assert len(known.all) == len(bundled().all) + 1
    assert known.plain("mtk-vcodec-enc") == "mtk-vcodec"
    driver = known.find("mtk-vcodec")
    assert driver is not None
    assert concerns(driver.sources, [OWN_FILE])
    # Its symbols are in the one kernel of all drivers.
    shutil.copytree(KERNEL_CONFIG, tmp_path / "config", ignore=shutil.ignore_patterns("drivers"))
    shutil.copytree(folder, tmp_path / "config" / "drivers")
    layout = Layout(tmp_path / "config", ())
    wanted = config.wishes(layout.config, "lockdep", series.Series("none"), ())
    assert wanted.by_symbol["CONFIG_VIDEO_MEDIATEK_VCODEC"].place == "driver mtk-vcodec"
    # A scenario of it is chosen by any of its names.
    scenario = read(folder)
    assert select(Pool((scenario,)), Options(drivers=("mtk-vcodec",))) == (scenario,)


@pytest.mark.parametrize(
    ("good", "bad", "message"),
    [
        ("title:", "tilte:", "mtk-vcodec.yaml:2: tilte: no such key"),
        ("sources: [", "sources: [/", "mtk-vcodec.yaml:5: sources.0: "),
        ("sources: [drivers/media/platform/mediatek/vcodec/**]\n", "", "sources: must be given"),
        ("[drivers/media/platform/mediatek/vcodec/**]", "[]", "mtk-vcodec.yaml:5: sources: "),
        ("CONFIG_VIDEO_MED", "VIDEO_MED", "mtk-vcodec.yaml:6: config.VIDEO_MEDIATEK_VCODEC"),
        ("[rga, vepu]", "[rga, gpu]", "mtk-vcodec.yaml:7: blocks.1: no block 'gpu'"),
        ("job-time: latency", "job-time: job-ms", "mtk-vcodec.yaml:8: job-time: latency is for"),
        ("blocks: [rga, vepu]\n", "", "mtk-vcodec.yaml:7: job-time: latency is for"),
        ('"rga:40000"', '"rga:x"', "mtk-vcodec.yaml:9: hardware.latency: "),
        ("device:", "driver:", "mtk-vcodec.yaml:10: programs.driver: no such key"),
        ("    edges:", "    edge:", "mtk-vcodec.yaml:13: orders.ioctl.edge: no such key"),
        ("name: mtk-vcodec", "name: mtk", "mtk-vcodec.yaml:1: name: 'mtk' is not what its file"),
        ("[mtk-vcodec-dec, mtk-vcodec-enc]", "[vim2m]", "the name 'vim2m' is that of mtk-vcodec"),
        ("[mtk-vcodec-dec, mtk-vcodec-enc]", "[none]", "the name 'none' is no driver's"),
    ],
)
def test_errors_name_file_line_and_key(folder: Path, good: str, bad: str, message: str) -> None:
    assert MTK.count(good) >= 1
    (folder / "mtk-vcodec.yaml").write_text(MTK.replace(good, bad, 1))
    with pytest.raises(InputError) as error:
        load_all(folder)
    assert message in str(error.value)


def test_a_scenario_has_from_its_driver_what_it_does_not_say(folder: Path) -> None:
    scenario = read(folder)
    assert scenario.modules == ("mtk-vcodec-dec", "mtk-vcodec-common")
    assert scenario.driver_under_test == "mtk_vcodec_dec"
    assert scenario.trace == ("dma_fence", "vb2")
    assert scenario.sources == ("drivers/media/platform/mediatek/vcodec/**",)
    assert scenario.hardware == Hardware(latency="rga:40000")
    [program] = scenario.programs
    assert program.args == ("--driver=mtk-vcodec-dec",)
    assert program.real_args == ("--job-ms=1000",)
    assert program.seconds == 60
    # Lock orders come by name alone.
    assert scenario.expect.edges == ()


def test_a_scenario_says_what_differs(folder: Path) -> None:
    scenario = read(
        folder,
        """\
    args: [--driver=mtk-vcodec-enc]
    real-args: []
    seconds: 5
  - name: other
    file: signal
    args: [--frames=2]
modules: [mtk-vcodec-enc, vgem]
driver-module: mtk-vcodec-enc
trace: []
hardware: {faults: "rga:2:lost"}
""",
    )
    assert scenario.modules == ("mtk-vcodec-enc", "vgem")
    assert scenario.driver_under_test == "mtk_vcodec_enc"
    assert scenario.trace == ()
    assert scenario.hardware == Hardware(latency="rga:40000", faults="rga:2:lost")
    one, other = scenario.programs
    assert (one.args, one.real_args, one.seconds) == (("--driver=mtk-vcodec-enc",), (), 5)
    assert other.args == ("--driver=mtk-vcodec-dec", "--frames=2")


@pytest.mark.parametrize(
    ("device", "args"), [("none", ()), ("mtk-vcodec-enc", ("--driver=mtk-vcodec-enc",))]
)
def test_the_device_may_be_another_one_or_none(
    folder: Path, device: str, args: tuple[str, ...]
) -> None:
    assert read(folder, f"device: {device}\n").programs[0].args == args


def test_programs_of_its_own_have_nothing_from_the_driver(folder: Path) -> None:
    (folder.parent / "own.c").write_text("")
    [program] = read(folder, scenario=SCENARIO.replace("file: signal", "file: own.c")).programs
    assert (program.args, program.real_args, program.seconds) == ((), (), 30)


def test_nothing_but_facts_is_inherited_if_the_scenario_says_so(folder: Path) -> None:
    scenario = read(folder, "inherit: false\nmodules: [vivid]\nhardware: {}\n")
    assert (scenario.modules, scenario.trace) == (("vivid",), ())
    assert scenario.hardware == Hardware()
    assert (scenario.programs[0].args, scenario.programs[0].real_args) == ((), ())
    assert scenario.driver_under_test == "mtk_vcodec_dec"
    assert scenario.sources == ("drivers/media/platform/mediatek/vcodec/**",)


def test_the_kernel_name_of_a_driver_is_understood(folder: Path) -> None:
    scenario = read(folder, scenario=SCENARIO.replace("mtk-vcodec\n", "mtk-vcodec-enc\n"))
    assert scenario == read(folder)


def test_named_lock_orders_come_before_its_own(folder: Path) -> None:
    more = 'expect: {orders: [never, ioctl], edges: [[c, d], ["&mtk->lock", a]]}\n'
    expect = read(folder, more).expect
    late = Edge(order=("a", "b"), until="7.0")
    assert expect.edges == (("&mtk->lock", "a"), late, ("c", "d"))
    assert expect.forbidden_edges == (("x", "&mtk->lock"),)
    assert expect.orders == ()


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("expect: {orders: [ioctl, nevr]}", "8: expect.orders.1: no lock orders of mtk-vcodec"),
        ("expect: {jobs: {rag: 3}}", "8: expect.jobs.rag: no driver that is loaded is on"),
        ("expect: {jobs: {vdpu: 3}}", "8: expect.jobs.vdpu: no driver that is loaded is on"),
        ("inherit: false", "3: driver: mtk-vcodec is on imitated hardware"),
        ("inherit: perhaps", "8: inherit: "),
        ("hardware: 7", "8: hardware: "),
        ("modules: 7", "8: modules: "),
    ],
)
def test_a_scenario_that_does_not_fit_its_driver(folder: Path, more: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        read(folder, f"{more}\n")
    assert f"mine.m2m.yaml:{message}" in str(error.value)


def test_jobs_are_those_of_all_drivers_that_are_loaded(folder: Path) -> None:
    more = "modules: [mtk-vcodec-dec, hantro-vpu]\nexpect: {jobs: {vdpu: 3, rga: 1}}\n"
    assert read(folder, more).expect.jobs == {"vdpu": 3, "rga": 1}


OTHER = SCENARIO.replace("mtk-vcodec", "mine")


def test_a_driver_that_nobody_knows_says_what_its_files_are(folder: Path) -> None:
    with pytest.raises(InputError, match=r"mine\.m2m\.yaml:3: driver: nothing says which") as error:
        read(folder, scenario=OTHER)
    assert error.value.hint == "sources: [drivers/media/platform/MINE/**]"
    scenario = read(folder, "sources: [drivers/media/platform/me/**]\n", OTHER)
    assert scenario.concerned(["drivers/media/platform/me/core.c"])
    assert not scenario.concerned([OWN_FILE])
    assert read(folder, scenario=OTHER.replace("driver: mine", "driver: none")).sources == ()


def test_the_folders_of_own_modules_are_its_sources(folder: Path) -> None:
    (folder.parent / "echo").mkdir()
    (folder.parent / "echo" / "Kbuild").write_text("obj-m += echo.o\n")
    scenario = read(folder, "module-sources: [echo]\n", OTHER)
    assert scenario.sources == ("rig-modules/own-echo/**",)
    assert scenario.concerned(["rig-modules/own-echo/echo.c"])
    assert not scenario.concerned([OWN_FILE])


@pytest.mark.parametrize(
    ("glob", "file", "among"),
    [
        ("drivers/x/**", "drivers/x/a.c", True),
        ("drivers/x/**", "drivers/x/y/a.c", True),
        ("drivers/x/**", "drivers/xy/a.c", False),
        ("drivers/x/*.c", "drivers/x/a.c", True),
        ("drivers/x/*.c", "drivers/x/y/a.c", False),
        ("drivers/**/a.c", "drivers/a.c", True),
        ("drivers/**/a.c", "drivers/x/y/a.c", True),
        ("drivers/x/vim?m.c", "drivers/x/vim2m.c", True),
        ("drivers/x/vim2m.c", "drivers/x/vim2mac", False),
        ("x/**", "drivers/x/a.c", False),
        # A folder is all that is in it: who writes no "/**" must not wait in vain.
        ("drivers/x", "drivers/x/y/a.c", True),
        ("drivers/x/", "drivers/x/a.c", True),
        ("drivers/x", "drivers/xy", False),
    ],
)
def test_globs(glob: str, file: str, among: bool) -> None:
    assert touches([glob], [file]) is among


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        # Its name is nowhere in the path.
        ([OWN_FILE], True),
        (["drivers/media/platform/rockchip/rga/rga.c"], False),
        # No known driver's.
        (["drivers/media/platform/qcom/venus/core.c"], False),
        (["drivers/media/v4l2-core/v4l2-mem2mem.c"], True),
        (["drivers/media/platform/rockchip/rga/rga.c", "drivers/dma-buf/dma-fence.c"], True),
        # Another known driver's, where drivers are not among themselves.
        (["drivers/gpu/other/other.c"], False),
        # Nothing is known.
        ([], True),
    ],
)
def test_what_concerns_a_driver(files: list[str], expected: bool) -> None:
    sources = ("drivers/media/platform/mediatek/vcodec/**",)
    assert concerns(sources, files, (*DRIVERS_ONLY, "drivers/gpu/other/**")) is expected


def test_what_patches_touch_among_drivers_is_one_drivers() -> None:
    patches = [
        patch
        for name in ("rig-patches", "strict", "fixes", "faults", "series/producer-fence")
        for patch in reading.plain(KERNEL_CONFIG / name)
    ]
    files = {file for patch in patches for file in patch.files if touches(DRIVERS_ONLY, [file])}
    assert files
    for file in sorted(files):
        owners = [driver.name for driver in bundled().all if touches(driver.sources, [file])]
        assert len(owners) == 1, f"{file}: {owners}"


def test_every_bundled_scenario_has_a_driver_with_a_file() -> None:
    known = bundled()
    folders = [SCENARIOS, *(path for path in SCENARIOS.iterdir() if path.is_dir())]
    scenarios = [s for folder in folders for s in load_scenarios(folder, known)]
    scenarios += templates.made(known)
    drivers = {driver.name: driver.sources for driver in known.all} | {"none": ()}
    assert {scenario.driver for scenario in scenarios} == drivers.keys()
    # Those that share a guest are judged as one.
    for scenario in (*scenarios, *families(scenarios)):
        assert scenario.sources == drivers[scenario.driver], scenario.name


def test_what_a_driver_needs_is_said_in_its_file_alone() -> None:
    shared = {wish.symbol for name in ("base", "media") for wish in
              read_fragment(KERNEL_CONFIG / f"{name}.config")}  # fmt: skip
    wanted = config.wishes(KERNEL_CONFIG, "lockdep", series.Series("none"), ())
    for driver in bundled().all:
        assert driver.config
        assert not shared & set(driver.config)
        for symbol, value in driver.config.items():
            wish = wanted.by_symbol.get(symbol)
            assert (wish is None) if driver.wide else (wish is not None and wish.value == value)


def test_the_kernel_of_wide_drivers_has_all_of_them() -> None:
    known = bundled()
    wide = [driver for driver in known.all if driver.wide]
    usual = config.wishes(KERNEL_CONFIG, "lockdep", series.Series("none"), ())
    assert "CONFIG_COMPILE_TEST" not in usual.by_symbol
    texts = set()
    for driver in wide:
        wished = [Wish(symbol, value, "a test") for symbol, value in driver.config.items()]
        wanted = config.wishes(KERNEL_CONFIG, "lockdep", series.Series("none"), (), wanted=wished)
        texts.add(wanted.text)
        assert wanted.by_symbol["CONFIG_COMPILE_TEST"].value == "y"
        assert known.absent_blocks(wanted.by_symbol.keys()) == ()
    assert len(texts) == 1
    assert "wide" not in config.profiles(KERNEL_CONFIG)


def test_a_scenario_of_a_wide_driver_asks_for_it() -> None:
    known = bundled()
    for scenario in templates.made(known):
        driver = known.find(scenario.driver)
        assert driver
        assert driver.wide
        assert scenario.config == driver.config
    # Without inheriting anything, too: else there is no driver.
    value = {"driver": "dma2d", "inherit": False, "config": {"CONFIG_MINE": "y"}}
    asked = completed(value, known)["config"]
    assert asked == {"CONFIG_VIDEO_STM32_DMA2D": "m", "CONFIG_MINE": "y"}


def test_blocks_of_absent_drivers_are_no_part_of_a_kernel() -> None:
    known = bundled()
    wide = {block for driver in known.all if driver.wide for block in driver.blocks}
    usual = {block for driver in known.all if not driver.wide for block in driver.blocks}
    assert set(known.absent_blocks(())) == wide
    everything = module_sources([SILICON])
    default = module_sources([SILICON], absent=wide)
    assert set(everything) - set(default) == {f"silicon/{block}_block.c" for block in wide}
    assert {f"silicon/{block}_block.c" for block in usual} <= set(default)


def test_drivers_are_chosen_under_their_kernel_names() -> None:
    scenarios = load_scenarios(SCENARIOS)
    chosen = select(Pool(scenarios), Options(drivers=("rockchip-rga", "hantro-vpu")))
    assert {scenario.driver for scenario in chosen} == {"rga", "hantro"}


def about(folder: Path, text: str) -> series.Series:
    (folder / "0001-core.patch").write_bytes(diff("drivers/media/v4l2-core/x.c"))
    (folder / "series.yaml").write_text(text)
    return series.load(str(folder), KERNEL_CONFIG / "series")


def test_a_series_opts_in_drivers_under_any_name(tmp_path: Path) -> None:
    found = about(tmp_path, "drivers: [rockchip-rga, vim2m]\n")
    assert found.drivers == ("rga", "vim2m")


def test_a_series_says_what_the_files_of_an_unknown_driver_are(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"series\.yaml:1: drivers\.1: nothing says") as error:
        about(tmp_path, "drivers: [vim2m, vim2n]\n")
    assert error.value.hint.startswith("did you mean 'vim2m'? known: dma2d, ")
    (tmp_path / "0002-mtk.patch").write_bytes(diff(OWN_FILE))
    (tmp_path / "0003-rga.patch").write_bytes(diff("drivers/media/platform/rockchip/rga/rga.c"))
    sources = "sources: {mtk-vcodec: [drivers/media/platform/mediatek/vcodec/**]}\n"
    whole = about(tmp_path, f"drivers: [mtk-vcodec, rga]\n{sources}")
    # It is opted in with the last patch of its own, whatever its files are called.
    assert whole.prefix(1).drivers == ()
    assert whole.prefix(2).drivers == ("mtk-vcodec",)


def test_the_file_in_the_guide_is_one(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "guide" / "own-driver.md").read_text()
    [block] = [text for text in page.split("```")[1::2] if "kernel-names:" in text]
    (tmp_path / "rga.yaml").write_text(block.removeprefix("yaml\n"))
    [shown], rga = load_all(tmp_path).all, bundled().find("rga")
    assert rga is not None
    assert replace(shown, orders={}) == replace(rga, orders={})
    assert shown.orders.items() <= rga.orders.items()


def test_no_list_names_a_device_of_the_workloads() -> None:
    files = sorted(IMAGES.glob("workloads/lib/device_*.c"))
    assert len(files) >= 4
    for file in files:
        table = f"devices_{file.stem.removeprefix('device_')}"
        assert f"const struct device {table}[] = {{" in file.read_text()
        for name in ("Makefile", "lib/device.c", "lib/device.h"):
            text = (IMAGES / "workloads" / name).read_text()
            assert table not in re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL), name


def test_no_drivers_at_all(tmp_path: Path) -> None:
    assert load_all(tmp_path / "nothing") == Drivers()


@pytest.mark.parametrize(
    ("file", "run", "told"),
    [
        ("drivers/media/platform/st/stm32/dma2d/dma2d.c", "vim2m", True),
        ("drivers/media/platform/st/stm32/dma2d/dma2d.c", "dma2d", False),
        ("drivers/media/platform/st/stm32/dma2d/dma2d.c", None, False),
        ("drivers/media/v4l2-core/v4l2-mem2mem.c", "vim2m", False),
        ("drivers/media/platform/rockchip/rga/rga.c", "vim2m", False),
    ],
)
def test_a_wide_driver_that_patches_touch_and_nothing_shows_is_told_of(
    tmp_path: Path, file: str, run: str | None, told: bool
) -> None:
    (tmp_path / "0001-x.patch").write_bytes(diff(file))
    source = KernelSource("linux", "directory", path=tmp_path)
    request = KernelRequest(source, series.load(str(tmp_path), tmp_path))
    pool = {each.driver: each for each in (*load_scenarios(SCENARIOS), *templates.made())}
    said = list(left_out(request, [pool[run]] if run else []))
    assert said == (
        ["the patches touch dma2d, of which no scenario runs: --driver dma2d runs them"]
        if told
        else []
    )
