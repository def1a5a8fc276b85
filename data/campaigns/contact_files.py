"""The files of a campaign's contacts: functions of stored rows alone, so the same bytes each time.

Nobody who is held out stands in any of them, nor anybody who was erased.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any

import polars as pl

from data.campaigns.contact_channel import contact_channel
from data.errors import BadRequest, WarehouseError
from data.export.spreadsheet_text import harmless
from data.operational.planned_campaigns import PlannedCampaign
from data.store import file_locks, write_moments
from data.store.warehouse import Warehouse

# What an address is made of, by the field that reaches people by a channel.
ADDRESSES: dict[str, tuple[str, ...]] = {
    "email": ("email",),
    "phone": ("phone",),
    "street": ("street", "postcode", "city", "region", "country"),
    "": (),
}
OF_CAMPAIGN = """SELECT contact.customer_code, customer_key, identity_key, lower(arm) AS arm, number, code, variant,
    sent, e.export FROM contact JOIN campaign_export AS e USING (batch) WHERE e.campaign = $1 AND e.export <= $2"""
NAMELESS = "SELECT identity_key FROM erased WHERE dimension = 'customer'"
# Of several contacts of one customer (merged, or reached again) the last that stands.
LISTED = """WITH written AS ({written}),
out AS (SELECT DISTINCT customer_code FROM written WHERE arm <> 'treated'),
taken AS (
    SELECT identity_key, max(export) AS last FROM campaign_removal WHERE campaign = $1 AND export <= $2
    GROUP BY identity_key),
every AS (
    SELECT written.* FROM written LEFT JOIN taken USING (identity_key) ANTI JOIN out USING (customer_code)
    ANTI JOIN ({nameless}) USING (identity_key) WHERE {kept}),
several AS (SELECT customer_code FROM every GROUP BY customer_code HAVING count(*) > 1),
reached AS (
    SELECT * FROM every ANTI JOIN several USING (customer_code) UNION ALL (
    SELECT * FROM every SEMI JOIN several USING (customer_code)
    QUALIFY row_number() OVER (PARTITION BY customer_code ORDER BY export DESC, number DESC) = 1))
SELECT reached.number AS contact, reached.code, i.id AS customer, i.numbering AS source, c.name{address}, variant,
    sent AS text
