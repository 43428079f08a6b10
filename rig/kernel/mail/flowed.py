# SPDX-License-Identifier: GPL-2.0-only
"""Text that mail programs may wrap (``format=flowed``, RFC 3676), as it was before.

A line that ends with a blank goes on in the next one; a line that would begin with a blank, with
``From `` or with ``>`` got one more blank in front.
"""

from rig.kernel.mail import diff


def undo(text: bytes, delsp: bool = False) -> bytes:
    """The text before it was wrapped.

    Programs say ``flowed`` and do not keep to it, so what reads as a whole diff is right: as the
    RFC has it, else with blanks taken away only, else as it stands.

    Args:
        delsp: the blank at the end of a line that goes on is none of it.
    """
    ways = (flatten(text, delsp), _unstuffed(text), text)
    return next((way for way in ways if diff.find(way).sound), ways[0])


def flatten(text: bytes, delsp: bool = False) -> bytes:
    """The text as the RFC has it."""
    lines: list[bytes] = []
    soft = False
    for line in _without_ends(text):
        line = line[1:] if line.startswith(b" ") else line
        if soft and line != b"-- ":
            lines[-1] += line
        else:
            lines.append(line)
        # The mark of a signature ends with a blank and goes on nowhere.
        soft = line.endswith(b" ") and line != b"-- "
        if soft and delsp:
            lines[-1] = lines[-1][:-1]
    return b"\n".join(lines)


def _unstuffed(text: bytes) -> bytes:
    return b"\n".join(line[1:] if line.startswith(b" ") else line for line in _without_ends(text))


def _without_ends(text: bytes) -> list[bytes]:
    return text.replace(b"\r\n", b"\n").split(b"\n")
