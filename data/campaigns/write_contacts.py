"""The one door by which a campaign reaches anybody: whom it may, drawn into arms, written down in one publication."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import polars as pl

from data import environment
from data.access.acting import acting
from data.access.deed import Deed
from data.campaigns import contact_rows
from data.campaigns.campaign_content import with_codes
from data.campaigns.contact_channel import Frames, contact_channel
from data.campaigns.contact_messages import Messages
from data.campaigns.contact_rules import ContactRules, frames_of, not_asked
from data.campaigns.drawn_contacts import DrawnContacts, draw
from data.campaigns.own_members import SOURCE, own_member
from data.campaigns.response_codes import response_codes
from data.connection import Connection
from data.errors import BadRequest
from data.load.record import batch_ledger
from data.model.calendar import day_key
from data.model.canonical_tables import CAMPAIGN, CHANNEL
from data.operational.planned_campaigns import ENDED, RUNNING, TREATED, PlannedCampaign
from data.store import write_moments
from data.store.end_of_write import postponed
from data.store.publication import CONTACTS_OF, OF_CAMPAIGN
from data.store.warehouse import Warehouse, current_version, writing
from data.store.warehouse_in_writing import WarehouseInWriting

PUBLISHED = "SELECT max(number) AS number FROM publication"
LAST = "SELECT coalesce(max(export), 0)::INTEGER AS export FROM campaign_export WHERE campaign = ?"
OF_CHANNEL = """SELECT channel_code FROM channel WHERE channel_code > 0 AND lower(?) IN (lower(id), lower(name))
ORDER BY lower(id) = lower(?) DESC, channel_code LIMIT 1"""
DIGITS = 7  # of a contact's number within its campaign, so that numbers sort as texts


class _NothingNew(Exception):
    """Somebody else wrote it in the meantime."""


@dataclass(frozen=True, slots=True)
class ContactExport:
    """What an export did. `number` counts the exports of the campaign from 1; where there was nothing to write it is
    that of the last one before, or 0; `is_new` whether this call wrote it. `added` were reached now, `removed` were
    reached before and are not to be any longer, `unchanged` were reached before and still are; `held_out` are those by
    now. `left_out` counts customers by the name of the reason; `notes` belong beside it."""

    campaign: str
    number: int
    day: date
    is_new: bool
    added: int
    removed: int
    unchanged: int
    held_out: int
    left_out: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def write_contacts(
    path: Path,
    campaign: PlannedCampaign,
    customers: np.ndarray,
    rules: ContactRules,
    messages: Messages | None = None,
    who: str = "",
    confirmed: bool = False,
) -> ContactExport:
    """Write the contacts of a campaign with `customers` (codes), all of its audience as it is now, on the rules' day.

    Those whom `rules` leave out are not reached. `messages` write what each is sent, once all are drawn. A call that
    brings nothing new writes nothing. Nobody is removed from a campaign whole unless that is `confirmed`. Errors:
    BadRequest where the campaign does not run on the day, names what there is not, or would remove everybody;
    NotAllowed for a person whose roles cut rows; WarehouseError.
    """
    acting().policy.check_whole("The contacts of a campaign are of its whole audience")
    current_version(path)
    warehouse = Warehouse(path)
    try:
        seen, last = _published(warehouse.frame), _last(warehouse.frame, campaign)
        drawn = _draw(warehouse.frame, campaign, customers, rules, confirmed)
        told = _told(campaign, rules, drawn, last, warehouse.frame)
        contents = _contents(messages, warehouse, drawn)
    finally:
        warehouse.close()
    with suppress(_NothingNew):
        if drawn.is_new:
            # Roll-ups of contacts, where there are none yet, are made by the next load: nobody waits for them here.
            with postponed(), writing(path, f"{CONTACTS_OF} {campaign.id}", Deed.CAMPAIGN) as connection:
                if _published(frames_of(connection)) != seen:
                    drawn = _draw(frames_of(connection), campaign, customers, rules, confirmed)
                    contents = _contents(messages, WarehouseInWriting(connection, path), drawn)
                told = enter_contacts(connection, campaign, rules, drawn, contents, who)
                if not told.is_new:
                    raise _NothingNew
                write_moments.step("contacts written")
    return told


def enter_contacts(
    connection: Connection,
    campaign: PlannedCampaign,
    rules: ContactRules,
    drawn: DrawnContacts,
    contents: pl.DataFrame | None = None,
    who: str = "",
) -> ContactExport:
    """Write what was `drawn`, in the transaction of whoever asks."""
    frame = frames_of(connection)
    told = _told(campaign, rules, drawn, _last(frame, campaign) + drawn.is_new, frame)
    if drawn.is_new:
        batch = _write(connection, campaign, drawn, contents, rules.day) if drawn.fresh.height else None
        _enter(connection, told, drawn, batch, who or environment.who())
    return told


def _contents(messages: Messages | None, warehouse: Warehouse, drawn: DrawnContacts) -> pl.DataFrame | None:
    """What each of those who are reached now is sent."""
    reached = drawn.fresh.filter(pl.col("arm") == TREATED)
    if messages is None or reached.is_empty():
        return None
    return messages(warehouse, reached.select("customer", arm=pl.coalesce("variant", "arm")))


def _draw(
    frame: Frames, campaign: PlannedCampaign, customers: np.ndarray, rules: ContactRules, confirmed: bool
) -> DrawnContacts:
    _check(campaign, rules)
    drawn = draw(frame, campaign, customers, rules)
    _refuse_removing_all(campaign, drawn, confirmed)
    return drawn


def _check(campaign: PlannedCampaign, rules: ContactRules) -> None:
    if campaign.state != RUNNING:
        how = "has ended" if campaign.state == ENDED else "has not started"
        raise BadRequest(
            f"“{campaign.name}” {how}: nobody is reached.", "Start it, or plan another campaign."
        )
    if not campaign.starts <= rules.day <= campaign.ends:
        raise BadRequest(
            f"“{campaign.name}” runs from {campaign.starts} to {campaign.ends}, not on {rules.day}.",
            "Choose a day in between.",
        )
    if campaign.design.kind == "switchback":
        raise BadRequest(
            "A switchback is drawn by days, and reaches everybody of a day: it has no list of contacts.",
            "Choose another design, or bring its contacts as a file.",
        )


def _refuse_removing_all(campaign: PlannedCampaign, drawn: DrawnContacts, confirmed: bool) -> None:
    if drawn.removes_all and not confirmed:
        raise BadRequest(
            f"This would take back all {drawn.active:,} contacts of “{campaign.name}”: none of these customers is in"
            " its audience any longer and may be reached.",
            "Look at the audience; if all are to be taken back, confirm it.",
        )


def _published(frame: Frames) -> int:
    return int(frame(PUBLISHED, []).item() or 0)


def _last(frame: Frames, campaign: PlannedCampaign) -> int:
    return int(frame(LAST, [campaign.id]).item())


def _told(
    campaign: PlannedCampaign, rules: ContactRules, drawn: DrawnContacts, number: int, frame: Frames
) -> ContactExport:
    notes = list(campaign.notes)
    if not campaign.is_global_holdout:
        notes += not_asked(frame, rules)
    if campaign.design.held_out and not drawn.held_out and drawn.fresh.height:
        notes.append("Nobody fell into the held-out share: there are too few customers to tell an effect.")
    if not drawn.is_new and not drawn.active:
        notes.append("There is nobody to reach.")
    return ContactExport(
        campaign.id, number, rules.day, drawn.is_new, drawn.added, drawn.taken_back, drawn.unchanged,
        drawn.held_out, drawn.left_out, tuple(notes),
    )  # fmt: skip


def _write(
    connection: Connection,
    campaign: PlannedCampaign,
    drawn: DrawnContacts,
    contents: pl.DataFrame | None,
    day: date,
) -> int:
    """Write the rows of `contact`, and say their batch."""
    now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    batch = batch_ledger.open_batch(connection, SOURCE, now, now, OF_CAMPAIGN)
    told = {"name": campaign.name, "campaign_type": campaign.type}
    members = {
        CAMPAIGN: own_member(connection, CAMPAIGN, campaign.id, told, campaign.starts, batch),
        CHANNEL: _channel(connection, campaign, batch),
    }
    contact_rows.put(connection, _told_to(_rows(connection, campaign, drawn), contents))
    contact_rows.insert(connection, members, day_key(day), batch)
    return batch


def _channel(connection: Connection, campaign: PlannedCampaign, batch: int) -> int:
    """The code of the campaign's channel, a new one where the firm has none of its name; 0 of a type of channels."""
    name = campaign.channel.strip()
    found = connection.execute(OF_CHANNEL, [name, name]).fetchall()
    if found:
        return int(found[0][0])
    if campaign.is_global_holdout or contact_channel(frames_of(connection), name).codes:
        return 0
    return own_member(connection, CHANNEL, name, {"name": name}, campaign.starts, batch)


