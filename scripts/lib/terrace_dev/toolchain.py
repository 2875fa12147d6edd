"""cargo, and the `terrace` binary with the environment it needs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from . import bundle, services
from .console import Console, Problem, Step
from .layout import Layout

# Each with the one line that a person who lacks it needs.
TOOLS = {
    "cargo": "cargo is missing: install Rust with rustup, then open a new terminal.",
    "cc": "A C compiler (cc) is missing, which Rust links with: install gcc or clang (Debian: build-essential).",
}


def require_tools(layout: Layout) -> str:
    """Checks what the machine must have and says what was found.

    # Raises
    `Problem` with one line for each tool that is missing.
    """
    missing = _missing_for_building()
    found = ["cargo", "cc", "python3"]
    if services.needs_bundle(layout):
        bundle.require_supported_platform()
        found.append("npm")
        if shutil.which("npm") is None:
            missing.append("npm is missing: it is needed once, to fetch PostgreSQL's contrib modules. Install Node.js.")
    _refuse(missing)
    return ", ".join(found)


def require_compiler() -> None:
    """The same for what needs no servers."""
    _refuse(_missing_for_building())


def _missing_for_building() -> list[str]:
    return [advice for tool, advice in TOOLS.items() if shutil.which(tool) is None]


def _refuse(missing: list[str]) -> None:
    if missing:
        raise Problem("This machine lacks something Terrace needs.\n" + "\n".join(missing))


def build(layout: Layout, console: Console, step: Step) -> None:
    """Builds the debug binary. A person sees cargo's own progress; a log gets only what went wrong."""
    command = ["cargo", "build", "--package", "terrace-server", "--bin", "terrace"]
    if console.interactive:
        step.hand_over()
        code, output = subprocess.run(command, cwd=layout.root, check=False).returncode, ""
    else:
        answer = subprocess.run(
            command, cwd=layout.root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        code, output = answer.returncode, answer.stdout
    if code != 0:
        raise Problem(f"`{' '.join(command)}` failed.\n{output}".strip())


def environment(layout: Layout) -> dict[str, str]:
    """The environment for `terrace`: what `.dev/env` says, under what the caller says."""
    return {**read_env_file(layout), **os.environ}


def read_env_file(layout: Layout) -> dict[str, str]:
    try:
        lines = layout.env_file.read_text().splitlines()
    except FileNotFoundError:
        return {}
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {key: value for key, _, value in pairs}


def terrace(layout: Layout, arguments: list[str]) -> str:
    """Runs one `terrace` command to its end and returns what it printed."""
    answer = subprocess.run(
        [str(layout.binary), *arguments],
        cwd=layout.root,
        env=environment(layout),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode != 0:
        raise Problem(f"`terrace {' '.join(arguments)}` failed.\n{answer.stdout}{answer.stderr}".rstrip())
    return answer.stdout


def main(arguments: list[str]) -> int:
    """`scripts/terrace`: becomes the binary, which is built first if there is none yet."""
    console, layout = Console(), Layout.of_checkout()
    try:
        if not layout.binary.exists():
            # Standard output belongs to the command: `TOKEN=$(scripts/terrace token ..)` must hold a token only.
            command = ["cargo", "build", "--package", "terrace-server", "--bin", "terrace"]
            if subprocess.run(command, cwd=layout.root, stdout=sys.stderr, check=False).returncode != 0:
                raise Problem("The build failed, so there is no terrace to run.")
        os.execve(layout.binary, ["terrace", *arguments], environment(layout))
    except Problem as problem:
        console.problem(problem)
    return 1
