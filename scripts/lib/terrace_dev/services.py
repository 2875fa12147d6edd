"""Which PostgreSQL and Redis to use, in order of preference, and bringing them up.

1. servers that the environment names: TERRACE_ADMIN_DATABASE_URL, TERRACE_REDIS_URL
2. a PostgreSQL (16 or newer, with pgvector) and a Redis or Valkey installed on this machine, run on our own data
3. the user-space bundles
"""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Callable
from urllib.parse import urlsplit

from . import accounts, bundle, postgres, postgres_binaries, processes, redis
from .console import Console, Problem
from .layout import Layout


@dataclass(frozen=True)
class Kind:
    """What a pair of servers is for: their names, and how careful PostgreSQL is with its data."""

    postgres: str
    redis: str
    settings: str


DEVELOPMENT = Kind("postgres", "redis", postgres.DEVELOPMENT_SETTINGS)
TEST = Kind("test-postgres", "test-redis", postgres.TEST_SETTINGS)


@dataclass(frozen=True)
class Services:
    """Running servers. `pg_bin` holds psql, pg_dump and the like; None when the environment names a server and this
    machine has no client tools."""

    admin_url: str
    redis_url: str
    pg_bin: Path | None


def placed(layout: Layout) -> Layout:
    """The layout with the services where their user can reach them; creates the folders."""
    layout.create()
    account = accounts.service_account(layout)
    if account:
        # Binaries and folders made from here on must be readable for the service user, whatever root's umask says.
        os.umask(0o022)
    return accounts.place_services(layout, account)


def bring_up(
    layout: Layout,
    kind: Kind,
    console: Console,
    facts: dict | None = None,
    on_start: Callable[[str], None] = lambda name: None,
) -> Services:
    """Brings up PostgreSQL and Redis. The caller holds the lock; `layout` is a placed one.

    `facts` are kept in the records of what is started here. `on_start` is told its name just before, so that whoever
    stops it again knows of it even when the start fails half-way.
    """
    facts = facts or {}
    with console.step("PostgreSQL") as step:
        admin_url = os.environ.get("TERRACE_ADMIN_DATABASE_URL")
        if admin_url:
            pg_bin = _reachable_postgres(admin_url)
            step.done(f"{_place(admin_url)}, named by TERRACE_ADMIN_DATABASE_URL")
        else:
            cluster = _cluster(layout, kind, step.working)
            if cluster.running() is None:
                step.working("starting")
                on_start(kind.postgres)
            process = cluster.ensure_started(facts)
            admin_url, pg_bin = cluster.admin_url(), Path(process.facts["bin"])
            step.done(_described(process))
    with console.step("Redis") as step:
        redis_url = os.environ.get("TERRACE_REDIS_URL")
        if redis_url:
            _require_reachable("TERRACE_REDIS_URL", redis_url, 6379)
            step.done(f"{_place(redis_url)}, named by TERRACE_REDIS_URL")
        else:
            server = _redis(layout, kind, step.working)
            if server.running() is None:
                on_start(kind.redis)
            process = server.ensure_started(facts)
            redis_url = f"redis://127.0.0.1:{process.facts['port']}/0"
            step.done(_described(process))
    return Services(admin_url, redis_url, pg_bin)


def running_cluster(layout: Layout, kind: Kind) -> postgres.Cluster | None:
    """The cluster of that kind if it runs, without looking for or fetching anything."""
    process = processes.find(layout, kind.postgres)
    if process is None:
        return None
    folder = Path(process.facts["bin"])
    binaries = postgres_binaries.Binaries(process.facts["version"], folder, folder, process.facts["origin"])
    return postgres.Cluster(layout, kind.postgres, binaries, kind.settings, accounts.service_account(layout))


def stop(layout: Layout, name: str) -> bool:
    """Stops one server by name; True when it ran."""
    if name in (DEVELOPMENT.postgres, TEST.postgres):
        return postgres.stop(layout, name)
    return processes.stop(layout, name)


def needs_bundle(layout: Layout) -> bool:
    """Whether bringing up will have to fetch something (and so needs pip and npm)."""
    pins, account = bundle.load_pins(), accounts.service_account(layout)
    needs_postgres = not os.environ.get("TERRACE_ADMIN_DATABASE_URL") and _local_postgres(account) is None
    needs_redis = not os.environ.get("TERRACE_REDIS_URL") and _local_redis(account) is None
    return (needs_postgres and not bundle.is_complete(bundle.postgres_home(layout), pins["postgresql"])) or (
        needs_redis and not bundle.is_complete(bundle.redis_home(layout), pins["redis"])
    )


def _cluster(layout: Layout, kind: Kind, progress: bundle.Progress) -> postgres.Cluster:
    running = running_cluster(layout, kind)
    if running:
        return running
    account = accounts.service_account(layout)
    binaries = _local_postgres(account)
    if binaries is None:
        folder = bundle.ensure_postgres(layout, progress) / "bin"
        binaries = postgres_binaries.installed(folder, "bundled")
        if binaries is None:
            raise Problem(
                f"The PostgreSQL in {folder} does not run on this machine.\n"
                f"See why with: {folder / 'postgres'} --version"
            )
    return postgres.Cluster(layout, kind.postgres, binaries, kind.settings, account)


def _redis(layout: Layout, kind: Kind, progress: bundle.Progress) -> redis.Redis:
    process = processes.find(layout, kind.redis)
    account = accounts.service_account(layout)
    binary: redis.RedisBinary | None
    if process is not None:
        binary = redis.RedisBinary(process.facts["version"], Path(), process.facts["origin"])
    else:
        binary = _local_redis(account)
    if binary is None:
        path = bundle.ensure_redis(layout, progress)
        binary = redis.installed(path, "bundled")
        if binary is None:
            raise Problem(f"The Redis in {path} does not run on this machine.\nSee why with: {path} --version")
    return redis.Redis(layout, kind.redis, binary, account)


def _local_postgres(account: accounts.Account | None) -> postgres_binaries.Binaries | None:
    """This machine's PostgreSQL, unless it lies where the service user cannot go (say, in root's home)."""
    found = postgres_binaries.find_local()
    return found if found and (account is None or account.can_enter(found.bin)) else None


def _local_redis(account: accounts.Account | None) -> redis.RedisBinary | None:
    found = redis.find_local()
    return found if found and (account is None or account.can_enter(found.path.parent)) else None


def _reachable_postgres(url: str) -> Path | None:
    _require_reachable("TERRACE_ADMIN_DATABASE_URL", url, 5432)
    if os.environ.get("TERRACE_PG_BIN"):
        return Path(os.environ["TERRACE_PG_BIN"])
    local = postgres_binaries.find_local()
    return local.bin if local else None


def _require_reachable(variable: str, url: str, default_port: int) -> None:
    parts = urlsplit(url)
    try:
        socket.create_connection((parts.hostname or "127.0.0.1", parts.port or default_port), timeout=5).close()
    except OSError as error:
        raise Problem(
            f"{variable} names {_place(url)}, but nothing answers there ({error.strerror or error}).\n"
            "Start that server, or unset the variable to use the embedded one."
        ) from None


def _place(url: str) -> str:
    """Host and port of a URL: what may be shown, without the password."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)


def _described(process: processes.Process) -> str:
    return f"{process.facts['version']} ({process.facts['origin']}) on 127.0.0.1:{process.facts['port']}"
