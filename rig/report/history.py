# SPDX-License-Identifier: GPL-2.0-only
"""What happened to one buffer in one use: the trace and what consumers saw, on one clock.

The trace runs on `mono`, which is the CLOCK_MONOTONIC of the observations
(docs/reference/protocol.md).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from rig.evidence.case import CaseEvidence
from rig.evidence.fences import FenceLife
from rig.evidence.hardware import Job
from rig.evidence.ktap import Observation
from rig.evidence.trace import Event
from rig.judge.judged import JudgedCase
from rig.judge.oracles.contract.rules import CONTROL, POLLS, RULES, broken_rules
from rig.model.claims.fences import CLAIM as FENCES
from rig.report.uses import TYPES, Use, life_of, matching_use, microseconds, uses_of

Lane = Literal[
    "application", "driver", "hardware", "fence", "sync_file", "poll", "sleeper", "kernel log"
]
Tone = Literal["plain", "good", "bad"]

# From top to bottom: who acts, what stands for it, who is told.
LANES: tuple[Lane, ...] = (
    "application",
    "driver",
    "hardware",
    "fence",
    "sync_file",
    "poll",
    "sleeper",
    "kernel log",
)

# What makes observations those of one use of one plane.
_KEYS = ("driver", "instance", "queue", "buffer", "sequence", "plane")


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened at `time_us`, microseconds of CLOCK_MONOTONIC."""

    time_us: float
    lane: Lane
    label: str
    tone: Tone = "plain"
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """Something that lasted.  `end_us` None: to the end of the case."""

    begin_us: float
    end_us: float | None
    lane: Lane
    label: str
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class History:
    """One use of one buffer.

    Args:
        title: which buffer, for people.
        marks, spans: in the order of their times.
        traced: the guest delivered a trace; without one, only what consumers saw is here.
    """

    title: str
    marks: tuple[Mark, ...]
    spans: tuple[Span, ...]
    traced: bool

    @property
    def begin_us(self) -> float:
        """The first moment of it."""
        return min(mark.time_us for mark in self.marks)


@dataclass(slots=True)
class _Found:
    marks: list[Mark] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)


def tell_history(judged: JudgedCase) -> History | None:
    """The history that says most about a case: that of the first fault, else the first whole one.

    Nothing that only a claim would call a fault is one where that claim is not judged.
    None if neither trace nor consumers tell of any buffer.
    """
    history = _told(judged)
    if history is None or judged.verdict.claims[FENCES] != "not judged":
        return history
    return replace(
        history,
        marks=tuple(replace(mark, tone=_calm(mark.tone, mark.lane)) for mark in history.marks),
        spans=tuple(replace(span, tone=_calm(span.tone, span.lane)) for span in history.spans),
    )


def _calm(tone: Tone, lane: Lane) -> Tone:
    """What the kernel itself reports is bad under every claim."""
    return "plain" if tone == "bad" and lane != "kernel log" else tone


def _told(judged: JudgedCase) -> History | None:
    case = judged.evidence
    broken = _broken(judged)
    probes = _probes(case)
    chosen = next((probe for seen in broken if (probe := _subject(seen, probes))), None)
    if chosen is None and (life := _odd_life(case)):
        return _of_life(case, life, broken)
    if chosen is None:
        chosen = next(
            (probe for probe in case.results.observations if _is_active(probe)),
            next(iter(case.results.observations), None),
        )
    if chosen is None or "buffer" not in chosen.fields:
        return None
    return _of_observation(case, chosen, broken)


def _broken(judged: JudgedCase) -> tuple[Observation, ...]:
    """The observations that break a row of the contract, worst row first, as far as that says
    anything about a claim that was judged."""
    case, verdict = judged.evidence, judged.verdict
    rules = CONTROL if case.record.scenario.control else RULES
    found = broken_rules(case.results.observations, rules)
    claims = [claim for claim, outcome in verdict.claims.items() if outcome != "not judged"]
    return tuple(
        seen
        for rule, observations in found.items()
        if any(rule.kind.effect(claim) for claim in claims)
        for seen in observations
    )


def _probes(case: CaseEvidence) -> dict[tuple[tuple[str, ...], str], Observation]:
    return {
        (probe.path, probe.fields["id"]): probe
        for probe in case.results.observations
        if probe.name == "probe" and "id" in probe.fields
    }


