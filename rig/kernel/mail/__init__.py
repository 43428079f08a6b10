# SPDX-License-Identifier: GPL-2.0-only
"""From a mailbox to patches in order.

`mbox` takes a mailbox apart, `message` decodes a mail, `subject` and `diff` read it, `thread` knows
what answers what, `version` and `choice` say which mails are the series.
"""
