from __future__ import annotations

import json
import unittest

from terrace_dev import sbom
from terrace_dev.layout import Layout


class Sbom(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.layout = Layout.of_checkout()
        cls.document = sbom.describe(cls.layout)

    def test_every_crate_of_the_lock_file_is_named_with_its_checksum(self) -> None:
        # Counted without the code under test: each package of a registry has one line with its checksum.
        lines = (self.layout.root / "Cargo.lock").read_text().splitlines()
        checksums = sorted(line.split('"')[1] for line in lines if line.startswith("checksum = "))
        crates = [part for part in self.document["components"] if part["purl"].startswith("pkg:cargo/")]
        named = sorted(part["hashes"][0]["content"] for part in crates if "hashes" in part)
        self.assertEqual(named, checksums)
        self.assertGreater(len(checksums), 300)

    def test_every_crate_has_a_licence(self) -> None:
        without = [
            part["name"]
            for part in self.document["components"]
            if part["scope"] == "required" and not part.get("licenses")
        ]
        self.assertEqual(without, [])

    def test_what_the_scripts_fetch_is_named_by_its_pin(self) -> None:
        pins = json.loads((self.layout.root / "scripts/lib/terrace_dev/pins.json").read_text())
        wanted = {part["sha256"] for server in pins.values() for part in server["parts"]}
        named = {part["hashes"][0]["content"] for part in self.document["components"] if part["scope"] == "optional"}
        self.assertEqual(named, wanted)
        self.assertIn("pkg:pypi/detect-secrets@1.5.0", {part["purl"] for part in self.document["components"]})

    def test_every_reference_leads_to_a_component_and_each_is_named_once(self) -> None:
        references = [part["bom-ref"] for part in self.document["components"]]
        self.assertEqual(len(references), len(set(references)))
        known = {*references, "terrace"}
        for edge in self.document["dependencies"]:
            self.assertLessEqual({edge["ref"], *edge["dependsOn"]}, known)
        ours = next(edge for edge in self.document["dependencies"] if edge["ref"] == "terrace")
        self.assertIn("actix-web", " ".join(ours["dependsOn"]))

    def test_the_same_checkout_gives_the_same_document(self) -> None:
        self.assertEqual(sbom.describe(self.layout), self.document)
