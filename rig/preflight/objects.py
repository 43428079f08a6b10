# SPDX-License-Identifier: GPL-2.0-only
"""What compiling tells of a series: new warnings, and what is left with the option off."""

import hashlib
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rig.base.errors import InputError
from rig.host import command
from rig.kernel import tree
from rig.kernel.base import BaseTree
from rig.kernel.fragment import Wishes, merge, of_mapping
from rig.kernel.patch import Patch, symbols_of
from rig.kernel.series import Series
from rig.kernel.workshop import NO_LINES, Workshop
from rig.preflight.answer import Line
from rig.preflight.work import Work

_WARNING = re.compile(r"^(?:\.\./)*(\S+?):\d+(?::\d+)?: ((?:warning|error): .*)$", re.MULTILINE)

# Numbers that the compiler gives to what has no name of its own.
_NUMBERED = re.compile(r"(__UNIQUE_ID_\w*?|__key|__func__|__already_done|descriptor|\.LC|\.L|"
                       r"_entry|_entry_ptr|CSWTCH|__msg|___done|__warned)\.?\d+")  # fmt: skip
_ADDRESS = re.compile(r"^\s*[0-9a-f]+:\s*", re.MULTILINE)
_HEAD = re.compile(r"^[0-9a-f]+ <", re.MULTILINE)
_TARGET = re.compile(r"\b[0-9a-f]+ (<[^>]+>)")


@dataclass(frozen=True)
class Bench:
    """A workshop, and what is compared in it.

    Args:
        wanted: the configuration with the option on.
        folders: with all files that the series touches.
        services: patches of the rig without which each object would be another than in its own
            builds; no code of drivers is in them.
        work: told about each build.
    """

    workshop: Workshop
    unpatched: BaseTree
    series: Series
    wanted: Wishes
    folders: tuple[str, ...]
    services: tuple[Patch, ...]
    work: Work

    def set_up(self, series: Series, wanted: Wishes) -> None:
        """Check out the kernel with a series, and configure it."""
        composed = tree.compose(self.unpatched, series, (), self.services)
        lost = symbols_of(item.patch for item in composed.missing)
        self.workshop.set_up(composed, wanted.without(lost))

    def compile(self, series: Series, wanted: Wishes, flags: str, options: Sequence[str]) -> str:
        """Compile the folders on a kernel with a series; what make said."""
        self.set_up(series, wanted)
        # What is up to date says nothing: warnings come from compilations.
        for path in self.workshop.objects(self.folders).values():
            path.unlink()
        said = self.workshop.compile(self.folders, flags=flags, options=options)
        self.work.built(f"objects, {series.name}")
        return said

    def with_values(self, values: Mapping[str, str]) -> Wishes:
        """The configuration of the base, with these symbols set so."""
        bare = self.wanted.without(self.series.config)
        return merge([tuple(bare.by_symbol.values()), of_mapping(values, "the series' option")])

    @property
    def off(self) -> Wishes:
        """The configuration with the series' option off."""
        return self.with_values(dict.fromkeys(self.series.config, "n"))


def folders_of(series: Series, unpatched: BaseTree) -> tuple[str, ...]:
    """Folders of the C files that a series touches, with a slash at the end as make wants it."""
    found = {f"{Path(file).parent}/" for file in series.files if file.endswith(".c")}
    there = (
        folder
        for folder in found
        if unpatched.repository.show(unpatched.commit, f"{folder}Makefile")
    )
    return tuple(sorted(there))


def warnings(bench: Bench) -> Line:
    """Warnings with W=1, and of sparse if it is there, that the base does not have."""
    question = "no new warnings (W=1, sparse)"
    sparse = shutil.which("sparse") is not None
    options = ["W=1", *(["C=1"] if sparse else [])]
    before = warnings_of(bench.compile(Series("none"), bench.off, "", options))
    after = warnings_of(bench.compile(bench.series, bench.wanted, "", options))
    new = tuple(f"{file}: {text}" for file, text in after if (file, text) not in set(before))
    summary = f"{len(after)} in these folders, {len(new)} new"
    if new:
        return Line(question, "no", summary, new)
    if not sparse:
        return Line(question, "not run", f"{summary}, but not with sparse: install it")
    return Line(question, "yes", summary)


def warnings_of(said: str) -> list[tuple[str, str]]:
    """File and text of each warning, without the line."""
    return _WARNING.findall(said)


def option_off(bench: Bench) -> Line:
    """With the option off the code is that of the base and of the patches that prepare it.

    Objects are compiled without line numbers and compared as disassembly with relocations.
    """
    question = "nothing left with the option off"
    if not bench.series.config:
        return Line(question, "not run", "series.yaml names no option")
    try:
        bench.compile(bench.series.preparation, bench.off, NO_LINES, ())
        base = disassemble(bench)
        bench.compile(bench.series, bench.off, NO_LINES, ())
    except InputError as error:
        return Line(question, "no", error.message.partition("\n")[0])
    patched = disassemble(bench)
    differ = tuple(sorted(name for name in base | patched if base.get(name) != patched.get(name)))
    summary = f"{len(patched)} objects, {len(differ)} differ"
    return Line(question, "no" if differ else "yes", summary, differ)


def disassemble(bench: Bench) -> dict[str, str]:
    """A digest of each object's code, blind for the numbers that the compiler makes up."""
    prefix = bench.workshop.recipe.toolchain.prefix
    return {
        name: hashlib.sha256(masked(_code(f"{prefix}objdump", path)).encode()).hexdigest()
        for name, path in bench.workshop.objects(bench.folders).items()
    }


def _code(objdump: str, path: Path) -> str:
    said = command.run([objdump, "-dr", "--no-show-raw-insn", path]).text
    # The first lines name the file.
    return said.partition("Disassembly")[2]


def masked(text: str) -> str:
    """Disassembly without addresses and made-up numbers."""
    text = _ADDRESS.sub("", text)
    text = _HEAD.sub("<", text)
    text = _TARGET.sub(r"\1", text)
    return _NUMBERED.sub(r"\1", text)
