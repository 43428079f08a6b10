# SPDX-License-Identifier: GPL-2.0-only
"""What a submitter asks of a series before it is sent: a checklist with evidence."""
