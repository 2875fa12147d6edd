"""`scripts/sbom`: what the platform is made of, as a CycloneDX document.

Every crate of `Cargo.lock`, whether it is built for this system or not, with its checksum and licence; the servers and tools
that the scripts fetch, by their pins. The document says nothing of when or where it was made: the same checkout gives the
same bytes."""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import uuid
from pathlib import Path

from . import bundle, checks
from .console import Console, Problem
from .layout import Layout

SPECIFICATION = "1.5"
# Names of documents are made from what is in them.
NAMESPACE = uuid.UUID("6f1c1d0e-6a0b-5c53-9c3c-0f7f0d3b8a51")
CLIENTS = {"pip": "pypi", "npm": "npm"}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="scripts/sbom", description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("file", nargs="?", type=Path, help="write it there instead of to standard output")
    options = parser.parse_args(arguments)
    console, layout = Console(), Layout.of_checkout()
    try:
        document = json.dumps(describe(layout), indent=2, ensure_ascii=False) + "\n"
    except Problem as problem:
        console.problem(problem)
        return 1
    if options.file is None:
        sys.stdout.write(document)
    else:
        options.file.write_text(document)
        console.say(f"{options.file}: {len(json.loads(document)['components'])} components")
    return 0


def describe(layout: Layout) -> dict:
    """The document.

    # Raises
    `Problem` when cargo cannot read the workspace, or knows a crate less than the lock file names.
    """
    lock = locked((layout.root / "Cargo.lock").read_text())
    metadata = _metadata(layout)
    ours = {package["name"] for package in metadata["packages"] if package["source"] is None}
    licences = {(package["name"], package["version"]): package["license"] for package in metadata["packages"]}
    crates = [package for package in lock if package["name"] not in ours]
    unknown = [f"{crate['name']} {crate['version']}" for crate in crates if _key(crate) not in licences]
    if unknown:
        raise Problem(f"Cargo.lock names crates that cargo does not know: {', '.join(unknown)}.\nSee: cargo metadata")
    components = [_crate(crate, licences[_key(crate)]) for crate in crates] + fetched(layout)
    version = next(package["version"] for package in metadata["packages"] if package["name"] == "terrace-server")
    content = json.dumps(components, sort_keys=True)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": SPECIFICATION,
        "serialNumber": f"urn:uuid:{uuid.uuid5(NAMESPACE, content)}",
        "version": 1,
        "metadata": {"component": {"type": "application", "bom-ref": "terrace", "name": "terrace", "version": version}},
        "components": components,
        "dependencies": _dependencies(metadata, ours, {component["bom-ref"] for component in components}),
    }


def locked(text: str) -> list[dict]:
    """The packages of a lock file. cargo writes it, one value on a line: no parser of TOML is needed for these."""
    packages = []
    for block in text.split("[[package]]\n")[1:]:
        packages.append(dict(re.findall(r'^(name|version|source|checksum) = "(.*)"$', block, re.MULTILINE)))
    return packages


def fetched(layout: Layout) -> list[dict]:
    """What the scripts fetch: PostgreSQL, Redis, and the tools of `scripts/check`."""
    parts = [part for server in bundle.load_pins().values() for part in server["parts"]]
    components = [
        _component(part["package"], part["version"], CLIENTS[part["client"]], "optional", part["sha256"], part["what"])
        for part in parts
    ]
    name, _, version = checks.DETECT_SECRETS.partition("==")
    tools = [(name, version, "pypi"), ("cargo-deny", checks.DENY_VERSION, "cargo")]
    return components + [_component(name, version, kind, "excluded") for name, version, kind in tools]


def _key(package: dict) -> tuple[str, str]:
    return package["name"], package["version"]


def _crate(crate: dict, licence: str | None) -> dict:
    component = _component(crate["name"], crate["version"], "cargo", "required", crate.get("checksum"))
    if licence:
        # The old way to say "or".
        component["licenses"] = [{"expression": licence.replace("/", " OR ")}]
    return component


def _component(
    name: str, version: str, kind: str, scope: str, sha256: str | None = None, what: str | None = None
) -> dict:
    purl = f"pkg:{kind}/{name.replace('@', '%40')}@{version}"
    component = {"type": "library", "bom-ref": purl, "name": name, "version": version, "scope": scope, "purl": purl}
    if what:
        component["description"] = what
    if sha256:
        component["hashes"] = [{"alg": "SHA-256", "content": sha256}]
    return component


def _dependencies(metadata: dict, ours: set[str], known: set[str]) -> list[dict]:
    """Who needs whom; our own crates are one."""
    packages = {package["id"]: package for package in metadata["packages"]}

    def reference(package: dict) -> str:
        return "terrace" if package["name"] in ours else f"pkg:cargo/{package['name']}@{package['version']}"

    needs: dict[str, set[str]] = {"terrace": set()}
    for node in metadata["resolve"]["nodes"]:
        needed = {reference(packages[identifier]) for identifier in node["dependencies"]}
        needs.setdefault(reference(packages[node["id"]]), set()).update(needed & known)
    return [{"ref": ref, "dependsOn": sorted(needed)} for ref, needed in sorted(needs.items())]


def _metadata(layout: Layout) -> dict:
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--all-features"]
    answer = subprocess.run(command, cwd=layout.root, capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        raise Problem(f"`{' '.join(command)}` failed.\n{answer.stderr}".rstrip())
    return json.loads(answer.stdout)
