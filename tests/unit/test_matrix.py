# SPDX-License-Identifier: GPL-2.0-only
"""A matrix asks for what is in it, and says early what there is not."""

from pathlib import Path

import pytest

from rig.base.errors import InputError
from rig.campaign.matrix import Cell, load
from rig.model.options import Options

FILE = """\
kernels: [linux-6.12, linux-7.3]
series: [none, producer-fence]
names: ["*-export", "*-signal"]
drivers: [vim2m]
seeds: 3
leave-out:
  - {kernel: linux-7.3, series: producer-fence}
"""


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "matrix.yaml"
    file.write_text(text)
    return file


def test_all_combinations_but_those_left_out(tmp_path: Path) -> None:
    how = Options(verb="matrix", out=tmp_path / "out", shard=(2, 5), jobs=1)
    items = load(written(tmp_path, FILE), how)
    assert [item.cells for item in items] == [
        ("linux-6.12", "none", "lockdep"),
        ("linux-6.12", "producer-fence", "lockdep"),
        ("linux-7.3", "none", "lockdep"),
    ]
    last = items[-1].options
    assert (last.kernel, last.series, last.seeds) == ("linux-7.3", "none", (1, 2, 3))
    assert (last.shard, last.jobs, last.drivers) == ((2, 5), 1, ("vim2m",))
    assert (last.verb, last.names, last.out) == ("run", ("*-export", "*-signal"), tmp_path / "out")


def test_a_series_of_the_users_is_relative_to_the_file(tmp_path: Path) -> None:
    patch = tmp_path / "mine" / "0001-x.patch"
    patch.parent.mkdir()
    patch.write_text("--- a/Makefile\n+++ b/Makefile\n@@ -1 +1 @@\n-a\n+b\n")
    (item,) = load(written(tmp_path, "kernels: [linux-6.12]\nseries: [mine]\n"), Options())
    assert item.options.series == str(tmp_path / "mine")


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("producer-fence]", "producer-fense]", "no series 'producer-fense'"),
        ("linux-7.3]", "linux-7.4]", "no kernel 'linux-7.4'"),
        ("[vim2m]", "[vim3m]", "unknown driver 'vim3m'"),
        ('"*-export"', "vim2m-exprot", "no scenario is called 'vim2m-exprot'"),
        ("names:", "workloads:", "matrix.yaml:3: workloads: no such key"),
        ("seeds: 3", "sedes: 3", "matrix.yaml:5: sedes"),
        ("series: [none, producer-fence]", "series: []", "nothing is left to run"),
    ],
)
def test_what_there_is_not_is_said_before_anything_runs(
    tmp_path: Path, old: str, new: str, complaint: str
) -> None:
    assert old in FILE
    with pytest.raises(InputError, match=complaint):
        load(written(tmp_path, FILE.replace(old, new)), Options())


def test_what_is_not_said_covers_everything() -> None:
    assert Cell(series="a").covers(Cell("k", "a", "p"))
    assert not Cell(series="a", profile="q").covers(Cell("k", "a", "p"))
