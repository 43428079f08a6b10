# SPDX-License-Identifier: GPL-2.0-only
"""Sync_files, whoever signals them."""

from collections.abc import Iterator

from rig.judge.oracles.uapi.program import Program, Step
from rig.judge.oracles.uapi.rule import Rule, Seen, expect
from rig.judge.oracles.uapi.rules.waiting import _ERR, _IN, _LONG, _next, _Poll, _polls

_STATUS_AT = 32


def _answered(program: Program) -> Iterator[tuple[_Poll, int]]:
    """Polls of sync_files, each with the status that the same thread was told right after it."""
    for poll in _polls(program, "sync_file"):
        after = _next(program, poll.step)
        status = _status(after) if after else None
        if status is not None:
            yield poll, status


def _status(step: Step) -> int | None:
    if step.name != "SYNC_IOC_FILE_INFO" or not step.done:
        return None
    return int.from_bytes(step.call.after[_STATUS_AT : _STATUS_AT + 4], "little", signed=True)


def _early(program: Program) -> Iterator[Seen]:
    for poll, status in _answered(program):
        if poll.told & _IN and not poll.told & _ERR:
            told = f"{poll.step} said that it has signaled, then its status was {status}"
            yield expect(poll.step, status != 0, told)


def _lost(program: Program) -> Iterator[Seen]:
    for poll, status in _answered(program):
        if poll.events & _IN and not poll.told and poll.waited >= _LONG:
            told = f"{poll.step} said nothing for {poll.waited} ns, then its status was {status}"
            yield expect(poll.step, status == 0, told)


_SOURCE = "driver-api/sync_file.rst and include/uapi/linux/sync_file.h"

RULES = (
    Rule(
        "sync-file-early",
        "documented",
        "A sync_file that poll() calls ready has signaled.",
        f"{_SOURCE}, struct sync_file_info, status",
        _early,
    ),
    Rule(
        "sync-file-lost",
        "documented",
        "poll() does not sleep on a sync_file that has signaled.",
        f"{_SOURCE}, struct sync_file_info, status",
        _lost,
    ),
)
