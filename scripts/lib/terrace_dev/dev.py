"""`scripts/dev`: everything up, from nothing to healthy products."""

from __future__ import annotations

import os
import time

from . import control, processes, products, services, state, toolchain
from .console import Console, Problem
from .layout import Layout
from .products import Product
from .services import DEVELOPMENT
from .signals import EndSignals

READY_SECONDS = 60


class Dev:
    """One run of `scripts/dev`: remembers what it started, so that it stops no more than that."""

    def __init__(self, layout: Layout, console: Console) -> None:
        self.layout = layout
        self.console = console
        self._started: set[str] = set()

    def run(self, detach: bool) -> int:
        """Brings everything up. In the foreground it stays, and what it started ends with it."""
        holder = processes.find(self.layout, control.HOLDER)
        if holder is not None:
            self._summary(products.listed(self.layout))
            self.console.say(
                f"\nAlready running, from another terminal (process {holder.pid}). To end it: scripts/dev stop"
            )
            return 0
        if detach:
            with control.lock(self.layout, self.console):
                self._summary(self._bring_up())
            self.console.say("\nRunning in the background. scripts/dev status | logs PRODUCT | stop")
            return 0
        with EndSignals() as signals:
            try:
                with control.lock(self.layout, self.console):
                    listed = self._bring_up()
                    processes.remember(self.layout, control.HOLDER, os.getpid(), {})
                self._summary(listed)
                self.console.say("\nCtrl-C stops it.")
                self._hold([product.id for product in listed], signals)
            except KeyboardInterrupt:
                self.console.clear()
            finally:
                signals.ignore()
                self._wind_down()
        return 0

    def _bring_up(self) -> list[Product]:
        began = time.monotonic()
        self.console.heading("Terrace")
        with self.console.step("Tools") as step:
            step.done(toolchain.require_tools(self.layout))
        up = services.bring_up(self.layout, DEVELOPMENT, self.console, on_start=self._started.add)
        with self.console.step("Build") as step:
            toolchain.build(self.layout, self.console, step)
            step.done("cargo build, debug")
        products.write_environment(self.layout, up)
        for title, command in (
            ("Databases and roles", ["provision", "--all"]),
            ("Migrations", ["migrate", "up", "--all"]),
            ("Seed content", ["seed", "--all"]),
        ):
            with self.console.step(title) as step:
                toolchain.terrace(self.layout, command)
                step.done(", ".join(products.ids(self.layout)))
        listed = products.listed(self.layout)
        self._start_servers(listed)
        self.console.note(f"ready after {time.monotonic() - began:.1f} s")
        return listed

    def _start_servers(self, listed: list[Product]) -> None:
        """Starts every product's server anew, so that it is the binary just built, and waits for all of them."""
        with self.console.step("Servers") as step:
            for product in listed:
                processes.stop(self.layout, product.id)
                self._require_free(product)
                self._started.add(product.id)
                processes.start(
                    self.layout,
                    product.id,
                    [str(self.layout.binary), "serve", "--product", product.id],
                    cwd=self.layout.root,
                    # Its output is a file: colours would only be in the way there.
                    environment={**toolchain.environment(self.layout), "NO_COLOR": "1"},
                    facts={"port": product.port},
                )
            for product in listed:
                step.working(f"waiting for {product.id}")
                self._wait_until_ready(product)
            step.done(", ".join(f"{product.id} on {product.port}" for product in listed))

    def _require_free(self, product: Product) -> None:
        if not state.port_is_free(product.port):
            raise Problem(
                f"Port {product.port}, which {product.id} answers on, is taken by another program.\n"
                f"Stop that program (find it with: ss -ltnp 'sport = :{product.port}'), or choose another port:\n"
                f"    {products.prefix(product.id)}SERVER__PORT={product.port + 100} scripts/dev"
            )

    def _wait_until_ready(self, product: Product) -> None:
        log = self.layout.logs / f"{product.id}.log"
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if processes.find(self.layout, product.id) is None:
                raise Problem(f"The server of {product.id} ended before it was ready.\n{processes.tail(log)}")
            if control.health(product.port) == "ready":
                return
            time.sleep(0.05)
        raise Problem(f"The server of {product.id} is not ready after {READY_SECONDS} s.\n{processes.tail(log)}")

    def _summary(self, listed: list[Product]) -> None:
        say, note = self.console.say, self.console.note
        say()
        self.console.table(
            ("product", "API", "documentation", "health", "front end (origin)"),
            [(p.name, f"{p.url}/api/v1", f"{p.url}/docs", f"{p.url}/health/db", ", ".join(p.origins)) for p in listed],
        )
        say()
        self.console.heading("Try it")
        for product in listed:
            note(f"curl -s '{product.url}/api/v1/properties?limit=2&locale=th'")
        for product in listed[:1]:
            note(f"TOKEN=$(scripts/terrace token --product {product.id} --role agent)    # or --role user, admin")
            note(f'curl -s -H "Authorization: Bearer $TOKEN" {product.url}/api/v1/me')
            note(f"scripts/dev psql {product.id}")
            note(f"ls .dev/mail/{product.id}    # what was written to people, as any mail program opens it")

    def _hold(self, servers: list[str], signals: EndSignals) -> None:
        """Stays until told to stop, or until no server is left."""
        alive = set(servers)
        while alive and not signals.wait(0.5):
            for name in sorted(alive):
                if processes.find(self.layout, name) is None and not signals.received:
                    alive.discard(name)
                    self.console.say(f"\n{name} has ended.\n{processes.tail(self.layout.logs / (name + '.log'))}")

    def _wind_down(self) -> None:
        """Stops what this run started; servers that were up before it stay up."""
        if self._started:
            self.console.say("\nStopping.")
            with control.lock(self.layout, self.console):
                control.stop_servers(self.layout, self.console, control.in_stopping_order(self._started))
        processes.forget(self.layout, control.HOLDER)
