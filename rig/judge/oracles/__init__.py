# SPDX-License-Identifier: GPL-2.0-only
"""Oracles: each looks at the evidence of one case and gives reasons why a claim is not clean.

An oracle is a pure function of evidence.  That it finds nothing must mean something, so each
also gives a reason when what it needs is not there.
"""
