# SPDX-License-Identifier: GPL-2.0-only
"""`m2m-rig new driver`: what a driver's source says, and the files that it begins with."""

from pathlib import Path

import pytest

from rig.base.errors import InputError
from rig.base.paths import TEMPLATES
from rig.commands.cli import main
from rig.kernel.driverfacts import look
from rig.machine.overlay import overlay
from rig.model.drivers import load_all
from rig.model.templates import made

SOURCE = """\
#include <linux/clk.h>
#include "scaler-regs.h"

static int scaler_probe(struct platform_device *pdev)
{
	dev->regs = devm_platform_ioremap_resource(pdev, 0);
	dev->bus = devm_clk_get(&pdev->dev, "bus");
	dev->core = devm_clk_get_optional(dev->dev,
					"core");
	dev->rst = devm_reset_control_get_exclusive(&pdev->dev, "scale");
	irq = platform_get_irq_byname(pdev, "done");
	ret = devm_request_threaded_irq(&pdev->dev, irq, hard, soft, 0, "x", dev);
	pm_runtime_enable(&pdev->dev);
}

static const struct of_device_id scaler_match[] = {
	{ .compatible = "example,scaler" },
	{ }
};

static struct platform_driver scaler_driver = {
	.probe = scaler_probe,
	.driver = {
		.name = SCALER_NAME,
		.of_match_table = scaler_match,
	},
};

MODULE_DESCRIPTION("Scaler of Example");
"""

HEADER = """\
#define SCALER_NAME "example-scaler"
#define SCALER_START	0x04
#define SCALER_STATUS	(0x2010)	/* of the job */
#define SCALER_DONE	BIT(0)
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A kernel with a driver among others of its maker."""
    folder = tmp_path / "linux/drivers/media/platform/example"
    folder.mkdir(parents=True)
    (folder / "scaler-core.c").write_text(SOURCE)
    (folder / "scaler-regs.h").write_text(HEADER)
    (folder / "other.c").write_text('clk_get(dev, "nothing"); request_firmware(x);')
    (folder / "Makefile").write_text(
        "example-scaler-y := scaler-core.o \\\n\tscaler-hw.o\n"
        "obj-$(CONFIG_VIDEO_OTHER) += other.o\n"
        "obj-$(CONFIG_VIDEO_EXAMPLE_SCALER)\t+= example-scaler.o\n"
    )
    (folder / "scaler-hw.c").write_text("static void go(void) { }\n")
    return tmp_path / "linux"


def test_what_a_source_says(tree: Path) -> None:
    facts = look(tree, "example,scaler")
    assert (facts.module, facts.symbol) == ("example_scaler", "CONFIG_VIDEO_EXAMPLE_SCALER")
    assert (facts.kernel_name, facts.title) == ("example-scaler", "Scaler of Example")
    assert facts.files == ("scaler-core.c", "scaler-hw.c")
    assert (facts.clocks, facts.resets) == (("bus", "core"), ("scale",))
    assert (facts.interrupts, facts.interrupt_names) == (1, ("done",))
    assert facts.registers == {"SCALER_START": 4, "SCALER_STATUS": 0x2010}
    assert facts.power
    assert facts.notes == ("its interrupts are handled in a thread",)


CHIPS = """
static const struct scaler_data scaler_data_small = {
	.clk_names = { "gate" },
};

static const struct scaler_data scaler_data_large = {
	.variant = {
		[0] = &scaler_variant,
	},
	.clk_names = { "pclk", "aclk" },
};

static const struct of_device_id scaler_chips[] = {
	{ .compatible = "example,small", .data = &scaler_data_small },
	{
		.compatible = "example,large",
		.data = &scaler_data_large,
	},
	{ }
};

static int scaler_find(struct device *dev)
{
	dev->clock = devm_clk_get(dev, data->clk_names[0]);
	return of_alias_get_id(dev->of_node, "scaler");
}
"""


@pytest.mark.parametrize(
    ("compatible", "clocks"),
    [("example,small", ("gate",)), ("example,large", ("pclk", "aclk"))],
)
def test_clocks_of_a_table_are_those_of_the_compatible(
    tree: Path, compatible: str, clocks: tuple[str, ...]
) -> None:
    (tree / "drivers/media/platform/example/scaler-core.c").write_text(SOURCE + CHIPS)
    assert look(tree, compatible).clocks == clocks


def test_an_alias_that_the_driver_asks_for_is_in_the_node(tree: Path, tmp_path: Path) -> None:
    (tree / "drivers/media/platform/example/scaler-core.c").write_text(SOURCE + CHIPS)
    assert new(tree, tmp_path / "rig", compatible="example,large") == 0
    text = overlay(["scaler"], folder=tmp_path / "rig/images/silicon")
    assert 'scaler0 = "/scaler@47f00000";' in text


