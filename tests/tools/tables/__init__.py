# SPDX-License-Identifier: GPL-2.0-only
"""What pages repeat of the code, made from the code: see `tests.tools.made`.

Each module here is found by its name and has a function `made`, which takes nothing and returns
Markdown; links in it are relative to the page that asks for it.
"""
