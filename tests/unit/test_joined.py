# SPDX-License-Identifier: GPL-2.0-only
import pytest

from rig.evidence.ktap import Observation
from rig.judge.oracles.contract.joined import cancelled, early, siblings

BUFFER = {"driver": "vim2m", "queue": "capture", "buffer": "0", "sequence": "1", "plane": "0"}


def probe(**fields: str) -> Observation:
    asked = {"state": "active", "api": "export-read", "seen": "fence", "fence-driver": "videobuf2"}
    return Observation("probe", {**BUFFER, "export": "0", **asked, **fields}, ("w",), 1)


def fence(id: str, status: str) -> Observation:
    fields = {"id": id, "when": "after-streamoff", "fence-driver": "videobuf2", "status": status}
    return Observation("fence", fields, ("w",), 2)


def pixels(wrong: str, **fields: str) -> Observation:
    return Observation(
        "pixels", {**BUFFER, "at": "streamoff", "wrong-bytes": wrong, **fields}, ("w",), 3
    )


def ids(*seen: Observation) -> list[str]:
    return [reason.id for reason in (*siblings(seen), *cancelled(seen))]


def test_exports_of_a_plane_show_the_same_fence() -> None:
    same = (probe(context="3", seqno="7"), probe(export="1", context="3", seqno="7"))
    assert ids(*same) == []
    assert ids(*same, probe(export="2", context="3", seqno="8")) == ["fence.differs"]
    assert ids(*same, probe(export="2", context="4", seqno="7")) == ["fence.differs"]


@pytest.mark.parametrize(
    "other",
    [{"buffer": "1"}, {"sequence": "2"}, {"plane": "1"}, {"instance": "1"}, {"state": "unsure"},
     {"api": "poll"}, {"members": "sw_sync:0,videobuf2:0"}],
)  # fmt: skip
def test_other_planes_jobs_and_states_are_not_compared(other: dict[str, str]) -> None:
    assert (
        ids(probe(context="3", seqno="7"), probe(export="1", context="3", seqno="8", **other)) == []
    )


def test_fences_without_numbers_cannot_be_compared() -> None:
    assert ids(probe(), probe(export="1")) == ["exercise.fence-unnamed"]
    assert ids(probe()) == []


def test_success_at_streamoff_stands_for_a_finished_picture() -> None:
    asked = probe(id="4", context="3", seqno="7")
    assert ids(asked, fence("4", "1"), pixels("0")) == []
    assert ids(asked, fence("4", "-125"), pixels("9")) == []
    assert ids(asked, fence("4", "1"), pixels("9", sequence="2")) == []
    assert ids(asked, fence("4", "1"), pixels("9")) == ["fence.error-as-success"]


def test_a_fence_signals_after_the_last_probe_that_saw_its_job_run() -> None:
    asked = (probe(id="4", end="100"), probe(id="5", end="300"), probe(sequence="2", end="900"))

    def found(status: str, timestamp: str) -> list[str]:
        again = fence("4", status)
        again.fields["timestamp"] = timestamp  # type: ignore[index]
        return [reason.id for reason in early((*asked, again))]

    assert found("1", "299") == ["fence.signaled-in-flight"]
    assert found("-5", "299") == ["fence.signaled-in-flight"]
    assert found("1", "300") == []
    # A pending fence has no time, and neither has what is not the producer's alone.
    assert found("0", "0") == []
    assert found("0", "299") == []


def test_each_open_file_numbers_its_own_fences() -> None:
    first = probe(id="1", end="100")
    second = probe(id="1", end="900", instance="1")

    def signaled(at: str, **fields: str) -> Observation:
        told = {"id": "1", "when": "after-dqbuf", "fence-driver": "videobuf2", "status": "1"}
        return Observation("fence", {**told, "timestamp": at, **fields}, ("w",), 4)

    assert list(early((first, second, signaled("200"), signaled("950", instance="1")))) == []
    (reason,) = early((first, second, signaled("200"), signaled("800", instance="1")))
    assert reason.id == "fence.signaled-in-flight"


@pytest.mark.parametrize(
    ("state", "text"),
    [
        ("active", "signaled 2 us before its job ended, or more"),
        ("queued", "showed while queued had signaled 2 us, or more, before a job of it was seen"),
    ],
)
def test_whose_fence_it_is_is_said_no_surer_than_it_is_known(state: str, text: str) -> None:
    asked = (probe(id="4", end="100", state=state), probe(id="5", end="3000"))
    again = fence("4", "1")
    again.fields["timestamp"] = "1000"  # type: ignore[index]
    (reason,) = early((*asked, again))
    assert text in reason.text
