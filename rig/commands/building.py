# SPDX-License-Identifier: GPL-2.0-only
"""Verbs that build: build, boot, preflight."""

import argparse
from dataclasses import replace

from rich.markup import escape

from rig.base.cache import Cache
from rig.base.errors import InputError
from rig.commands.choice import options_of
from rig.commands.dryrun import print_dry_run
from rig.commands.shown import output_of
from rig.kernel.build import build as build_kernel
from rig.model.options import Options
from rig.preflight import report
from rig.run.prepare import guest_image, prepare
from rig.run.selection import kernel_request
from rig.run.shell import boot_shell, command_of
from rig.view.output import progress_for


def build(arguments: argparse.Namespace) -> int:
    """`build`."""
    options = options_of(arguments)
    if options.dry_run:
        return print_dry_run(options)
    cache = Cache.default()
    request = kernel_request(options)
    with output_of(arguments) as output:
        kernel = build_kernel(request, output.progress, cache=cache)
        image = guest_image(kernel, cache, output.progress)
        output.progress.close()
        output.console.print(escape(f"kernel {kernel.release}: {kernel.image}"), soft_wrap=True)
        output.console.print(escape(f"image: {image.initramfs}"), soft_wrap=True)
    return 0


def boot(arguments: argparse.Namespace) -> int:
    """`boot`."""
    # Before minutes are spent on a kernel: who pipes a script may have it no longer then.
    command = command_of(arguments.words)
    gate = prepare(options_of(arguments), progress_for())
    return boot_shell(gate, tuple(arguments.module), command)


def preflight(arguments: argparse.Namespace) -> int:
    """`preflight`."""
    options = options_of(arguments)
    if arguments.named is not None:
        if options.series not in (Options.series, arguments.named):
            raise InputError(
                f"{arguments.named} and --series {options.series} are two series",
                hint="name one",
            )
        options = replace(options, series=arguments.named)
    request = kernel_request(options)
    with output_of(arguments) as output:
        return report.preflight(request, arguments.quick, arguments.run, arguments.output, output)
