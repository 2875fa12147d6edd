"""`scripts/dev`: the command line."""

from __future__ import annotations

import argparse

from . import control, services
from .console import Console, Problem
from .dev import Dev
from .layout import Layout

DESCRIPTION = """\
Brings up the whole platform on this machine: PostgreSQL, Redis, the databases of every product with seed content, and a
server for each. Everything it makes lives in .dev/ of this checkout. Needs cargo and python3; npm for the first run."""


def main(arguments: list[str]) -> int:
    options = _parse(arguments)
    console = Console()
    try:
        return _run(services.placed(Layout.of_checkout()), console, options)
    except Problem as problem:
        console.problem(problem)
        return 1
    except KeyboardInterrupt:
        console.clear()
        return 130


def _run(layout: Layout, console: Console, options: argparse.Namespace) -> int:
    if options.command is None:
        return Dev(layout, console).run(options.detach)
    if options.command == "stop":
        return control.stop(layout, console)
    if options.command == "status":
        return control.status(layout, console)
    if options.command == "reset":
        return control.reset(layout, console, options.yes)
    if options.command == "services":
        return control.bring_up_services(layout, console, services.TEST if options.test else services.DEVELOPMENT)
    if options.command == "psql":
        return control.psql(layout, options.product, options.role, options.arguments)
    return control.logs(layout, options.name, options.follow)


def _parse(arguments: list[str]) -> argparse.Namespace:
    # What follows `--` is for psql alone.
    own, extra = arguments, []
    if "--" in arguments:
        cut = arguments.index("--")
        own, extra = arguments[:cut], arguments[cut + 1 :]
    parser = argparse.ArgumentParser(
        prog="scripts/dev", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--detach", action="store_true", help="leave everything running in the background")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="once it has run")
    commands.add_parser("stop", help="stop everything of this checkout")
    commands.add_parser("status", help="what runs, and where; exit code 1 unless everything does")
    reset = commands.add_parser("reset", help="remove the databases and all state, keep what was fetched")
    reset.add_argument("--yes", action="store_true", help="do not ask")
    only = commands.add_parser("services", help="PostgreSQL and Redis alone, with the lines to export")
    only.add_argument("--test", action="store_true", help="the ones that scripts/test uses (not durable)")
    psql = commands.add_parser("psql", help="psql on a product's database: psql PRODUCT [--as ROLE] [-- ARGUMENTS]")
    psql.add_argument("product")
    psql.add_argument("--as", dest="role", choices=("owner", "app", "admin"), default="owner")
    logs = commands.add_parser("logs", help="the log of a product, of postgres or of redis")
    logs.add_argument("name")
    logs.add_argument("-f", "--follow", action="store_true")
    options = parser.parse_args(own)
    if extra and options.command != "psql":
        parser.error("only psql takes arguments after --")
    options.arguments = extra
    return options
