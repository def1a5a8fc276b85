"""A firm with a portal: customers and six partners of whom each has something that names nobody else's page."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from data.connection import Connection
from data.model.canonical_tables import FOREVER
from data.people import portal_links
from data.people.portal_links import PortalLink, PortalPlace, SubjectKind
from data.portal import portal_snapshot
from data.store import warehouse_id
from data.store.warehouse import asking, writing
from pages.web.browser_mark import BrowserMarks
from pages.web.exposure import Exposure
from pages.web.gate import Gate
from pages.web.guard import Guard
from pages.web.limits import Limits
from pages.web.plain_errors import PlainErrors
from pages.web.portal import portal_answers
from pages.web.portal.portal_door import PortalDoor
from pages.web.security_headers import SecurityHeaders
from tests.data.small import fill
from tests.made_once import made_once

HOST = "127.0.0.1:8501"
HERE = f"http://{HOST}"
PAGE = {"accept": "text/html", "sec-fetch-dest": "document", "sec-fetch-mode": "navigate"}
ANNA, BRUNO = ("crm", "K100"), ("crm", "K200")
PARTNERS = ("Alba", "Brenta", "Chiara", "Dora", "Ema", "Fella")
ALBA, BRENTA = (("erp", each) for each in PARTNERS[:2])
FIRST = date(2024, 1, 10)
ALWAYS = f"TIMESTAMP '1900-01-01', TIMESTAMP '{FOREVER}'"


def portal_firm(path: Path) -> Path:
    """Anna and Bruno are customers, each partner has a product and ten orders; Brenta's come late."""
    made_once(path, "firm with a portal", lambda: _make(path))
    return path


def _make(path: Path) -> None:
    with writing(path, "load small") as connection:
        fill(connection)
        connection.execute("INSERT OR REPLACE INTO setting VALUES ('time_zone', 'Europe/Rome')")
        connection.execute(
            f"""INSERT INTO channel (channel_key, channel_code, id, name, valid_from, valid_to, channel_type)
            VALUES (2, 2, 'e-mail', 'E-mail', {ALWAYS}, 'Online')"""
        )
        for code, name in enumerate(PARTNERS, 11):
            _partner(connection, code, name)


def _partner(connection: Connection, code: int, name: str) -> None:
    run = connection.execute
    run(
        f"""INSERT INTO partner (partner_key, partner_code, id, name, valid_from, valid_to, partner_type, partner_stage)
        VALUES (?, ?, ?, ?, {ALWAYS}, 'Mill', 'active')""",
        [code, code, name, f"{name} Mill"],
    )
    run("INSERT INTO partner_identity VALUES (?, 'erp', ?, ?)", [code, name, code])
    run(
        f"""INSERT INTO product (product_key, product_code, id, name, valid_from, valid_to, department, category,
        subcategory) VALUES (?, ?, ?, ?, {ALWAYS}, 'Cloth', 'Cloth', 'Cloth')""",
        [code, code, f"P-{name}", f"Cloth of {name}"],
    )
    run("INSERT INTO product_identity VALUES (?, 'erp', ?, ?)", [code, f"P-{name}", code])
    for nth in range(10):
        day = FIRST + timedelta(nth)
        took = 9 if name == "Brenta" else code - 8
        came = day + timedelta(took) if nth < 9 else None
        run(
            """INSERT INTO lead_time BY NAME SELECT ? - DATE '1970-01-01' AS day_key, ?::INTEGER AS product_key,
            product_key AS product_code, product_key AS partner_key, product_key AS partner_code, ? AS number,
            ?::DATE AS promised_on, ?::DATE AS received_on, 10 AS quantity_ordered, ? AS quantity_received,
            1 AS batch, ? AS row_in_source""",
            [day, code, f"{name}-{nth}", day + timedelta(7), came, 10 if came else None, nth + 1],
        )
    run(
        """INSERT INTO stock BY NAME SELECT ? - DATE '1970-01-01' AS day_key, ?::INTEGER AS product_key,
        product_key AS product_code, product_key AS partner_key, product_key AS partner_code, ? AS on_hand,
        1 AS batch, 1 AS row_in_source""",
        [FIRST, code, 100 + code],
    )


def place_of_links(path: Path) -> PortalPlace:
    with asking(path) as rows:
        return PortalPlace(path.resolve(), warehouse_id.read(rows))


def link_for(
    path: Path, kind: SubjectKind, member: tuple[str, str], openings: int = 3, days: int = 30
) -> tuple[PortalLink, str]:
    return portal_links.make(place_of_links(path), kind, member, days, openings)


@contextmanager
def portal_at(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The firm as the portal's own, refusing at once."""
    path = portal_firm(folder.resolve() / "w.duckdb")
    patch.setenv("CLIENTELA_WAREHOUSE", str(path))
    patch.setattr(portal_answers, "REFUSED_SECONDS", 0.0)
    yield path
    portal_snapshot._opened.clear()


async def _dashboard(_request: Any) -> PlainTextResponse:
    return PlainTextResponse("the dashboard")


def served(door: type[PortalDoor] = PortalDoor) -> Starlette:
    """The layers of `app.py` down to the gate, before a dashboard of one word."""
    return Starlette(
        routes=[Route("/{rest:path}", _dashboard, methods=["GET", "POST", "PUT"])],
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(PlainErrors),
            Middleware(Guard, exposure=Exposure()),
            Middleware(BrowserMarks),
            Middleware(Limits),
            Middleware(door),
            Middleware(Gate),
        ],
    )


@dataclass
class PortalBrowser:
    """A browser that asks one request after the other, and keeps cookies."""

    app: Any
    cookies: httpx2.Cookies = field(default_factory=httpx2.Cookies)
    address: str = "127.0.0.1"
    run: Callable[[Any], Any] = asyncio.run

    def ask(self, path: str, method: str = "GET", **how: Any) -> httpx2.Response:
        headers = {
            **(PAGE if method == "GET" else {"origin": HERE}),
            **how.pop("headers", {}),
        }
        answer: httpx2.Response = self.run(self._ask(path, method, headers, **how))
        return answer

    async def _ask(self, path: str, method: str, headers: Mapping[str, str], **how: Any) -> httpx2.Response:
        through = httpx2.ASGITransport(app=self.app, client=(self.address, 5000))
        async with httpx2.AsyncClient(transport=through, base_url=HERE, cookies=self.cookies) as client:
            answer = await client.request(method, path, headers=dict(headers), **how)
            self.cookies = client.cookies
            return answer

    def open(self, token: str) -> httpx2.Response:
        return self.ask(f"/portal/open/{token}", "POST")

    def form(self, path: str) -> str:
        """What the forms of a page carry."""
        return self.ask(path).text.split(f'action="{path}"')[1].split('name="form" value="')[1].split('"')[0]

    def send(self, path: str, **fields: str) -> httpx2.Response:
        return self.ask(path, "POST", data={"form": self.form(path), **fields})

    @property
    def held(self) -> str:
        return str(self.cookies.get("clientela-portal", ""))
