# SPDX-License-Identifier: GPL-2.0-only
"""Builds of the fake kernel: what is built, what is not built twice, what is said of a failure."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from rig.base.cache import Cache
from rig.base.errors import InputError
from rig.kernel import reading
from rig.kernel.profile import variables
from rig.kernel.recipe import Recipe, Toolchain
from rig.kernel.record import load_build
from rig.kernel.request import KernelRequest
from tests.unit.kernel.conftest import BROKEN, FAKE_LINUX, GOOD, STALE, THIRD, Listener, Rig, edit
from tests.unit.processes import all_gone


def test_a_build_has_all_its_parts(rig: Rig) -> None:
    kernel = rig.build(rig.request())
    assert kernel.release == "6.12.99-m2m-rig"
    assert b"CONFIG_PROVE_LOCKING=y" in kernel.image.read_bytes()
    for path in (kernel.vmlinux, kernel.system_map, kernel.config, kernel.build_json):
        assert path.is_file()
    assert (kernel.modules / "lib/modules" / kernel.release / "kernel").is_dir()
    assert not list(kernel.modules.rglob("build")), "a link into the object directory"
    assert [path.name for path in kernel.rig_modules] == ["canary.ko"]
    assert all(path.is_file() for path in kernel.rig_modules)
    assert {path.name for path in kernel.debug_modules.iterdir()} == {"demo.ko", "canary.ko"}
    assert (kernel.headers / "linux" / "demo.h").is_file()
    assert (kernel.kselftest / "kselftest_harness.h").is_file()
    assert subprocess.run([kernel.gen_init_cpio], check=False).returncode == 0
    assert load_build(kernel.directory) == kernel


def test_the_record_says_what_went_in(rig: Rig) -> None:
    rig.add_series("ten", GOOD, about="made-for: '6.12.98'\nclaims: [locks, fences]\n")
    record = rig.build(rig.request("ten")).record
    assert record["base"]["version"] == "6.12.99"
    assert record["series"]["claims"] == ["locks", "fences"]
    assert [patch["subject"] for patch in record["patches"]["series"]] == ["demo: ten"]
    assert record["patches"]["series"][0]["applied"] == "as it is"
    assert record["compiler"] == "fake-gcc (nothing) 1.0"
    assert record["first"] is True
    assert record["steps"] >= 4
    assert "--series ten" in record["reproduce"]


@pytest.mark.parametrize(
    ("made_for", "said"),
    [
        ("6.12.98", []),
        ("[6.11.3, 6.12.1]", []),
        (
            "[6.11.3, 6.14.1]",
            ["series ten was made for Linux 6.11.3 and 6.14.1; on 6.12.99 nobody has tried it"],
        ),
    ],
)
def test_another_line_of_releases_is_said_to_be_untested(
    rig: Rig, made_for: str, said: list[str]
) -> None:
    rig.add_series("ten", GOOD, about=f"made-for: {made_for}\nclaims: [locks]\n")
    listener = Listener()
    rig.build(rig.request("ten"), listener)
    assert [note for note in listener.notes if "made for" in note] == said


def test_a_patch_that_this_kernel_does_not_need_is_told(rig: Rig, tmp_path: Path) -> None:
    (tmp_path / "0001-demo.patch").write_text("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n")
    (tmp_path / "since-6.12").mkdir()
    (tmp_path / "since-6.12" / "0001-demo.txt").write_text("It is in.\n")
    patches = reading.of_files([tmp_path / "0001-demo.patch"]).patches
    listener = Listener()
    rig.build(rig.request(patches=patches), listener)
    assert "not for Linux 6.12.99: 0001-demo.patch: It is in." in listener.notes


def test_a_second_request_builds_nothing(rig: Rig) -> None:
    first = rig.build(rig.request())
    stamp = first.image.stat().st_mtime_ns
    listener = Listener()
    again = rig.build(rig.request(), listener)
    assert again == first
    assert again.image.stat().st_mtime_ns == stamp
    assert listener.stages == []
    assert listener.steps == []


@pytest.mark.parametrize("name", ["Image", "updates/canary.ko"])
def test_a_kernel_that_is_not_what_was_built_is_built_again(rig: Rig, name: str) -> None:
    first = rig.build(rig.request())
    [file] = first.directory.rglob(name)
    before = file.read_bytes()
    file.write_bytes(before.replace(b" ", b"_", 1))
    listener = Listener()
    again = rig.build(rig.request(), listener)
    assert again.directory == first.directory
    assert file.read_bytes() == before
    [line] = rig.cache.mended
    assert line.startswith(f"kernels/{first.key} in the cache is not what was written: ")
    assert name in line
    assert listener.steps


def test_the_record_has_the_ids_of_what_was_built(rig: Rig) -> None:
    kernel = rig.build(rig.request())
    assert set(kernel.build_ids) == {"vmlinux", "demo", "canary"}
    built = dict(kernel.build_ids)
    kernel.rig_modules[0].write_text("another build's")
    assert load_build(kernel.directory).build_ids == built


def test_only_what_a_series_touches_is_compiled(rig: Rig) -> None:
    rig.build(rig.request())
    rig.add_series("ten", GOOD)
    listener = Listener()
    kernel = rig.build(rig.request("ten"), listener)
    compiled = [what for _, _, what in listener.steps if what.startswith("CC")]
    assert "CC [M] drivers/demo/demo.o" in compiled
    assert "CC [M] drivers/demo/other.o" not in compiled
    assert b"return 10;" in kernel.image.read_bytes()
    assert kernel.record["first"] is False


@pytest.mark.parametrize("how", ["moved", "copied"])
def test_a_cache_that_is_elsewhere_now_compiles_nothing_again(
    rig: Rig, tmp_path: Path, how: str
) -> None:
    before = rig.build(rig.request())
    place = tmp_path / "elsewhere"
    if how == "moved":
        rig.cache.root.rename(place)
    else:
        subprocess.run(["cp", "-a", rig.cache.root, place], check=True)
    other = replace(rig, cache=Cache(place))
    assert other.build(rig.request()).key == before.key
    assert other.cache.mended == []
    rig.add_series("ten", GOOD)
    listener = Listener()
    other.build(rig.request("ten"), listener)
    compiled = {what for _, _, what in listener.steps if " drivers/" in what}
    assert compiled == {"CC [M] drivers/demo/demo.o"}


def test_kconfig_is_asked_again_only_if_the_question_changed(rig: Rig, tmp_path: Path) -> None:
    def asked(request: KernelRequest) -> bool:
        listener = Listener()
        rig.build(request, listener)
        return any(what.startswith("KCONF") for _, _, what in listener.steps)

    assert asked(rig.request())
    rig.add_series("ten", GOOD)
    assert not asked(rig.request("ten"))
    rig.add_series("more", edit("Kconfig", '\tbool "Networking"', '\tbool "Network"'))
    assert asked(rig.request("more"))
    (tmp_path / "more.config").write_text("CONFIG_DEMO_FAST=y\n")
    assert asked(rig.request("more", fragments=(tmp_path / "more.config",)))


def test_the_callers_environment_does_not_get_in(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LLVM", "MAKEFLAGS", "GIT_DIR", "KBUILD_OUTPUT", "CFLAGS", "LC_ALL"):
        monkeypatch.setenv(name, "--nonsense")
    assert rig.build(rig.request()).image.is_file()


def test_builds_of_two_series_are_both_kept(rig: Rig) -> None:
    rig.add_series("ten", GOOD)
    plain, ten = rig.build(rig.request()), rig.build(rig.request("ten"))
    assert plain.key != ten.key
    assert b"return 10;" not in plain.image.read_bytes()
    assert b"return 10;" in ten.image.read_bytes()


def test_modules_of_another_configuration_are_compiled_anew(rig: Rig, tmp_path: Path) -> None:
    def built(request: KernelRequest) -> Path:
        [place] = rig.build(request).directory.parent.parent.glob("trees/*/build-*/rig-modules")
        return place

    object = built(rig.request()) / "silicon" / "memory.o"
    object.parent.mkdir(exist_ok=True)
    object.touch()
    rig.add_series("ten", GOOD)
    assert built(rig.request("ten")) / "silicon" / "memory.o" == object
    assert object.exists(), "as it was: nothing of the configuration has changed"
    (tmp_path / "more.config").write_text("CONFIG_DEMO_FAST=y\n")
    built(rig.request(fragments=(tmp_path / "more.config",)))
    assert not object.exists()


@pytest.mark.parametrize("what", ["patch", "config", "module", "compiler", "profile"])
def test_whatever_goes_in_makes_another_key(
    rig: Rig, what: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = rig.build(rig.request()).key
    request = rig.request()
    if what == "patch":
        (rig.layout.rig_patches / "0001.patch").write_bytes(THIRD)
    elif what == "config":
        (tmp_path / "more.config").write_text("CONFIG_DEMO_FAST=y\n")
        request = rig.request(fragments=(tmp_path / "more.config",))
    elif what == "module":
        (rig.layout.modules[0] / "canary.c").write_text("/* chirp */\n")
    elif what == "compiler":
        monkeypatch.setenv("FAKE_GCC_VERSION", "2.0")
    else:
        (rig.layout.config / "kasan.config").write_text("# nothing more\n")
        request = rig.request(profile="kasan")
    assert rig.build(request).key != before


def test_a_comment_in_a_fragment_makes_no_other_key(rig: Rig) -> None:
    before = rig.build(rig.request()).key
    fragment = rig.layout.config / "base.config"
    fragment.write_text("# why not\n" + fragment.read_text())
    assert rig.build(rig.request()).key == before


def test_the_same_kernel_from_two_caches_is_the_same_to_the_byte(rig: Rig, tmp_path: Path) -> None:
    other = Rig(Cache(tmp_path / "elsewhere"), rig.layout, rig.source)
    first, second = rig.build(rig.request()), other.build(other.request())
    assert first.key == second.key
    assert first.image.read_bytes() == second.image.read_bytes()


def test_a_compiler_error_names_file_line_and_log(rig: Rig) -> None:
    rig.add_series("broken", BROKEN)
    with pytest.raises(InputError) as caught:
        rig.build(rig.request("broken"))
    assert "drivers/demo/demo.c:11:2: error: #error this is wrong" in caught.value.message
    assert "../" not in caught.value.message
    log = Path(caught.value.hint.removeprefix("the whole log: "))
    assert "#error this is wrong" in log.read_text()
    assert list((rig.cache.root / "kernels").glob("*")) == []
    assert list((rig.cache.root / "tmp").iterdir()) == []


def test_what_is_wrong_with_a_module_of_the_rigs_is_known_first(rig: Rig) -> None:
    (rig.layout.modules[0] / "canary.c").write_text("#error no tweet\n")
    listener = Listener()
    with pytest.raises(InputError, match=r"modules/canary\.c:1:2: error: #error no tweet"):
        rig.build(rig.request(), listener)
    compiled = [what for _, _, what in listener.steps if what.startswith("CC")]
    assert [Path(what).name for what in compiled] == ["canary.o"]
    with pytest.raises(InputError, match="no tweet"):
        rig.build(rig.request(), listener)
    assert not [what for _, _, what in listener.steps if what.startswith("LD")]
    (rig.layout.modules[0] / "canary.c").write_text("/* tweet */\n")
    assert rig.build(rig.request()).rig_modules


def test_after_a_failed_build_the_next_one_works(rig: Rig) -> None:
    rig.add_series("broken", BROKEN)
    with pytest.raises(InputError):
        rig.build(rig.request("broken"))
    assert b"return 2;" in rig.build(rig.request()).image.read_bytes()


def test_a_lost_symbol_is_named_with_its_dependency(rig: Rig, tmp_path: Path) -> None:
    fragment = tmp_path / "mine.config"
    fragment.write_text("# fast\nCONFIG_DEMO_FAST=y\nCONFIG_DEMOO=y\n")
    (rig.layout.config / "media.config").write_text("# CONFIG_DEMO is not set\n")
    with pytest.raises(InputError) as caught:
        rig.build(rig.request(fragments=(fragment,)))
    text = caught.value.message
    assert f"{fragment}:2: CONFIG_DEMO_FAST: wanted y, got n: depends on DEMO (Kconfig:" in text
    assert "but DEMO=n" in text
    assert f"{fragment}:3: CONFIG_DEMOO: wanted y, got n: this kernel has no such symbol" in text
    assert "there is CONFIG_DEMO" in text


def test_a_symbol_or_what_stands_in_for_it(rig: Rig, tmp_path: Path) -> None:
    fragment = tmp_path / "mine.config"
    fragment.write_text("# m2m-rig: or CONFIG_DEMO_FAST\nCONFIG_GONE=y\n")
    kernel = rig.build(rig.request(fragments=(fragment,)))
    assert "CONFIG_DEMO_FAST=y" in kernel.config.read_text()
    # Refused before anything is compiled.
    (rig.layout.config / "media.config").write_text("# CONFIG_DEMO is not set\n")
    listener = Listener()
    with pytest.raises(InputError) as caught:
        rig.build(rig.request(fragments=(fragment,)), listener)
    assert "mine.config:2: CONFIG_DEMO_FAST: wanted y, got n: depends on DEMO" in str(caught.value)
    assert {what.split()[0] for _, _, what in listener.steps} == {"KCONF"}


def test_a_symbol_that_nothing_stands_in_for(rig: Rig, tmp_path: Path) -> None:
    fragment = tmp_path / "mine.config"
    fragment.write_text("# m2m-rig: or nothing: nobody asks for it\nCONFIG_GONE=y\n")
    rig.build(rig.request(fragments=(fragment,)))
    fragment.write_text(fragment.read_text() + "CONFIG_ALSO_GONE=y\n")
    with pytest.raises(InputError) as caught:
        rig.build(rig.request(fragments=(fragment,)))
    assert "CONFIG_ALSO_GONE" in caught.value.message
    assert "CONFIG_GONE" not in caught.value.message


@pytest.mark.parametrize("or_what", ["CONFIG_NET", "nothing: why not"])
def test_a_symbol_that_is_there_but_not_to_be_had_is_no_excuse(
    rig: Rig, tmp_path: Path, or_what: str
) -> None:
    (tmp_path / "mine.config").write_text(f"# m2m-rig: or {or_what}\nCONFIG_DEMO_FAST=y\n")
    (rig.layout.config / "media.config").write_text("# CONFIG_DEMO is not set\n")
    with pytest.raises(InputError, match="depends on DEMO"):
        rig.build(rig.request(fragments=(tmp_path / "mine.config",)))


def test_nobody_takes_away_what_a_guest_needs(rig: Rig, tmp_path: Path) -> None:
    (tmp_path / "mine.config").write_text("# CONFIG_NET is not set\n")
    with pytest.raises(InputError) as caught:
        rig.build(rig.request(fragments=(tmp_path / "mine.config",)))
    assert "mine.config:1: CONFIG_NET=n: no guest can do without CONFIG_NET=y" in str(caught.value)
    assert "guest.config:1" in str(caught.value)


def test_a_later_fragment_wins_and_it_is_told(rig: Rig, tmp_path: Path) -> None:
    fragment = tmp_path / "mine.config"
    fragment.write_text("CONFIG_DEMO=y\n")
    listener = Listener()
    kernel = rig.build(rig.request(fragments=(fragment,)), listener)
    assert "CONFIG_DEMO=y" in kernel.config.read_text()
    assert any("CONFIG_DEMO=y" in note and "media.config:1" in note for note in listener.notes)


def test_a_rig_patch_that_does_not_apply_is_missing_not_fatal(rig: Rig) -> None:
    (rig.layout.rig_patches / "0001-hook.patch").write_bytes(STALE)
    (rig.layout.rig_patches / "0002-good.patch").write_bytes(GOOD)
    kernel = rig.build(rig.request())
    assert kernel.missing_rig_patches == ("0001-hook.patch",)
    assert [patch["name"] for patch in kernel.record["patches"]["rig"]] == ["0002-good.patch"]
    assert kernel.record["changed_by_rig"] == ["drivers/demo/demo.c"]


def test_a_strict_kernel_is_another_one_and_nobody_elses_changes(rig: Rig) -> None:
    plain = rig.build(rig.request())
    rig.layout.strict.mkdir()
    (rig.layout.strict / "0001-good.patch").write_bytes(GOOD)
    (rig.layout.strict / "0002-stale.patch").write_bytes(STALE)
    assert rig.build(rig.request()).key == plain.key
    strict = rig.build(rig.request(strict=True))
    assert strict.record["changed_by_rig"] == ["drivers/demo/demo.c"]
    assert strict.missing_files == {"0002-stale.patch": ("drivers/demo/demo.c",)}
    assert "--strict" in strict.record["reproduce"]


def test_symbols_of_a_missing_rig_patch_are_not_asked_for(rig: Rig) -> None:
    patch = STALE.replace(b"+\treturn 10;", b"+config RIG_HOOK\n+\tselect RIG_SELECTED")
    (rig.layout.rig_patches / "0001-hook.patch").write_bytes(patch)
    fragment = rig.layout.config / "lockdep.config"
    fragment.write_text("CONFIG_PROVE_LOCKING=y\nCONFIG_RIG_HOOK=y\nCONFIG_RIG_SELECTED=y\n")
    assert rig.build(rig.request()).missing_rig_patches == ("0001-hook.patch",)


def test_steps_are_counted_against_what_is_known(rig: Rig) -> None:
    def expected(request: KernelRequest) -> set[int | None]:
        listener = Listener()
        rig.build(request, listener)
        return {expected for _, expected, what in listener.steps if what.startswith("LD")}

    assert expected(rig.request()) == {7}, "the catalogue's estimate"
    rig.add_series("ten", GOOD)
    assert expected(rig.request("ten")) == {None}, "nobody knows what a change costs"
    rig.cache.remove(next((rig.cache.root / "trees").iterdir()))
    rig.add_series("third", THIRD)
    assert expected(rig.request("third")) == {4}, "what the last first build had"


def test_profiles_can_be_joined(rig: Rig) -> None:
    (rig.layout.config / "fast.config").write_text("CONFIG_DEMO_FAST=y\n")
    text = rig.build(rig.request(profile="lockdep+fast")).config.read_text()
    assert "CONFIG_DEMO_FAST=y" in text
    assert "CONFIG_PROVE_LOCKING=y" in text


def test_what_else_belongs_to_a_profile_is_found_by_its_name(rig: Rig) -> None:
    usual = rig.build(rig.request())
    (rig.layout.config / "fast.config").write_text("CONFIG_DEMO_FAST=y\n")
    (rig.layout.config / "fast.make").write_text("# all of it\nDEMO_WATCH=$(if $(obj),y)\n\n")
    own = rig.layout.detectors / "fast"
    own.mkdir(parents=True)
    (own / "Kbuild").write_text("obj-m += whistle.o\n")
    (own / "whistle.c").write_text("/* tweet */\n")
    fast = rig.build(rig.request(profile="lockdep+fast"))
    assert any(path.name == "whistle.ko" for path in fast.rig_modules)
    # The value is make's own to read, when it knows the directory.
    told = variables(rig.layout.config, "lockdep+fast")
    assert told == ("DEMO_WATCH=$(if $(obj),y)",)
    assert told[0] in Recipe(Path("t"), "fast", Toolchain.find(), 1, told).make("modules")
    # Nobody else has any of it: not its bytes, and not its key.
    again = rig.build(rig.request())
    assert again == usual
    (rig.layout.config / "fast.make").write_text("DEMO_WATCH=n\n")
    assert rig.build(rig.request(profile="lockdep+fast")).key != fast.key


def test_a_variable_that_is_none_is_told_with_its_line(rig: Rig) -> None:
    (rig.layout.config / "fast.config").write_text("")
    (rig.layout.config / "fast.make").write_text("# why\nDEMO_WATCH n\n")
    with pytest.raises(InputError, match=r"fast\.make:2: not a variable of make's: 'DEMO_WATCH n'"):
        rig.build(rig.request(profile="lockdep+fast"))


def test_unknown_profile(rig: Rig) -> None:
    with pytest.raises(InputError, match="no profile 'kasn'") as caught:
        rig.build(rig.request(profile="kasn"))
    assert "lockdep" in caught.value.hint


BUILD = """
import sys
from pathlib import Path
sys.path.insert(0, {checkout!r})
from rig.base.cache import Cache
from rig.kernel import series
from rig.kernel.build import build
from rig.kernel.layout import Layout
from rig.kernel.request import KernelRequest
from rig.kernel.source import KernelSource
build(
    KernelRequest(
        KernelSource("fake", "tarball", path=Path({tarball!r})),
        series.load(sys.argv[1], Path({config!r}) / "series"),
    ),
    cache=Cache(Path({cache!r})),
    layout=Layout(Path({config!r}), (Path({modules!r}),)),
)
"""


def _start(rig: Rig, series: str, **env: str) -> "subprocess.Popen[bytes]":
    """A build in a process of its own."""
    code = BUILD.format(
        checkout=str(Path(__file__).parents[3]),
        tarball=str(rig.source.path),
        config=str(rig.layout.config),
        cache=str(rig.cache.root),
        modules=str(rig.layout.modules[0]),
    )
    return subprocess.Popen(
        [sys.executable, "-c", code, series], env={**os.environ, **env}, stderr=subprocess.DEVNULL
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_interrupted_build_leaves_no_child_and_no_entry(
    rig: Rig, tmp_path: Path, number: signal.Signals
) -> None:
    rig.add_series("slow", edit("drivers/demo/demo.c", "\treturn 2;", "\tWAIT_FOR_EVER;"))
    pid_file = tmp_path / "pid"
    process = _start(rig, "slow", FAKE_GCC_PID=str(pid_file))
    compiler = _wait_for_pid(pid_file)
    process.send_signal(number)
    process.wait(10)
    assert _gone(compiler), "the compiler still runs"
    assert all_gone(rig.cache.root)
    assert list((rig.cache.root / "kernels").glob("*")) == []
    # The next run is not stopped by what this one left, and clears it away.
    assert rig.build(rig.request()).image.is_file()
    assert list((rig.cache.root / "tmp").iterdir()) == []


class _Waiter(Listener):
    """Says when it has to wait for another build."""

    def __init__(self) -> None:
        super().__init__()
        self.waits = threading.Event()

    def stage(self, text: str) -> None:
        super().stage(text)
        if text.startswith("waiting for another build"):
            self.waits.set()


def test_a_build_waits_for_what_a_killed_one_left_at_work(rig: Rig, tmp_path: Path) -> None:
    """A compiler that does not end at once."""
    rig.add_series("slow", edit("drivers/demo/demo.c", "\treturn 2;", "\tWAIT_FOR_LEAVE;"))
    os.mkfifo(tmp_path / "leave")
    pid_file = tmp_path / "pid"
    env = {"FAKE_GCC_PID": str(pid_file), "FAKE_GCC_LEAVE": str(tmp_path / "leave")}
    process = _start(rig, "slow", **env)
    compiler = _wait_for_pid(pid_file)
    process.kill()
    process.wait()
    listener = _Waiter()
    with ThreadPoolExecutor() as pool:
        building = pool.submit(rig.build, rig.request(), listener)
        waits = listener.waits.wait(20)
        told, left = list(listener.steps), list((rig.cache.root / "tmp").iterdir())
        (tmp_path / "leave").write_text("\n")
        kernel = building.result()
    assert waits, "two builds were at work in one tree"
    assert told == []
    assert left, "what somebody is still at work on was cleared away"
    assert _gone(compiler)
    assert b"return 2;" in kernel.image.read_bytes()


def test_what_a_killed_make_left_half_made_is_made_again(
    rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody could tidy up: the host ran out of memory, or of power."""
    pid_file = tmp_path / "pid"
    monkeypatch.setenv("FAKE_GCC_PID", str(pid_file))
    monkeypatch.setenv("FAKE_GCC_HALF", "1")
    with ThreadPoolExecutor() as pool:
        building = pool.submit(rig.build, rig.request())
        os.killpg(os.getpgid(_wait_for_pid(pid_file)), signal.SIGKILL)
        with pytest.raises(InputError):
            building.result()
    monkeypatch.delenv("FAKE_GCC_HALF")
    image = rig.build(rig.request()).image.read_bytes()
    for source in sorted((FAKE_LINUX / "drivers").rglob("*.c")):
        assert source.read_bytes() in image


def _wait_for_pid(file: Path) -> int:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        text = file.read_text().strip() if file.exists() else ""
        if text:
            return int(text)
        time.sleep(0.02)
    raise AssertionError("the compiler never started")


def _gone(pid: int) -> bool:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


def test_two_builds_at_once_both_succeed(rig: Rig) -> None:
    rig.add_series("ten", GOOD)
    names = ("none", "ten", "none")
    runs = [_start(rig, name) for name in names]
    assert [run.wait(60) for run in runs] == [0, 0, 0]
    images = {
        json.loads(file.read_text())["series"]["name"]: (file.parent / "Image").read_bytes()
        for file in (rig.cache.root / "kernels").glob("*/build.json")
    }
    assert set(images) == {"none", "ten"}
    assert b"return 10;" in images["ten"]
    assert b"return 10;" not in images["none"]
