# SPDX-License-Identifier: GPL-2.0-only
"""Who printed a line of the serial log: the kernel, or a program by way of /dev/kmsg.

On the console both look the same.  In the kernel's record they differ: a program may choose any
facility but 0, which is the kernel's own (devkmsg_write() in kernel/printk/printk.c).
"""

from collections import Counter
from collections.abc import Sequence

from rig.evidence.klog import KmsgRecord, SerialLine, console_lines

# Priorities of facility 0 are the severities alone.
_KERNEL = range(8)

_Key = tuple[int | None, str | None, str]


def kernel_lines(
    serial: Sequence[SerialLine], kmsg: Sequence[KmsgRecord]
) -> tuple[SerialLine, ...]:
    """The serial log without the lines that a record proves to be a program's.

    What no record accounts for stays: it may be the kernel's.
    """
    programs: Counter[_Key] = Counter()
    kernel: set[_Key] = set()
    for record in kmsg:
        keys = [_key(line) for line in console_lines(record)]
        if record.priority in _KERNEL:
            kernel.update(keys)
        else:
            programs.update(keys)
    kept = []
    for line in serial:
        key = _key(line)
        # A key that both printed tells nothing, and neither does one more line than records.
        if key in kernel or not programs[key]:
            kept.append(line)
        else:
            programs[key] -= 1
    return tuple(kept)


def _key(line: SerialLine) -> _Key:
    return line.time_us, line.caller, line.text
