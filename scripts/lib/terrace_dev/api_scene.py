"""Something of every kind for `scripts/prove api` to ask about: a made-up id finds only that there is nothing."""

from __future__ import annotations

import datetime
import json
import urllib.error
import urllib.request
import uuid

from .console import Problem

# By transaction type: what a brand of that trade lists.
LISTINGS = {
    "rent": {
        "property_type": "villa",
        "rent_price": 9_500_000,
        "rental_details": {
            "price_per_night": 420_000,
            "min_nights": 2,
            "max_nights": 180,
            "max_guests": 6,
            "instant_book": True,
            "cancellation_policy": "moderate",
        },
    },
    "sale": {
        "property_type": "condo",
        "sale_price": 890_000_000,
        "sale_details": {"ownership_type": "freehold", "title_deed": "condominium", "foreign_quota": True},
    },
}

HOME = {
    "title": "A home that is asked about",
    "description": "Quiet, bright, close to the beach.",
    "location_details": {"country": "TH", "province": "Phuket", "district": "Mueang Phuket", "lat": 7.78, "lng": 98.32},
    "cover_image": {"url": "/assets/listings/sea.svg", "alt": {"en": "The sea"}, "width": 1200, "height": 800},
}


def furnish(url: str, agent: str, admin: str) -> str:
    """Makes one of everything and returns, as TOML for schemathesis, which ids stand in which paths. What is deleted is
    left to chance: nothing could be asked about it afterwards."""
    scene = _Scene(url)
    trade = scene.ask("GET", "/api/v1/product")["transaction_types"][0]
    kind = trade if trade in LISTINGS else "sale"
    body = {"transaction_type": kind, **HOME, **LISTINGS[kind]}
    listing = scene.ask("POST", "/api/v1/properties", agent, body)["id"]
    scene.ask("POST", f"/api/v1/properties/{listing}/publish", admin, etag=scene.etag)
    coupon = scene.ask("POST", "/api/v1/admin/coupons", admin, {"code": "ASKED", "percent_bps": 1000})["id"]
    search = scene.ask("POST", "/api/v1/search", agent, {"query": "villa"})["search_id"]
    saved = scene.ask("POST", "/api/v1/saved-searches", agent, {"name": "Asked"})["id"]
    media = {"content_type": "image/png", "bytes": 100, "sha256": "0" * 64}
    media_id = scene.ask("POST", f"/api/v1/properties/{listing}/media", agent, media)["id"]
    scene.ask("POST", "/api/v1/leads", None, {"name": "Asker", "email": "asker@example.com", "property_id": listing})
    lead = scene.ask("GET", "/api/v1/leads", admin)["items"][0]["id"]
    task = scene.ask("POST", f"/api/v1/leads/{lead}/tasks", admin, {"title": "Call"})["id"]
    scene.stands("/leads/{id}", id=lead, task_id=task)
    scene.stands("/properties/{id}", id=listing)
    scene.stands("/admin/coupons/{id}", id=coupon)
    scene.stands("/search/{search_id}", search_id=search)
    scene.stands("/saved-searches/{id}", id=saved)
    scene.stands("/media/{id}", id=media_id)
    scene.stands("/companies/{id}", id=scene.ask("GET", "/api/v1/companies")["items"][0]["id"])
    scene.stands("/agents/{id}", id=scene.ask("GET", "/api/v1/agents")["items"][0]["id"])
    if kind == "rent":
        _stay(scene, listing, agent)
    return scene.toml()


def _stay(scene: _Scene, listing: str, agent: str) -> None:
    """A stay, its price, and what is paid for it; a calendar of the listing."""
    day = datetime.date.today() + datetime.timedelta(days=60)
    dates = {"check_in": day.isoformat(), "check_out": (day + datetime.timedelta(days=3)).isoformat(), "guests": 2}
    quote = scene.ask("POST", f"/api/v1/properties/{listing}/quote", None, dates)["id"]
    guest = {"name": "Asker", "email": "asker@example.com"}
    placed = scene.ask("POST", "/api/v1/bookings", agent, {"quote_id": quote, "guest": guest})
    booking = placed.get("id") or placed["booking"]["id"]
    calendar = scene.ask("POST", f"/api/v1/properties/{listing}/calendars", agent, {"direction": "export", "name": "Asked"})
    scene.stands("/quotes/{id}", id=quote)
    scene.stands("/bookings/{id}", id=booking)
    scene.stands("/calendars/{id}", id=calendar["id"])


class _Scene:
    """Asks, and remembers what stands where."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._stands: list[tuple[str, dict[str, str]]] = []
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        self.etag = ""

    def ask(self, method: str, path: str, token: str | None = None, body: dict | None = None, etag: str = "") -> dict:
        headers = {"Idempotency-Key": str(uuid.uuid4())} if method == "POST" else {}
        headers |= {"Authorization": f"Bearer {token}"} if token else {}
        headers |= {"If-Match": etag} if etag else {}
        headers |= {"Content-Type": "application/json"} if body is not None else {}
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self._url + path, data=data, headers=headers, method=method)
        try:
            with self._opener.open(request, timeout=20) as answer:
                self.etag = answer.headers.get("ETag", "")
                return json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as error:
            told = error.read().decode(errors="replace")[:600]
            raise Problem(f"{method} {path} was answered {error.code}:\n{told}") from None

    def stands(self, path: str, **parameters: str) -> None:
        self._stands.append((f"/api/v1{path}", parameters))

    def toml(self) -> str:
        parts = []
        for path, parameters in self._stands:
            pattern = "^" + path.replace("{", "\\{").replace("}", "\\}")
            values = ", ".join(f'"path.{name}" = "{value}"' for name, value in parameters.items())
            lines = ["[[operations]]", f"include-path-regex = '{pattern}'", 'exclude-method = "DELETE"']
            parts.append("\n".join([*lines, f"parameters = {{ {values} }}", ""]))
        return "\n".join(parts)
