"""The products of this checkout, and the environment in which `terrace` finds their servers."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from urllib.parse import urlsplit

from . import state, toolchain
from .layout import Layout
from .services import Services


@dataclass(frozen=True)
class Product:
    """A brand, as `terrace product list --json` tells it."""

    id: str
    name: str
    port: int
    origins: list[str]
    database: str

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"


def ids(layout: Layout) -> list[str]:
    """The products by their folders: known before anything is built."""
    return sorted(profile.parent.name for profile in layout.products.glob("*/product.toml"))


def listed(layout: Layout) -> list[Product]:
    """The products with what their profile says after every layer of configuration."""
    entries = json.loads(toolchain.terrace(layout, ["product", "list", "--json"]))
    return [Product(**{key: entry[key] for key in ("id", "name", "port", "origins", "database")}) for entry in entries]


def prefix(product_id: str) -> str:
    """The prefix of a product's environment variables."""
    return f"{product_id.upper()}__"


def write_environment(layout: Layout, services: Services) -> None:
    """Writes `.dev/env`: where the servers are, and in which files the passwords stand."""
    admin = urlsplit(services.admin_url)
    lines = [
        "# Written by scripts/dev at every start. scripts/terrace and the servers read it; what you export beats it.",
        "TERRACE_ENVIRONMENT=development",
        f"TERRACE_PRODUCTS_DIR={layout.products}",
        f"TERRACE_ADMIN_DATABASE_URL={services.admin_url}",
        f"TERRACE_REDIS_URL={services.redis_url}",
    ]
    # In a Redis of our own every brand has its user; in another one, if somebody says who may make them.
    ours = services.redis_url if not os.environ.get("TERRACE_REDIS_URL") else ""
    redis_admin = os.environ.get("TERRACE_ADMIN_REDIS_URL", ours)
    if redis_admin:
        lines.append(f"TERRACE_ADMIN_REDIS_URL={redis_admin}")
    for product_id in ids(layout):
        variables = {
            "DATABASE__HOST": admin.hostname or "127.0.0.1",
            "DATABASE__PORT": admin.port or 5432,
            "DATABASE__OWNER_PASSWORD_FILE": state.secret(layout, f"{product_id}_owner.password"),
            "DATABASE__APP_PASSWORD_FILE": state.secret(layout, f"{product_id}_app.password"),
            "VISITORS__SECRET_FILE": state.secret(layout, f"{product_id}_visitors.secret"),
            "REDIS__URL": services.redis_url,
        }
        if redis_admin:
            variables["REDIS__PASSWORD_FILE"] = state.secret(layout, f"{product_id}_redis.password")
        lines += [f"{prefix(product_id)}{key}={value}" for key, value in variables.items()]
    state.write_privately(layout.env_file, "\n".join(lines) + "\n")
