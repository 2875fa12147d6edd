"""`scripts/dev stop | status | reset | services | psql | logs`: what is done to servers that exist already."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterable
from pathlib import Path

from . import processes, products, services, state, toolchain
from .console import Console, Problem
from .layout import Layout
from .products import Product
from .services import DEVELOPMENT, TEST

# The record of a `scripts/dev` that stays in the foreground.
HOLDER = "dev"
INFRASTRUCTURE = (DEVELOPMENT.redis, DEVELOPMENT.postgres, TEST.redis, TEST.postgres)


def lock(layout: Layout, console: Console) -> contextlib.AbstractContextManager[None]:
    """The lock of this checkout; says so when it has to wait."""
    return state.exclusive(
        layout, lambda: console.say("  Another command is changing this checkout's servers: waiting for it.")
    )


def stop(layout: Layout, console: Console) -> int:
    """Stops everything of this checkout, wherever it was started from."""
    # A foreground run stops its own servers when it is told to end.
    held = processes.stop(layout, HOLDER, patience=60.0)
    with lock(layout, console):
        recorded = {record.stem for record in layout.run.glob("*.json")} - {HOLDER}
        running = {name for name in recorded if processes.find(layout, name)}
        stop_servers(layout, console, in_stopping_order(running))
    if not running:
        console.say("The run in the other terminal has ended." if held else "Nothing was running.")
    return 0


def stop_servers(layout: Layout, console: Console, names: Iterable[str]) -> None:
    for name in names:
        with console.step(name) as step:
            if services.stop(layout, name):
                step.done("stopped")
            else:
                step.skipped("was not running")


def in_stopping_order(names: set[str]) -> list[str]:
    """The products' servers first, then what they stand on."""
    last = [name for name in INFRASTRUCTURE if name in names]
    return sorted(names - set(last)) + last


def status(layout: Layout, console: Console) -> int:
    """Prints what runs. Exits with 1 unless everything does."""
    names = [*products.ids(layout), DEVELOPMENT.postgres, DEVELOPMENT.redis]
    names += [name for name in (TEST.postgres, TEST.redis) if processes.find(layout, name)]
    rows, all_well = [], True
    for name in names:
        process = processes.find(layout, name)
        if process is None:
            all_well = False
            rows.append((name, "stopped", "", "", ""))
            continue
        port = process.facts["port"]
        condition = process.facts["version"] if "version" in process.facts else health(port)
        all_well = all_well and ("version" in process.facts or condition == "ready")
        rows.append((name, "running", str(process.pid), f"127.0.0.1:{port}", condition))
    console.table(("name", "state", "process", "address", "health or version"), rows)
    return 0 if all_well else 1


def reset(layout: Layout, console: Console, agreed: bool) -> int:
    """Removes databases, secrets and everything remembered; what was fetched is kept."""
    question = "This removes the development databases of this checkout and all that is in them. Go on? [y/N] "
    if not agreed and input(question).strip().lower() not in ("y", "yes"):
        console.say("Nothing was changed.")
        return 1
    stop(layout, console)
    with lock(layout, console), console.step("Reset") as step:
        for folder in (
            *(layout.services / name for name in INFRASTRUCTURE),
            layout.logs,
            layout.secrets,
            layout.run,
            layout.realms,
        ):
            shutil.rmtree(folder, ignore_errors=True)
        for file in (layout.state_file, layout.env_file):
            file.unlink(missing_ok=True)
        step.done("databases and state removed; the fetched servers are kept")
    if os.environ.get("TERRACE_ADMIN_DATABASE_URL"):
        console.note("Databases on the server that TERRACE_ADMIN_DATABASE_URL names were left alone.")
    return 0


def bring_up_services(layout: Layout, console: Console, kind: services.Kind) -> int:
    """PostgreSQL and Redis alone, left running, with the lines to export."""
    with lock(layout, console):
        up = services.bring_up(layout, kind, console, {"purpose": "kept"})
    for line in exports(up):
        console.say(f"export {line}")
    return 0


def exports(up: services.Services) -> list[str]:
    """The variables that tell tests and tools where the servers are."""
    lines = [f"TERRACE_ADMIN_DATABASE_URL={up.admin_url}", f"TERRACE_REDIS_URL={up.redis_url}"]
    return lines + ([f"TERRACE_PG_BIN={up.pg_bin}"] if up.pg_bin else [])


def psql(layout: Layout, product_id: str, role: str, arguments: list[str]) -> int:
    """Becomes psql on a product's database, as its owner, its app role, or the superuser."""
    product = _product(layout, product_id)
    environment = toolchain.environment(layout)
    if role == "admin":
        address = environment["TERRACE_ADMIN_DATABASE_URL"].rpartition("/")[0] + f"/{product.database}"
    else:
        prefix = products.prefix(product_id)
        host, port = environment[f"{prefix}DATABASE__HOST"], environment[f"{prefix}DATABASE__PORT"]
        address = f"postgres://{product_id}_{role}@{host}:{port}/{product.database}"
        # Whoever owns the tables is under their policies, too: a developer is to see what is there.
        if role == "owner":
            environment["PGOPTIONS"] = "-c app.role=system"
        # Not in the address: that is readable by everyone in the list of processes.
        environment["PGPASSWORD"] = state.read_secret(layout, f"{product_id}_{role}.password")
    os.execve(_client_tool(layout, "psql"), ["psql", address, *arguments], environment)


def logs(layout: Layout, name: str, follow: bool) -> int:
    log = layout.logs / f"{name}.log"
    if not log.exists():
        known = ", ".join(sorted(path.stem for path in layout.logs.glob("*.log"))) or "none yet"
        raise Problem(f"There is no log of {name}.\nThere are: {known}")
    return subprocess.run(["tail", "-n", "100", *(["-f"] if follow else []), str(log)], check=False).returncode


def health(port: int) -> str:
    """`ready`, or what a server says or fails to say instead. Proxies of the environment are not asked."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://127.0.0.1:{port}/health/ready", timeout=2):
            return "ready"
    except urllib.error.HTTPError as error:
        return f"not ready ({error.code})"
    except OSError:
        return "no answer"


def _product(layout: Layout, product_id: str) -> Product:
    known = products.ids(layout)
    if product_id not in known:
        raise Problem(f"There is no product {product_id}.\nThere are: {', '.join(known)}")
    if not layout.env_file.exists() or not layout.binary.exists():
        raise Problem("There are no databases yet. Bring them up with: scripts/dev --detach")
    return next(product for product in products.listed(layout) if product.id == product_id)


def _client_tool(layout: Layout, name: str) -> Path:
    cluster = services.running_cluster(layout, DEVELOPMENT)
    if cluster and (cluster.binaries.bin / name).exists():
        return cluster.binaries.bin / name
    found = shutil.which(name)
    if found is None:
        raise Problem(
            f"{name} is not on the PATH, and the embedded PostgreSQL is not running.\n"
            "Start it with: scripts/dev services"
        )
    return Path(found)
