# SPDX-License-Identifier: GPL-2.0-only
"""Serial lines and kmsg records."""

import random

import pytest

from rig.evidence.klog import (
    KmsgRecord,
    SerialLine,
    SerialReader,
    console_lines,
    iterate_serial,
    parse_kmsg,
    parse_serial,
)

# As a guest printed it, with what else may stand on a serial line.
STREAM = (
    b"firmware says hello\r\n"
    b"[    0.000000][    T0] Booting Linux on physical CPU 0x0000000000 [0x411fd070]\r\n"
    b"[    0.495105][    T1] user: two\r\n"
    b"[    0.495105][    T1] lines\r\n"
    b"[    0.495174][  C1] utf8 \xc3\xa9 tab\t back\\slash \x01 bad\xff\r\r\n"
    b"[    0.495218][    T1] \r\n"
    b"<6>[12345.000001][T1234567]     indented\n"
    b"[    1.000000] without caller\r\n"
    b"\r\n"
    b"[    0.5142"
)


def test_a_line_has_time_caller_and_text() -> None:
    line = parse_serial(STREAM)[1]
    assert line == SerialLine(2, 0, "T0", "Booting Linux on physical CPU 0x0000000000 [0x411fd070]")


def test_lines_that_printk_did_not_write_have_no_time() -> None:
    lines = parse_serial(STREAM)
    assert [line.number for line in lines if line.time_us is None] == [1, 9, 10]
    assert lines[9].text == "[    0.5142"


def test_text_keeps_its_own_blanks_and_carriage_returns() -> None:
    texts = [line.text for line in parse_serial(STREAM)]
    assert texts[4] == "utf8 \xe9 tab\t back\\slash \x01 bad\\xff\r"
    assert texts[5] == ""
    assert texts[6] == "    indented"


def test_a_stamp_behind_what_a_program_wrote_begins_the_kernels_line() -> None:
    (line,) = parse_serial(b"buildroot login: [   12.000010][  T103] BUG: x [    1.0][T1] y\n")
    assert line == SerialLine(1, 12_000_010, "T103", "BUG: x [    1.0][T1] y", "buildroot login: ")
    # What has a stamp of its own quotes the other; what has no caller may be anybody's.
    (quoted,) = parse_serial(b"[    1.000000][    T1] said [   12.000010][  T103] BUG: x\n")
    assert quoted.text == "said [   12.000010][  T103] BUG: x"
    (other,) = parse_serial(b"it took [   12.000010] seconds\n")
    assert (other.time_us, other.text) == (None, "it took [   12.000010] seconds")


def test_microseconds_and_callers() -> None:
    lines = parse_serial(STREAM)
    assert (lines[6].time_us, lines[6].caller) == (12_345_000_001, "T1234567")
    assert (lines[4].caller, lines[7].caller) == ("C1", None)


@pytest.mark.parametrize("cut", range(len(STREAM) + 1))
def test_cutting_the_stream_anywhere_changes_nothing(cut: int) -> None:
    assert tuple(iterate_serial((STREAM[:cut], STREAM[cut:]))) == parse_serial(STREAM)


def test_a_stream_may_arrive_byte_by_byte() -> None:
    reader = SerialReader()
    lines: list[SerialLine] = []
    for byte in STREAM:
        lines += reader.feed(bytes((byte,)))
    assert (*lines, *reader.close()) == parse_serial(STREAM)


def test_a_line_is_given_out_when_it_is_complete() -> None:
    reader = SerialReader()
    assert reader.feed(b"[    1.000000][    T1] half") == ()
    assert [line.text for line in reader.feed(b" whole\n")] == ["half whole"]
    assert reader.close() == ()


def test_a_record_has_number_time_priority_and_caller() -> None:
    assert parse_kmsg(b"14,145,495105,-,caller=T1;user: two\\x0alines\n") == (
        KmsgRecord(145, 495105, 14, "T1", "user: two\nlines", False),
    )


def test_escapes_stand_for_bytes() -> None:
    record = parse_kmsg(b"4,0,0,-,caller=T0;\\xc3\\xa9 \\x5cx41 \\xff\n")[0]
    assert record.text == "\xe9 \\x41 \\xff"


def test_a_continuation_is_marked() -> None:
    flags = [r.continuation for r in parse_kmsg(b"4,0,0,c;a\n4,1,0,-;b\n4,2,0,c,caller=C0;\n")]
    assert flags == [True, False, True]


def test_dictionary_lines_belong_to_the_record_before() -> None:
    records = parse_kmsg(
        b" LOST=1\n6,3,9,-,caller=T1;pci: x\n SUBSYSTEM=pci\n DEVICE=+pci:\\x09\n6,4,9,-;y\n"
    )
    assert [record.dictionary for record in records] == [
        (("SUBSYSTEM", "pci"), ("DEVICE", "+pci:\t")),
        (),
    ]


def test_later_fields_of_the_header_are_let_pass() -> None:
    assert parse_kmsg(b"6,3,9,-,caller=T1,cpu=2;a;b\n")[0].text == "a;b"
    assert parse_kmsg(b"6,3,9,-,cpu=2,caller=C1;a\n")[0].caller == "C1"


@pytest.mark.parametrize(
    "line", [b"", b"junk", b"6,3;x", b"a,b,c,d;x", b"6,3,9;x", b";", b"6,,9,-;x"]
)
def test_what_is_no_record_is_left_out(line: bytes) -> None:
    assert parse_kmsg(line + b"\n") == ()


def test_a_console_shows_a_record_line_by_line() -> None:
    record = KmsgRecord(7, 1_000_002, 6, "C1", "a\n\nb", False)
    expected = (
        b"[    1.000002][    C1] a\r\n[    1.000002][    C1] \r\n[    1.000002][    C1] b\r\n"
    )
    shown = [(line.time_us, line.caller, line.text) for line in console_lines(record)]
    assert shown == [(x.time_us, x.caller, x.text) for x in parse_serial(expected)]


def test_a_console_cuts_a_record_of_very_many_lines() -> None:
    # 1,024 bytes of text, and 24 bytes of prefix for each of its lines, in 2,048 bytes.
    shown = console_lines(KmsgRecord(0, 0, 6, "T1", "x\n" * 512, False))
    assert 0 < len(shown) < 512
    assert sum(len(f"[    0.000000][    T1] {line.text}\n") for line in shown) < 2048


def test_no_bytes_make_a_parser_raise() -> None:
    chance = random.Random(1)
    pieces = [
        b"[    1.000000]",
        b"[    T1]",
        b" ",
        b"\r\n",
        b"\n",
        b"6,1,2,-,caller=T1;",
        b"\\x",
        b"\\xff",
        b"\x00",
        b"\xff\xfe",
        b"<6>",
        b"[99999999999999999999999.000000]",
        b"\xd9\xa3",
    ]
    for _ in range(2000):
        data = b"".join(chance.choices(pieces, k=12)) + chance.randbytes(8)
        numbers = [line.number for line in parse_serial(data)]
        assert numbers == list(range(1, len(numbers) + 1))
        parse_kmsg(data)
