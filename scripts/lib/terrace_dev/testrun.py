"""`scripts/test`: PostgreSQL and Redis of its own for the run, then `cargo test` with what was passed."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import IO

from . import control, processes, services, toolchain
from .console import Console, Problem
from .layout import Layout
from .services import TEST, Services

# Marks servers that were started for a test run, so that the last run to end stops them; those brought up with
# `scripts/dev services --test` stay.
FOR_A_RUN = {"purpose": "test run"}

# A sentence model on this machine takes a minute to build, and nothing else needs it.
LOCAL_MODEL = ["--package", "terrace-embedding", "--features", "local"]


def main(arguments: list[str]) -> int:
    console = Console()
    try:
        layout = services.placed(Layout.of_checkout())
        console.heading("Tests")
        with console.step("Tools") as step:
            step.done(toolchain.require_tools(layout))
        with servers(layout, console) as up:
            environment = {**os.environ, **dict(line.split("=", 1) for line in control.exports(up))}
            worst = 0
            for command in commands(arguments):
                console.say(f"  $ {' '.join(command)}")
                worst = subprocess.run(command, cwd=layout.root, env=environment, check=False).returncode or worst
                if worst and not os.environ.get("CI"):
                    break
            return worst
    except Problem as problem:
        console.problem(problem)
        return 1
    except KeyboardInterrupt:
        return 130


def commands(arguments: list[str]) -> list[list[str]]:
    """What is run: of a whole run, also the part that is built on demand only. On CI, where nothing is built yet, in one
    go: what both are made of is compiled once. Elsewhere apart, so that a run of some tests finds what it needs."""
    if arguments:
        return [cargo_command(arguments)]
    if os.environ.get("CI"):
        return [cargo_command(["--features", "terrace-embedding/local"])]
    return [cargo_command([]), cargo_command(LOCAL_MODEL)]


def cargo_command(arguments: list[str]) -> list[str]:
    """`cargo test` over the whole workspace, unless the arguments choose packages themselves."""
    own = arguments[: arguments.index("--")] if "--" in arguments else arguments
    chosen = any(argument.startswith(("-p", "--package", "--workspace", "--manifest-path")) for argument in own)
    # On CI the lock file stands as committed, and one failing crate does not hide the others.
    strict = ["--locked", "--no-fail-fast"] if os.environ.get("CI") else []
    return ["cargo", "test", *([] if chosen else ["--workspace"]), *strict, *arguments]


@contextlib.contextmanager
def servers(layout: Layout, console: Console) -> Iterator[Services]:
    """The test servers, shared by test runs that overlap: each holds a shared lock, and who can have it alone at the
    end was the last and stops them."""
    with open(layout.test_users_file, "a") as users:
        with control.lock(layout, console):
            fcntl.flock(users, fcntl.LOCK_SH)
            up = services.bring_up(layout, TEST, console, FOR_A_RUN)
        sys.stdout.flush()
        try:
            yield up
        finally:
            with control.lock(layout, console):
                if _is_last(users):
                    _stop_those_for_a_run(layout)


def _is_last(users: IO[str]) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.EACCES):
            return False
        raise
    return True


def _stop_those_for_a_run(layout: Layout) -> None:
    for name in (TEST.redis, TEST.postgres):
        process = processes.find(layout, name)
        if process is not None and process.facts.get("purpose") == FOR_A_RUN["purpose"]:
            services.stop(layout, name)
