from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

from terrace_dev import processes

from .support import CheckoutTest

FOREVER = [sys.executable, "-c", "import signal; signal.pause()"]


class Records(CheckoutTest):
    def start(self, name: str = "server") -> processes.Process:
        process = processes.start(self.layout, name, FOREVER, cwd=self.layout.root, facts={"port": 1})
        self.addCleanup(processes.stop, self.layout, name)
        return process

    def test_a_started_process_is_found_with_its_facts(self) -> None:
        process = self.start()
        self.assertEqual(processes.find(self.layout, "server"), process)
        self.assertEqual(process.facts, {"port": 1})

    def test_it_runs_in_a_session_of_its_own(self) -> None:
        self.assertNotEqual(os.getsid(self.start().pid), os.getsid(0))

    def test_a_stopped_process_is_gone_and_forgotten(self) -> None:
        process = self.start()
        self.assertTrue(processes.stop(self.layout, "server"))
        self.assertFalse(process.is_running())
        self.assertFalse(processes.stop(self.layout, "server"))

    def test_a_reused_id_is_neither_found_nor_signalled(self) -> None:
        stranger = subprocess.Popen(FOREVER)
        self.addCleanup(stranger.wait)
        self.addCleanup(stranger.kill)
        record = self.layout.run / "server.json"
        record.write_text(json.dumps({"pid": stranger.pid, "started": "another boot/1", "facts": {}}))
        self.assertFalse(processes.stop(self.layout, "server"))
        self.assertIsNone(stranger.poll())
        self.assertFalse(record.exists())

    def test_a_zombie_counts_as_gone(self) -> None:
        child = subprocess.Popen(FOREVER)
        self.addCleanup(child.wait)
        self.assertIsNotNone(processes.birth(child.pid))
        child.kill()
        # Waits for its end without collecting it: from here on it is a zombie.
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        self.assertIsNone(processes.birth(child.pid))

    def test_a_damaged_record_counts_as_none(self) -> None:
        (self.layout.run / "server.json").write_text("{")
        self.assertIsNone(processes.find(self.layout, "server"))

    def test_one_that_ignores_the_polite_signal_is_ended_all_the_same(self) -> None:
        ready = self.layout.root / "ready"
        os.mkfifo(ready)
        stubborn = (
            f"import signal; signal.signal(15, signal.SIG_IGN); open({str(ready)!r}, 'w').close(); signal.pause()"
        )
        process = processes.start(self.layout, "server", [sys.executable, "-c", stubborn], cwd=self.layout.root)
        ready.open().close()
        self.assertTrue(processes.stop(self.layout, "server", polite=signal.SIGTERM, patience=0.1))
        self.assertFalse(process.is_running())

    def test_processes_working_in_a_folder_are_seen(self) -> None:
        process = self.start()
        self.assertEqual(processes.working_in(self.layout.root), [process.pid])
