# SPDX-License-Identifier: GPL-2.0-only
"""`python -m rig` is `m2m-rig`."""

import sys

from rig.commands.cli import main

sys.exit(main())
