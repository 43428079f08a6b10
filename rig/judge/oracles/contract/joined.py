# SPDX-License-Identifier: GPL-2.0-only
"""Rows of docs/reference/contract.md that take more than one observation to judge."""

from collections.abc import Iterator, Sequence

from rig.evidence.ktap import Observation
from rig.judge.oracles.contract import kinds
from rig.judge.oracles.contract.rules import EXPORTS, producers
from rig.judge.reasons import Reason

# What makes two observations one about the same plane of the same buffer in the same job.
PLANE_KEYS = ("driver", "instance", "queue", "buffer", "sequence", "plane")

Plane = tuple[str, ...]

SyncFile = tuple[tuple[str, ...], str, str]


def siblings(observations: Sequence[Observation]) -> Iterator[Reason]:
    """C11: every export of a plane shows the same fence."""
    seen: dict[Plane, dict[str, set[tuple[str, str]]]] = {}
    unnamed: dict[Plane, Observation] = {}
    for probe in _active_fences(observations):
        plane = _plane(probe)
        if "context" not in probe.fields:
            unnamed[plane] = probe
        identity = (probe.fields.get("context", ""), probe.fields.get("seqno", ""))
        seen.setdefault(plane, {}).setdefault(probe.fields.get("export", ""), set()).add(identity)
    several = {plane: exports for plane, exports in seen.items() if len(exports) > 1}
    for plane, exports in several.items():
        if plane in unnamed:
            names = unnamed[plane].fields
            name = f"{names.get('fence-driver')}-{names.get('timeline')}"
            yield Reason(kinds.FENCE_UNNAMED, f"{name} and two numbers are too long")
            return
        fences = sorted(set().union(*exports.values()))
        if len(fences) > 1:
            shown = ", ".join(f"{context}:{number}" for context, number in fences)
            yield Reason(kinds.DIFFERS, f"C11: exports of {_told(plane)} showed {shown}")
            return


def early(observations: Sequence[Observation]) -> Iterator[Reason]:
    """C4: a fence signals when its job has ended, so not before a probe that saw the job run.

    A reservation does not show fences that have signaled, so only who has taken one before knows.
    """
    taken = _taken(observations)
    running: dict[Plane, int] = {}
    for probe in observations:
        if probe.name == "probe" and probe.fields.get("state") == "active":
            plane = _plane(probe)
            running[plane] = max(running.get(plane, 0), int(probe.fields.get("end", "0")))
    for fence in observations:
        if fence.name != "fence" or "members" in fence.fields or not any(producers(fence)):
            continue
        signaled = int(fence.fields.get("timestamp", "0"))
        asked = taken.get(_sync_file(fence))
        if asked is not None and 0 < signaled < running.get(_plane(asked), 0):
            microseconds = (running[_plane(asked)] - signaled) // 1000
            yield Reason(kinds.SIGNALED_IN_FLIGHT, _signaled(asked, microseconds))
            return


def _signaled(asked: Observation, microseconds: int) -> str:
    """What was taken while no job of it ran may well be the fence of another job."""
    state, plane = asked.fields.get("state"), _told(_plane(asked))
    if state == "active":
        return f"C4: a fence of {plane} signaled {microseconds} us before its job ended, or more"
    return (
        f"C4: a fence that {plane} showed while {state} had signaled {microseconds} us, or more, "
        "before a job of it was seen to run"
    )


def cancelled(observations: Sequence[Observation]) -> Iterator[Reason]:
    """C10: a fence that signals success at STREAMOFF stands for a finished picture."""
    planes = _planes(observations)
    successes = {
        planes.get(_sync_file(fence))
        for fence in observations
        if fence.name == "fence"
        and fence.fields.get("when") == "after-streamoff"
        and 1 in producers(fence)
    }
    for pixels in observations:
        wrong = pixels.fields.get("wrong-bytes", "0")
        at = pixels.fields.get("at")
        if pixels.name == "pixels" and at == "streamoff" and wrong != "0":
            plane = _plane(pixels)
            if plane in successes:
                text = f"C10: success at STREAMOFF, {wrong} bytes of {_told(plane)} are wrong"
                yield Reason(kinds.ERROR_AS_SUCCESS, text)


def _active_fences(observations: Sequence[Observation]) -> Iterator[Observation]:
    """Probes that exported the producer's fence, and nobody else's, while the job ran."""
    for seen in observations:
        fields = seen.fields
        if (
            seen.name == "probe"
            and fields.get("state") == "active"
            and fields.get("api") in EXPORTS
            and fields.get("seen") == "fence"
            and "members" not in fields
        ):
            yield seen


def _sync_file(seen: Observation) -> SyncFile:
    """What tells a sync_file from all others: each open file of a workload numbers its own."""
    return seen.path, seen.fields.get("instance", ""), seen.fields.get("id", "")


def _planes(observations: Sequence[Observation]) -> dict[SyncFile, Plane]:
    """What each sync_file is about."""
    return {sync_file: _plane(probe) for sync_file, probe in _taken(observations).items()}


def _taken(observations: Sequence[Observation]) -> dict[SyncFile, Observation]:
    """The probe that took each sync_file."""
    return {
        _sync_file(probe): probe
        for probe in observations
        if probe.name == "probe" and "id" in probe.fields
    }


def _plane(seen: Observation) -> Plane:
    return (*seen.path, *(seen.fields.get(key, "") for key in PLANE_KEYS))


def _told(plane: Plane) -> str:
    pairs = zip(PLANE_KEYS, plane[-len(PLANE_KEYS) :], strict=True)
    return " ".join(f"{key} {value}" for key, value in pairs if value)
