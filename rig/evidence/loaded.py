# SPDX-License-Identifier: GPL-2.0-only
"""What code the running kernel consists of, as init found it in sysfs.

docs/reference/protocol.md says how it is delivered.
"""

import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

# The name under which the kernel proper stands beside its modules.
KERNEL: Final = "vmlinux"

_LINE: Final = re.compile(
    r"notes (?P<owner>[\w-]{1,63}) (?P<notes>(?:[0-9a-f]{2})*)"
    r"|section (?P<module>[\w-]{1,63}) (?P<section>\S{1,200}) 0x(?P<address>[0-9a-f]{1,16})",
    re.ASCII,
)

# include/uapi/linux/elf.h: struct elf64_note; NT_GNU_BUILD_ID of the owner "GNU".
_HEADER: Final = struct.Struct("<III")
_BUILD_ID: Final = (b"GNU\0", 3)


@dataclass(frozen=True, slots=True)
class Loaded:
    """The kernel and its modules.

    Attributes:
        build_ids: lower-case hex digits by name of the module, of the kernel itself by `KERNEL`.
        sections: address of each section of code and data, by module and section.
        problems: lines that could not be read, one remark each.
    """

    build_ids: Mapping[str, str] = field(default_factory=dict)
    sections: Mapping[tuple[str, str], int] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


def parse_loaded(data: bytes) -> Loaded:
    """Read one such list."""
    build_ids: dict[str, str] = {}
    sections: dict[tuple[str, str], int] = {}
    problems: list[str] = []
    for number, line in enumerate(data.decode(errors="backslashreplace").splitlines(), 1):
        match = _LINE.fullmatch(line)
        if match is None:
            problems.append(f"line {number}: {line[:80]}")
        elif match["module"]:
            sections[match["module"], match["section"]] = int(match["address"], 16)
        elif build_id := find_build_id(bytes.fromhex(match["notes"])):
            build_ids[match["owner"]] = build_id
    return Loaded(build_ids, sections, tuple(problems))


def find_build_id(notes: bytes) -> str:
    """The build ID among ELF notes of a little-endian machine; "" if there is none."""
    at = 0
    while at + _HEADER.size <= len(notes):
        name_size, size, kind = _HEADER.unpack_from(notes, at)
        name = at + _HEADER.size
        description = name + _aligned(name_size)
        end = description + size
        if end > len(notes):
            break
        if (notes[name : name + name_size], kind) == _BUILD_ID:
            return notes[description:end].hex()
        at = description + _aligned(size)
    return ""


def _aligned(size: int) -> int:
    return (size + 3) & ~3
