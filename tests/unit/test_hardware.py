# SPDX-License-Identifier: GPL-2.0-only
"""The hardware section of a scenario, and the device tree that it needs."""

import dataclasses
import re
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from rig.base.errors import InputError
from rig.base.paths import OVERLAY, SILICON
from rig.machine.overlay import BLOCKS_MAX, node_file, overlay
from rig.machine.qemu import Files, MachineConfig, command, command_of_tree
from rig.model.hardware import BLOCKS, FAULTS, MOMENTS, Hardware
from rig.model.scenario import load
from tests.unit.test_scenario import GOOD


def hardware(folder: Path, text: str) -> Hardware:
    path = folder / "mine.m2m.yaml"
    path.write_text(f"{GOOD}hardware:\n  {text}\n")
    scenario = load(path)
    assert scenario.hardware is not None
    return scenario.hardware


def test_keys_become_parameters(tmp_path: Path) -> None:
    text = """\
latency: rga:100-300,5000
  data: vepu:any
  faults: rga:5:lost,vepu:3-7:error,all/4:echo
  late-us: 7"""
    assert hardware(tmp_path, text).module(12).split() == [
        "m2m_silicon",
        "seed=12",
        "latency=rga:100-300,5000",
        "data=vepu:any",
        "faults=rga:5:lost,vepu:3-7:error,all/4:echo",
        "late_us=7",
    ]


def test_one_number_is_a_list_too(tmp_path: Path) -> None:
    assert hardware(tmp_path, "latency: 40000").module(1) == "m2m_silicon seed=1 latency=40000"


