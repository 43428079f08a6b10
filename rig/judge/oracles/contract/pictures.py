# SPDX-License-Identifier: GPL-2.0-only
"""C14: a fence of success stands for a finished picture, whatever the program; from the records of
calls, in which programs say of each picture how much of it was wrong."""

from collections.abc import Iterator
from struct import unpack_from

from rig.evidence.case import CaseEvidence
from rig.evidence.descriptors import Thing
from rig.evidence.fences import OTHERS
from rig.evidence.structures import Memory, is_output, read_expbuf
from rig.judge.oracles.contract import kinds
from rig.judge.oracles.uapi.judged import programs
from rig.judge.oracles.uapi.program import Program, Step
from rig.judge.reasons import Reason

# struct sync_file_info: a name of 32 bytes, then the status.
_NAME, _STATUS = slice(0, 32), 32

_Descriptor = tuple[int, int]
_Buffer = tuple[Thing, int]


def finished(case: CaseEvidence) -> Iterator[Reason]:
    """Pictures of buffers whose fence was pending and then said that all went well.

    Hardware that lies is believed by its driver; who reads when he is told is judged even then.
    """
    for program in programs(case):
        wrong = [] if program.faulty else list(_wrong(program))
        if wrong:
            step, count, size = wrong[0]
            often = f", and {len(wrong) - 1} times more" if len(wrong) > 1 else ""
            yield Reason(
                kinds.TORN_DATA,
                f"C14: success, and {count} of {size} bytes are wrong{often} "
                f"(call {step.call.begin} of {program.name})",
            )


def _wrong(program: Program) -> Iterator[tuple[Step, int, int]]:
    """Comparisons, each with how many of how many bytes were wrong."""
    fences = _Fences()
    for step in program.steps:
        if step.name != "pixels":
            fences.learn(step)
        elif step.about is not None and len(step.call.before) >= 24:
            index, wrong, size = unpack_from("<3Q", step.call.before)
            if wrong and fences.said_success((step.about, index)):
                yield step, wrong, size


class _Fences:
    """What is known of the fences of the CAPTURE buffers of one program."""

    def __init__(self) -> None:
        self._memory: dict[_Buffer, set[_Descriptor]] = {}
        # Of what dma-buf each sync_file is; which were pending; of which success came.
        self._taken: dict[_Descriptor, _Descriptor] = {}
        self._pending: set[_Descriptor] = set()
        self._succeeded: set[_Descriptor] = set()

    def said_success(self, buffer: _Buffer) -> bool:
        """Of the job that came after the buffer was queued last."""
        return bool(self._memory.get(buffer, set()) & self._succeeded)

    def learn(self, step: Step) -> None:
        """What a call did."""
        own = step.call.process, step.call.fd
        if step.name == "close":
            self._forget(own)
        elif not step.done:
            return
        elif step.name == "VIDIOC_EXPBUF" and step.about:
            self._exported(step, step.about)
        elif step.name == "VIDIOC_QBUF" and step.about:
            self._queued(step, step.about)
        elif step.name == "DMA_BUF_IOCTL_EXPORT_SYNC_FILE" and len(step.call.after) >= 8:
            sync_file = step.call.process, unpack_from("<Ii", step.call.after)[1]
            self._forget(sync_file)
            self._taken[sync_file] = own
        elif step.name == "SYNC_IOC_FILE_INFO" and own in self._taken:
            self._told(own, step.call.after)

    def _exported(self, step: Step, file: Thing) -> None:
        found = read_expbuf(step.call.after)
        if found and not is_output(found.type):
            dmabuf = step.call.process, found.fd
            self._memory.setdefault((file, found.index), set()).add(dmabuf)

    def _queued(self, step: Step, file: Thing) -> None:
        """From here on what is asked is about the next job."""
        if step.given is None or step.output:
            return
        buffer = file, step.given.index
        if step.given.memory == Memory.DMABUF:
            self._memory[buffer] = {(step.call.process, plane.m) for plane in step.given.planes}
        self._succeeded -= self._memory.get(buffer, set())
        for sync_file, dmabuf in tuple(self._taken.items()):
            if dmabuf in self._memory.get(buffer, ()):
                self._forget(sync_file)

    def _told(self, sync_file: _Descriptor, info: bytes) -> None:
        """The stub, which is no promise of anybody, was never pending."""
        if len(info) < _STATUS + 4:
            return
        name = info[_NAME].split(b"\0")[0].decode(errors="backslashreplace")
        [status] = unpack_from("<i", info, _STATUS)
        if status == 0 and name.partition("-")[0] not in OTHERS:
            self._pending.add(sync_file)
        elif status == 1 and sync_file in self._pending:
            self._succeeded.add(self._taken[sync_file])

    def _forget(self, descriptor: _Descriptor) -> None:
        self._taken.pop(descriptor, None)
        self._pending.discard(descriptor)
        self._succeeded.discard(descriptor)
