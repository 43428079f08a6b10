# SPDX-License-Identifier: GPL-2.0-only
"""Shards that were made apart, and the run that they are together."""

import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from rig.base.errors import InputError
from rig.campaign.merge import merge
from rig.commands.cli import main
from rig.evidence.record import RunDir
from rig.model import scenario as scenarios
from rig.model.claims import default_claims
from rig.model.options import Options
from rig.report.files import write_reports
from rig.report.formats import report_text
from rig.report.run import judge_directory
from rig.report.summary import remember
from rig.run.chosen import chosen_scenarios
from rig.run.runner import run_gate
from tests.unit.workshop import output, workshop

NAMES = ("one", "two", "three")
SEEDS = Options(fresh="boot", jobs=1, drivers=("vim2m",), seeds=(1, 2))


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Makes runs, each on a cache of its own."""

    def run(name: str, options: Options = SEEDS, red: str = "two-s2") -> Path:
        folder = tmp_path / name
        folder.mkdir()
        shop = workshop(folder)
        monkeypatch.setenv("FAKE_QEMU", str(shop.fates))
        shop.luck({red: [shop.dirty()], "*": [shop.left("good")]})
        gate = shop.gate.with_options(options)
        run_gate(gate, options, [shop.scenario(each) for each in NAMES], output()[0])
        for guest in gate.directory.path.glob("cases/*/guest.json"):
            # What the host took is no part of what was seen.
            same = {"seconds": 1.0, "began": f"2026-01-01T00:00:0{len(name)}+00:00"}
            guest.write_text(json.dumps(json.loads(guest.read_text()) | same))
        return gate.directory.path

    return run


def shard(number: int, of: int = 2) -> Options:
    return replace(SEEDS, shard=(number, of))


def told(path: Path) -> dict[str, str]:
    """What every report says of a run, wherever it lies."""
    directory = RunDir(path)
    write_reports(judge_directory(directory))
    formats = ("html", "text", "junit", "kcidb", "cover-letter")
    reports = {name: report_text(name, directory, base=None, origin="m2m") for name in formats}
    files = {name: (path / name).read_text() for name in ("run.json", "verdict.json")}
    return {name: text.replace(str(path), "RUN") for name, text in (reports | files).items()}


def test_two_shards_on_two_caches_are_one_run(made: Callable[..., Path], tmp_path: Path) -> None:
    whole = made("whole")
    parts = [made("second", shard(2)), made("first", shard(1))]
    assert sorted(len(json.loads((p / "run.json").read_text())["cases"]) for p in parts) == [3, 3]
    merged = merge(parts, tmp_path / "out").path
    assert (merged / "run.json").read_bytes() == (whole / "run.json").read_bytes()
    ours, theirs = told(merged), told(whole)
    for name, text in theirs.items():
        assert ours[name] == text, name
    assert "two-s2" in theirs["text"]
    assert json.loads(theirs["verdict.json"])["verdict"] == "DIRTY"
    # It is as old as its first guest, not as its directory.
    assert remember(merged).run.date == "2026-01-01T00:00:05+00:00"


def test_a_family_that_a_shard_took_apart_is_that_of_the_whole_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = tuple(tmp_path / f"{name}{scenarios.SUFFIX}" for name in ("one", "other"))
    every = Options(
        fresh="boot", jobs=1, scenario_files=files, names=("one", "vim2m-together"), seeds=(1, 2)
    )

    def run(name: str, options: Options) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        shop = workshop(folder)
        monkeypatch.setenv("FAKE_QEMU", str(shop.fates))
        for file in files:
            file.write_text(scenarios.text(replace(shop.scenario(file.name.partition(".")[0]),
                                         claims=default_claims())))  # fmt: skip
        # What is left of a guest that ran one program of two is no end of the other.
        shop.luck({"*": [shop.left("good")]})
        gate = shop.gate.with_options(options)
        run_gate(gate, options, chosen_scenarios(options), output()[0])
        for guest in gate.directory.path.glob("cases/*/guest.json"):
            guest.write_text(json.dumps(json.loads(guest.read_text()) | {"seconds": 1.0}))
        return gate.directory.path

    whole = run("whole", every)
    apart = json.loads((whole / "run.json").read_text())["apart"]
    assert list(apart) == ["vim2m-together-s1", "vim2m-together-s2"]
    parts = [run(f"shard{n}", replace(every, shard=(n, 4))) for n in (4, 2, 1, 3)]
    merged = merge(parts, tmp_path / "out").path
    assert (merged / "run.json").read_bytes() == (whole / "run.json").read_bytes()


def test_the_command_judges_what_it_has_merged(
    made: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parts = [str(made(f"shard{number}", shard(number))) for number in (1, 2)]
    assert main(["merge", *parts, "--out", str(tmp_path / "out")]) == 1
    assert "DIRTY two-s2" in capsys.readouterr().out
    [merged] = (tmp_path / "out").iterdir()
    for name in ("junit.xml", "report.html", "verdict.json"):
        assert (merged / name).stat().st_size, name


def test_seeds_of_two_machines_are_one_run(made: Callable[..., Path], tmp_path: Path) -> None:
    whole = made("whole")
    parts = [made(f"seed{seed}", replace(SEEDS, seeds=(seed,))) for seed in (2, 1)]
    merged = merge(parts, tmp_path / "out").path
    assert (merged / "run.json").read_bytes() == (whole / "run.json").read_bytes()


def test_a_case_that_two_ran_counts_as_the_worse_of_both(
    made: Callable[..., Path], tmp_path: Path
) -> None:
    good, bad = made("good", red="none"), made("bad", red="one-s1")
    for parts in ((good, bad), (bad, good)):
        verdict = judge_directory(merge(parts, tmp_path / "out")).verdict
        assert {case.id for case in verdict.cases if case.outcome == "DIRTY"} == {"one-s1"}


def test_a_case_that_never_ran_is_missing_in_the_whole(
    made: Callable[..., Path], tmp_path: Path
) -> None:
    parts = [made(f"shard{number}", shard(number)) for number in (1, 2)]
    shutil.rmtree(parts[1] / "cases" / "two-s1")
    verdict = judge_directory(merge(parts, tmp_path / "out")).verdict
    assert [reason.text for reason in verdict.reasons] == [
        "case two-s1 was planned and never ran"
    ]  # fmt: skip


def change(path: Path, file: str, **values: object) -> Path:
    """A copy of a run of which a file says something else."""
    other = Path(tempfile.mkdtemp(dir=path.parent)) / "run"
    shutil.copytree(path, other)
    found = json.loads((other / file).read_text())
    (other / file).write_text(json.dumps(found | values))
    return other


def test_what_does_not_belong_together_is_refused_and_nothing_is_made(
    made: Callable[..., Path], tmp_path: Path
) -> None:
    first, second = (made(f"shard{number}", shard(number)) for number in (1, 2))
    third = made("third", shard(3, 3))
    other = made("other", replace(shard(2), seeds=(1, 2, 3)))
    for parts, said in (
        ([first], "shard 2/2 is missing"),
        ([first, third], "shards of different runs: 1/2 is one of 2, 3/3 one of 3"),
        ([first, other], "these parts choose cases in different ways"),
        ([first, change(second, "run.json", series="mine")], "series: "),
        ([first, change(second, "run.json", kernel="7.3.0")], "kernel: "),
        ([first, change(first, "build.json", image_sha256="0" * 64)], "image of the kernel: "),
        ([first, change(third, "build.json", key="0" * 24)], "and build.json is that of 0000"),
        ([first, change(other, "run.json", schema=2)], "has version 2, this m2m-rig reads"),
        ([first, tmp_path], "run.json is missing"),
    ):
        with pytest.raises(InputError, match=said):
            merge(parts, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_case_of_two_kinds_is_refused(made: Callable[..., Path], tmp_path: Path) -> None:
    whole = made("whole")
    other = tmp_path / "copy"
    shutil.copytree(whole, other)
    (other / "cases" / "one-s1" / "plan").write_bytes(b"another")
    with pytest.raises(InputError, match="one-s1 is another case in"):
        merge([whole, other], tmp_path / "out")


def test_a_name_that_leads_elsewhere_is_refused(made: Callable[..., Path], tmp_path: Path) -> None:
    whole = made("whole")
    cases = ["one-s1", "../../secret"]
    with pytest.raises(InputError, match=r"'\.\./\.\./secret' is no name of a case"):
        merge([change(whole, "run.json", cases=cases)], tmp_path / "out")
