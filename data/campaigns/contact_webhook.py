"""Contacts to whatever sends them: JSON lines by POST, signed, in portions, and each only once where that is answered.

Only what is published is sent. A line's `key` is the number of its contact, so that a portion which was taken in but
never answered, and so comes again, is known to the receiver. `X-Clientela-Signature` is the HMAC-SHA256 (RFC 2104) of
`X-Clientela-Timestamp`, a full stop and the body.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import polars as pl

from data import environment
from data.campaigns.contact_files import added_contacts, exports_of, removed_contacts
from data.errors import NotAllowed, WarehouseError
from data.operational import statement_log
from data.operational.operational_store import OperationalStore
from data.operational.planned_campaigns import PlannedCampaign
from data.operational.statement_kinds import CONTACTS_SENT, Values
from data.people.audit_event import thing
from data.people.export_note import exporting
from data.store import file_locks
from data.store.warehouse import Warehouse

PORTION = 1_000
PATIENCE = 30.0
Change = Callable[[Warehouse, PlannedCampaign, int], pl.DataFrame]
CHANGES: dict[str, Change] = {"added": added_contacts, "removed": removed_contacts}


def send_contacts(warehouse: Warehouse, store: OperationalStore, campaign: PlannedCampaign) -> int:
    """Send what no webhook was sent yet of all exports of a campaign, the first before the others; how many lines.

    0 where none is set up. Errors: BadInput for an address that cannot be; NotAllowed from whom anything is kept;
    WarehouseError where it is not taken in, or
    somebody else sends at the moment.
    """
    told = environment.webhook()
    if told is None or campaign.is_global_holdout:
        return 0
    if not warehouse.policy.is_unlimited:
        raise NotAllowed(
            f"Contacts are sent whole, and some of them is kept from {warehouse.policy.person}.",
            "Ask somebody from whom nothing is.",
        )
    path = warehouse.path
    try:
        with file_locks.alone(path.with_name(f"{path.name}.sending.lock")):
            return _send(warehouse, store, campaign, *told)
    except file_locks.Busy:
        raise WarehouseError(
            "Contacts are being sent to the webhook at the moment.",
            "Wait until that ends, then send what is left.",
        ) from None


def _send(
    warehouse: Warehouse, store: OperationalStore, campaign: PlannedCampaign, address: str, secret: bytes
) -> int:
    sent = 0
    for export in reversed(exports_of(warehouse, campaign)["export"].to_list()):
        for change, rows_of in CHANGES.items():
            last = _last_sent(store, campaign, export, change)
            rows = rows_of(warehouse, campaign, export).filter(pl.col("contact") > last)
            for portion in rows.iter_slices(PORTION):
                exporting("contacts_sent", thing("campaign", campaign.id), portion.height, warehouse.path)
                post(address, secret, _lines(campaign, change, portion))
                _note(store, campaign, export, change, portion["contact"][-1])
                sent += portion.height
    return sent


def post(address: str, secret: bytes, body: bytes) -> None:
    """Errors: WarehouseError where nobody answers, or it is not taken in. No redirect is followed."""
    told = urlsplit(address)
    kind = http.client.HTTPSConnection if told.scheme == "https" else http.client.HTTPConnection
    connection = kind(told.hostname or "", told.port, timeout=PATIENCE)
    way = (told.path or "/") + (f"?{told.query}" if told.query else "")
    try:
        connection.request("POST", way, body, _headers(secret, body))
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise _refused(f"cannot be reached ({type(error).__name__})") from error
    finally:
        connection.close()
    if not 200 <= status < 300:
        raise _refused(f"answered {status}")


def _refused(how: str) -> WarehouseError:
    return WarehouseError(
        f"The webhook {how}: contacts that it has not taken in wait.",
        f"Look at {environment.WEBHOOK}, then run it again: only what is missing is sent.",
    )


def _headers(secret: bytes, body: bytes) -> dict[str, str]:
    now = str(int(time.time()))
    signed = hmac.new(secret, f"{now}.".encode() + body, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/x-ndjson",
        "X-Clientela-Timestamp": now,
        "X-Clientela-Signature": f"sha256={signed}",
    }


def _lines(campaign: PlannedCampaign, change: str, rows: pl.DataFrame) -> bytes:
    head = {"change": change, "campaign": campaign.id}
    told = ({"key": each["contact"], **head, **each} for each in rows.iter_rows(named=True))
    return "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in told).encode()


def _last_sent(store: OperationalStore, campaign: PlannedCampaign, export: int, change: str) -> str:
    found = (each.told for each in statement_log.current(store, CONTACTS_SENT))
    wanted = (campaign.id, export, change)
    return next((str(t["last"]) for t in found if (t["campaign"], t["export"], t["change"]) == wanted), "")


def _note(store: OperationalStore, campaign: PlannedCampaign, export: int, change: str, last: str) -> None:
    values: Values = {"campaign": campaign.id, "export": export, "change": change, "last": last}
    statement_log.say(store, CONTACTS_SENT, values)
