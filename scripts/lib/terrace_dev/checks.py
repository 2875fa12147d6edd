"""`scripts/check`: what must hold before a change is handed in, one line each; all run even when one fails.

That the committed API document is what the code says is one of the tests."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from . import toolchain
from .console import Console, Problem
from .layout import Layout

DENY_VERSION = "0.20.2"
DETECT_SECRETS = "detect-secrets==1.5.0"
# What looks like a secret and is none, looked at by a person: `scripts/check --help` says how to add to it.
SECRETS_BASELINE = Path("scripts") / "secrets.baseline.json"
# The advisory database is a git repository; without a way to it cargo-deny would wait for the connection to time out.
ADVISORIES_SECONDS = 120
OUTPUT_LINES = 60
# The longest, clippy, has long stretches on one core: beside it the others cost little.
LANES = 2
# The sentence model is built on demand only; with all else in one go, what both are made of is compiled once.
LOCAL_MODEL = ["--features", "terrace-embedding/local"]


@dataclass(frozen=True)
class Outcome:
    """How a check ended: `mark` is the tick, cross or dash that `console.Step` shows."""

    mark: str
    detail: str = ""
    output: str = ""


def passed(detail: str = "") -> Outcome:
    return Outcome("✓", detail)


def failed(detail: str, output: str) -> Outcome:
    return Outcome("✗", detail, output)


def skipped(reason: str) -> Outcome:
    return Outcome("–", f"SKIPPED: {reason}")


class Checks:
    """The checks of one checkout, by name, in the order they begin: the longest first, and what needs its work last."""

    def __init__(self, layout: Layout, install: bool) -> None:
        self._layout = layout
        self._install = install
        self._locked = ["--locked"] if os.environ.get("CI") else []

    def by_name(self) -> dict[str, Callable[[], Outcome]]:
        return {
            "clippy": self.clippy,
            "scripts": self.scripts,
            "shell": self.shell,
            "secrets": self.secrets,
            "format": self.format,
            "deny": self.deny,
            "advisories": self.advisories,
            "docs": self.docs,
        }

    def scripts(self) -> Outcome:
        """The Python below scripts/: it compiles, and its unit tests pass."""
        sources = [*(self._layout.root / "scripts" / "lib").rglob("*.py"), *self._entry_points(b"python3")]
        for source in sources:
            try:
                compile(source.read_text(), str(source), "exec")
            except SyntaxError as error:
                return failed(f"{source.relative_to(self._layout.root)} does not compile", str(error))
        command = [
            sys.executable,
            "-B",
            "-m",
            "unittest",
            "discover",
            "--start-directory",
            "tests",
            "--top-level-directory",
            ".",
        ]
        answer = self._run(command, cwd=self._layout.root / "scripts" / "lib")
        last = answer.stdout.strip().splitlines()[-3:]
        return self._judged(answer, f"{len(sources)} files compile; {last[0].lower() if last else 'no tests'}")

    def shell(self) -> Outcome:
        """The shell scripts, by shellcheck."""
        sources = [*self._entry_points(b"bash"), self._layout.root / ".ci" / "run"]
        if shutil.which("shellcheck") is None:
            for source in sources:
                answer = self._run(["bash", "-n", str(source)])
                if answer.returncode != 0:
                    return failed("bash refuses a script", answer.stdout)
            return skipped("shellcheck is not installed; bash reads the scripts without an error")
        return self._judged(self._run(["shellcheck", *map(str, sources)]), f"{len(sources)} files")

    def secrets(self) -> Outcome:
        """Nothing that is committed looks like a key or a password, but for what was looked at before."""
        tools = self._detect_secrets()
        if tools is None:
            return skipped("detect-secrets is not installed; scripts/check --install puts it into .dev/tools")
        listed = self._run(["git", "ls-files", "-z"])
        if listed.returncode != 0:
            return skipped("this is no checkout of git")
        files = [name for name in listed.stdout.split("\0") if name and (self._layout.root / name).is_file()]
        answer = self._run([str(tools / "detect-secrets-hook"), "--baseline", str(SECRETS_BASELINE), *files])
        if answer.returncode == 3:
            # The lines of what is known have moved, and the tool has written that down.
            return passed(f"{len(files)} files; line numbers of {SECRETS_BASELINE} brought up to date")
        return self._judged(answer, f"{len(files)} files")

    def format(self) -> Outcome:
        """rustfmt has nothing to change; otherwise the files are named."""
        answer = self._run(["cargo", "fmt", "--all", "--check", "--", "--color", "never", "-l"])
        if answer.returncode != 0:
            return failed("mend with: cargo fmt --all", answer.stdout)
        return passed("rustfmt has nothing to change")

    def clippy(self) -> Outcome:
        command = ["cargo", "clippy", "--quiet", "--workspace", *LOCAL_MODEL, "--all-targets", *self._locked]
        return self._judged(self._run([*command, "--", "-D", "warnings"]), "no warnings")

    def docs(self) -> Outcome:
        """The documentation builds without a warning: links lead somewhere."""
        command = ["cargo", "doc", "--quiet", "--workspace", *LOCAL_MODEL, "--no-deps", "--document-private-items"]
        return self._judged(self._run([*command, *self._locked], RUSTDOCFLAGS="-D warnings"), "no warnings")

    def deny(self) -> Outcome:
        """Licences, banned crates and sources of the dependencies, by deny.toml."""
        tool = self._cargo_deny()
        if tool is None:
            return skipped("cargo-deny is not installed; scripts/check --install puts it into .dev/tools")
        return self._judged(self._run([tool, "check", "licenses", "bans", "sources"]), "licences, bans, sources")

    def advisories(self) -> Outcome:
        """Known vulnerabilities, as far as their database can be had."""
        tool = self._cargo_deny()
        if tool is None:
            return skipped("cargo-deny is not installed")
        try:
            answer = self._run([tool, "check", "advisories"], timeout=ADVISORIES_SECONDS)
        except subprocess.TimeoutExpired:
            return skipped("the advisory database does not answer")
        if answer.returncode != 0 and "failed to fetch advisory database" in answer.stdout:
            return skipped("the advisory database cannot be reached from here")
        return self._judged(answer, "no known vulnerability")

    def _cargo_deny(self) -> str | None:
        folder = self._layout.dev / "tools"
        tool = shutil.which("cargo-deny") or shutil.which("cargo-deny", path=str(folder / "bin"))
        if tool is None and self._install:
            # Built without optimising: that takes half the time, and it runs for a moment.
            install = ["cargo", "install", "--debug", "--locked", "--root", str(folder)]
            self._run([*install, f"cargo-deny@{DENY_VERSION}"], CARGO_PROFILE_DEV_DEBUG="false")
            tool = shutil.which("cargo-deny", path=str(folder / "bin"))
        return tool

    def _detect_secrets(self) -> Path | None:
        folder = self._layout.dev / "tools" / "detect-secrets"
        tool = shutil.which("detect-secrets-hook")
        if tool is not None:
            return Path(tool).parent
        if not (folder / "bin" / "detect-secrets-hook").exists() and self._install:
            self._run([sys.executable, "-m", "venv", str(folder)])
            self._run([str(folder / "bin" / "pip"), "install", "--quiet", DETECT_SECRETS])
        return folder / "bin" if (folder / "bin" / "detect-secrets-hook").exists() else None

    def _entry_points(self, interpreter: bytes) -> list[Path]:
        """The commands directly in scripts/ that name this interpreter in their first line."""
        commands = (path for path in sorted((self._layout.root / "scripts").iterdir()) if path.is_file())
        return [path for path in commands if interpreter in path.read_bytes().partition(b"\n")[0]]

    def _run(
        self,
        command: list[str],
        *,
        cwd: Path | None = None,
        timeout: float | None = None,
        **variables: str,
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=cwd or self._layout.root,
            env={**os.environ, "CARGO_TERM_COLOR": "never", **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
            check=False,
        )

    @staticmethod
    def _judged(answer: subprocess.CompletedProcess[str], detail: str) -> Outcome:
        return passed(detail) if answer.returncode == 0 else failed(f"exit code {answer.returncode}", answer.stdout)


def main(arguments: list[str]) -> int:
    layout, console = Layout.of_checkout(), Console()
    try:
        layout.create()
        toolchain.require_compiler()
        return _main(layout, console, arguments)
    except Problem as problem:
        console.problem(problem)
        return 1
    except KeyboardInterrupt:
        return 130


def timed(check: Callable[[], Outcome]) -> tuple[Outcome, float]:
    """How a check ended, and the seconds that it took."""
    began = time.monotonic()
    return check(), time.monotonic() - began


def shown(console: Console, name: str, outcome: Outcome, seconds: float) -> bool:
    """Says how a check ended; whether it holds."""
    with console.step(name) as step:
        step.ended(outcome.mark, outcome.detail, seconds)
    if outcome.mark != "✗":
        return True
    for line in outcome.output.rstrip().splitlines()[-OUTPUT_LINES:]:
        console.note(line)
    return False


def _main(layout: Layout, console: Console, arguments: list[str]) -> int:
    names = list(Checks(layout, install=False).by_name())
    parser = argparse.ArgumentParser(
        prog="scripts/check",
        description=__doc__,
        epilog="What looks like a secret and is none goes into the baseline, once a person has looked at it: "
        f".dev/tools/detect-secrets/bin/detect-secrets scan --baseline {SECRETS_BASELINE}",
    )
    parser.add_argument(
        "--install", action="store_true", help="install cargo-deny and detect-secrets into .dev/tools if they are missing"
    )
    parser.add_argument("name", nargs="*", help=f"run only these: {', '.join(names)}")
    options = parser.parse_args(arguments)
    unknown = set(options.name) - set(names)
    if unknown:
        parser.error(f"there is no check {', '.join(sorted(unknown))}; there are: {', '.join(names)}")

    console.heading("Checks")
    checks = Checks(layout, options.install).by_name()
    with ThreadPoolExecutor(LANES) as lanes:
        chosen = [name for name in checks if not options.name or name in options.name]
        running = {lanes.submit(timed, checks[name]): name for name in chosen}
        console.transient(f"  … {', '.join(chosen)}")
        # As they end: nobody waits for the longest to hear of the others.
        broken = [running[ended] for ended in as_completed(running) if not shown(console, running[ended], *ended.result())]
    if broken:
        console.say(f"\nFailed: {', '.join(broken)}")
    return 1 if broken else 0
