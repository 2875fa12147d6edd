"""A checkout of its own for each test."""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path

from terrace_dev.layout import Layout


class CheckoutTest(unittest.TestCase):
    """Gives each test an empty checkout with its `.dev/` folders."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        root = Path(folder.name)
        self.layout = Layout(root=root, services=root / ".dev")
        self.layout.create()