def _subject(
    seen: Observation, probes: dict[tuple[tuple[str, ...], str], Observation]
) -> Observation | None:
    """The observation that names the buffer: itself, or the probe that took its sync_file."""
    if "buffer" in seen.fields:
        return seen
    return probes.get((seen.path, seen.fields.get("id", "")))


def _is_active(seen: Observation) -> bool:
    return seen.name == "probe" and seen.fields.get("state") == "active"


def _odd_life(case: CaseEvidence) -> FenceLife | None:
    """The first fence that was not made, published and signaled once each."""
    lives = case.lives
    for life in lives.fences.values() if lives else ():
        counts = (len(life.initialised), len(life.signals), len(life.publishes))
        if counts[:2] != (1, 1) or (lives and lives.published and counts[2] != 1):
            return life
    return None


def _of_observation(
    case: CaseEvidence, chosen: Observation, broken: Sequence[Observation]
) -> History:
    seen = [each for each in case.results.observations if _same_use(each, chosen)]
    ids = {each.fields["id"] for each in seen if "id" in each.fields}
    later = [
        each
        for each in case.results.observations
        if each.name == "fence" and each.path == chosen.path and each.fields.get("id") in ids
    ]
    use = matching_use(case, chosen)
    life = life_of(case, seen, use)
    names = " ".join(
        f"{key} {chosen.fields[key]}"
        for key in ("instance", "buffer", "plane", "sequence")
        if key in chosen.fields
    )
    title = f"{chosen.fields.get('driver', '')} {chosen.fields.get('queue', '')}, {names}"
    return _history(case, title, use, life, (*seen, *later), broken)


def _of_life(case: CaseEvidence, life: FenceLife, broken: Sequence[Observation]) -> History | None:
    use = None
    if life.publishes:
        event = life.publishes[0]
        use = next(
            (
                use
                for use in uses_of(case)
                if use.owner == event.fields.get("owner")
                and use.index == event.fields.get("index")
                and use.holds(event.time_us)
            ),
            None,
        )
    where = f", {use.queue} buffer {use.index}" if use else ""
    title = f"fence {life.context}:{life.seqno} {life.timeline}{where}"
    return _history(case, title, use, life, (), broken)


def _history(
    case: CaseEvidence,
    title: str,
    use: Use | None,
    life: FenceLife | None,
    seen: Sequence[Observation],
    broken: Sequence[Observation],
) -> History:
    found = _Found()
    if use is not None and case.trace is not None:
        _buffer_events(found, use, case.trace.events)
    if life is not None:
        _fence_events(found, life)
    if job := _job_of(case, found, life):
        _hardware_events(found, job)
    bad = {each.line for each in broken}
    for each in seen:
        _consumer_event(found, each, "bad" if each.line in bad else "good")
    found.marks += _splat_marks(case)
    return History(
        title=title,
        marks=tuple(sorted(found.marks, key=lambda mark: mark.time_us)),
        spans=tuple(sorted(found.spans, key=lambda span: span.begin_us)),
        traced=case.trace is not None,
    )


def _splat_marks(case: CaseEvidence) -> Iterator[Mark]:
    """printk's clock is not CLOCK_MONOTONIC, but both count from boot at the same pace."""
    for found in case.splats[:1]:
        splat = found.splat
        if splat.time_us is not None:
            where = f"serial.log:{splat.first_line}"
            yield Mark(float(splat.time_us), "kernel log", splat.kind, "bad", where)


def _buffer_events(found: _Found, use: Use, events: Sequence[Event]) -> None:
    owned: float | None = None
    for event in events:
        fields = event.fields
        mine = (
            fields.get("owner") == use.owner
            and fields.get("index") == use.index
            and fields.get("type") in TYPES[use.queue]
            and use.holds(event.time_us)
        )
        if not mine:
            continue
        if event.name == "vb2_qbuf":
            found.marks.append(Mark(event.time_us, "application", "QBUF", detail=event.task))
        elif event.name == "vb2_dqbuf":
            found.marks.append(Mark(event.time_us, "application", "DQBUF", detail=event.task))
        elif event.name == "vb2_buf_queue":
            owned = event.time_us
            found.marks.append(Mark(event.time_us, "driver", "queued", detail=event.task))
        elif event.name == "vb2_buf_done":
            found.marks.append(Mark(event.time_us, "driver", "done", detail=event.task))
            if owned is not None:
                found.spans.append(Span(owned, event.time_us, "driver", "the driver owns it"))
                owned = None
    if owned is not None:
        found.spans.append(Span(owned, None, "driver", "the driver owns it", "bad"))