FROM reached JOIN customer_identity AS i USING (identity_key) JOIN customer AS c USING (customer_key)
{records}
ORDER BY contact"""
KEPT = "coalesce(taken.last < written.export, true)"
ADDED = "written.export = $2"
# Of each field what the most trusted, then latest statement says.
RECORDS = """LEFT JOIN (WITH record AS (
        SELECT customer_code, trust, seen_until, stream, {fields} FROM customer_record
        JOIN customer_identity USING (identity_key) WHERE NOT deleted
    ), many AS (SELECT customer_code FROM record GROUP BY customer_code HAVING count(*) > 1)
    SELECT customer_code, {fields} FROM record ANTI JOIN many USING (customer_code) UNION ALL
    SELECT customer_code, {said} FROM record SEMI JOIN many USING (customer_code) GROUP BY customer_code
) AS a ON a.customer_code = reached.customer_code"""
SAID = "arg_max({0}, (trust, seen_until, stream)) FILTER ({0} IS NOT NULL) AS {0}"
REMOVED = """SELECT t.number AS contact, t.code, i.id AS customer, i.numbering AS source
FROM campaign_removal AS r JOIN ({written}) AS t USING (identity_key)
JOIN customer_identity AS i USING (identity_key) ANTI JOIN ({nameless}) USING (identity_key)
WHERE r.campaign = $1 AND r.export = $2 AND t.arm = 'treated'
QUALIFY row_number() OVER (PARTITION BY identity_key ORDER BY t.export DESC, t.number DESC) = 1 ORDER BY contact"""
EXPORTS = """SELECT export, exported_at, exported_by, day, added, removed, unchanged, held_out FROM campaign_export
WHERE campaign = ? ORDER BY export DESC"""
WRITING = ".part"


def contact_list(warehouse: Warehouse, campaign: PlannedCampaign, export: int | None = None) -> pl.DataFrame:
    """Everybody whom a campaign reached up to an export (the last one if not said) and did not take back since.

    Columns: contact, code, customer (their own number at its `source`), source, name, the address of the channel,
    variant, text. Errors: BadRequest where there is no such export.
    """
    return _listed(warehouse, campaign, export, KEPT)


def added_contacts(
    warehouse: Warehouse, campaign: PlannedCampaign, export: int | None = None
) -> pl.DataFrame:
    """The same of those whom this export added."""
    return _listed(warehouse, campaign, export, ADDED)


def removed_contacts(
    warehouse: Warehouse, campaign: PlannedCampaign, export: int | None = None
) -> pl.DataFrame:
    """Contact, code, customer and source of those whom this export took back."""
    asked = _asked(warehouse, campaign, export)
    return warehouse.frame(REMOVED.format(written=OF_CAMPAIGN, nameless=NAMELESS), asked)


def exports_of(warehouse: Warehouse, campaign: PlannedCampaign) -> pl.DataFrame:
    """The exports of a campaign, the latest first: export, exported_at (UTC), exported_by, day, added, removed,
    unchanged, held_out."""
    return warehouse.frame(EXPORTS, [campaign.id])


def _listed(warehouse: Warehouse, campaign: PlannedCampaign, export: int | None, kept: str) -> pl.DataFrame:
    asked = _asked(warehouse, campaign, export)
    if campaign.is_global_holdout:
        raise BadRequest(
            f"“{campaign.name}” reaches nobody.", "It holds customers out of all other campaigns."
        )
    fields = ADDRESSES[contact_channel(warehouse.frame, campaign.channel).address]
    said = ", ".join(SAID.format(each) for each in fields)
    sql = LISTED.format(
        written=OF_CAMPAIGN,
        nameless=NAMELESS,
        address="".join(f", a.{each}" for each in fields),
        records=RECORDS.format(fields=", ".join(fields), said=said) if fields else "",
        kept=kept,
    )
    return warehouse.frame(sql, asked)


def _asked(warehouse: Warehouse, campaign: PlannedCampaign, export: int | None) -> list[Any]:
    there = exports_of(warehouse, campaign)["export"].to_list()
    if not there:
        raise BadRequest(f"“{campaign.name}” has no export yet.", "Write its contacts first.")
    if export is not None and export not in there:
        raise BadRequest(
            f"“{campaign.name}” has no export {export}.", f"There are those from 1 to {there[0]}."
        )
    return [campaign.id, there[0] if export is None else export]


def csv_bytes(frame: pl.DataFrame) -> bytes:
    """UTF-8, texts that a spreadsheet would run made harmless."""
    return harmless(frame).write_csv().encode()


def write_file(content: bytes, to: Path) -> None:
    """Put a file in place whole or not at all, on the disk before its name is; what others write at the same time
    stays their own. What is no file, such as /dev/stdout, is written to as it is. Errors: WarehouseError."""
    try:
        if to.exists() and not to.is_file():
            to.write_bytes(content)
            return
        _clear_away(to)
        with _part_of(to) as part:
            part.write(content)
            part.flush()
            write_moments.step("file written")
            os.fsync(part.fileno())
            write_moments.step("before the file is there")
            Path(part.name).replace(to)
    except OSError as error:
        raise WarehouseError(
            f"The file {to} cannot be written: {error.strerror or error}.",
            "The contacts are written: name another file, and run it again.",
        ) from error
    write_moments.step("file there")


@contextmanager
def _part_of(to: Path) -> Iterator[IO[bytes]]:
    """A file of our own beside `to`, its owner's alone and held by us; it is gone where something goes wrong."""
    with NamedTemporaryFile(prefix=f".{to.name}.", suffix=WRITING, dir=to.parent, delete=False) as part:
        file_locks.take(part.fileno())
        try:
            yield part
        except BaseException:
            Path(part.name).unlink(missing_ok=True)
            raise


def _clear_away(to: Path) -> None:
    """Take away what processes that were ended left beside `to`."""
    for each in to.parent.glob(f".{escape(to.name)}.*{WRITING}"):
        with suppress(OSError), each.open("rb") as left:
            if file_locks.take(left.fileno()):
                each.unlink(missing_ok=True)
