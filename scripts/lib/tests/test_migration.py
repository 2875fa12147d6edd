from __future__ import annotations

import datetime
import tempfile
import unittest
from pathlib import Path

from terrace_dev import migration
from terrace_dev.console import Problem

LIST = """\
migrations![
    "m20261121_000001_foundations",
    "m20261121_000002_audit",
];
"""
TODAY = datetime.date(2026, 12, 24)


class Create(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.source = Path(folder.name)
        (self.source / "migrations").mkdir()
        (self.source / "migrations.rs").write_text(LIST)

    def test_the_next_one_is_listed_last_and_has_both_halves(self) -> None:
        folder = migration.create(self.source, "add_favourites", TODAY)
        self.assertEqual(folder.name, "m20261224_000003_add_favourites")
        listed = (self.source / "migrations.rs").read_text()
        self.assertIn('    "m20261121_000002_audit",\n    "m20261224_000003_add_favourites",\n];', listed)
        for half in ("up", "down"):
            self.assertIn("RAISE EXCEPTION", (folder / f"{half}.sql").read_text())

    def test_a_name_that_is_no_name_or_taken_is_refused(self) -> None:
        for name in ("Add", "add-this", "1st", "../up", "audit"):
            with self.assertRaises(Problem):
                migration.create(self.source, name, TODAY)
        self.assertEqual((self.source / "migrations.rs").read_text(), LIST)

    def test_names_sort_as_they_run_also_with_a_slow_clock(self) -> None:
        last = "m20261121_000002_audit"
        self.assertLess(last, migration.following(last, "next", datetime.date(2025, 1, 1)))
