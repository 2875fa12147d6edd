"""`scripts/prove api`: the whole contract, asked by a machine that reads it (schemathesis), for every product and role."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from . import api_scene, products, services, toolchain
from .console import Console, Problem
from .layout import Layout
from .testrun import servers

SCHEMATHESIS = "schemathesis==4.32.5"
CONFIG = Path(__file__).with_name("schemathesis.toml")
ROLES = ("anonymous", "user", "agent", "admin")
# What must hold of every answer. The rest of the checks are told, and are no reason to fail: see PROOFS.md.
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "missing_required_header",
    "unsupported_method",
    "use_after_free",
    "ignored_auth",
    "object_level_authorization",
)
# An answer takes no longer, in seconds.
SLOWEST = 2
READY_SECONDS = 60
# Requests that a run at full settings must have sent, over all products and roles.
FULL_REQUESTS = 20_000


@dataclass(frozen=True)
class Extent:
    """How much is asked of each operation, and in which ways."""

    examples: int
    phases: str


SMALL = Extent(examples=1, phases="examples,coverage")
FULL = Extent(examples=40, phases="examples,coverage,fuzzing,stateful")


@dataclass(frozen=True)
class Found:
    """What came of a run: for one product and role."""

    product: str
    role: str
    requests: int
    failures: dict[str, int]
    errors: int
    seconds: float
    output: str

    @property
    def is_green(self) -> bool:
        return not self.failures and not self.errors


class Stage:
    """A product of its own on the test servers, with the content that ships, served until the end."""

    def __init__(self, layout: Layout, up: services.Services, product: str, folder: Path) -> None:
        self.product = product
        self._layout = layout
        self.folder = folder
        self._port = _free_port()
        self._server: subprocess.Popen[bytes] | None = None
        admin = urlsplit(up.admin_url)
        # Names of its own: the test run beside it, if there is one, has others.
        name = f"api_{product}_{os.getpid()}"
        own = {
            "DATABASE__HOST": admin.hostname or "127.0.0.1",
            "DATABASE__PORT": str(admin.port or 5432),
            "DATABASE__NAME": name,
            "DATABASE__OWNER_ROLE": f"{name}_owner",
            "DATABASE__APP_ROLE": f"{name}_app",
            "REDIS__URL": up.redis_url,
            "REDIS__PREFIX": f"{name.replace('_', '-')}:",
            "SERVER__PORT": str(self._port),
            "IDENTITY__STATE_DIR": str(folder / "realm"),
            "MEDIA__FOLDER": str(folder / "media"),
            "MAIL__CAPTURE_DIR": str(folder / "mail"),
        }
        self._names = (name, f"{name}_owner", f"{name}_app")
        self._admin_url = up.admin_url
        self._psql = up.pg_bin / "psql" if up.pg_bin else Path("psql")
        self._environment = {
            "PATH": os.environ.get("PATH", ""),
            "TERRACE_ENVIRONMENT": "test",
            "TERRACE_PRODUCTS_DIR": str(layout.products),
            "TERRACE_ADMIN_DATABASE_URL": up.admin_url,
            **{f"{products.prefix(product)}{key}": value for key, value in own.items()},
        }

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def terrace(self, *arguments: str) -> str:
        command = [str(self._layout.binary), *arguments, "--product", self.product]
        answer = subprocess.run(command, env=self._environment, cwd=self._layout.root, capture_output=True, text=True)
        if answer.returncode != 0:
            raise Problem(f"terrace {' '.join(arguments)} failed:\n{answer.stderr or answer.stdout}")
        return answer.stdout.strip()

    def __enter__(self) -> Stage:
        try:
            self._begin()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _begin(self) -> None:
        for step in (("provision",), ("migrate", "up"), ("seed",)):
            self.terrace(*step)
        command = [str(self._layout.binary), "serve", "--product", self.product]
        with open(self.folder / "server.log", "wb") as log:
            self._server = subprocess.Popen(command, env=self._environment, cwd=self._layout.root, stdout=log, stderr=log)
        deadline = time.monotonic() + READY_SECONDS
        while not _is_ready(self.url):
            if self._server.poll() is not None or time.monotonic() > deadline:
                raise Problem(f"The server of {self.product} did not start:\n{self.log()[-2000:]}")
            time.sleep(0.1)

    def __exit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.kill()
            self._server.wait()
        database, owner, app = self._names
        drop = [f"DROP DATABASE IF EXISTS {database} WITH (FORCE)"]
        drop += [f"DROP ROLE IF EXISTS {role}" for role in (owner, app)]
        command = [str(self._psql), self._admin_url, "-q", *(part for sql in drop for part in ("-c", sql))]
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def token(self, role: str, person: str | None = None) -> str:
        """Empty for who has none."""
        whose = ("--user", f"{person}-{role}") if person else ()
        return "" if role == "anonymous" else self.terrace("token", "--role", role, *whose)

    def log(self) -> str:
        return (self.folder / "server.log").read_text(errors="replace")


def main(arguments: list[str], console: Console) -> int:
    parser = argparse.ArgumentParser(prog="scripts/prove api", description=__doc__)
    parser.add_argument("--full", action="store_true", help=f"every phase, {FULL_REQUESTS:,} requests at least")
    parser.add_argument("--seed", type=int, default=1, help="whence all that is random comes (default: 1)")
    parser.add_argument("--product", action="append", help="only this one; may be given more than once")
    parser.add_argument("--role", action="append", choices=ROLES, help="only as this one; may be given more than once")
    parser.add_argument("--json", action="store_true", help="print what was found as JSON")
    parser.add_argument("--keep", type=Path, help="keep reports and logs in this folder")
    options = parser.parse_args(arguments)
    layout = services.placed(Layout.of_checkout())
    chosen = options.product or products.ids(layout)
    unknown = set(chosen) - set(products.ids(layout))
    if unknown:
        raise Problem(f"There is no product {', '.join(sorted(unknown))}.\nThere are: {', '.join(products.ids(layout))}")
    found: list[Found] = []
    with contextlib.redirect_stdout(sys.stderr):
        with console.step("terrace") as step:
            toolchain.build(layout, console, step)
        tool = _schemathesis(layout, console)
        with servers(layout, console) as up, tempfile.TemporaryDirectory(prefix="terrace-api-") as scratch:
            for product in chosen:
                folder = (options.keep or Path(scratch)).resolve() / product
                folder.mkdir(parents=True, exist_ok=True)
                with Stage(layout, up, product, folder) as stage:
                    # Whoever sees what there is asks about it; the others ask about what there is not.
                    scene = api_scene.furnish(stage.url, stage.token("agent"), stage.token("admin"))
                    for role in options.role or ROLES:
                        with console.step(f"{product} as {role}") as step:
                            step.working("asking")
                            known = scene if role in ("agent", "admin") else ""
                            run = _run(tool, layout, stage, role, known, FULL if options.full else SMALL, options.seed)
                            step.ended("✓" if run.is_green else "✗", f"{run.requests:,} requests in {run.seconds:.0f} s")
                        found.append(run)
                    found.append(_said(stage))
    return _tell(found, options.full and not options.role and not options.product, options.json)


def _run(tool: Path, layout: Layout, stage: Stage, role: str, scene: str, extent: Extent, seed: int) -> Found:
    """One run over the whole contract, in somebody's name. Its output is kept: it says how to ask again."""
    report = stage.folder / f"{role}.json"
    token = stage.token(role)
    config = stage.folder / f"{role}.toml"
    # Who deletes their account is asked nothing more: somebody else does.
    leaver = f'[[operations]]\ninclude-operation-id = "delete_me"\nheaders = {{ Authorization = "Bearer {stage.token(role, "leaver")}" }}'
    config.write_text("\n".join([CONFIG.read_text(), scene, leaver if token else ""]))
    contract = layout.root / "shared" / "docs" / "openapi.json"
    command = [str(tool), "--no-color", "--config-file", str(config), "run", str(contract)]
    command += ["--url", stage.url, "--phases", extent.phases, "--max-examples", str(extent.examples)]
    command += ["--seed", str(seed), "--workers", "1", "--checks", ",".join(CHECKS)]
    command += ["--max-response-time", str(SLOWEST), "--continue-on-failure", "--no-shrink", "--request-timeout", "20"]
    command += ["--report", "json", "--report-json-path", str(report)]
    # The same in every run, or other questions for every seed; none is remembered for the next run.
    command += ["--generation-deterministic"] if extent is SMALL else ["--generation-database", "none"]
    command += ["--header", f"Authorization: Bearer {token}"] if token else []
    answer = subprocess.run(
        command, cwd=stage.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    (stage.folder / f"{role}.log").write_text(answer.stdout)
    try:
        told = json.loads(report.read_text())
    except (OSError, ValueError):
        raise Problem(f"schemathesis did not end its run:\n{answer.stdout[-2000:]}") from None
    failures = {failure["title"]: failure["count"] for failure in told["failures"]}
    requests, errors = told["test_cases"]["generated"], len(told["errors"])
    if not requests:
        failures["Nothing was asked"] = 1
    return Found(stage.product, role, requests, failures, errors, told["running_time"], answer.stdout)


def _said(stage: Stage) -> Found:
    """What the server said of itself meanwhile: a request that failed inside is in its log, whatever was answered."""
    failed = [line for line in stage.log().splitlines() if "request failed" in line or "panicked" in line]
    failures = {"Failures inside": len(failed)} if failed else {}
    return Found(stage.product, "its log", 0, failures, 0, 0.0, "\n".join(failed[:20]))


def _tell(found: list[Found], is_whole: bool, as_json: bool) -> int:
    requests = sum(run.requests for run in found)
    too_few = is_whole and requests < FULL_REQUESTS
    for run in found:
        if not run.is_green:
            print(f"\n{run.product} as {run.role}:\n{run.output}", file=sys.stderr)
    is_green = all(run.is_green for run in found) and not too_few
    if as_json:
        runs = [{name: getattr(run, name) for name in ("product", "role", "requests", "failures")} for run in found]
        verdict = "green" if is_green else "red"
        print(json.dumps({"proof": "api", "requests": requests, "verdict": verdict, "runs": runs}))
    else:
        for run in found:
            told = ", ".join(f"{title}: {count}" for title, count in run.failures.items()) or "nothing found"
            print(f"  {'✓' if run.is_green else '✗'} {run.product:<12} {run.role:<10} {run.requests:>8,}  {told}")
    if too_few:
        print(f"Only {requests:,} requests: {FULL_REQUESTS:,} are promised.", file=sys.stderr)
    return 0 if is_green else 1


def _schemathesis(layout: Layout, console: Console) -> Path:
    """The tool, in a virtual environment of its own below .dev/tools."""
    folder = layout.dev / "tools" / "schemathesis"
    tool, mark = folder / "bin" / "schemathesis", folder / SCHEMATHESIS
    if not mark.exists():
        with console.step("schemathesis") as step:
            step.working("installing")
            for command in (
                [sys.executable, "-m", "venv", "--clear", str(folder)],
                [str(folder / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", SCHEMATHESIS],
            ):
                answer = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
                if answer.returncode != 0:
                    raise Problem(f"{SCHEMATHESIS} could not be installed.\n{answer.stdout[-2000:]}")
            mark.touch()
            step.done(SCHEMATHESIS)
    return tool


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def _is_ready(url: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{url}/health/ready", timeout=2):
            return True
    except OSError:
        return False
