"""One PostgreSQL cluster of this checkout: initdb, start, stop."""

from __future__ import annotations

import locale
import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from . import processes, state
from .accounts import Account
from .console import Problem
from .layout import Layout
from .postgres_binaries import Binaries

SUPERUSER = "postgres"
START_SECONDS = 60

# Values never reach the log (terse, no statements, no parameters): it would hold guests' names and telephone numbers.
COMMON_SETTINGS = """\
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
logging_collector = off
log_destination = 'stderr'
log_line_prefix = '%m [%p] %q%u@%d '
log_error_verbosity = terse
log_min_error_statement = panic
log_parameter_max_length_on_error = 0
log_parameter_max_length = 0
password_encryption = 'scram-sha-256'
timezone = 'UTC'
log_timezone = 'UTC'
shared_buffers = 256MB
"""

DEVELOPMENT_SETTINGS = """\
max_connections = 100
fsync = on
synchronous_commit = on
"""

# For tests only: a crash of the machine may lose the whole cluster, and nobody would miss it.
TEST_SETTINGS = """\
max_connections = 300
fsync = off
synchronous_commit = off
full_page_writes = off
max_wal_size = 2GB
"""


@dataclass(frozen=True)
class Cluster:
    """A cluster below `.dev/`. `name` names its folder, its log, its port and its record alike."""

    layout: Layout
    name: str
    binaries: Binaries
    settings: str
    account: Account | None

    @property
    def home(self) -> Path:
        return self.layout.services / self.name

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.layout.logs / f"{self.name}.log"

    def running(self) -> processes.Process | None:
        return processes.find(self.layout, self.name)

    def admin_url(self) -> str:
        process = self.running()
        if process is None:
            raise Problem(f"{self.name} is not running. Start it with: scripts/dev services")
        password = state.read_secret(self.layout, "postgres_superuser.password")
        return f"postgres://{SUPERUSER}:{password}@127.0.0.1:{process.facts['port']}/postgres"

    def ensure_started(self, facts: dict) -> processes.Process:
        """Creates the cluster if need be and starts it. `facts` are remembered beside the port."""
        process = self.running()
        if process is not None:
            return process
        self._create()
        self._clear_stale_pid_file()
        port = state.remembered_port(self.layout, self.name)
        self._write_settings(port)
        process = processes.start(
            self.layout,
            self.name,
            [str(self.binaries.bin / "postgres"), "-D", str(self.data)],
            cwd=self.home,
            account=self.account,
            environment={**os.environ, "LC_ALL": _locale()},
            facts={
                "port": port,
                "version": self.binaries.version,
                "origin": self.binaries.origin,
                "bin": str(self.binaries.bin),
                **facts,
            },
        )
        self._wait_until_ready(process)
        return process

    def stop(self) -> bool:
        """A fast shutdown: sessions are ended, everything committed is kept."""
        return stop(self.layout, self.name)

    def _create(self) -> None:
        if (self.data / "PG_VERSION").exists():
            self._require_same_major()
            return
        self.home.mkdir(mode=0o755, parents=True, exist_ok=True)
        draft = self.home / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        # initdb and the server run as the service user, who must own the data and may not read our secrets.
        draft.mkdir(mode=0o700)
        password = self.home / "password.new"
        state.write_privately(password, state.read_secret(self.layout, "postgres_superuser.password") + "\n")
        if self.account:
            self.account.own(draft)
            self.account.own(password)
        command = [str(self.binaries.bin / "initdb"), "--pgdata", str(draft), "--data-checksums", "--no-sync"]
        command += ["--username", SUPERUSER, "--pwfile", str(password), "--auth", "scram-sha-256"]
        command += ["--encoding", "UTF8", "--locale", _locale()]
        try:
            answer = subprocess.run(
                command,
                cwd=self.home,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
                **(self.account.popen_arguments() if self.account else {}),
            )
        finally:
            password.unlink()
        if answer.returncode != 0:
            raise Problem(f"PostgreSQL could not create the cluster in {self.data}:\n{answer.stdout.strip()}")
        with open(draft / "postgresql.conf", "a") as conf:
            conf.write("\n# Written anew at every start by scripts/dev.\ninclude_if_exists 'terrace.conf'\n")
        draft.rename(self.data)

    def _require_same_major(self) -> None:
        major = (self.data / "PG_VERSION").read_text().strip()
        if major != self.binaries.version.split(".")[0]:
            raise Problem(
                f"The cluster in {self.data} is of PostgreSQL {major}, the server found is {self.binaries.version}.\n"
                "Put the former back on the PATH, or begin anew with: scripts/dev reset"
            )

    def _write_settings(self, port: int) -> None:
        preload = "pg_stat_statements" if self.binaries.has_extension("pg_stat_statements") else ""
        conf = self.data / "terrace.conf"
        state.write_privately(
            conf, f"port = {port}\nshared_preload_libraries = '{preload}'\n{COMMON_SETTINGS}{self.settings}"
        )
        if self.account:
            self.account.own(conf)

    def _clear_stale_pid_file(self) -> None:
        """Removes the pid file of a killed server, which PostgreSQL would respect while that process is a zombie, or
        when its id belongs to another program by now. Every server process has the data folder as its working
        directory: while one is left, the file stands and so does the cluster."""
        pid_file = self.data / "postmaster.pid"
        if pid_file.exists() and not list(processes.working_in(self.data)):
            pid_file.unlink()

    def _wait_until_ready(self, process: processes.Process) -> None:
        deadline = time.monotonic() + START_SECONDS
        pid_file = self.data / "postmaster.pid"
        while time.monotonic() < deadline:
            if not process.is_running():
                processes.forget(self.layout, self.name)
                raise Problem(f"PostgreSQL did not start.\n{processes.tail(self.log)}")
            try:
                lines = pid_file.read_text().splitlines()
            except FileNotFoundError:
                lines = []
            # The eighth line is the server's own word on its state; the first must be this very process.
            if len(lines) >= 8 and lines[0] == str(process.pid) and lines[7].strip() == "ready":
                return
            time.sleep(0.02)
        raise Problem(f"PostgreSQL is not ready after {START_SECONDS} s.\n{processes.tail(self.log)}")


def stop(layout: Layout, name: str) -> bool:
    """Stops a cluster by its record alone. The last resort is SIGQUIT, never SIGKILL: that would leave orphans."""
    return processes.stop(layout, name, polite=signal.SIGINT, rude=signal.SIGQUIT, patience=30.0)


def _locale() -> str:
    """C.UTF-8 where the system has it: sorting by code point, the same on every machine, with UTF-8 letters."""
    try:
        before = locale.setlocale(locale.LC_CTYPE)
        locale.setlocale(locale.LC_CTYPE, "C.UTF-8")
        locale.setlocale(locale.LC_CTYPE, before)
        return "C.UTF-8"
    except locale.Error:
        return "C"
