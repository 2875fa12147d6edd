"""The unprivileged user for PostgreSQL when root is at the keyboard: PostgreSQL refuses to run as root."""

from __future__ import annotations

import hashlib
import os
import pwd
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

from . import state
from .console import Problem
from .layout import Layout

CANDIDATES = ("postgres", "nobody", "daemon")


@dataclass(frozen=True)
class Account:
    """A user of this machine that background services run as."""

    name: str
    uid: int
    gid: int

    def popen_arguments(self) -> dict:
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        os.chown(path, self.uid, self.gid)

    def can_enter(self, folder: Path) -> bool:
        """Asked of the system by trying, so that ACLs and mounts count as well as mode bits."""
        answer = subprocess.run(
            ["/bin/sh", "-c", 'test -x "$0"', str(folder)], cwd="/", check=False, **self.popen_arguments()
        )
        return answer.returncode == 0


def service_account(layout: Layout) -> Account | None:
    """Whom the services run as; None stands for the present user, which is right for everyone but root.

    The first choice is remembered: the data belongs to that user, also when a better one appears later.
    """
    if os.geteuid() != 0:
        return None
    remembered = state.load(layout).get("account", "")
    for name in (remembered, *CANDIDATES):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            if name != remembered:
                state.remember(layout, "account", name)
            return Account(name, entry.pw_uid, entry.pw_gid)
    raise Problem(
        "PostgreSQL refuses to run as root, and this machine has no unprivileged user for it.\n"
        f"Looked for: {', '.join(CANDIDATES)}. Create one of them, or run scripts/dev as an ordinary user."
    )


def place_services(layout: Layout, account: Account | None) -> Layout:
    """Moves binaries and data out of the checkout when the service user cannot get into it (say, a clone in /root)."""
    if account is None or account.can_enter(layout.dev):
        return layout
    mark = hashlib.sha256(str(layout.root).encode()).hexdigest()[:12]
    elsewhere = Path("/var/tmp") / f"terrace-dev-{mark}"
    elsewhere.mkdir(mode=0o755, exist_ok=True)
    # /var/tmp is open to everyone: a folder that somebody else made under our name is not ours to use.
    if elsewhere.is_symlink() or elsewhere.stat().st_uid != os.geteuid():
        raise Problem(
            f"{elsewhere} belongs to somebody else.\nRemove it, or move the checkout where {account.name} can reach it."
        )
    elsewhere.chmod(0o755)
    pointer = layout.dev / "services"
    if not pointer.is_symlink():
        pointer.symlink_to(elsewhere)
    return replace(layout, services=elsewhere)
