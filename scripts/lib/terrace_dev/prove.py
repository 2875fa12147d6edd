"""`scripts/prove`: a release build, then each proof, which must be green, and each of its mutants, which must be red."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from . import api, control, services, toolchain
from .console import Console, Problem
from .layout import Layout
from .services import DEVELOPMENT

BUILD = ["cargo", "build", "--release", "--package", "prove"]
COULD_NOT = 2
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


@dataclass(frozen=True)
class Ended:
    """How a run ended: its line of JSON, and whether that is what was to be expected."""

    name: str
    mutant: str
    line: dict
    as_expected: bool


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="scripts/prove", description=__doc__)
    parser.add_argument("name", nargs="*", help="run these; without a name, show what there is; `api` asks the whole contract: scripts/prove api --help")
    parser.add_argument("--all", action="store_true", help="run every proof")
    parser.add_argument("--full", action="store_true", help="the numbers that are promised, instead of small ones")
    parser.add_argument("--seed", type=int, default=1, help="whence all that is random comes (default: 1)")
    parser.add_argument("--no-mutants", action="store_true", help="leave out the runs that must be red")
    parser.add_argument("--write", action="store_true", help="write what was measured into shared/docs/PROOFS.md")
    console = Console()
    try:
        # Asks over the wire alone, by a tool that is no part of the build.
        if arguments[:1] == ["api"]:
            return api.main(arguments[1:], console)
        options = parser.parse_args(arguments)
        layout = services.placed(Layout.of_checkout())
        toolchain.require_tools(layout)
        # Standard output belongs to the proofs: a line of JSON each.
        if subprocess.run(BUILD, cwd=layout.root, stdout=sys.stderr, check=False).returncode != 0:
            raise Problem("The build failed, so there is nothing to prove with.")
        program = layout.root / os.environ.get("CARGO_TARGET_DIR", "target") / "release" / "prove"
        if not options.name and not options.all:
            return subprocess.run([program, "list"], cwd=layout.root, check=False).returncode
        proofs = _chosen(program, options.name)
        with contextlib.redirect_stdout(sys.stderr), control.lock(layout, console):
            up = control.exports(services.bring_up(layout, DEVELOPMENT, console))
        environment = {**os.environ, **dict(line.split("=", 1) for line in up)}
        extent = ["--full"] if options.full else []
        ended = []
        for proof in proofs:
            mutants = [] if options.no_mutants else [mutant["name"] for mutant in proof["mutants"]]
            for mutant in ["", *mutants]:
                command = [str(program), proof["name"], "--seed", str(options.seed), *extent]
                command += ["--mutant", mutant] if mutant else []
                ended.append(_run(command, proof["name"], mutant, layout.root, environment))
        if options.write:
            _write(layout.root / "shared" / "docs" / "PROOFS.md", ended)
        return _tell(ended)
    except Problem as problem:
        console.problem(problem)
        return COULD_NOT
    except KeyboardInterrupt:
        return 130


def _chosen(program: Path, names: list[str]) -> list[dict]:
    answer = subprocess.run([program, "list", "--json"], stdout=subprocess.PIPE, text=True, check=True)
    proofs = {proof["name"]: proof for proof in json.loads(answer.stdout)}
    unknown = [name for name in names if name not in proofs]
    if unknown:
        raise Problem(f"There is no proof {', '.join(unknown)}.\nThere are: {', '.join(proofs)}")
    return [proofs[name] for name in (names or proofs)]


def _run(command: list[str], name: str, mutant: str, root: Path, environment: dict[str, str]) -> Ended:
    answer = subprocess.run(command, cwd=root, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    sys.stdout.write(answer.stdout)
    sys.stdout.flush()
    try:
        line = json.loads(answer.stdout)
    except ValueError:
        return Ended(name, mutant, {}, False)
    # Green must exit with 0; a mutant must be red, and for the reason that it is there for.
    return Ended(name, mutant, line, answer.returncode == (1 if mutant else 0) and line["as_expected"])


def _tell(ended: list[Ended]) -> int:
    print(file=sys.stderr)
    for run in ended:
        verdict = run.line.get("verdict", "could not be carried out")
        what = f"{run.name} without {run.mutant}" if run.mutant else run.name
        mark = "✓" if run.as_expected else "✗"
        print(f"  {mark} {what:<48} {verdict:<8} {run.line.get('seconds', '')} s", file=sys.stderr)
        if not run.as_expected:
            for broken in run.line.get("broken", []):
                print(f"      {broken['demand']}: expected {broken['expected']}, found {broken['found']}", file=sys.stderr)
    return 0 if all(run.as_expected for run in ended) else 1


def _write(page: Path, ended: list[Ended]) -> None:
    """Replaces what was measured, as Markdown, between the two marks of the page."""
    before, begin, rest = page.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise Problem(f"{page} has no place for what was measured: {BEGIN} … {END}")
    versions = next((run.line["versions"] for run in ended if run.line), {})
    shown = ", ".join(f"{name} {version}" for name, version in versions.items())
    rows = ["| proof | without | verdict | seconds | settings | counts, or what broke |", "| --- | --- | --- | --- | --- | --- |"]
    for run in ended:
        settings = ", ".join(f"{name} {value}" for name, value in run.line.get("settings", {}).items())
        counts = ", ".join(f"{name} {_counted(value)}" for name, value in run.line.get("counts", {}).items())
        broken = "; ".join(f"{broken['demand']}: {broken['found'].partition(':')[0]}" for broken in run.line.get("broken", []))
        verdict, seconds = run.line.get("verdict", "none"), run.line.get("seconds", "")
        rows.append(f"| {run.name} | {run.mutant} | {verdict} | {seconds} | {settings} | {broken or counts} |")
    page.write_text("\n".join([before + BEGIN, f"{shown}.\n", *rows, END + after]))


def _counted(value: object) -> str:
    if not isinstance(value, dict):
        return str(value)
    return "(" + ", ".join(f"{name.strip()}: {count}" for name, count in value.items()) + ")"
