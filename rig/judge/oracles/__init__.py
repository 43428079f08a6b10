# SPDX-License-Identifier: GPL-2.0-only
"""Oracles: each looks at the evidence of one case and gives reasons why a claim is not clean.

Each is a module here, called as the oracle is, with the oracle as its `ORACLE`; what helps
several of them is elsewhere.  An oracle is a pure function of evidence.  That it finds nothing
must mean something, so each also gives a reason when what it needs is not there.  Those that are
asked about something else than a case have no looks of their own: what asks them is in
`rig.judge`.
"""
