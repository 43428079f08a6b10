# SPDX-License-Identifier: GPL-2.0-only
"""What is picked out of a build log, and how progress is told."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from rig.base.errors import EnvironmentFailure, InputError
from rig.kernel import recipe
from rig.kernel.compile import Make, first_errors
from rig.view.output import progress_for
from rig.view.plain import Plain
from rig.view.terminal import Terminal
from rig.view.words import time_left
from tests.unit.kernel.conftest import Listener

GCC = """\
  CC [M]  drivers/media/platform/verisilicon/hantro_drv.o
../drivers/media/platform/verisilicon/hantro_drv.c: In function 'device_run':
../drivers/media/platform/verisilicon/hantro_drv.c:188:9: warning: unused variable 'x'
../drivers/media/platform/verisilicon/hantro_drv.c:190:15: error: implicit declaration of 'foo'
  190 |         ret = foo(dst);
make[6]: *** [../scripts/Makefile.build:229: hantro_drv.o] Error 1
make: *** [Makefile:224: __sub-make] Error 2
"""


@pytest.mark.parametrize(
    ("log", "first"),
    [
        (
            GCC,
            "drivers/media/platform/verisilicon/hantro_drv.c:190:15: error: "
            "implicit declaration of 'foo'",
        ),
        ('ERROR: modpost: "foo" [a.ko] undefined!\nmake: *** [x] Error 2\n', "ERROR: modpost: "),
        (
            "ld: vmlinux.o: in function `bar':\n../a.c:3: undefined reference to `foo'\n",
            "a.c:3: undefined reference to `foo'",
        ),
        (
            "drivers/a/Kconfig:3: syntax error\nmake: *** [x] Error 1\n",
            "drivers/a/Kconfig:3: syntax",
        ),
        ("make: *** No rule to make target 'x'.  Stop.\n", "make: *** No rule"),
        ("something odd\n", "something odd"),
        ("", "make said nothing"),
    ],
)
def test_the_first_error_is_the_one_that_matters(log: str, first: str) -> None:
    assert first_errors(log.splitlines())[0].startswith(first)


def make(tmp_path: Path, makefile: str, listener: Listener) -> Make:
    (tmp_path / "Makefile").write_text(makefile)
    return Make(tmp_path, {"MARK": "seen"}, tmp_path / "log", listener)


def test_steps_are_counted_and_the_log_is_kept(tmp_path: Path) -> None:
    listener = Listener()
    work = make(tmp_path, "all:\n\t@echo '  CC      a.o'\n\t@echo note $$MARK\n", listener)
    assert work.run(["make", "all"], expected=3) == 1
    assert listener.steps == [(1, 3, "CC a.o")]
    assert "note seen" in (tmp_path / "log").read_text()


def test_a_full_disk_is_not_the_users_fault(tmp_path: Path) -> None:
    work = make(
        tmp_path, "all:\n\t@echo 'a.o: error: No space left on device'; false\n", Listener()
    )
    with pytest.raises(EnvironmentFailure, match="full"):
        work.run(["make", "all"])


def test_only_the_failing_call_is_quoted(tmp_path: Path) -> None:
    work = make(
        tmp_path,
        "good:\n\t@echo 'a.c:1:1: error: old'\nbad:\n\t@echo 'b.c:2:2: error: new'; false\n",
        Listener(),
    )
    work.run(["make", "good"])
    with pytest.raises(InputError) as caught:
        work.run(["make", "bad"])
    assert "b.c:2:2: error: new" in caught.value.message
    assert "old" not in caught.value.message


def test_a_missing_make(tmp_path: Path) -> None:
    work = make(tmp_path, "", Listener())
    with pytest.raises(EnvironmentFailure, match="make-of-mars is not installed"):
        work.run(["make-of-mars"])


def test_plain_progress_is_a_few_lines() -> None:
    stream = io.StringIO()
    progress = Plain(stream)
    progress.stage("compiling")
    for step in range(1, 1001):
        progress.step(step, 1000, f"CC {step}.o")
    lines = stream.getvalue().splitlines()
    assert lines[0] == "compiling"
    assert 18 <= len(lines) <= 21
    assert "5%" in lines[1]
    assert "left" in lines[1]


def test_a_pipe_gets_plain_lines() -> None:
    assert isinstance(progress_for(io.StringIO()), Plain)


def test_a_terminal_gets_a_bar_and_keeps_the_stages() -> None:
    stream = io.StringIO()
    progress = Terminal(Console(file=stream, force_terminal=True, width=120))
    progress.stage("compiling")
    progress.step(500, 1000, "CC drivers/a.o")
    progress.note("[odd] markup")
    progress.refresh()
    progress.stage("installing")
    progress.close()
    progress.close()
    text = stream.getvalue()
    assert "50%" in text
    assert "[odd] markup" in text
    assert text.rindex("compiling") < text.rindex("installing")


def test_time_left() -> None:
    assert time_left(10, 0, 100) == 0
    assert time_left(10, 25, 100) == 30
    assert time_left(10, 120, 100) == 0


def test_hits_and_misses_of_the_compiler_cache(tmp_path: Path) -> None:
    log = tmp_path / "statistics"
    assert recipe.count_hits(log) == {"hits": 0, "misses": 0}
    log.write_text(
        "# a.c\ncache_miss\ndirect_cache_miss\n# b.c\ndirect_cache_hit\nlocal_storage_hit\n"
        "# c.c\ndirect_cache_miss\npreprocessed_cache_hit\n"
    )
    assert recipe.count_hits(log) == {"hits": 2, "misses": 1}
