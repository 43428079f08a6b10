# SPDX-License-Identifier: GPL-2.0-only
"""What is no test: measuring, profiling, linting."""
