# SPDX-License-Identifier: GPL-2.0-only
"""Fragments, and the explanation of a symbol that could not be had."""

from pathlib import Path

import pytest

from rig.base.errors import InputError
from rig.kernel import fragment
from rig.kernel.expression import parse
from rig.kernel.fragment import Wish
from rig.kernel.kconfig import Kconfig

KCONFIG = """\
mainmenu "Test"
config EXPERT
	bool "Expert"

menu "Devices"
	depends on HAS_IOMEM && \\
		!UML

config HAS_IOMEM
	bool

config FB
	tristate "Frame buffers"

if FB
source "drivers/$(SRCARCH)/Kconfig"
endif

config NOTIFIER
	bool

config USER
	bool "User"
	select NOTIFIER

config HIDDEN
	bool "Hidden" if EXPERT
	default y
	help
		depends on NOTHING_AT_ALL

		if this were code it would open a block

choice
	prompt "One of"
config ONE
	bool "one"
config TWO
	bool "two"
	depends on EXPERT || FB=m
endchoice
endmenu

config AFTER
	bool "After"
"""

INNER = """\
config VIVID
	tristate "vivid"
	depends on VIDEO_DEV && MEDIA
"""


@pytest.fixture(scope="module")
def kconfig(tmp_path_factory: pytest.TempPathFactory) -> Kconfig:
    tree = tmp_path_factory.mktemp("tree")
    (tree / "Kconfig").write_text(KCONFIG)
    (tree / "drivers" / "arm64").mkdir(parents=True)
    (tree / "drivers" / "arm64" / "Kconfig").write_text(INNER)
    return Kconfig.read(tree, "arm64")


def explain(kconfig: Kconfig, symbol: str, wanted: str, **config: str) -> str:
    return kconfig.explain(symbol, wanted, {f"CONFIG_{k}": v for k, v in config.items()})


def test_everything_in_the_way_is_named_with_its_place(kconfig: Kconfig) -> None:
    text = explain(kconfig, "VIVID", "m", VIDEO_DEV="m", HAS_IOMEM="y")
    assert "depends on FB (Kconfig:15), but FB=n" in text
    assert "depends on MEDIA (drivers/arm64/Kconfig:3), but MEDIA=n" in text
    assert "VIDEO_DEV" not in text


def test_a_block_ends_where_it_ends(kconfig: Kconfig) -> None:
    assert kconfig.definitions["AFTER"][0].depends == []
    assert len(kconfig.definitions["NOTIFIER"][0].depends) == 1


def test_a_module_is_not_enough_for_a_built_in(kconfig: Kconfig) -> None:
    met = {"MEDIA": "y", "HAS_IOMEM": "y", "FB": "y"}
    assert "but VIDEO_DEV=m" in explain(kconfig, "VIVID", "y", VIDEO_DEV="m", **met)


def test_a_symbol_without_a_prompt_names_who_selects_it(kconfig: Kconfig) -> None:
    text = explain(kconfig, "NOTIFIER", "y", HAS_IOMEM="y")
    assert "no prompt" in text
    assert "USER" in text


def test_a_symbol_that_is_selected_cannot_be_off(kconfig: Kconfig) -> None:
    text = explain(kconfig, "NOTIFIER", "n", HAS_IOMEM="y", USER="y", NOTIFIER="y")
    assert text == "selected by USER"


def test_a_hidden_prompt(kconfig: Kconfig) -> None:
    text = explain(kconfig, "HIDDEN", "n", HAS_IOMEM="y", HIDDEN="y")
    assert text == "it can be switched off only if EXPERT (Kconfig:27), but EXPERT=n"


def test_a_choice(kconfig: Kconfig) -> None:
    assert "another member of its choice" in explain(kconfig, "ONE", "y", HAS_IOMEM="y")
    text = explain(kconfig, "TWO", "y", HAS_IOMEM="y")
    assert "depends on EXPERT || FB=m" in text


