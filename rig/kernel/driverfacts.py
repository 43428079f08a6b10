# SPDX-License-Identifier: GPL-2.0-only
"""What the source of a platform driver says of the hardware that it wants: by its compatible.

It is read with regular expressions, as somebody reads who looks for what to write into a device
tree node.  What they do not find is left to people.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rig.base.errors import InputError

# Where drivers of video devices are.
_PLACES: Final = ("drivers/media/platform", "drivers/staging/media")

_CLOCK: Final = re.compile(r"clk_get(?:_optional|_enabled|_prepared)?\([^,;]+,\s*(\"\w+\"|NULL)")
_CLOCK_ID: Final = re.compile(r"\.id\s*=\s*(\"\w+\")")
# Of hardware that differs from chip to chip: what belongs to a compatible, and the clocks in it.
_DATA: Final = r"\"{}\",\s*\.data\s*=\s*&(\w+)"
_TABLE: Final = r"\b{}\s*=\s*\{{(.*?)\n\}};"
_CLOCK_TABLE: Final = re.compile(r"\.\w*cl(?:k|oc)\w*\s*=\s*\{([^}]*)\}")
_STRING: Final = re.compile(r"\"\w+\"")
_ALIAS: Final = re.compile(r"\bof_alias_get_id\([^,]+,\s*\"(\w+)\"")
_RESET: Final = re.compile(
    r"reset_control_(?:array_)?get(?:_\w+)?\([^,;]+(?:,\s*(\"[\w-]+\"|NULL))?"
)
_IRQ: Final = re.compile(r"\bplatform_get_irq\([^,]+,\s*(\w+)\)")
_IRQ_NAME: Final = re.compile(r"\bplatform_get_irq_byname(?:_optional)?\([^,]+,\s*\"([\w-]+)\"")
_WINDOW: Final = re.compile(r"ioremap_resource(?:_byname)?\([^,;]+,\s*(\"[\w-]+\"|\d+)")
_REGISTER: Final = re.compile(
    r"^#define[ \t]+(\w+)[ \t]+\(?(0x[0-9a-fA-F]+)\)?[ \t]*(?:/\*|$)", re.M
)
_MODULE: Final = re.compile(r"^obj-\$\((CONFIG_\w+)\)\s*\+=\s*(.+)$", re.M)
_NAME: Final = re.compile(r"\.driver\s*=\s*\{[^}]*?\.name\s*=\s*(\"[\w-]+\"|\w+)", re.S)
_INCLUDE: Final = re.compile(r"^#include \"([\w./-]+)\"", re.M)
_TITLE: Final = re.compile(r"^MODULE_DESCRIPTION\(\s*\"([^\"]+)\"", re.M)
_MACRO: Final = r"#define\s+{}\s+\"([\w-]+)\""

# What makes a driver hard to imitate, or asks for more than this frame has.
_TROUBLE: Final = (
    (r"request_firmware", "it loads firmware: is that what does the work?"),
    (r"\brproc_|\bscp_|\bmbox_", "it talks to a processor by messages"),
    (
        r"\bread\w*_poll_timeout(?:_atomic)?\(|\btime_before\(\s*jiffies",
        "it waits for a register in a loop",
    ),
    (r"\bdma_request_chan|\bdmaengine_prep", "it wants a DMA engine of somebody else"),
    (r"\bgen_pool_|\bof_get_named_gen_pool", "it wants memory on the chip"),
    (r"\bsyscon_regmap", "it wants registers of somebody else (syscon)"),
    (r"request_threaded_irq", "its interrupts are handled in a thread"),
    (r"\bdev_pm_domain_attach_by|\bdevm_pm_domain_attach_list", "it wants several power domains"),
    (r"clk_bulk_get_all", "it takes all clocks that the node has: write those of the binding"),
    (r"\biommu_", "it knows of an IOMMU"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DriverFacts:
    """What was found.

    Args:
        compatible: of the node.
        title: what the module says of itself, or its name.
        folder: of its source, from the top of the kernel.
        files: the C files in it that are of this module.
        kernel_name: what the bus calls it, "" if that was not found.
        module: its name.
        symbol: the configuration symbol that makes it.
        clocks: names; "" is one without.
        resets: the same.
        interrupts: how many the node has, and `interrupt_names` if they have names.
        windows: names or numbers of register windows.
        registers: by name, their offsets in bytes; some may be something else.
        alias: the node has to have one that begins so, "" if it need not.
        power: it uses runtime power management.
        notes: what makes it hard to imitate, a line each.
    """

    compatible: str
    title: str
    folder: str
    files: tuple[str, ...]
    kernel_name: str
    module: str
    symbol: str
    clocks: tuple[str, ...]
    resets: tuple[str, ...]
    interrupts: int
    interrupt_names: tuple[str, ...]
    windows: tuple[str, ...]
    registers: dict[str, int]
    alias: str
    power: bool
    notes: tuple[str, ...]


def look(tree: Path, compatible: str) -> DriverFacts:
    """Read what the driver of a node wants.

    Args:
        tree: the top of a kernel's source.

    Raises:
        InputError: no driver of a video device has this compatible, or nothing makes it a module.
    """
    found = _file_with(tree, compatible)
    folder = found.parent
    symbol, module, sources = _module(folder, found)
    text = "\n".join(path.read_text(errors="replace") for path in _with_headers(sources))
    names = tuple(dict.fromkeys(_IRQ_NAME.findall(text)))
    alias = _ALIAS.search(text)
    return DriverFacts(
        compatible=compatible,
        title=_description(text) or module,
        folder=str(folder.relative_to(tree)),
        files=tuple(path.name for path in sources),
        kernel_name=_kernel_name(text),
        module=module,
        symbol=symbol,
        clocks=_clocks(text, compatible),
        resets=_plain(_RESET.findall(text)),
        interrupts=max(len(set(_IRQ.findall(text))), len(names), 1),
        interrupt_names=names,
        windows=tuple(dict.fromkeys(word.strip('"') for word in _WINDOW.findall(text))) or ("0",),
        registers={name: int(value, 16) for name, value in _REGISTER.findall(text)},
        alias=alias[1] if alias else "",
        power="pm_runtime_enable(" in text,
        notes=tuple(note for pattern, note in _TROUBLE if re.search(pattern, text)),
    )


def _file_with(tree: Path, compatible: str) -> Path:
    quoted = f'"{compatible}"'
    for place in _PLACES:
        for path in sorted((tree / place).rglob("*.c")):
            if quoted in path.read_text(errors="replace"):
                return path
    raise InputError(
        f"no driver in {' or '.join(_PLACES)} has the compatible {compatible!r}",
        hint="a device tree node has it, too: grep -rn compatible in the driver's file",
    )


def _with_headers(sources: tuple[Path, ...]) -> tuple[Path, ...]:
    """C files, and the headers beside them that they include, and what these include."""
    headers: set[Path] = set()
    new = set(sources)
    while new:
        new = {header for path in new for header in _included(path)} - headers
        headers |= new
    return (*sources, *sorted(headers))


def _included(path: Path) -> Iterator[Path]:
    for name in _INCLUDE.findall(path.read_text(errors="replace")):
        header = path.parent / name
        if header.is_file():
            yield header


def _clocks(text: str, compatible: str) -> tuple[str, ...]:
    """Those that are asked for by name, or those of the table that goes with the compatible."""
    data = re.search(_DATA.format(re.escape(compatible)), text)
    table = re.search(_TABLE.format(data[1]), text, re.S) if data else None
    named = _CLOCK_TABLE.search(table[1]) if table else None
    if named and (strings := _STRING.findall(named[1])):
        return _plain(strings)
    return _plain((*_CLOCK.findall(text), *_CLOCK_ID.findall(text)))


def _module(folder: Path, found: Path) -> tuple[str, str, tuple[Path, ...]]:
    """The symbol, the module and the C files of a driver: a Makefile beside it, or above, makes
    it."""
    for at in (folder, folder.parent):
        makefile = at / "Makefile"
        text = makefile.read_text(errors="replace") if makefile.is_file() else ""
        for symbol, words in _MODULE.findall(text):
            for word in words.split():
                parts = _parts(text, word)
                if found.relative_to(at).with_suffix(".o") in parts:
                    files = (at / part.with_suffix(".c") for part in parts)
                    module = word.removesuffix(".o").replace("-", "_")
                    return symbol, module, tuple(path for path in files if path.is_file())
    raise InputError(f"{folder}: no Makefile says which module has {found.name}")


def _parts(makefile: str, module: str) -> tuple[Path, ...]:
    """The objects of a module: itself, or those that are listed for it."""
    name = re.escape(module.removesuffix(".o"))
    listed = re.findall(rf"^{name}-(?:y|objs)\s*[:+]?=\s*((?:.*\\\n)*.*)$", makefile, re.M)
    words = [word for words in listed for word in words.split() if word.endswith(".o")]
    return tuple(map(Path, words or [module]))


def _description(text: str) -> str:
    found = _TITLE.search(text)
    return " ".join(found[1].split()).rstrip(".") if found else ""


def _kernel_name(text: str) -> str:
    found = _NAME.search(text)
    if found is None:
        return ""
    if found[1].startswith('"'):
        return found[1].strip('"')
    macro = re.search(_MACRO.format(re.escape(found[1])), text)
    return macro[1] if macro else ""


def _plain(words: tuple[str, ...] | list[str]) -> tuple[str, ...]:
    """Names without quotes, each once; what has none is ""."""
    return tuple(dict.fromkeys("" if word in ("NULL", "") else word.strip('"') for word in words))
