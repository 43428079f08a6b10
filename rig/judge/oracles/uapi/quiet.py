# SPDX-License-Identifier: GPL-2.0-only
"""Calls that change nothing about formats, selections and controls of a file."""

from typing import Final

QUIET: Final = frozenset(
    (
        *("VIDIOC_QUERYCAP", "VIDIOC_ENUM_FMT", "VIDIOC_G_FMT", "VIDIOC_TRY_FMT"),
        *("VIDIOC_ENUM_FRAMESIZES", "VIDIOC_ENUM_FRAMEINTERVALS", "VIDIOC_G_SELECTION"),
        *("VIDIOC_QUERYCTRL", "VIDIOC_QUERY_EXT_CTRL", "VIDIOC_QUERYMENU", "VIDIOC_G_CTRL"),
        *("VIDIOC_G_EXT_CTRLS", "VIDIOC_TRY_EXT_CTRLS", "VIDIOC_QUERYBUF", "VIDIOC_EXPBUF"),
        *("VIDIOC_SUBSCRIBE_EVENT", "VIDIOC_UNSUBSCRIBE_EVENT", "VIDIOC_G_PARM"),
        *("VIDIOC_REQBUFS", "VIDIOC_CREATE_BUFS"),
        *("VIDIOC_TRY_ENCODER_CMD", "VIDIOC_TRY_DECODER_CMD", "poll", "mmap", "dup"),
    )
)
