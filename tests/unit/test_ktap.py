# SPDX-License-Identifier: GPL-2.0-only
"""Results in KTAP, and in kselftest's dialect of it."""

import random

import pytest

from rig.base.paths import ROOT
from rig.evidence.ktap import KtapTest, parse_ktap, parse_observation

CASE = b"""KTAP version 1
# case vim2m-w1
# turns changes=331 microseconds=2000
1..2
  TAP version 13
  1..2
  # seen driver=vim2m queue=capture what=stub fence-driver=stub%20x
  ok 1 capture.streams
  # lost a frame
  ok 2 capture.identity
ok 1 w1
not ok 2 w2 # signal 11
# end
"""


def only(data: bytes) -> KtapTest:
    tests = parse_ktap(data).tests
    assert len(tests) == 1
    return tests[0]


def test_a_case() -> None:
    results = parse_ktap(CASE)
    assert (results.case, results.turns, results.ended) == ("vim2m-w1", (331, 2000), True)
    assert (results.planned, results.problems) == (2, ())
    assert [test.name for test in results.tests] == ["w1", "w2"]
    first, second = results.tests
    assert [child.name for child in first.children] == ["capture.streams", "capture.identity"]
    assert first.planned == 2
    assert first.children[1].diagnostics == ("lost a frame",)
    assert (second.ok, second.failed, second.directive, second.data) == (
        False,
        True,
        "SIGNAL",
        "11",
    )


def test_an_observation_knows_where_it_stands() -> None:
    (probe,) = parse_ktap(CASE).observations
    assert (probe.name, probe.path, probe.line) == ("seen", ("w1",), 7)
    assert probe.fields["fence-driver"] == "stub x"
    assert list(probe.fields) == ["driver", "queue", "what", "fence-driver"]


@pytest.mark.parametrize(
    "text", ["case x", "lost a frame", "Totals: pass:1", "a=b", "probe", "probe a=b c", "Probe a=b"]
)
def test_other_remarks_are_no_observations(text: str) -> None:
    assert parse_observation(text) is None


def test_values_may_be_empty_and_hold_anything_encoded() -> None:
    assert parse_observation("x a= b=%0a%25%3d c=1=2 d=%ff") == (
        "x",
        {"a": "", "b": "\n%=", "c": "1=2", "d": "\\xff"},
    )


@pytest.mark.parametrize(
    ("line", "name", "directive", "data"),
    [
        (b"ok 1 plain", "plain", "", ""),
        (b"ok 1 - tap style", "tap style", "", ""),
        (b"ok 1", "", "", ""),
        (b"ok 1 w # SKIP no device", "w", "SKIP", "no device"),
        (b"ok 1 w # skip", "w", "SKIP", ""),
        (b"ok 1 # SKIP no device", "no device", "SKIP", ""),
        (b"ok 1 # XFAIL known", "known", "XFAIL", ""),
        (b"not ok 1 # error name", "name", "ERROR", ""),
        (b"not ok 1 w # TIMEOUT 45 seconds", "w", "TIMEOUT", "45 seconds"),
        (b"not ok 1 w # timeout 30 s", "w", "TIMEOUT", "30 s"),
        (b"not ok 1 w # exit 1", "w", "EXIT", "1"),
        (b"not ok 1 w # cannot run: No such file", "w", "", "cannot run: No such file"),
        (b"not ok 1 w #  why not", "w", "", "why not"),
        (b"ok 1 a \\# b # SKIP c # d", "a # b", "SKIP", "c # d"),
    ],
)
def test_descriptions(line: bytes, name: str, directive: str, data: str) -> None:
    test = only(line + b"\n")
    assert (test.name, test.directive, test.data) == (name, directive, data)


@pytest.mark.parametrize(
    ("line", "failed", "skipped"),
    [
        (b"ok 1 w", False, False),
        (b"not ok 1 w", True, False),
        (b"not ok 1 w # TODO later", False, False),
        (b"not ok 1 w # XFAIL later", False, False),
        (b"not ok 1 w # SKIP later", False, True),
        (b"ok 1 w # SKIP later", False, True),
        (b"not ok 1 w # exit 1", True, False),
    ],
)
def test_what_failed(line: bytes, failed: bool, skipped: bool) -> None:
    test = only(line + b"\n")
    assert (test.failed, test.skipped) == (failed, skipped)


