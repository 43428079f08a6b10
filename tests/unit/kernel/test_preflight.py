# SPDX-License-Identifier: GPL-2.0-only
"""The submitter's checklist: nothing is ticked that was not looked at."""

from dataclasses import replace
from pathlib import Path

import pytest

from rig.base.errors import InputError
from rig.base.progress import Silent
from rig.kernel import base
from rig.preflight.answer import Answer, Line, exit_status
from rig.preflight.checklist import Checklist
from rig.preflight.compiled import COMPILING
from rig.preflight.objects import folders_of, masked, warnings_of
from rig.preflight.patches import applies, style
from tests.unit.kernel.conftest import GOOD, STALE, Rig

CODE = """\
0000000000000000 <demo_run>:
   0:\tadrp\tx0, 0 <__key.7>
\t\t\t0: R_AARCH64_ADR_PREL_PG_HI21\t__key.7
   4:\tcbz\tw1, 24 <demo_run+0x24>
"""


def lines_of(rig: Rig, name: str) -> dict[str, Line]:
    request = rig.request(name)
    checklist = Checklist(request, False, None, rig.cache, rig.layout, Silent())
    return {line.question: line for line in checklist.lines()}


@pytest.fixture
def kernels(rig: Rig) -> Rig:
    (rig.layout.config / "kernels.yaml").write_text(
        f"default: fake\nkernels:\n  fake: {{kind: tarball, path: {rig.source.path}}}\n"
    )
    return rig


def test_what_was_not_looked_at_is_not_ticked(kernels: Rig) -> None:
    kernels.add_series("ten", GOOD)
    lines = lines_of(kernels, "ten")
    assert lines["applies to fake"].answer == "yes"
    # This kernel has no checkpatch.pl.
    compiling = [question.text for question in COMPILING]
    for question in (*compiling, "checkpatch --strict", "the gate says CLEAN"):
        assert lines[question].answer == "not run", question
    assert exit_status(tuple(lines.values())) != 0


@pytest.mark.parametrize(
    ("name", "run", "complaint"),
    [("none", None, "no patches"), ("ten", Path("nowhere"), "nowhere")],
)
def test_what_makes_no_sense_is_said_first(
    kernels: Rig, name: str, run: Path | None, complaint: str
) -> None:
    kernels.add_series("ten", GOOD)
    request = kernels.request(name)
    checklist = Checklist(request, True, run, kernels.cache, kernels.layout, Silent())
    with pytest.raises(InputError, match=complaint):
        next(checklist.lines())


def test_a_patch_that_does_not_apply_comes_with_what_is_there(rig: Rig) -> None:
    stale = rig.add_series("stale", STALE)
    unpatched = base.prepare(rig.source, rig.cache, Silent())
    line = applies(stale, rig.source, lambda source: unpatched)
    assert line.answer == "no"
    assert "drivers/demo/demo.c:3" in line.summary
    assert line.details[0].startswith("Linux 6.12.99 has in drivers/demo/demo.c")
    assert len(line.details) > 1


def test_findings_of_checkpatch_are_counted(rig: Rig, tmp_path: Path) -> None:
    script = tmp_path / "scripts" / "checkpatch.pl"
    script.parent.mkdir()
    script.write_text(
        'print "WARNING:LONG_LINE: too long\\n\\n";'
        'print "total: 0 errors, 1 warnings, 0 checks, 7 lines checked\\n"; exit 1;\n'
    )
    line = style(rig.add_series("ten", GOOD).patches, tmp_path, tmp_path)
    assert (line.answer, len(line.details)) == ("no", 1)
    script.write_text('print "total: 0 errors, 0 warnings, 0 checks, 7 lines checked\\n";\n')
    assert style(rig.series("ten").patches, tmp_path, tmp_path).answer == "yes"


def test_made_up_numbers_and_addresses_are_masked_and_nothing_else() -> None:
    moved = CODE.replace("0000000000000000", "0000000000000040").replace("   4:", "  44:")
    moved = moved.replace("24 <demo_run+0x24>", "64 <demo_run+0x24>").replace(".7", ".9")
    assert masked(moved) == masked(CODE)
    assert masked(CODE.replace("w1", "w2")) != masked(CODE)
    assert masked(CODE.replace("+0x24", "+0x28")) != masked(CODE)


def test_warnings_are_told_apart_by_file_and_text_not_by_line() -> None:
    said = (
        "../drivers/demo/demo.c:10:5: warning: unused variable 'a' [-Wunused-variable]\n"
        "  CC      drivers/demo/demo.o\n"
        "drivers/demo/demo.c:12:9: warning: context imbalance in 'run'\n"
    )
    assert warnings_of(said) == [
        ("drivers/demo/demo.c", "warning: unused variable 'a' [-Wunused-variable]"),
        ("drivers/demo/demo.c", "warning: context imbalance in 'run'"),
    ]


def test_only_folders_that_kbuild_knows_are_compared(rig: Rig) -> None:
    unpatched = base.prepare(rig.source, rig.cache, Silent())
    ten = rig.add_series("ten", GOOD)
    assert folders_of(ten, unpatched) == ()
    made = unpatched.directory / "drivers/demo/Makefile"
    made.write_text("obj-y += demo.o\n")
    unpatched.repository.git("add", "-A")
    tree = unpatched.repository.git("write-tree")
    known = replace(unpatched, commit=unpatched.repository.commit(tree, "with a Makefile"))
    assert folders_of(ten, known) == ("drivers/demo/",)


@pytest.mark.parametrize(
    ("answers", "status"),
    [(("yes",), 0), (("yes", "not run"), 2), (("not run", "no"), 1), (("yes", "no", "yes"), 1)],
)
def test_the_worst_answer_decides(answers: tuple[Answer, ...], status: int) -> None:
    assert exit_status(tuple(Line("?", answer) for answer in answers)) == status
