# SPDX-License-Identifier: GPL-2.0-only
"""What each verb of the command line does, from its arguments to its exit status.

A module is imported when one of its verbs is called: a verb that prints a schema waits for nobody.
"""
