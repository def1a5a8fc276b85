"""Links by which one customer or partner comes to the portal: made, opened in a browser, ended; nobody signs in."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, NamedTuple

from data import environment
from data.access.acting import acting
from data.access.deed import Deed
from data.errors import BadRequest
from data.people import audit_log, portal_store
from data.people.audit_event import AuditEvent, AuditSubject, thing
from data.people.portal_token import LinkToken, form_mac, read_token, signed, subject_print
from data.people.sessions import hashed
from data.store import warehouse_id
from data.store.warehouse import Warehouse

SubjectKind = Literal["customer", "partner"]
Member = tuple[str, str]  # as a source numbers it: the numbering, and the number
WHO = "portal"
USUAL_DAYS, MOST_DAYS = 30, 365
USUAL_OPENINGS, MOST_OPENINGS = 3, 20
A_DAY = 24 * 3600
COLUMNS = """id, warehouse, kind, numbering, number, made_at, made_by, until, openings, opened, used_at, revoked_at,
revoked_by"""
OF_BROWSER = f"SELECT {COLUMNS} FROM link JOIN browser ON browser.link = link.id WHERE token = ?"
OPENED = """UPDATE link SET opened = opened + 1, used_at = ?
WHERE id = ? AND opened < openings AND revoked_at IS NULL"""


class PortalPlace(NamedTuple):
    """The warehouse that links are of: where it lies, and its id."""

    path: Path
    warehouse: str


def portal_place(warehouse: Warehouse) -> PortalPlace:
    """The place of the links of a snapshot's warehouse."""
    return PortalPlace(warehouse.path.resolve(), warehouse_id.read(warehouse.rows))


@dataclass(frozen=True, slots=True)
class PortalLink:
    """A link of a `kind` for one member; moments in seconds since 1970. It opens in `openings` browsers."""

    id: str
    warehouse: str
    kind: SubjectKind
    member: Member
    made_at: int
    made_by: str
    until: int
    openings: int
    opened: int = 0
    used_at: int | None = None
    revoked_at: int | None = None
    revoked_by: str = ""

    def lasts(self, warehouse: str, now: float) -> bool:
        return self.warehouse == warehouse and self.revoked_at is None and now < self.until

    @property
    def as_thing(self) -> AuditSubject:
        """What the audit calls it."""
        return thing("portal_link", self.id)


def make(
    place: PortalPlace,
    kind: SubjectKind,
    member: Member,
    days: int = USUAL_DAYS,
    openings: int = USUAL_OPENINGS,
) -> tuple[PortalLink, str]:
    """A new link and its token, which is told this once. Errors: BadRequest, NotAllowed, WarehouseError."""
    acting().policy.check(Deed.PARTNER)
    if not 1 <= days <= MOST_DAYS:
        raise BadRequest(f"A link cannot last {days:,} days.", f"Give 1 to {MOST_DAYS}.")
    if not 1 <= openings <= MOST_OPENINGS:
        raise BadRequest(
            f"A link cannot open in {openings:,} browsers.", f"Give 1 to {MOST_OPENINGS}: a phone is one."
        )
    warehouse, key, now = place.warehouse, portal_store.key_of(place.path, make=True), int(time.time())
    link = PortalLink(
        secrets.token_hex(16),
        warehouse,
        kind,
        member,
        now,
        environment.who(),
        now + days * A_DAY,
        openings,
    )
    token = LinkToken(link.id, link.until, subject_print(key, kind, *member))
    with portal_store.writing(place.path) as rows:
        audit_log.note(AuditEvent.CHANGED, link.as_thing, f"portal_link_made_for_{kind}", at=place.path)
        rows.execute(
            f"INSERT INTO link ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, NULL, NULL, NULL)",
            [
                link.id,
                warehouse,
                kind,
                *member,
                link.made_at,
                link.made_by,
                link.until,
                openings,
            ],
        )
    return link, signed(key, warehouse, token)


def listed(place: PortalPlace) -> tuple[PortalLink, ...]:
    """The links of a warehouse, the last made first. Errors: WarehouseError."""
    with portal_store.reading(place.path) as rows:
        found = (
            rows.execute(
                f"SELECT {COLUMNS} FROM link WHERE warehouse = ? ORDER BY made_at DESC, id", [place.warehouse]
            ).fetchall()
            if rows
            else []
        )
    return tuple(_link(*row) for row in found)


def revoke(place: PortalPlace, id: str) -> None:
    """End a link at once, in every browser. Errors: BadRequest where there is none that holds; NotAllowed."""
    acting().policy.check(Deed.PARTNER)
    with portal_store.writing(place.path) as rows:
        held = "SELECT 1 FROM link WHERE id = ? AND revoked_at IS NULL"
        if not rows.execute(held, [id]).fetchone():
            raise BadRequest("That link is ended already, or there is none.", "Look at the list again.")
        audit_log.note(AuditEvent.CHANGED, thing("portal_link", id), "portal_link_revoked", at=place.path)
        rows.execute(
            "UPDATE link SET revoked_at = ?, revoked_by = ? WHERE id = ?",
            [int(time.time()), environment.who(), id],
        )
        rows.execute("DELETE FROM browser WHERE link = ?", [id])


