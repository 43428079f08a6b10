# SPDX-License-Identifier: GPL-2.0-only
"""What a user chose, and the command line that chooses it again.

Imports next to nothing: every call of `m2m-rig` needs it, also the shell that completes one.
"""

import shlex
from dataclasses import dataclass, field
from pathlib import Path

from rig.model.claims import Claim
from rig.model.guest import Clock, Fresh

# The workload of every family of scenarios that share a guest (rig/run/families.py).
TOGETHER = "together"


@dataclass(frozen=True)
class Selection:
    """Which scenarios a user asked for; empty means all.

    Args:
        cumulative: in as few guests as can be, instead of in one each.
    """

    drivers: tuple[str, ...] = ()
    workloads: tuple[str, ...] = ()
    paths: tuple[Path, ...] = field(default=())
    cumulative: bool = False


@dataclass(frozen=True)
class Options:
    """What a user can choose about a run.

    Args:
        kernel: a name in kernels.yaml, or the path of a source tree; None: the default one.
        series: a bundled name, a directory of patches, an mbox, or a range of commits of the
            tree that `kernel` names.
        upto: only so many patches of the series; None: all.
        patches: more patches on top, in this order.
        config: a whole `.config` to begin with; fragments win over it.
        fault: id of a mistake to plant; its patches come last.
        strict: tell lockdep of all that is needed to signal a fence (docs/explain/strict.md).
        claims: to judge these instead of what the series claims.
        seeds: one schedule each, or one run each on the real clock.
        real_seeds: besides, these on the real clock.
        fresh: whether each case boots a guest, or goes on from a snapshot of one.
        soak: scenarios that are too long for everyday are meant too.
        shard: run only every n-th case, beginning with the k-th: (k, n), k from 1.
        jobs: guests at once; None: as many as the machine can run.
        fail_fast: start no case after the first that is DIRTY.
        out: where run directories are made.
        resume: go on in this run directory instead.
    """

    kernel: str | None = None
    series: str = "none"
    upto: int | None = None
    patches: tuple[Path, ...] = ()
    fault: str | None = None
    fragments: tuple[Path, ...] = ()
    config: Path | None = None
    profile: str = "lockdep"
    strict: bool = False
    claims: tuple[Claim, ...] = ()
    clock: Clock = "virtual"
    seeds: tuple[int, ...] = (1,)
    real_seeds: tuple[int, ...] = ()
    fresh: Fresh = "boot"
    soak: bool = False
    shard: tuple[int, int] = (1, 1)
    jobs: int | None = None
    fail_fast: bool = False
    selection: Selection = field(default_factory=Selection)
    out: Path = Path("out")
    resume: Path | None = None

    def command(self, verb: str) -> str:
        """The command line that asks for the same, without cases and seeds."""
        words = ["m2m-rig", verb, "--series", self.series]
        if self.upto is not None:
            words += ["--upto", str(self.upto)]
        if self.kernel:
            words += ["--kernel", self.kernel]
        for patch in self.patches:
            words += ["--patch", str(patch)]
        if self.fault:
            words += ["--fault", self.fault]
        for fragment in self.fragments:
            words += ["--fragment", str(fragment)]
        if self.config:
            words += ["--config", str(self.config)]
        if self.profile != Options.profile:
            words += ["--profile", self.profile]
        if self.strict:
            words.append("--strict")
        for claim in self.claims:
            words += ["--claim", claim]
        for path in self.selection.paths:
            words += ["--scenario", str(path)]
        return shlex.join(words)

    @property
    def verb(self) -> str:
        """The verb that asks for cases and seeds like these."""
        return "soak" if self.soak else "run"

    def whole_command(self) -> str:
        """The command line that asks for the same, cases and seeds and all."""
        words = [word for name in self.selection.drivers for word in ("--driver", name)]
        words += [word for name in self.selection.workloads for word in ("--workload", name)]
        if self.selection.cumulative:
            words.append("--cumulative")
        words += self._seed_words()
        if self.clock != "virtual":
            words += ["--clock", self.clock]
        if self.fresh != "boot":
            words += ["--fresh", self.fresh]
        if self.shard != (1, 1):
            words += ["--shard", "{}/{}".format(*self.shard)]
        return f"{self.command(self.verb)} {shlex.join(words)}".rstrip()

    def _seed_words(self) -> list[str]:
        words = ["--real-seeds", str(len(self.real_seeds))] if self.soak else []
        if self.seeds == tuple(range(1, len(self.seeds) + 1)):
            count = ["--seeds", str(len(self.seeds))]
            return [*count, *words] if self.soak or len(self.seeds) > 1 else words
        return [word for seed in self.seeds for word in ("--seed", str(seed))] + words
