# SPDX-License-Identifier: GPL-2.0-only
"""The files that a guest sent at the end of a case: a tar stream that may be cut off anywhere."""

import io
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

# docs/reference/protocol.md: an empty member of this name comes last.
_LAST: Final = "end"


@dataclass(frozen=True, slots=True)
class Dump:
    """The members of the stream.

    Attributes:
        files: content by member name; a member that was cut off is left out, "end" too.
        missing: reason by name, for the files that the guest could not read.
        complete: the last member was seen, so that nothing is missing at the end.
        problem: why it is not complete, one line; "" if it is.
    """

    files: Mapping[str, bytes]
    missing: Mapping[str, str]
    complete: bool
    problem: str


def read_dump(path: Path) -> Dump:
    """Reads the file of the dump port; absent, cut off or junk, it gives an incomplete dump."""
    try:
        data = path.read_bytes()
    except OSError as error:
        return Dump({}, {}, False, f"{path.name}: {error.strerror or error}")
    return parse_dump(data)


def parse_dump(data: bytes) -> Dump:
    """As read_dump(), for the content of the file."""
    files: dict[str, bytes] = {}
    missing: dict[str, str] = {}
    complete, problem = False, ""
    if not data:
        return Dump(files, missing, False, "the guest sent no dump")
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as stream:
            for member in stream:
                reader = stream.extractfile(member) if member.isreg() else None
                content = reader.read() if reader is not None else b""
                if member.name == _LAST:
                    complete = True
                elif len(content) < member.size:
                    problem = f"cut off in {member.name}"
                elif member.name.startswith("missing/"):
                    reason = content.decode("utf-8", errors="backslashreplace").strip()
                    missing[member.name.removeprefix("missing/")] = reason
                elif member.isreg():
                    files[member.name] = content
    # tarfile promises TarError for what is no archive; a hostile one gets others out of it too,
    # RecursionError by a chain of long-name headers for one.
    except (
        tarfile.TarError,
        EOFError,
        OSError,
        ValueError,
        ArithmeticError,
        RuntimeError,
    ) as error:
        problem = f"not a tar stream: {error}" if not files else f"damaged: {error}"
    if not complete and not problem:
        names = list(files)
        problem = f"ends after {names[-1]}" if names else "holds no files"
    return Dump(files, missing, complete, "" if complete else problem)
