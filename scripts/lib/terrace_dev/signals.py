"""The signals that end a foreground run."""

from __future__ import annotations

import signal
import time


class EndSignals:
    """Ctrl-C, termination and a closed terminal: `KeyboardInterrupt` while things are being brought up, a flag once
    `wait` has been called, and nothing any more after `ignore`."""

    NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def __init__(self) -> None:
        self.received = False
        self._waiting = False
        self._before: dict = {}

    def __enter__(self) -> EndSignals:
        # A signal that was ignored from the start (nohup, a shell's background job) stays ignored.
        chosen = [number for number in self.NUMBERS if signal.getsignal(number) is not signal.SIG_IGN]
        self._before = {number: signal.signal(number, self._note) for number in chosen}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def wait(self, seconds: float) -> bool:
        """Waits that long; True as soon as a signal has come."""
        self._waiting = True
        deadline = time.monotonic() + seconds
        while not self.received and time.monotonic() < deadline:
            time.sleep(0.05)
        return self.received

    def ignore(self) -> None:
        """From here on an impatient second Ctrl-C must not leave servers behind."""
        for number in self._before:
            signal.signal(number, signal.SIG_IGN)

    def _note(self, number: int, frame: object) -> None:
        first, self.received = not self.received, True
        # A second one would interrupt the tidying up that the first has set off.
        if first and not self._waiting:
            raise KeyboardInterrupt
