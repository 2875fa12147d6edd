"""What is remembered between runs: the lock, ports, and secrets."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import random
import secrets
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Callable

from .layout import Layout

# Below every system's range of ephemeral ports, so that no outgoing connection takes a remembered port meanwhile.
PORTS = range(21000, 30000)


@contextlib.contextmanager
def exclusive(layout: Layout, waiting: Callable[[], None]) -> Iterator[None]:
    """Lets one command at a time change the servers of this checkout.

    `waiting` is called once when another holds the lock. The kernel drops the lock with its holder, however that ends.
    """
    layout.create()
    with open(layout.lock_file, "a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                raise
            waiting()
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def write_privately(path: Path, text: str) -> None:
    """Replaces a file whole, readable by its owner only."""
    draft = path.with_name(path.name + ".new")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    os.replace(draft, path)


def secret(layout: Layout, name: str) -> Path:
    """The file of a random secret, made on first use."""
    path = layout.secrets / name
    if not path.exists():
        write_privately(path, secrets.token_urlsafe(24) + "\n")
    return path


def read_secret(layout: Layout, name: str) -> str:
    return secret(layout, name).read_text().strip()


def port_is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # Without it a port whose last connections are in TIME_WAIT would look taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def remembered_port(layout: Layout, name: str) -> int:
    """The port of a server that is not running: the one it had, or a new one when someone else has taken that."""
    ports = load(layout).get("ports", {})
    port = ports.get(name)
    if port is None or not port_is_free(port):
        others = set(ports.values())
        port = next(p for p in random.sample(PORTS, len(PORTS)) if p not in others and port_is_free(p))
        remember(layout, "ports", {**ports, name: port})
    return port


def remember(layout: Layout, key: str, value: object) -> None:
    write_privately(layout.state_file, json.dumps({**load(layout), key: value}, indent=2) + "\n")


def load(layout: Layout) -> dict:
    """Everything remembered; a damaged file counts as none, since all of it can be found anew."""
    try:
        return json.loads(layout.state_file.read_text())
    except (FileNotFoundError, ValueError):
        return {}
