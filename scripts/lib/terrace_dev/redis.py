"""One Redis of this checkout. It holds only what may be lost, so nothing is written to disk."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from . import processes, state
from .accounts import Account
from .console import Problem
from .layout import Layout

OLDEST = (6, 2)
START_SECONDS = 10


@dataclass(frozen=True)
class RedisBinary:
    """A redis-server or valkey-server: its version as text, its path, and where it came from."""

    version: str
    path: Path
    origin: str


def installed(path: Path, origin: str) -> RedisBinary | None:
    """The server at that path, if it is new enough."""
    try:
        answer = subprocess.run(
            [str(path), "--version"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False
        )
    except OSError:
        return None
    version = version_of(answer.stdout)
    if version is None or tuple(int(part) for part in version.split(".")[:2]) < OLDEST:
        return None
    return RedisBinary(version, path, origin)


def version_of(text: str) -> str | None:
    """The version in the answer of `redis-server --version` (`Redis server v=7.0.15 ...`) or valkey's likewise."""
    match = re.search(r"\bv=(\d+\.\d+\.\d+)", text)
    return match.group(1) if match else None


def find_local() -> RedisBinary | None:
    """The Redis or Valkey of this machine."""
    for name in ("redis-server", "valkey-server"):
        # Debian keeps servers out of an ordinary user's PATH on some systems.
        path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/bin:/opt/homebrew/bin")
        found = installed(Path(path), "this machine's") if path else None
        if found:
            return found
    return None


@dataclass(frozen=True)
class Redis:
    """A Redis below `.dev/`. `name` names its folder, its log, its port and its record alike."""

    layout: Layout
    name: str
    binary: RedisBinary
    account: Account | None

    @property
    def home(self) -> Path:
        return self.layout.services / self.name

    def running(self) -> processes.Process | None:
        return processes.find(self.layout, self.name)

    def ensure_started(self, facts: dict) -> processes.Process:
        process = self.running()
        if process is not None:
            return process
        self.home.mkdir(mode=0o755, parents=True, exist_ok=True)
        port = state.remembered_port(self.layout, self.name)
        # On loopback without a password: whoever is on this machine as this user can read .dev/ as well.
        command = [str(self.binary.path), "--port", str(port), "--bind", "127.0.0.1", "--dir", str(self.home)]
        command += ["--save", "", "--appendonly", "no", "--maxmemory", "128mb", "--maxmemory-policy", "allkeys-lru"]
        process = processes.start(
            self.layout,
            self.name,
            command,
            cwd=self.home,
            account=self.account,
            facts={"port": port, "version": self.binary.version, "origin": self.binary.origin, **facts},
        )
        self._wait_until_ready(process, port)
        return process

    def _wait_until_ready(self, process: processes.Process, port: int) -> None:
        log = self.layout.logs / f"{self.name}.log"
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if not process.is_running():
                processes.forget(self.layout, self.name)
                raise Problem(f"Redis did not start.\n{processes.tail(log)}")
            if answers("127.0.0.1", port):
                return
            time.sleep(0.02)
        raise Problem(f"Redis does not answer on port {port} after {START_SECONDS} s.\n{processes.tail(log)}")


def answers(host: str, port: int) -> bool:
    """Whether a Redis says PONG there (one that wants a password answers too, with an error)."""
    try:
        with socket.create_connection((host, port), timeout=2) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith((b"+PONG", b"-NOAUTH"))
    except OSError:
        return False