def test_registers_are_found_in_headers_of_headers(tree: Path) -> None:
    folder = tree / "drivers/media/platform/example"
    (folder / "scaler-regs.h").write_text('#include "scaler-bits.h"\n#include "scaler-regs.h"\n')
    (folder / "scaler-bits.h").write_text(HEADER)
    assert look(tree, "example,scaler").registers == {"SCALER_START": 4, "SCALER_STATUS": 0x2010}


def test_nobody_has_the_compatible(tree: Path) -> None:
    with pytest.raises(InputError, match=r"no driver in .* has the compatible 'example,sclaer'"):
        look(tree, "example,sclaer")


def test_no_makefile_makes_it(tree: Path) -> None:
    (tree / "drivers/media/platform/example/Makefile").write_text("obj-y += other.o\n")
    with pytest.raises(InputError, match=r"no Makefile says which module has scaler-core\.c"):
        look(tree, "example,scaler")


def new(tree: Path, into: Path, name: str = "scaler", compatible: str = "example,scaler") -> int:
    return main(
        ["new", "driver", name, "--compatible", compatible, "--kernel", str(tree),
         "--into", str(into)]
    )  # fmt: skip


def test_the_files_are_those_of_a_driver(tree: Path, tmp_path: Path) -> None:
    into = tmp_path / "rig"
    assert new(tree, into) == 0
    silicon, drivers = into / "images/silicon", into / "kernel-config/drivers"
    block = (silicon / "scaler_block.c").read_text()
    assert "const struct silicon_ops silicon_scaler = {" in block
    assert '.compatible = "example,scaler",' in block
    assert "#define SCALER_STATUS\t0x2010" in block
    text = overlay(["scaler"], folder=silicon)
    assert 'clock-names = "bus", "core";' in text
    assert "clocks = <&silicon_clock>, <&silicon 5>;" in text
    assert 'reset-names = "scale";' in text
    assert 'interrupt-names = "done";' in text
    assert "reg = <0x0 0x47f00000 0x0 0x3000>;" in text
    driver = (drivers / "scaler.yaml").read_text()
    assert "# its interrupts are handled in a thread\n" in driver
    assert "modules: [example_scaler]" in driver


def test_its_scenario_is_there(tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert new(tree, tmp_path / "rig") == 0
    for module in ("drivers", "hardware"):
        monkeypatch.setattr(f"rig.model.{module}.BLOCKS", ("scaler",))
    known = load_all(tmp_path / "rig/kernel-config/drivers")
    [scenario] = made(known, TEMPLATES)
    assert scenario.name == "scaler-present"
    assert scenario.config == {"CONFIG_VIDEO_EXAMPLE_SCALER": "m"}
    assert scenario.modules == ("example_scaler",)
    assert scenario.programs[0].args == ("--driver=example-scaler",)


@pytest.mark.parametrize("name", ["rga", "dma2d", "rockchip-rga", "Scaler", "my-scaler", "2d"])
def test_a_name_that_cannot_be(
    tree: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert new(tree, tmp_path / "rig", name) == 4
    assert not (tmp_path / "rig").exists()
    said = capsys.readouterr().err
    assert "already" in said or "cannot be the name of a block" in said


def test_nothing_is_written_over(tree: Path, tmp_path: Path) -> None:
    into = tmp_path / "rig"
    there = into / "kernel-config/drivers/scaler.yaml"
    there.parent.mkdir(parents=True)
    there.write_text("mine")
    assert new(tree, into) == 4
    assert there.read_text() == "mine"
    assert not (into / "images").exists()


def test_windows_and_interrupts_are_all_in_its_node(tree: Path, tmp_path: Path) -> None:
    source = tree / "drivers/media/platform/example/scaler-core.c"
    text = source.read_text()
    text = text.replace(
        "devm_platform_ioremap_resource(pdev, 0);",
        'devm_platform_ioremap_resource_byname(pdev, "core");\n'
        '\tdev->mmu = devm_platform_ioremap_resource_byname(pdev, "mmu");',
    )
    irq = 'irq = platform_get_irq_byname(pdev, "done");'
    source.write_text(text.replace(irq, irq + irq.replace("done", "error")))
    top = tmp_path / "rig"
    assert new(tree, top) == 0
    added = overlay(("scaler",), folder=top / "images/silicon")
    assert "reg = <0x0 0x47f00000 0x0 0x3000>, <0x0 0x47f03000 0x0 0x3000>;" in added
    assert 'reg-names = "core", "mmu";' in added
    assert "interrupts = <0 185 1>, <0 186 1>;" in added
    assert 'interrupt-names = "done", "error";' in added
    assert "a block here has" not in (top / "kernel-config/drivers/scaler.yaml").read_text()
