# SPDX-License-Identifier: GPL-2.0-only
"""Run directories: where they are made, and what stands in one before its cases run."""

import tempfile
from pathlib import Path

from rig.base.errors import InputError
from rig.evidence.record import RunDir, RunRecord, save

# Letters of a series in the name of a directory: with a number, as long as a file's name may be in
# any writing.
_NAME = 60


def require_place(out: Path) -> None:
    """See that `out` can hold run directories; nothing is left there.

    Raises:
        InputError: it cannot.
    """
    exists = next(path for path in (out.absolute(), *out.absolute().parents) if path.exists())
    try:
        tempfile.TemporaryDirectory(dir=exists).cleanup()
    except OSError as error:
        raise _no_place(out, error) from error


def run_folder(out: Path, series: str) -> RunDir:
    """A run directory of its own below `out`: the series and the next free number.

    Raises:
        InputError: `out` cannot hold one.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _no_place(out, error) from error
    # The name of a branch may have slashes in it.
    name = series.replace("/", "-").lstrip(".-")[:_NAME] or "range"
    number = 1
    while True:
        path = out / f"{name}-{number:03d}"
        try:
            path.mkdir()
        except FileExistsError:
            number += 1
            continue
        return RunDir(path)


def write_down(record: RunRecord, build_json: Path, directory: RunDir) -> None:
    """Say what is planned: a case without evidence is found missing by that.

    Args:
        build_json: how the kernel was built.
    """
    directory.path.mkdir(parents=True, exist_ok=True)
    save(record, directory.run)
    (directory.path / "build.json").write_bytes(build_json.read_bytes())


def _no_place(out: Path, error: OSError) -> InputError:
    return InputError(f"{out} cannot hold run directories: {error.strerror}")
