# SPDX-License-Identifier: GPL-2.0-only
"""Pages of memory, as the kernels under test have them."""

_PAGE = 4096


def whole_pages(size: int) -> int:
    """The bytes that are mapped where `size` bytes are: pages are, not bytes."""
    return (size + _PAGE - 1) // _PAGE * _PAGE
