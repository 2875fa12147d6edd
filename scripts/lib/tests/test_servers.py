from __future__ import annotations

import os
import unittest
import unittest.mock
from pathlib import Path

from terrace_dev import control, postgres_binaries, products, redis, services, testrun, toolchain
from terrace_dev.console import Problem

from .support import CheckoutTest


class Versions(unittest.TestCase):
    def test_of_postgres(self) -> None:
        answers = {
            "postgres (PostgreSQL) 16.14 (Debian 16.14-1)": "16.14",
            "postgres (PostgreSQL) 17beta1": "17",
            "nonsense": None,
        }
        for answer, version in answers.items():
            self.assertEqual(postgres_binaries.version_of(answer), version)

    def test_of_redis_and_valkey(self) -> None:
        self.assertEqual(redis.version_of("Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0"), "7.0.15")
        self.assertEqual(redis.version_of("Valkey server v=8.0.1 sha=0"), "8.0.1")
        self.assertIsNone(redis.version_of("command not found"))


class LocalPostgres(CheckoutTest):
    def fake(self, version: str, extensions: tuple[str, ...]) -> Path:
        home = self.layout.root / version
        folder = home / "share" / "postgresql" / "extension"
        folder.mkdir(parents=True)
        (home / "bin").mkdir()
        for name in extensions:
            (folder / f"{name}.control").touch()
        for name in ("postgres", "initdb"):
            tool = home / "bin" / name
            tool.write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n")
            tool.chmod(0o755)
        return home / "bin"

    def test_a_whole_one_is_usable(self) -> None:
        found = postgres_binaries.installed(self.fake("16.3", postgres_binaries.REQUIRED_EXTENSIONS), "here")
        assert found is not None
        self.assertEqual((found.version, found.origin), ("16.3", "here"))

    def test_one_without_pgvector_is_not(self) -> None:
        self.assertIsNone(postgres_binaries.installed(self.fake("16.3", ("btree_gist", "pg_trgm", "unaccent")), "here"))

    def test_an_old_one_is_not(self) -> None:
        self.assertIsNone(postgres_binaries.installed(self.fake("15.9", postgres_binaries.REQUIRED_EXTENSIONS), "here"))


class NamedServers(unittest.TestCase):
    def test_an_unreachable_one_is_named_without_its_password(self) -> None:
        # Port 9 (discard) of loopback: nothing has listened there for decades.
        url = "postgres://admin:hush@127.0.0.1:9/postgres"
        with self.assertRaises(Problem) as refused:
            services._require_reachable("TERRACE_ADMIN_DATABASE_URL", url, 5432)
        self.assertIn("127.0.0.1:9", str(refused.exception))
        self.assertNotIn("hush", str(refused.exception))


class Environment(CheckoutTest):
    def setUp(self) -> None:
        super().setUp()
        for name in ("bestays", "seaview"):
            folder = self.layout.products / name
            folder.mkdir(parents=True)
            (folder / "product.toml").touch()
        self.services = services.Services(
            "postgres://postgres:p=w@127.0.0.1:5599/postgres", "redis://127.0.0.1:6399/0", None
        )

    def test_what_is_written_is_what_is_read(self) -> None:
        products.write_environment(self.layout, self.services)
        read = toolchain.read_env_file(self.layout)
        self.assertEqual(read["TERRACE_ADMIN_DATABASE_URL"], self.services.admin_url)
        self.assertEqual(read["BESTAYS__DATABASE__PORT"], "5599")
        self.assertEqual(read["SEAVIEW__REDIS__URL"], self.services.redis_url)

    def test_passwords_stand_in_files_and_not_in_it(self) -> None:
        products.write_environment(self.layout, self.services)
        text = self.layout.env_file.read_text()
        for name in ("bestays_owner.password", "bestays_app.password", "bestays_redis.password", "bestays_visitors.secret"):
            secret = (self.layout.secrets / name).read_text().strip()
            self.assertGreaterEqual(len(secret), 32)
            self.assertNotIn(secret, text)
        self.assertEqual(self.layout.env_file.stat().st_mode & 0o777, 0o600)

    def test_no_users_are_made_in_somebody_elses_redis(self) -> None:
        url = self.services.redis_url
        with unittest.mock.patch.dict(os.environ, {"TERRACE_REDIS_URL": url}):
            products.write_environment(self.layout, self.services)
        read = toolchain.read_env_file(self.layout)
        self.assertNotIn("TERRACE_ADMIN_REDIS_URL", read)
        self.assertNotIn("BESTAYS__REDIS__PASSWORD_FILE", read)
        with unittest.mock.patch.dict(os.environ, {"TERRACE_REDIS_URL": url, "TERRACE_ADMIN_REDIS_URL": "redis://:x@h"}):
            products.write_environment(self.layout, self.services)
        read = toolchain.read_env_file(self.layout)
        self.assertEqual(read["TERRACE_ADMIN_REDIS_URL"], "redis://:x@h")
        self.assertIn("BESTAYS__REDIS__PASSWORD_FILE", read)

    def test_what_the_caller_exports_beats_it(self) -> None:
        products.write_environment(self.layout, self.services)
        with unittest.mock.patch.dict(os.environ, {"BESTAYS__DATABASE__PORT": "1"}):
            self.assertEqual(toolchain.environment(self.layout)["BESTAYS__DATABASE__PORT"], "1")


class Commands(unittest.TestCase):
    def test_products_stop_before_what_they_stand_on(self) -> None:
        names = {"postgres", "realestate", "redis", "bestays"}
        self.assertEqual(control.in_stopping_order(names), ["bestays", "realestate", "redis", "postgres"])

    def test_the_whole_workspace_unless_packages_are_chosen(self) -> None:
        with unittest.mock.patch.dict(os.environ, clear=False) as _:
            os.environ.pop("CI", None)
            self.assertEqual(testrun.cargo_command([]), ["cargo", "test", "--workspace"])
            whole = [["cargo", "test", "--workspace"], ["cargo", "test", *testrun.LOCAL_MODEL]]
            self.assertEqual(testrun.commands([]), whole)
            self.assertEqual(len(testrun.commands(["-p", "terrace-product"])), 1)
            self.assertEqual(
                testrun.cargo_command(["-p", "terrace-product"]), ["cargo", "test", "-p", "terrace-product"]
            )
            self.assertEqual(testrun.cargo_command(["--", "-p"]), ["cargo", "test", "--workspace", "--", "-p"])
            os.environ["CI"] = "true"
            self.assertEqual(len(testrun.commands([])), 1)
            self.assertIn("terrace-embedding/local", testrun.commands([])[0])

    def test_on_ci_the_lock_file_stands(self) -> None:
        with unittest.mock.patch.dict(os.environ, {"CI": "true"}):
            self.assertIn("--locked", testrun.cargo_command([]))