def test_the_nesting_of_the_kernel_documentation() -> None:
    # Documentation/dev-tools/ktap.rst
    data = b"""KTAP version 1
1..1
  KTAP version 1
  1..3
    KTAP version 1
    1..1
    # test_1: initializing test_1
    ok 1 test_1
  ok 1 example_test_1
    KTAP version 1
    1..2
    ok 1 test_1 # SKIP test_1 skipped
    ok 2 test_2
  ok 2 example_test_2
    KTAP version 1
    1..3
    ok 1 test_1
    # test_2: FAIL
    not ok 2 test_2
    ok 3 test_3 # SKIP test_3 skipped
  not ok 3 example_test_3
not ok 1 main_test
"""
    results = parse_ktap(data)
    main = only(data)
    assert results.problems == ()
    assert [(c.name, c.ok, len(c.children)) for c in main.children] == [
        ("example_test_1", True, 1),
        ("example_test_2", True, 2),
        ("example_test_3", False, 3),
    ]


def test_output_of_a_program_under_the_kselftest_runner() -> None:
    # tools/testing/selftests/kselftest/runner.sh, tap_prefix()
    data = b"""TAP version 13
1..1
# selftests: sync: sync_test
# TAP version 13
# 1..2
# # probing
# ok 1 first
# not ok 2 second
# # Totals: pass:1 fail:1 xfail:0 xpass:0 skip:0 error:0
not ok 1 selftests: sync: sync_test # exit=1
"""
    test = only(data)
    assert [child.name for child in test.children] == ["first", "second"]
    assert parse_ktap(data).problems == ()


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"1..3\nok 1 a\n", "3 planned, 1 reported"),
        (b"  1..3\n  ok 1 a\nok 1 w\n", "under w: 3 planned, 1 reported"),
        (b"ok 2 a\n", "line 1: test number 2 where 1 was due"),
        (b"Bail out! no device\n", "line 1: Bail out! no device"),
        (b"  Bail out! no device\nnot ok 1 w\n", "line 1: Bail out! no device"),
        (b"ok 1 a\n# Totals: pass:2 fail:0 xfail:0 xpass:0 skip:0 error:0\n",
         "line 2: totals of 2, 1 reported"),
        (b"  not ok 1 a\nok 1 w\n", "line 2: w is ok although a test under it is not"),
        (b"  ok 1 a\n", "the results end inside a test"),
        (b"ok 1 a\nok 2 b", "line 2: the results end inside a line"),
        (b"1..1\n1..1\nok 1 a\n", "line 2: a second plan"),
        (b"  TAP version 13\n  ok 1 a\n  TAP version 13\n  ok 2 b\nok 1 w\n",
         "line 3: a new set of results before the result of the last"),
        (b"plan: line 3: unknown directive\n",
         "line 1: the guest refused the plan: line 3: unknown directive"),
        (b"init: m2m_splat.ko: timed out\n", "line 1: the guest gave up: m2m_splat.ko: timed out"),
        (b"# turns changes=x microseconds=1\n", "line 1: turns without changes and microseconds"),
    ],
)  # fmt: skip
def test_problems_of_form(data: bytes, problem: str) -> None:
    assert parse_ktap(data).problems == (problem,)


def test_a_test_without_result_is_missing() -> None:
    test = only(b"1..1\n  1..2\n  # probe a=b\n  ok 1 a\n")
    assert (test.name, test.ok, test.directive, test.failed) == ("", False, "MISSING", True)
    assert [child.name for child in test.children] == ["a"]


def test_a_program_that_skips_all_says_why() -> None:
    test = only(b"  TAP version 13\n  1..0 # SKIP no device\nok 1 w # SKIP\n")
    assert (test.planned, test.skipped, test.diagnostics) == (0, True, ("no device",))


def test_a_program_that_skips_after_its_plan() -> None:
    # kselftest.h, ksft_exit_skip(): "1 + ksft_test_num()", with the skipped test counted already
    data = b"  TAP version 13\n  1..5\n  ok 2 # SKIP no device\nok 1 w # SKIP\n"
    assert parse_ktap(data).problems == ()
    assert only(data).children[0].skipped


def test_a_program_that_died_need_not_keep_to_its_plan() -> None:
    assert parse_ktap(b"  1..5\n  ok 1 a\nnot ok 1 w # signal 11\n").problems == ()


SHAPES = ROOT / "tests" / "corpus" / "shapes"


@pytest.mark.parametrize("step", [1, 2, 3, 4, 8])
def test_a_level_is_as_deep_as_its_first_line(step: int) -> None:
    """KTAP indents by two, KUnit and TAP 14 by four."""
    data = (SHAPES / "kunit-4-spaces.ktap").read_bytes().replace(b"    ", b" " * step)
    assert parse_ktap(data).problems == ()
    assert [(child.name, child.ok) for child in only(data).children] == [
        ("test_signal", True), ("test_wait", True)
    ]  # fmt: skip
    deeper = b"".join(b" " * step + line for line in data.splitlines(keepends=True)[1:])
    nested = parse_ktap(b"1..1\n" + deeper + b"ok 1 all\n")
    assert nested.problems == ()
    (suite,) = nested.tests[0].children
    assert [child.name for child in suite.children] == ["test_signal", "test_wait"]


