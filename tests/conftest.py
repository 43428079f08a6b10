# SPDX-License-Identifier: GPL-2.0-only
"""What all tests need."""

import signal

# What a shell starts in the background ignores SIGINT, and so do its children; tests interrupt
# children of theirs.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