def test_hardware_is_there_before_its_driver(tmp_path: Path) -> None:
    path = tmp_path / "mine.m2m.yaml"
    path.write_text(GOOD + "hardware: {}\n")
    assert load(path).loaded(3) == ("m2m_silicon seed=3", "mine debug=1")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("latency: rga:9-3", "hardware.latency: 'rga:9-3': '9-3' goes backwards"),
        ("latency: gpu:9", "hardware.latency: 'gpu:9': 'gpu:9' is neither N nor N-M"),
        ("latency: [1]", "hardware.latency: a list in one string is wanted"),
        ("data: late", "hardware.data: 'late': 'late' is none of start, half, end, any"),
        ("faults: lost", "hardware.faults: 'lost': JOBS:FAULT is wanted"),
        ("faults: rga:1:gone", "hardware.faults: 'rga:1:gone': 'gone' is none of none, lost"),
        ("faults: rga:all/0:lost", "hardware.faults: 'rga:all/0:lost': '0' is no number from 1"),
        ("late-us: soon", "hardware.late-us: "),
        ("late: 5", "hardware.late: no such key\n  did you mean 'late"),
        ("seed: 5", "hardware.seed: no such key"),
    ],
)
def test_errors_name_file_line_and_key(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        hardware(tmp_path, text)
    assert f"mine.m2m.yaml:13: {message}" in str(error.value)


def test_the_record_of_a_case_reads_it_back() -> None:
    before = Hardware(faults="rga:1:lost")
    assert TypeAdapter(Hardware).validate_python(dataclasses.asdict(before)) == before


def quoted(file: str, array: str) -> set[str]:
    """The strings of one array of the module's source."""
    text = (SILICON / file).read_text()
    found = re.search(rf"\b{array}\[\w+\] = \{{(.*?)\}};", text, re.DOTALL)
    assert found
    return set(re.findall(r'"(\w+)"', found[1]))


def test_it_knows_what_the_module_knows() -> None:
    assert set(FAULTS) == quoted("settings.c", "silicon_fault_names")
    assert set(MOMENTS) == quoted("settings.c", "silicon_moment_names")
    for block in BLOCKS:
        assert f'.name = "{block}"' in (SILICON / f"{block}_block.c").read_text()
        node = node_file(block) if node_file(block).is_file() else OVERLAY
        assert re.search(rf"^\t{block}@", node.read_text(), re.MULTILINE)
    parameters = {
        name
        for file in SILICON.glob("*.c")
        for name in re.findall(r"module_param(?:_named)?\((\w+),", file.read_text())
    }
    assert parameters == {field.name for field in dataclasses.fields(Hardware)} | {"seed"}


def test_the_tree_is_that_of_the_same_machine() -> None:
    plain = MachineConfig(Files(Path("/k/Image"), Path("/k/initramfs"), Path("/k/payload.tar")))
    config = dataclasses.replace(
        plain, cpus=3, memory=512, files=dataclasses.replace(plain.files, dtb=Path("/c/guest.dtb"))
    )
    dump, run = command_of_tree(config, "tree.dtb"), command(config, 3)
    assert dump[2] == run[2] + ",dumpdtb=tree.dtb"
    assert set(dump) - set(run) == {dump[2]}
    assert run[run.index("-dtb") + 1] == "/c/guest.dtb"
    assert "-dtb" not in command(plain, 3)


NODE = """
	mine@$unit {
		reg = <0x0 $registers 0x0 0x2400>;
		interrupts = <0 $interrupt 1>;
		power-domains = <&silicon $number>;
		resets = <&silicon $reset>;
	};
"""


def test_what_no_other_block_is_needed_for_is_the_overlay_of_every_guest() -> None:
    assert overlay(()) == overlay(("rga", "vepu")) == OVERLAY.read_text()


def test_a_block_of_few_guests_gets_numbers_that_are_free(tmp_path: Path) -> None:
    for name in ("mine", "other"):
        (tmp_path / f"{name}.dtsi").write_text(NODE.replace("mine", name))
    text = overlay(("other", "mine", "rga", "mine"), folder=tmp_path)
    assert text.startswith(OVERLAY.read_text())
    added = text.removeprefix(OVERLAY.read_text())
    assert re.findall(r"^\t(\w+)@(\w+)", added, re.MULTILINE) == [
        ("mine", "47f00000"), ("other", "47f03000"),
    ]  # fmt: skip
    assert re.findall(r"interrupts = <0 (\d+)", added) == ["185", "186"]
    assert re.findall(r"power-domains = <&silicon (\d+)>", added) == ["5", "6"]
    assert re.findall(r"resets = <&silicon (\d+)>", added) == ["20", "24"]
    assert overlay(("mine", "other"), folder=tmp_path) == text


def test_a_guest_has_room_for_so_many_blocks(tmp_path: Path) -> None:
    names = ("a", "b", "c", "d")
    for name in names:
        (tmp_path / f"{name}.dtsi").write_text(NODE.replace("mine", name))
    assert overlay(names[:3], folder=tmp_path)
    with pytest.raises(InputError, match="a guest has room for 3 of the blocks a, b, c, d"):
        overlay(names, folder=tmp_path)
    header = (SILICON / "silicon.h").read_text()
    assert re.search(rf"SILICON_BLOCKS_MAX\s+{BLOCKS_MAX}\b", header)


def test_a_node_says_how_many_registers_it_has(tmp_path: Path) -> None:
    (tmp_path / "mine.dtsi").write_text(NODE.replace("$registers", "0x0"))
    with pytest.raises(InputError, match=r"mine\.dtsi: it does not say how many bytes"):
        overlay(("mine",), folder=tmp_path)


WINDOWS = """
	wide@$unit {
		reg = <0x0 $registers 0x0 0x2400>, <0x0 $registers1 0x0 0x10>;
		interrupts = <0 $interrupt 4>, <0 $interrupt1 4>;
		clocks = <&silicon $number>, <&silicon $number1>;
		power-domains = <&silicon $number>;
		resets = <&silicon $reset>;
	};
"""


def test_a_block_has_windows_interrupts_and_clocks_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "wide.dtsi").write_text(WINDOWS)
    (tmp_path / "xmine.dtsi").write_text(NODE.replace("mine", "xmine"))
    added = overlay(("wide", "xmine"), folder=tmp_path).removeprefix(OVERLAY.read_text())
    assert "reg = <0x0 0x47f00000 0x0 0x2400>, <0x0 0x47f03000 0x0 0x10>;" in added
    assert "interrupts = <0 185 4>, <0 186 4>;" in added
    assert f"clocks = <&silicon 5>, <&silicon {5 + BLOCKS_MAX}>;" in added
    # What follows begins behind all of them.
    assert "xmine@47f04000" in added
    assert "interrupts = <0 187 1>;" in added


def test_registers_of_all_blocks_have_room_or_are_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.dtsi").write_text(NODE.replace("0x2400", "0xf0000"))
    assert overlay(("mine",), folder=tmp_path)
    (tmp_path / "other.dtsi").write_text(NODE.replace("mine", "other"))
    with pytest.raises(InputError, match="no room for the registers of other"):
        overlay(("mine", "other"), folder=tmp_path)
    (tmp_path / "other.dtsi").write_text(NODE.replace("$registers", "0x47f00000"))
    with pytest.raises(InputError, match="does not say how many bytes"):
        overlay(("other",), folder=tmp_path)


def test_the_module_has_room_for_what_the_tree_has() -> None:
    header = (SILICON / "silicon.h").read_text()
    assert re.search(rf"SILICON_BLOCKS_MAX\s+{BLOCKS_MAX}\b", header)
    assert re.search(r"SILICON_CLOCKS\s+4\b", header)
    for node in SILICON.glob("*.dtsi"):
        text = node.read_text()
        assert len(set(re.findall(r"\$registers\d*", text))) <= 4
        # A level is kept up until the driver has taken note, which only the block can know.
        level = re.search(r"\$interrupt\d* 4>", text)
        block = (SILICON / f"{node.stem}_block.c").read_text()
        assert bool(level) == (".asserted = " in block)