def test_an_unknown_symbol(kconfig: Kconfig) -> None:
    text = explain(kconfig, "VIVIDD", "m")
    assert text == "this kernel has no such symbol; there is CONFIG_VIVID"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("A", 2),
        ("M", 1),
        ("UNSET", 0),
        ("!UNSET", 2),
        ("!M", 1),
        ("A && M", 1),
        ("A && (UNSET || M)", 1),
        ("UNSET || A && M", 1),
        ("M=m", 2),
        ("A != y", 0),
        ('NAME = "x"', 2),
        ("y", 2),
        ("$(cc-option,-fx(y)) && A", 2),
        ("A &&", 2),
    ],
)
def test_expressions(text: str, value: int) -> None:
    config = {"CONFIG_A": "y", "CONFIG_M": "m", "CONFIG_NAME": '"x"'}
    assert parse(text).value(config) == value


def test_fragments_are_read_with_their_lines(tmp_path: Path) -> None:
    file = tmp_path / "a.config"
    file.write_text('# why\nCONFIG_A=y\n\n# CONFIG_B is not set\nCONFIG_S="a b"\nCONFIG_A=y\n')
    wishes = {wish.symbol: wish for wish in fragment.read_fragment(file)}
    assert wishes["CONFIG_B"] == Wish("CONFIG_B", "n", f"{file}:4")
    assert wishes["CONFIG_S"].value == '"a b"'


def test_a_comment_counts_for_the_next_line_alone(tmp_path: Path) -> None:
    file = tmp_path / "a.config"
    file.write_text(
        "# m2m-rig: or CONFIG_NEW\nCONFIG_OLD=y\nCONFIG_A=y\n"
        "# m2m-rig: or nothing: why not\n\nCONFIG_B=y\n"
    )
    wishes = {wish.symbol: wish for wish in fragment.read_fragment(file)}
    assert wishes["CONFIG_OLD"].instead == "CONFIG_NEW"
    text = fragment.merge([list(wishes.values())]).text
    assert text == "CONFIG_A=y\nCONFIG_B=y\nCONFIG_NEW=y\nCONFIG_OLD=y\n"
    assert wishes["CONFIG_A"].instead is None
    assert wishes["CONFIG_B"].instead is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("CONFIG_A=y\n# CONFIG_A is not set\n", r"a\.config:2: CONFIG_A=n contradicts .*:1"),
        ("CONFIG_A\n", r"a\.config:1: not a configuration line"),
        ("A=y\n", r"a\.config:1: not a configuration line"),
        ("# m2m-rig: if defined\nCONFIG_A=y\n", r"a\.config:1: nothing that is known"),
        ("# m2m-rig: or nothing\nCONFIG_A=y\n", r"a\.config:1: nothing that is known"),
    ],
)
def test_a_fragment_with_a_fault(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "a.config").write_text(text)
    with pytest.raises(InputError, match=message):
        fragment.read_fragment(tmp_path / "a.config")


def test_the_later_wish_wins_and_nothing_is_hidden() -> None:
    first = [Wish("CONFIG_A", "y", "a:1"), Wish("CONFIG_B", "m", "a:2")]
    second = [Wish("CONFIG_B", "n", "b:1"), Wish("CONFIG_A", "y", "b:2")]
    merged = fragment.merge([first, second])
    assert merged.text == "CONFIG_A=y\n# CONFIG_B is not set\n"
    assert merged.overrides == ((second[0], first[1]),)


def test_what_did_not_come_true() -> None:
    wishes = fragment.merge([[Wish("CONFIG_A", "y", "a:1"), Wish("CONFIG_B", "n", "a:2")]])
    final = fragment.read_config("CONFIG_A=m\nCONFIG_B=y\n# CONFIG_C is not set\n")
    assert [(item.wish.symbol, item.got) for item in wishes.unfulfilled(final)] == [
        ("CONFIG_A", "m"),
        ("CONFIG_B", "y"),
    ]
    assert not wishes.unfulfilled({"CONFIG_A": "y"})
