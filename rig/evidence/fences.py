# SPDX-License-Identifier: GPL-2.0-only
"""The lives of the fences that are judged, joined from the trace.

dma_fence events print a context and a sequence number of 32 bits (include/trace/events/dma_fence.h)
and, from 7.x on, lose the driver's name once the fence is signaled: context and sequence number are
the join.  vb2 events tell which buffer a fence belongs to.
"""

from dataclasses import dataclass, field

from rig.evidence.trace import Event, Trace

# Whose fences a guest of the rig also meets: the kernel's own containers, and what plays the
# consumer or somebody else.  Every other fence is a producer's: a series calls its own as it likes.
OTHERS = frozenset(
    ("stub", "dma_fence_array", "dma_fence_chain", "sw_sync", "vgem", "vkms", "mock", "selftest")
)

Identity = tuple[int, int]


@dataclass(slots=True)
class FenceLife:
    """When each thing happened to one fence, in microseconds of the trace clock.

    `publishes` and `signals` are lists because more than one of either is a defect to be seen.
    """

    context: int
    seqno: int
    timeline: str = ""
    initialised: list[int] = field(default_factory=list)
    publishes: list[Event] = field(default_factory=list)
    vb2_signals: list[Event] = field(default_factory=list)
    signals: list[int] = field(default_factory=list)
    destroyed: list[int] = field(default_factory=list)

    @property
    def on_output(self) -> bool:
        """Whether it was published for a buffer that the device reads."""
        return any(published_on_output(event) for event in self.publishes)


@dataclass(frozen=True, slots=True)
class FenceLives:
    """All fences of producers in a trace, by context and sequence number, in order of birth."""

    fences: dict[Identity, FenceLife]
    lost: int

    @property
    def made(self) -> int:
        """How many fences were initialised."""
        return sum(1 for life in self.fences.values() if life.initialised)

    @property
    def published(self) -> int:
        """How many fences were published successfully."""
        return sum(1 for life in self.fences.values() if life.publishes)


def published_on_output(publish: Event) -> bool:
    """Whether an event publishes a fence for a buffer of an OUTPUT queue, by the queue's name
    (vb2_queue_init_name(), drivers/media/common/videobuf2/videobuf2-v4l2.c)."""
    return publish.fields.get("queue", "").startswith("out-")


def fence_lives(trace: Trace) -> FenceLives:
    """Join a trace."""
    fences: dict[Identity, FenceLife] = {}
    for event in trace.events:
        identity = _identity(event)
        if identity is None:
            continue
        if event.name == "dma_fence_init" and event.fields.get("driver") not in OTHERS:
            life = fences.setdefault(identity, FenceLife(*identity))
            life.timeline = event.fields.get("timeline", "")
            life.initialised.append(event.time_us)
        elif event.name == "vb2_fence_publish" and event.fields.get("error", "0") == "0":
            fences.setdefault(identity, FenceLife(*identity)).publishes.append(event)
        elif event.name == "vb2_fence_signal":
            fences.setdefault(identity, FenceLife(*identity)).vb2_signals.append(event)
        elif identity in fences and event.name == "dma_fence_signaled":
            fences[identity].signals.append(event.time_us)
        elif identity in fences and event.name == "dma_fence_destroy":
            fences[identity].destroyed.append(event.time_us)
    return FenceLives(fences, trace.lost)


def _identity(event: Event) -> Identity | None:
    try:
        return int(event.fields["context"]) & 0xFFFFFFFF, int(event.fields["seqno"]) & 0xFFFFFFFF
    except (KeyError, ValueError):
        return None