def _rows(connection: Connection, campaign: PlannedCampaign, drawn: DrawnContacts) -> pl.DataFrame:
    """The new contacts with `nth`, `number`, and of those who are reached what it costs and a `code` of their own."""
    numbered = drawn.fresh.with_row_index("nth", 1)
    digits = (pl.col("nth") + drawn.written).cast(pl.String).str.zfill(DIGITS)
    is_reached, cost = pl.col("arm") == TREATED, pl.lit(campaign.cost, pl.Decimal(18, 4))
    return numbered.with_columns(
        number=pl.lit(f"{campaign.id}-") + digits,
        code=pl.when(is_reached).then(_new_codes(connection, numbered.height)),
        cost=pl.when(is_reached).then(cost),
    )


def _new_codes(connection: Connection, many: int) -> pl.Series:
    """So many response codes that no contact has."""
    while True:
        codes = response_codes(many)
        connection.register(
            "codes_of_contacts", pl.DataFrame({"code": codes}).to_arrow(compat_level=contact_rows.NEWEST)
        )
        taken = "SELECT 1 FROM codes_of_contacts JOIN contact USING (code) LIMIT 1"
        found = connection.execute(taken).fetchall()
        connection.unregister("codes_of_contacts")
        if not found:
            return codes


def _told_to(rows: pl.DataFrame, contents: pl.DataFrame | None) -> pl.DataFrame:
    """The contacts with what is `sent` to those who are reached, and the variant of that where no arm names one."""
    sent = pl.DataFrame(schema={"customer": pl.Int32, "content": pl.String, "sent": pl.String})
    if contents is not None:
        sent = contents.select(pl.col("customer").cast(pl.Int32), pl.col("variant").alias("content"), "sent")
    is_reached = pl.col("arm") == TREATED
    joined = rows.join(sent, on="customer", how="left", maintain_order="left")
    variant, text = pl.coalesce("variant", "content"), pl.col("sent")
    told = joined.with_columns(variant=pl.when(is_reached).then(variant), sent=pl.when(is_reached).then(text))
    return with_codes(told.drop("content"))


def _enter(
    connection: Connection, told: ContactExport, drawn: DrawnContacts, batch: int | None, who: str
) -> None:
    """Enter the export, and whom it takes back."""
    now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    connection.execute(
        """INSERT INTO campaign_export (export, campaign, exported_at, exported_by, day, batch, added, removed,
            unchanged, held_out, left_out) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        [told.number, told.campaign, now, who, told.day, batch, told.added, told.removed, told.unchanged,
         told.held_out, json.dumps(told.left_out)],
    )  # fmt: skip
    connection.execute(
        "INSERT INTO campaign_removal SELECT ?, ?, unnest(?::INTEGER[])",
        [told.number, told.campaign, drawn.removed["identity_key"].to_list()],
    )
