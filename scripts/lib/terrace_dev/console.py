"""What people see: steps with ticks and durations, plain tables, and one error type that speaks to a person."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Sequence


class Problem(Exception):
    """Something the person at the keyboard can act on: printed as is, without a traceback.

    The first line says what is wrong; further lines say where, and what to do about it.
    """


class Step:
    """One line of progress. Used as a context manager by `Console.step`."""

    def __init__(self, console: Console, title: str) -> None:
        self._console = console
        self._title = title
        self._detail = ""
        self._mark = "✓"
        self._started = 0.0
        self._seconds: float | None = None

    def __enter__(self) -> Step:
        self._started = time.monotonic()
        self._console.transient(f"  … {self._title}")
        return self

    def __exit__(self, kind, error, trace) -> None:
        mark = self._mark if kind is None else "✗"
        seconds = time.monotonic() - self._started if self._seconds is None else self._seconds
        self._console.settle(mark, self._title, self._detail if kind is None else "", seconds)

    def done(self, detail: str) -> None:
        """Says what the step ended with; printed when the step closes."""
        self._detail = detail

    def skipped(self, reason: str) -> None:
        """The step had nothing to do, or could not be done and need not be."""
        self._mark, self._detail = "–", reason

    def ended(self, mark: str, detail: str, seconds: float | None = None) -> None:
        """Ends with a mark of the caller's choice, for steps that may fail while the run goes on, and with the time that
        it took, where it did not begin with the step."""
        self._mark, self._detail, self._seconds = mark, detail, seconds

    def working(self, detail: str) -> None:
        """Shows what is going on inside a long step, where the output is a terminal."""
        self._console.transient(f"  … {self._title}: {detail}")

    def hand_over(self) -> None:
        """Ends the transient line, so that a child's own output starts on a line of its own."""
        self._console.clear()
        if self._console.interactive:
            self._console.say(f"  … {self._title}")


class Console:
    """Standard output, with colours and rewritten lines only where a person is watching."""

    COLOURS = {"✓": "32", "✗": "31", "–": "33"}

    def __init__(self) -> None:
        self.interactive = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
        self._colours = self.interactive and "NO_COLOR" not in os.environ

    def step(self, title: str) -> Step:
        return Step(self, title)

    def say(self, text: str = "", end: str = "\n") -> None:
        try:
            print(text, end=end, flush=True)
        except BrokenPipeError:
            # Whoever read us has gone (`| head`). Stopping servers in order matters more than being heard.
            sys.stdout = open(os.devnull, "w")  # noqa: SIM115

    def heading(self, text: str) -> None:
        self.say(self._paint(text, "1"))

    def note(self, text: str) -> None:
        self.say(f"    {text}")

    def transient(self, text: str) -> None:
        if self.interactive:
            self.say(f"\r\033[K{text}", end="")

    def clear(self) -> None:
        if self.interactive:
            self.say("\r\033[K", end="")

    def settle(self, mark: str, title: str, detail: str, seconds: float) -> None:
        self.clear()
        painted = self._paint(mark, self.COLOURS.get(mark, "0"))
        duration = f"{seconds:.1f} s" if seconds >= 0.05 else ""
        self.say(f"  {painted} {title:<22} {detail:<64} {duration:>7}".rstrip())

    def table(self, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        lines = [list(header)] + [list(row) for row in rows]
        widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
        for number, line in enumerate(lines):
            text = "  " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip()
            self.say(self._paint(text, "1") if number == 0 else text)

    def problem(self, problem: Problem) -> None:
        self.clear()
        first, *rest = str(problem).splitlines()
        print(self._paint(f"\n{first}", "31"), file=sys.stderr)
        for line in rest:
            print(line, file=sys.stderr)

    def _paint(self, text: str, code: str) -> str:
        return f"\033[{code}m{text}\033[0m" if self._colours else text
