# SPDX-License-Identifier: GPL-2.0-only
"""`--dry-run` says what would be done, and does nothing."""

from pathlib import Path

import pytest

from rig.commands.cli import main


def test_every_step_is_told_and_none_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("M2M_RIG_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    words = ["run", "--dry-run", "--series", "release-fence-v2", "vim2m-export", "--seeds", "2"]
    assert main(words) == 0
    told = capsys.readouterr().out
    assert "release-fence-v2: 6 patches" in told
    assert "media: vim2m: attach dma_resv release fence" in told
    assert "ARCH=arm64" in told
    assert told.count("case        vim2m-export, seed") == 2
    assert told.count("qemu-system-aarch64 ") >= 2
    assert "icount" in told
    assert list(tmp_path.iterdir()) == []


def test_it_tells_of_each_kernel_and_of_snapshots(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["run", "--dry-run", "vim2m-export", "--series"]
    assert main([*words, "release-fence-v2"]) == 0
    once = capsys.readouterr().out
    assert main([*words, "release-fence-v2", "--each-patch", "--fresh", "boot"]) == 0
    told = capsys.readouterr().out
    assert "kernels     6, one after each patch" in told
    assert "kernels " not in once
    assert "from a snapshot" in once
    assert "is booted" in told
    assert main([*words, "none", "--each-patch"]) == 4
    assert "series none has no patches" in capsys.readouterr().err


def test_it_tells_of_guests_that_are_shared(capsys: pytest.CaptureFixture[str]) -> None:
    told = []
    for words in (["--driver", "visl"], ["--driver", "visl", "--isolated"], ["visl-signal"]):
        assert main(["run", "--dry-run", *words]) == 0
        told.append(capsys.readouterr().out)
    shared, isolated, named = told
    assert ["if red      what shared a guest" in each for each in told] == [True, True, False]
    assert "case        visl-together" in shared
    assert "case        visl-signal" not in shared
    assert "case        visl-signal" in isolated
    assert "case        visl-together" in isolated
    assert named.count("case        ") == 1


def test_what_would_be_refused_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--dry-run", "--series", "relase-fence-v2"]) == 4
    assert "did you mean 'release-fence-v2'" in capsys.readouterr().err


def test_a_build_has_no_cases(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["build", "--dry-run"]) == 0
    told = capsys.readouterr().out
    assert "ARCH=arm64" in told
    assert "qemu" not in told
