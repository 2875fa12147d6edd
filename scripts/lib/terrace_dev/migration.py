"""`scripts/new-migration NAME`: the folder of the next migration, and its line in the list."""

from __future__ import annotations

import argparse
import datetime
import re
from pathlib import Path

from .console import Console, Problem
from .layout import Layout

# Raises when it runs, so that a half that was never written cannot go unnoticed.
STARTER = """\
DO $$ BEGIN RAISE EXCEPTION '{name}/{half}.sql is not written yet'; END $$;
"""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="scripts/new-migration", description=__doc__)
    parser.add_argument("name", help="what it does, in snake_case: add_favourites")
    options = parser.parse_args(arguments)
    console, layout = Console(), Layout.of_checkout()
    try:
        folder = create(
            layout.root / "migrator" / "src", options.name, datetime.datetime.now(datetime.timezone.utc).date()
        )
    except Problem as problem:
        console.problem(problem)
        return 1
    console.say(f"Created {folder.relative_to(layout.root)}/up.sql and down.sql, and listed them in migrations.rs.")
    console.say("Write both, then try them: scripts/terrace migrate plan --all, and scripts/test -p terrace-migrator.")
    return 0


def create(source: Path, name: str, today: datetime.date) -> Path:
    """Makes the folder and lists it after the last one.

    # Raises
    `Problem` when the name is not snake_case, is taken, or the list cannot be found.
    """
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name):
        raise Problem(f"{name!r} is not a name for a migration.\nUse snake_case: add_favourites")
    listing = source / "migrations.rs"
    text = listing.read_text()
    listed = re.findall(r'^    "(m\d{8}_\d{6}_\w+)",$', text, re.MULTILINE)
    if not listed:
        raise Problem(f"There is no list of migrations in {listing}.")
    if any(entry.split("_", 2)[2] == name for entry in listed):
        raise Problem(f"There is a migration called {name} already.\nChoose a name that tells the two apart.")
    full_name = following(listed[-1], name, today)
    folder = source / "migrations" / full_name
    folder.mkdir()
    for half in ("up", "down"):
        (folder / f"{half}.sql").write_text(STARTER.format(name=full_name, half=half))
    last_line = f'    "{listed[-1]}",\n'
    listing.write_text(text.replace(last_line, f'{last_line}    "{full_name}",\n'))
    return folder


def following(last: str, name: str, today: datetime.date) -> str:
    """The full name after `last`: names sort as they run, also when clocks disagree about the day."""
    date, number, _ = last.split("_", 2)
    return f"{max(date, today.strftime('m%Y%m%d'))}_{int(number) + 1:06}_{name}"