def _fence_events(found: _Found, life: FenceLife) -> None:
    name = f"{life.context}:{life.seqno}"
    born = life.initialised[0] if life.initialised else None
    for made in life.initialised:
        found.marks.append(Mark(made, "fence", "made", detail=f"{name} {life.timeline}"))
    for publish in life.publishes:
        found.marks.append(Mark(publish.time_us, "fence", "published", detail=publish.task))
    for number, signal in enumerate(life.signals):
        found.marks.append(Mark(signal, "fence", "signaled", "bad" if number else "good"))
    for destroyed in life.destroyed:
        found.marks.append(Mark(destroyed, "fence", "destroyed"))
    if born is not None:
        end = life.signals[0] if life.signals else None
        found.spans.append(
            Span(born, end, "fence", f"fence {name} pending", "plain" if life.signals else "bad")
        )


def _job_of(case: CaseEvidence, found: _Found, life: FenceLife | None) -> Job | None:
    """The job of the imitated hardware: that of the fence, or for want of one the last that ended
    before the driver was done."""
    if life is not None:
        pairs = (pair for joined in case.joined.values() for pair in joined.pairs)
        return next((pair.job for pair in pairs if pair.fence is life), None)
    jobs = case.hardware.jobs if case.hardware else ()
    if len({job.block for job in jobs}) != 1:
        return None
    done = [mark.time_us for mark in found.marks if (mark.lane, mark.label) == ("driver", "done")]
    before = [job for job in jobs if done and 0 < job.irq <= done[0] * 1000]
    return before[-1] if before else None


def _hardware_events(found: _Found, job: Job) -> None:
    name = f"{job.block} job {job.number}"
    tone: Tone = "plain" if job.outcome == "done" else "bad"
    for at, label in ((job.start, "start"), (job.data, "data"), (job.irq, "interrupt")):
        if at:
            found.marks.append(Mark(at / 1000, "hardware", label, detail=name))
    if job.end:
        found.marks.append(Mark(job.end / 1000, "hardware", job.outcome, tone, name))
    found.spans.append(
        Span(job.start / 1000, job.end / 1000 if job.end else None, "hardware", name, tone)
    )


def _consumer_event(found: _Found, seen: Observation, tone: Tone) -> None:
    fields = seen.fields
    api, answer = fields.get("api", ""), fields.get("seen", "")
    begin, end = microseconds(seen, "begin"), microseconds(seen, "end")
    time = microseconds(seen, "time")
    if seen.name == "probe" and begin is not None:
        if answer == "fence":
            answer = _FENCE_STATUS.get(fields.get("status", ""), "fence with an error")
        state = fields.get("state", "")
        lane: Lane = "poll" if api in POLLS else "sync_file"
        found.marks.append(Mark(begin, lane, answer, tone, f"{api}, buffer {state}"))
    elif seen.name == "wait" and begin is not None:
        found.spans.append(Span(begin, end, "sleeper", api, tone))
        woken = "woken" if answer == "ready" else answer
        found.marks.append(Mark(end or begin, "sleeper", woken, tone, api))
    elif seen.name == "pixels":
        # It has no time of its own: it was looked at when the sleeper was woken.
        wrong = fields.get("wrong-bytes", "0")
        if wrong != "0" and found.spans:
            at = max(span.end_us or span.begin_us for span in found.spans)
            found.marks.append(Mark(at, "sleeper", f"{wrong} bytes wrong", "bad", "pixels"))
    elif seen.name == "fence" and time is not None:
        status = _FENCE_STATUS.get(fields.get("status", ""), "an error")
        when = fields.get("when", "").replace("-", " ")
        found.marks.append(Mark(time, "sync_file", status, tone, when))


_FENCE_STATUS = {"0": "pending", "1": "signaled"}


def _same_use(one: Observation, other: Observation) -> bool:
    return one.path == other.path and all(
        one.fields.get(key) == other.fields.get(key) for key in _KEYS
    )
