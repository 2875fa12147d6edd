"""Starting, recognising and stopping background processes.

A record in `.dev/run/NAME.json` says which process is ours: its id and when it started. Ids are reused by the system,
so an id alone never decides whether something is signalled.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .accounts import Account
from .console import Problem
from .layout import Layout
from .state import write_privately

# Longer than server.drain_seconds, in which a server answers what is in flight.
PATIENCE_SECONDS = 25.0


@dataclass(frozen=True)
class Process:
    """A background process of this checkout, by its record. `facts` is what its starter wants to remember of it."""

    name: str
    pid: int
    started: str
    facts: dict

    def is_running(self) -> bool:
        return birth(self.pid) == self.started


def birth(pid: int) -> str | None:
    """When a process started, unique on this machine; None when it is gone or only waits to be collected.

    A killed process whose parent does not collect it stays in the table as a zombie: for us it is gone.
    """
    _collect(pid)
    stat = Path(f"/proc/{pid}/stat")
    if not Path("/proc/self/stat").exists():
        return _birth_by_ps(pid)
    try:
        # The name in the second field may hold spaces and brackets: what follows starts after the last bracket.
        fields = stat.read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    state, start_ticks = fields[0], fields[19]
    if state in "ZX":
        return None
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return f"{boot}/{start_ticks}"


def find(layout: Layout, name: str) -> Process | None:
    """The running process of that name, if there is one; a record that outlived its process is removed."""
    record = layout.run / f"{name}.json"
    try:
        process = Process(name=name, **json.loads(record.read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None
    if process.is_running():
        return process
    record.unlink(missing_ok=True)
    return None


def remember(layout: Layout, name: str, pid: int, facts: dict) -> Process:
    started = birth(pid)
    if started is None:
        raise Problem(f"{name} ended at once.\n{tail(layout.logs / (name + '.log'))}")
    write_privately(layout.run / f"{name}.json", json.dumps({"pid": pid, "started": started, "facts": facts}))
    return Process(name, pid, started, facts)


def forget(layout: Layout, name: str) -> None:
    (layout.run / f"{name}.json").unlink(missing_ok=True)


def start(
    layout: Layout,
    name: str,
    command: Sequence[str],
    *,
    cwd: Path,
    account: Account | None = None,
    environment: Mapping[str, str] | None = None,
    facts: dict | None = None,
) -> Process:
    """Starts a process in a session of its own, so that Ctrl-C reaches only us and we stop things in order."""
    log = layout.logs / f"{name}.log"
    if log.exists():
        # Each start begins a log of its own, so that its end is about this process; the one before is kept.
        os.replace(log, log.with_name(log.name + ".1"))
    with open(log, "wb") as output:
        child = subprocess.Popen(
            [str(part) for part in command],
            cwd=cwd,
            env=None if environment is None else dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **(account.popen_arguments() if account else {}),
        )
    _CHILDREN[child.pid] = child
    return remember(layout, name, child.pid, facts or {})


def stop(
    layout: Layout,
    name: str,
    *,
    polite: int = signal.SIGTERM,
    rude: int = signal.SIGKILL,
    patience: float = PATIENCE_SECONDS,
) -> bool:
    """Stops the process of that name; True when there was one."""
    process = find(layout, name)
    if process is None:
        return False
    for sign, wait in ((polite, patience), (rude, 5.0)):
        if process.is_running():
            _signal(process.pid, sign)
        if _wait_for_end(process, wait):
            forget(layout, name)
            return True
    raise Problem(f"{name} (process {process.pid}) does not stop.\nLook at it with: ps -fp {process.pid}")


def tail(log: Path, lines: int = 12) -> str:
    """The end of a log, for an error message."""
    try:
        text = log.read_text(errors="replace").splitlines()[-lines:]
    except FileNotFoundError:
        text = []
    return f"The end of {log}:\n" + "\n".join(f"    {line}" for line in text)


_CHILDREN: dict[int, subprocess.Popen] = {}


def _collect(pid: int) -> None:
    """Takes the exit status of a child of ours that has ended, so that it does not linger as a zombie."""
    child = _CHILDREN.get(pid)
    if child is not None and child.poll() is not None:
        del _CHILDREN[pid]


def _signal(pid: int, sign: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, sign)


def _wait_for_end(process: Process, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while process.is_running():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _birth_by_ps(pid: int) -> str | None:
    """Systems without /proc (macOS): the same answer from `ps`, to the second."""
    answer = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)], stdout=subprocess.PIPE, text=True, check=False
    )
    state, _, started = answer.stdout.strip().partition(" ")
    return started.strip() if started and "Z" not in state else None


def working_in(folder: Path) -> list[int]:
    """The processes whose working directory is that folder (Linux; empty elsewhere)."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if os.path.samefile(entry / "cwd", folder) and birth(int(entry.name)) is not None:
                found.append(int(entry.name))
        except OSError:
            continue
    return found
