# SPDX-License-Identifier: GPL-2.0-only
"""Requests of ioctls by name: those of ``videodev2.h``, ``media.h``, ``dma-buf.h``,
``sync_file.h`` and ``dma-heap.h``, and those of ``drivers/dma-buf/sw_sync.c``."""

from typing import Final

_V4L2: Final = (
    "0 QUERYCAP,2 ENUM_FMT,4 G_FMT,5 S_FMT,8 REQBUFS,9 QUERYBUF,10 G_FBUF,11 S_FBUF,14 OVERLAY,"
    "15 QBUF,16 EXPBUF,17 DQBUF,18 STREAMON,19 STREAMOFF,21 G_PARM,22 S_PARM,23 G_STD,24 S_STD,"
    "25 ENUMSTD,26 ENUMINPUT,27 G_CTRL,28 S_CTRL,36 QUERYCTRL,37 QUERYMENU,38 G_INPUT,39 S_INPUT,"
    "46 G_OUTPUT,47 S_OUTPUT,48 ENUMOUTPUT,58 CROPCAP,59 G_CROP,60 S_CROP,64 TRY_FMT,"
    "67 G_PRIORITY,68 S_PRIORITY,71 G_EXT_CTRLS,72 S_EXT_CTRLS,73 TRY_EXT_CTRLS,"
    "74 ENUM_FRAMESIZES,75 ENUM_FRAMEINTERVALS,76 G_ENC_INDEX,77 ENCODER_CMD,78 TRY_ENCODER_CMD,"
    "89 DQEVENT,90 SUBSCRIBE_EVENT,91 UNSUBSCRIBE_EVENT,92 CREATE_BUFS,93 PREPARE_BUF,"
    "94 G_SELECTION,95 S_SELECTION,96 DECODER_CMD,97 TRY_DECODER_CMD,103 QUERY_EXT_CTRL,"
    "104 REMOVE_BUFS"
)
_OTHERS: Final = (
    "| 0 MEDIA_IOC_DEVICE_INFO,| 1 MEDIA_IOC_ENUM_ENTITIES,| 4 MEDIA_IOC_G_TOPOLOGY,"
    "| 5 MEDIA_IOC_REQUEST_ALLOC,| 128 MEDIA_REQUEST_IOC_QUEUE,| 129 MEDIA_REQUEST_IOC_REINIT,"
    "| 130 MEDIA_REQUEST_IOC_QUEUE_FENCE,"
    "b 0 DMA_BUF_IOCTL_SYNC,b 1 DMA_BUF_SET_NAME,b 2 DMA_BUF_IOCTL_EXPORT_SYNC_FILE,"
    "b 3 DMA_BUF_IOCTL_IMPORT_SYNC_FILE,> 3 SYNC_IOC_MERGE,> 4 SYNC_IOC_FILE_INFO,"
    "H 0 DMA_HEAP_IOCTL_ALLOC,d 45 DRM_IOCTL_PRIME_HANDLE_TO_FD,"
    "W 0 SW_SYNC_IOC_CREATE_FENCE,W 1 SW_SYNC_IOC_INC"
)


def _names() -> dict[tuple[str, int], str]:
    """By type and number."""
    found: dict[tuple[str, int], str] = {}
    for entry in _V4L2.split(","):
        number, name = entry.split()
        found["V", int(number)] = f"VIDIOC_{name}"
    for entry in _OTHERS.split(","):
        kind, number, name = entry.split()
        found[kind, int(number)] = name
    return found


_NAMES: Final = _names()


def ioctl_name(request: int) -> str:
    """As its header calls it; of one that is not known the type and the number."""
    kind, number = ioctl_type(request), request & 0xFF
    return _NAMES.get((kind, number), f"ioctl {kind!r} {number}")


def ioctl_type(request: int) -> str:
    """The letter that tells whose it is."""
    return chr(request >> 8 & 0xFF)
