# SPDX-License-Identifier: GPL-2.0-only
"""What a command ends with: the verdicts, and the errors, which are none."""

from collections.abc import Mapping

from rig.base.errors import EnvironmentFailure, InputError, RigError
from rig.judge.verdict import EXIT_STATUS
from tests.tools.keys import sentences
from tests.tools.made import table

# What each verdict is worth, in one line.
MEANS: Mapping[str, str] = {
    "CLEAN": "nothing was found, *and* lockdep was alive to the very end, *and* the code under "
    "test was exercised",
    "DIRTY": "something was found: the report names it, its line of source, and the command that "
    "shows it again",
    "INCONCLUSIVE": "nothing was found, but something that must be proven was not",
}


def made() -> str:
    errors: tuple[type[RigError], ...] = (EnvironmentFailure, InputError)
    verdicts = [(str(status), f"`{name}`", MEANS[name]) for name, status in EXIT_STATUS.items()]
    others = [(str(error.exit_status), "none", _first_sentence(error)) for error in errors]
    return table(("exit status", "verdict", "means"), [*verdicts, *others])


def _first_sentence(shape: type) -> str:
    """What a class is, as the beginning of its docstring says, in the middle of a sentence."""
    said = sentences(shape)[0].removesuffix(".")
    return said[0].lower() + said[1:]
