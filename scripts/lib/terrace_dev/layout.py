"""Where everything of a checkout lives. Nothing outside `.dev/` is written, with the one exception in `accounts`."""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass
from pathlib import Path

from .console import Problem


@dataclass(frozen=True)
class Layout:
    """The paths of one checkout.

    `services` holds what the PostgreSQL user must be able to reach (binaries and data); it is `.dev/` itself unless
    that user cannot get there.
    """

    root: Path
    services: Path

    @staticmethod
    def of_checkout() -> Layout:
        root = Path(__file__).resolve().parents[3]
        return Layout(root=root, services=root / ".dev")

    @property
    def dev(self) -> Path:
        return self.root / ".dev"

    @property
    def run(self) -> Path:
        """One record per background process."""
        return self.dev / "run"

    @property
    def logs(self) -> Path:
        return self.dev / "logs"

    @property
    def secrets(self) -> Path:
        return self.dev / "secrets"

    @property
    def realms(self) -> Path:
        """The keys with which development servers sign tokens; made by `terrace`."""
        return self.dev / "realms"

    @property
    def env_file(self) -> Path:
        return self.dev / "env"

    @property
    def state_file(self) -> Path:
        return self.dev / "state.json"

    @property
    def lock_file(self) -> Path:
        return self.dev / "lock"

    @property
    def test_users_file(self) -> Path:
        """Locked, shared, by every test run that uses the test servers."""
        return self.dev / "test-users"

    @property
    def bundle(self) -> Path:
        return self.services / "bundle"

    @property
    def products(self) -> Path:
        return self.root / "products"

    @property
    def binary(self) -> Path:
        """The debug build of `terrace`."""
        return self.root / os.environ.get("CARGO_TARGET_DIR", "target") / "debug" / "terrace"

    def create(self) -> None:
        """Makes the folders; modes are set outright because a strict umask would lock the PostgreSQL user out."""
        self._require_ours()
        for folder, mode in ((self.dev, 0o755), (self.run, 0o755), (self.logs, 0o755), (self.secrets, 0o700)):
            folder.mkdir(parents=True, exist_ok=True)
            if folder.stat().st_mode & 0o777 != mode:
                folder.chmod(mode)

    def _require_ours(self) -> None:
        """Root and an ordinary user cannot take turns: PostgreSQL insists on the owner of its data."""
        try:
            owner = self.dev.stat().st_uid
        except FileNotFoundError:
            return
        if owner != os.geteuid():
            raise Problem(
                f"{self.dev} belongs to {_user(owner)}, but you are {_user(os.geteuid())}.\n"
                f"Run the scripts as {_user(owner)}; or stop what runs there (scripts/dev stop) and remove the folder."
            )


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
