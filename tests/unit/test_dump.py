# SPDX-License-Identifier: GPL-2.0-only
"""The tar stream of the dump port."""

import io
import random
import tarfile
from pathlib import Path

import pytest

from rig.evidence.dump import parse_dump, read_dump


def stream(*members: tuple[str, bytes]) -> bytes:
    """A tar stream as the guest writes it."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in members:
            header = tarfile.TarInfo(name)
            header.size = len(content)
            tar.addfile(header, io.BytesIO(content))
    return buffer.getvalue()


WHOLE = stream(
    ("start/version", b"Linux version 6.12\n"),
    ("missing/dmabuf_bufinfo", b"No such file or directory\n"),
    ("kmsg", b"6,0,0,-,caller=T0;x\n" * 200),
    ("end", b""),
)


def test_a_whole_dump_is_complete() -> None:
    dump = parse_dump(WHOLE)
    assert (dump.complete, dump.problem) == (True, "")
    assert sorted(dump.files) == ["kmsg", "start/version"]
    assert dump.files["start/version"] == b"Linux version 6.12\n"


def test_a_file_that_could_not_be_read_has_a_reason() -> None:
    assert parse_dump(WHOLE).missing == {"dmabuf_bufinfo": "No such file or directory"}


def test_a_dump_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "dump.tar"
    path.write_bytes(WHOLE)
    assert read_dump(path) == parse_dump(WHOLE)


def test_an_absent_file_is_an_incomplete_dump(tmp_path: Path) -> None:
    dump = read_dump(tmp_path / "dump.tar")
    assert not dump.complete
    assert dump.problem == "dump.tar: No such file or directory"


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "the guest sent no dump"),
        (stream(("kmsg", b"x")), "ends after kmsg"),
        (b"\0" * 1024, "holds no files"),
    ],
)
def test_a_dump_without_its_end_says_where_it_ends(data: bytes, problem: str) -> None:
    dump = parse_dump(data)
    assert (dump.complete, dump.problem) == (False, problem)


def test_junk_is_no_dump() -> None:
    dump = parse_dump(b"KTAP version 1\n" * 100)
    assert (dict(dump.files), dump.complete) == ({}, False)
    assert dump.problem.startswith("not a tar stream")


def test_a_cut_anywhere_before_the_last_header_shows() -> None:
    last_header = WHOLE.index(b"end\0")
    for cut in range(0, last_header + 512, 37):
        dump = parse_dump(WHOLE[:cut])
        assert not dump.complete
        assert dump.problem
        # No member is given out short.
        assert all(content == parse_dump(WHOLE).files[name] for name, content in dump.files.items())


def test_no_bytes_make_it_raise() -> None:
    chance = random.Random(2)
    for _ in range(3000):
        data = bytearray(WHOLE)
        for _ in range(chance.randrange(1, 12)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        parse_dump(bytes(data))
        parse_dump(chance.randbytes(chance.randrange(2000)))


def test_a_long_chain_of_name_headers_is_survived() -> None:
    header = tarfile.TarInfo("x")
    header.type = tarfile.GNUTYPE_LONGNAME
    header.size = 1
    link = header.tobuf(tarfile.GNU_FORMAT) + b"n" + b"\0" * 511
    assert not parse_dump(link * 5000).complete
