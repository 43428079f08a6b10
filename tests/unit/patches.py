# SPDX-License-Identifier: GPL-2.0-only
"""Patches for tests, of which nothing matters but the file that they touch."""


def diff(file: str) -> bytes:
    """A patch that changes the only line of a file."""
    return f"--- a/{file}\n+++ b/{file}\n@@ -1 +1 @@\n-a\n+b\n".encode()
