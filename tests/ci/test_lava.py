# SPDX-License-Identifier: GPL-2.0-only
"""The LAVA job against LAVA's own schema, which comes with its Debian package."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.ci.test_files import FILES

pytest.importorskip("voluptuous")


@pytest.fixture
def lava(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """LAVA's Python, unpacked but not installed."""
    done = subprocess.run(["apt-get", "download", "lava-common"], cwd=tmp_path, capture_output=True)
    if done.returncode:
        pytest.skip("the package lava-common cannot be had")
    (package,) = tmp_path.glob("lava-common*.deb")
    subprocess.run(["dpkg-deb", "-x", package, tmp_path / "lava"], check=True)
    monkeypatch.syspath_prepend(tmp_path / "lava" / "usr" / "lib" / "python3" / "dist-packages")
    for name in [name for name in sys.modules if name.startswith("lava_common")]:
        monkeypatch.delitem(sys.modules, name)


@pytest.mark.usefixtures("lava")
def test_the_job_is_one_that_lava_accepts() -> None:
    from lava_common import schemas  # type: ignore[import-not-found]

    job = yaml.safe_load((FILES / "lava.yaml").read_text())
    schemas.validate(job)
    schemas.extra_checks(job)
    job["actions"][0]["test"]["definitions"][0]["from"] = "nowhere"
    with pytest.raises(schemas.Invalid):
        schemas.validate(job)