def test_a_skip_with_a_colon_is_a_skip() -> None:
    results = parse_ktap((SHAPES / "skip-colon.ktap").read_bytes())
    assert [(t.name, t.skipped, t.data) for t in results.tests] == [
        ("opens", False, ""), ("streams", True, "no such device")
    ]  # fmt: skip


@pytest.mark.parametrize(
    "word", ["SKIP", "SKIP:", "skip", "Skipped", "skip;", "SKIP,", "Skipping:"]
)
def test_what_begins_with_skip_is_a_skip(word: str) -> None:
    test = only(f"ok 1 a # {word} no device\n".encode())
    assert (test.name, test.skipped, test.data) == ("a", True, "no device")
    whole = only(f"  TAP version 13\n  1..0 # {word} no device\nok 1 w # {word}\n".encode())
    assert (whole.skipped, whole.diagnostics) == (True, ("no device",))


def test_names_stay_as_they_stand_in_the_plan() -> None:
    results = parse_ktap(b"# case a%20b\nok 1 w%20x\n")
    assert (results.case, results.tests[0].name) == ("a%20b", "w%20x")


def test_other_output_goes_with_the_remarks() -> None:
    test = only(b"  hello\n      indented deeply\n\nok 1 w\n")
    assert test.diagnostics == ("  hello", "      indented deeply")
    assert test.children == ()


def test_carriage_returns_and_odd_bytes() -> None:
    assert only(b"ok 1 caf\xe9\r\n").name == "caf\\xe9"


def test_without_its_end_it_is_not_ended() -> None:
    for cut in range(len(CASE) - 1):
        results = parse_ktap(CASE[:cut])
        assert not results.ended
    assert parse_ktap(b"").tests == ()


def test_no_bytes_make_it_raise() -> None:
    chance = random.Random(3)
    pieces = [b"ok 1 a", b"not ok 99999999999999999999", b"  ", b"# ", b"# end", b"\n", b"1..2",
              b"\xff", b"\r", b"probe a=%ff%", b"KTAP version 1", b" # SKIP", b"\\#", b"Bail out!",
              b"case %zz", b"turns changes= microseconds=", b"\xd9\xa3", b" " * 99]  # fmt: skip
    for _ in range(3000):
        parse_ktap(b"".join(chance.choices(pieces, k=40)) + chance.randbytes(5))


def test_deep_nesting_is_survived() -> None:
    test = parse_ktap(b"".join(b" " * (2 * depth) + b"# x y=z\n" for depth in range(5000)))
    assert repr(test)


PROBE = (
    "probe driver=vim2m queue=capture buffer=0 sequence=0 plane=0 export=0 state=active "
    "api=export-read seen=fence fence-driver=videobuf2 timeline=capture context=3 seqno=1 "
    "status=0 timestamp=0 id=1 begin=10 end=20"
)


def observed(text: str) -> tuple[int, tuple[str, ...]]:
    results = parse_ktap(f"  # {text}\n  ok 1 x\nok 1 y\n".encode())
    return len(results.observations), results.problems


def test_a_whole_observation_is_no_problem() -> None:
    assert observed(PROBE) == (1, ())
    assert observed("mine a=1 b=2") == (1, ())
    assert observed("probe the depths") == (0, ())


NEEDED = ("driver", "queue", "buffer", "sequence", "plane", "export", "state", "api", "seen")


@pytest.mark.parametrize("key", [*NEEDED, "begin", "end", "fence-driver", "status"])
def test_an_observation_without_a_key_is_malformed(key: str) -> None:
    words = [word for word in PROBE.split() if not word.startswith(f"{key}=")]
    count, problems = observed(" ".join(words))
    assert (count, len(problems)) == (0, 1)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("state=active", "state=activ"),
        ("api=export-read", "api=export"),
        ("seen=fence", "seen=fense"),
        ("status=0", "status="),
        ("begin=10", "begin=1O"),
        ("seqno=1", "seqno"),
        (" context=3", " co ntext=3"),
        ("probe ", "prob "),
        ("status=0", "status=0 members=videobuf2:0,vgem:"),
    ],
)
def test_a_damaged_observation_is_malformed(old: str, new: str) -> None:
    assert old in PROBE
    count, problems = observed(PROBE.replace(old, new))
    assert (count, len(problems)) == (0, 1)


@pytest.mark.parametrize("length", range(6, len(PROBE), 5))
def test_an_observation_that_was_cut_off_is_malformed(length: int) -> None:
    cut = PROBE[:length].rstrip()
    count, problems = observed(cut)
    # The first word alone may be a remark; behind it there is no way to be mistaken.
    assert problems or "=" not in cut
    assert count == 0