def of_token(place: PortalPlace, written: str) -> PortalLink | None:
    """The link whose token is `written`, while it lasts; it is not opened by that. Errors: WarehouseError."""
    key, warehouse, now = portal_store.key_of(place.path), place.warehouse, time.time()
    token = read_token(key, warehouse, written)
    link = _found(place.path, token.link if token else "")
    if token is None or link is None or not link.lasts(warehouse, now):
        return None
    own = token.until == link.until and token.subject == subject_print(key, link.kind, *link.member)
    return link if own else None


def open_in_browser(place: PortalPlace, written: str) -> tuple[PortalLink, str] | None:
    """Open a link in one more browser: the link, and what the browser is to hold. Errors: WarehouseError."""
    link = of_token(place, written)
    if link is None:
        return None
    browser, now = secrets.token_urlsafe(32), int(time.time())
    with portal_store.writing(place.path) as rows:
        if not rows.execute(OPENED, [now, link.id]).rowcount:  # somebody opened or ended it meanwhile
            return None
        audit_log.note(AuditEvent.SIGNED_IN, link.as_thing, "portal", person=WHO, at=place.path)
        rows.execute("INSERT INTO browser VALUES (?, ?, ?)", [hashed(browser), link.id, now])
    return link, browser


def of_browser(place: PortalPlace, browser: str) -> PortalLink | None:
    """The link that a browser opened, while it lasts. Errors: WarehouseError."""
    with portal_store.reading(place.path) as rows:
        found = rows.execute(OF_BROWSER, [hashed(browser)]).fetchone() if rows else None
    link = _link(*found) if found else None
    return link if link and link.lasts(place.warehouse, time.time()) else None


def leave(place: PortalPlace, browser: str) -> None:
    """One browser is done; the link holds. Errors: WarehouseError."""
    with portal_store.writing(place.path) as rows:
        rows.execute("DELETE FROM browser WHERE token = ?", [hashed(browser)])


def new_form(place: PortalPlace, browser: str, address: str) -> str:
    """What a form at an address carries, so that this browser alone can send it, and once."""
    once = secrets.token_hex(16)
    return f"{once}.{form_mac(portal_store.key_of(place.path), hashed(browser), address, once)}"


def is_own_form(place: PortalPlace, browser: str, address: str, carried: str) -> bool:
    """Whether a form was given to this browser at this address."""
    once, _, mac = carried.partition(".")
    key = portal_store.key_of(place.path)
    own = form_mac(key, hashed(browser), address, once)
    return bool(key) and secrets.compare_digest(mac.encode(), own.encode())


def first_sent(place: PortalPlace, link: PortalLink, carried: str) -> bool:
    """Whether a form is sent for the first time; from now on it was. Notes that the link is used."""
    with portal_store.writing(place.path) as rows:
        rows.execute("UPDATE link SET used_at = ? WHERE id = ?", [int(time.time()), link.id])
        return bool(
            rows.execute("INSERT OR IGNORE INTO sent VALUES (?, ?)", [hashed(carried), link.id]).rowcount
        )


def forget(path: Path, is_own: Callable[[Member], bool]) -> int:
    """Take away the links of a customer, to the last byte; how many there were. Errors: WarehouseError."""
    own = [each for each in _customers(path) if is_own(each.member)]
    if own:
        with portal_store.writing(path) as rows:
            for each in own:
                for table in ("sent", "browser"):
                    rows.execute(f"DELETE FROM {table} WHERE link = ?", [each.id])
                rows.execute("DELETE FROM link WHERE id = ?", [each.id])
        portal_store.KIND.leave_nothing(portal_store.place(path))
    return len(own)


def _customers(path: Path) -> Iterable[PortalLink]:
    """Those of every warehouse at the place."""
    with portal_store.reading(path) as rows:
        found = rows.execute(f"SELECT {COLUMNS} FROM link WHERE kind = 'customer'").fetchall() if rows else []
    return (_link(*row) for row in found)


def _found(path: Path, id: str) -> PortalLink | None:
    with portal_store.reading(path) as rows:
        found = rows.execute(f"SELECT {COLUMNS} FROM link WHERE id = ?", [id]).fetchone() if rows else None
    return _link(*found) if found else None


def _link(*row: Any) -> PortalLink:
    """A row of `COLUMNS`."""
    id, warehouse, kind, numbering, number, made_at, made_by, until, openings, opened, used_at, *revoked = row
    link = PortalLink(
        id, warehouse, kind, (numbering, number), made_at, made_by, until, openings, opened, used_at
    )
    return replace(link, revoked_at=revoked[0], revoked_by=revoked[1] or "")
