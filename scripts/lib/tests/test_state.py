from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

from terrace_dev import state

from .support import CheckoutTest


class Ports(CheckoutTest):
    def test_a_port_is_remembered_and_differs_by_name(self) -> None:
        port = state.remembered_port(self.layout, "postgres")
        self.assertEqual(state.remembered_port(self.layout, "postgres"), port)
        self.assertNotEqual(state.remembered_port(self.layout, "redis"), port)

    def test_a_port_that_someone_took_is_replaced(self) -> None:
        port = state.remembered_port(self.layout, "postgres")
        with socket.create_server(("127.0.0.1", port)):
            self.assertNotEqual(state.remembered_port(self.layout, "postgres"), port)

    def test_a_damaged_state_file_is_no_obstacle(self) -> None:
        self.layout.state_file.write_text("not json")
        self.assertIn(state.remembered_port(self.layout, "postgres"), state.PORTS)


class Secrets(CheckoutTest):
    def test_a_secret_is_made_once_and_private(self) -> None:
        first = state.read_secret(self.layout, "owner.password")
        self.assertEqual(state.read_secret(self.layout, "owner.password"), first)
        self.assertGreater(len(first), 24)
        self.assertEqual(state.secret(self.layout, "owner.password").stat().st_mode & 0o777, 0o600)
        self.assertEqual(self.layout.secrets.stat().st_mode & 0o777, 0o700)


class Lock(CheckoutTest):
    def test_a_second_command_has_to_wait(self) -> None:
        told = []
        other = subprocess.Popen(
            [sys.executable, "-c", HOLD_LOCK, str(self.layout.root)],
            cwd=Path(__file__).parents[1],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert other.stdin and other.stdout
        other.stdout.readline()

        def waiting() -> None:
            told.append("waiting")
            other.communicate()

        with state.exclusive(self.layout, waiting):
            self.assertEqual(told, ["waiting"])
            self.assertEqual(other.returncode, 0)


HOLD_LOCK = """
import sys
from pathlib import Path
from terrace_dev.layout import Layout
from terrace_dev import state
root = Path(sys.argv[1])
with state.exclusive(Layout(root=root, services=root / ".dev"), lambda: sys.exit("locked before")):
    print("locked", flush=True)
    sys.stdin.read()
"""
