"""What campaigns sent stays sent: an earlier snapshot that is put up again takes over the exports made since.

Without them the same customers would be reached a second time. Customers are found by a number of a source, for what an
earlier snapshot calls by an identity may be somebody else; whom it does not know yet is left behind.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from data.campaigns import contact_rows
from data.campaigns.own_members import SOURCE, own_member
from data.connection import Connection
from data.errors import WarehouseError
from data.load.record import batch_ledger
from data.model.calendar import to_date
from data.model.canonical_tables import CAMPAIGN, CHANNEL
from data.store import warehouse_id
from data.store.publication import OF_CAMPAIGN
from data.store.schema_release import asks
from data.store.warehouse import Warehouse

EXPORTS = "SELECT * FROM campaign_export ORDER BY batch NULLS LAST, campaign, export"
CONTACTS = """SELECT numbering, i.id AS source_id, day_key, number, arm, variant, contact.code, sent, cost,
    row_in_source, c.id AS campaign, c.name, c.campaign_type, h.id AS channel, h.name AS channel_name, h.channel_type
FROM contact JOIN customer_identity AS i USING (identity_key) JOIN campaign AS c USING (campaign_key)
LEFT JOIN channel AS h ON h.channel_key = contact.channel_key AND h.channel_code > 0
WHERE batch = ? ORDER BY row_in_source"""
REMOVALS = """SELECT numbering, id AS source_id FROM campaign_removal JOIN customer_identity USING (identity_key)
WHERE campaign = ? AND export = ?"""
KNOWN = "SELECT numbering, id AS source_id, identity_key, customer_code AS customer FROM customer_identity"
OF_CONTACT = ("nth", "customer", "identity_key", "number", "arm", "variant", "code", "sent", "cost")


def carry_over(connection: Connection, path: Path) -> bool:
    """Bring the exports of the warehouse at `path` into the snapshot that takes its place; whether there were any.

    Nothing comes from another firm's, nor from one that cannot be read.
    """
    try:
        warehouse = Warehouse(path)
    except WarehouseError:
        return False
    try:
        own = warehouse_id.read(asks(connection))
        if not own or warehouse_id.read(warehouse.rows) != own:
            return False
        there = {
            *connection.execute("SELECT campaign, export FROM campaign_export").fetchall(),
        }
        every = warehouse.frame(EXPORTS)
        missing = [
            each for each in every.iter_rows(named=True) if (each["campaign"], each["export"]) not in there
        ]
        known = connection.sql(KNOWN).pl() if missing else pl.DataFrame()
        for each in missing:
            _carry(connection, warehouse, each, known)
    finally:
        warehouse.close()
    return bool(missing)


def _carry(connection: Connection, warehouse: Warehouse, export: dict[str, Any], known: pl.DataFrame) -> None:
    who = ["numbering", "source_id"]
    batch = None
    if export["batch"] is not None:
        rows = warehouse.frame(CONTACTS, [export["batch"]]).join(known, on=who, maintain_order="left")
        now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
        batch = batch_ledger.open_batch(connection, SOURCE, now, now, OF_CAMPAIGN)
        if rows.height:
            _write(connection, rows, batch)
    connection.execute(
        f"INSERT INTO campaign_export VALUES ({', '.join('?' * len(export))})",
        list((export | {"batch": batch}).values()),
    )
    removed = warehouse.frame(REMOVALS, [export["campaign"], export["export"]]).join(known, on=who)
    connection.execute(
        "INSERT INTO campaign_removal SELECT ?, ?, unnest(?::INTEGER[])",
        [export["export"], export["campaign"], removed["identity_key"].to_list()],
    )


def _write(connection: Connection, rows: pl.DataFrame, batch: int) -> None:
    told = rows.row(0, named=True)
    day, since = told["day_key"], to_date(told["day_key"])
    texts = {"name": told["name"], "campaign_type": told["campaign_type"]}
    members = {CAMPAIGN: own_member(connection, CAMPAIGN, told["campaign"], texts, since, batch), CHANNEL: 0}
    if told["channel"]:
        texts = {"name": told["channel_name"], "channel_type": told["channel_type"]}
        members[CHANNEL] = own_member(connection, CHANNEL, told["channel"], texts, since, batch)
    contact_rows.put(connection, rows.rename({"row_in_source": "nth"}).select(OF_CONTACT))
    contact_rows.insert(connection, members, day, batch)
