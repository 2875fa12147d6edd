"""Which PostgreSQL installations of this machine Terrace can use."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

OLDEST_MAJOR = 16
REQUIRED_EXTENSIONS = ("vector", "btree_gist", "pg_trgm", "unaccent")


@dataclass(frozen=True)
class Binaries:
    """An installed PostgreSQL: its version as text, its bin folder, its extension folder, and where it came from."""

    version: str
    bin: Path
    extensions: Path
    origin: str

    def has_extension(self, name: str) -> bool:
        return (self.extensions / f"{name}.control").exists()


def installed(bin_folder: Path, origin: str) -> Binaries | None:
    """The PostgreSQL in that folder, if it is whole: new enough, and with every extension that Terrace needs."""
    server = bin_folder / "postgres"
    if not server.exists() or not (bin_folder / "initdb").exists():
        return None
    version = version_of(_output([str(server), "--version"]))
    if version is None or int(version.split(".")[0]) < OLDEST_MAJOR:
        return None
    for folder in _extension_folders(bin_folder, version.split(".")[0]):
        found = Binaries(version, bin_folder, folder, origin)
        if all(found.has_extension(name) for name in REQUIRED_EXTENSIONS):
            return found
    return None


def version_of(text: str) -> str | None:
    """The version in the answer of `postgres --version`: `16.14`, also from `17beta1` (as `17`)."""
    match = re.search(r"PostgreSQL\)?\s+(\d+(?:\.\d+)?)", text)
    return match.group(1) if match else None


def find_local() -> Binaries | None:
    """The newest usable PostgreSQL of this machine."""
    usable = [found for found in (installed(folder, "this machine's") for folder in _local_folders()) if found]
    return max(usable, key=lambda found: [int(part) for part in found.version.split(".")], default=None)


def _local_folders() -> Iterator[Path]:
    on_path = shutil.which("postgres")
    if on_path:
        yield Path(on_path).resolve().parent
    pg_config = shutil.which("pg_config")
    if pg_config:
        yield Path(_output([pg_config, "--bindir"]).strip() or "/nonexistent")
    for pattern in (
        "usr/lib/postgresql/*/bin",
        "usr/pgsql-*/bin",
        "usr/local/pgsql/bin",
        "opt/homebrew/opt/postgresql@*/bin",
    ):
        yield from Path("/").glob(pattern)


def _extension_folders(bin_folder: Path, major: str) -> list[Path]:
    folders = []
    if (bin_folder / "pg_config").exists():
        folders.append(Path(_output([str(bin_folder / "pg_config"), "--sharedir"]).strip()))
    folders += [
        bin_folder.parent / "share" / "postgresql",
        bin_folder.parent / "share",
        Path("/usr/share/postgresql") / major,
    ]
    return [folder / "extension" for folder in folders]


def _output(command: list[str]) -> str:
    try:
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False).stdout
    except OSError:
        return ""
