"""`scripts/bench`: a release build and the development servers (durable, as in production), then the program."""

from __future__ import annotations

import os
import subprocess
import sys

from . import control, services, toolchain
from .console import Console, Problem
from .layout import Layout
from .services import DEVELOPMENT

BUILD = ["cargo", "build", "--release", "--package", "terrace-server", "--package", "terrace-bench"]


def main(arguments: list[str]) -> int:
    console = Console()
    try:
        layout = services.placed(Layout.of_checkout())
        toolchain.require_tools(layout)
        # Standard output belongs to the program: `scripts/bench --json` must be JSON only.
        if subprocess.run(BUILD, cwd=layout.root, stdout=sys.stderr, check=False).returncode != 0:
            raise Problem("The build failed, so there is nothing to measure.")
        if "--help" in arguments:
            up = []
        else:
            with control.lock(layout, console):
                up = control.exports(services.bring_up(layout, DEVELOPMENT, console))
        environment = {**os.environ, **dict(line.split("=", 1) for line in up)}
        program = layout.root / "target" / "release" / "bench"
        return subprocess.run([program, *arguments], cwd=layout.root, env=environment, check=False).returncode
    except Problem as problem:
        console.problem(problem)
        return 1
    except KeyboardInterrupt:
        return 130
