"""What is known of partners and when it was: since when, their first order, what happened with each."""

from __future__ import annotations

import polars as pl

from data.collaborate.partner_agreements import agreements
from data.lifecycle.partner_event_words import event_sql
from data.model.canonical_tables import MAIN_FACT, PARTNER
from data.store.warehouse import Warehouse

LATEST = f"""SELECT {PARTNER.code} AS code, any_value(id) AS partner, any_value(name) AS name,
    arg_max(partner_type, valid_to) AS type, arg_max(partner_stage, valid_to) AS listed_as
FROM partner WHERE {PARTNER.code} > 0 GROUP BY {PARTNER.code}"""
KNOWN = f"""SELECT subject AS code, DATE '1970-01-01' + min(day_key) AS known FROM stage_event
WHERE subject_kind = '{PARTNER.name}' AND to_stage IS NOT NULL GROUP BY subject"""
TRADED = " UNION ALL ".join(
    [
        f"SELECT {PARTNER.code} AS code, min(day_key) AS day FROM lead_time GROUP BY {PARTNER.code}",
        *(
            f"SELECT {PARTNER.code}, min(day_key) FROM {MAIN_FACT.name} JOIN {PARTNER.name}"
            f" ON {PARTNER.name}.{PARTNER.key} = {MAIN_FACT.name}.{key} WHERE NOT is_return GROUP BY {PARTNER.code}"
            for key in ("partner_key", "seller_key")
        ),
    ]
)
EVENTS = f"""SELECT {PARTNER.code} AS code, DATE '1970-01-01' + day_key AS day, event, {event_sql("event")} AS kind,
    until, note, number, origin FROM partner_event JOIN batch USING (batch) ORDER BY day_key, batch, row_in_source"""
EVENT_SCHEMA = pl.Schema({
    "code": pl.Int32, "day": pl.Date, "event": pl.String, "kind": pl.String, "until": pl.Date,
    "note": pl.String, "said": pl.String, "by": pl.String, "is_row": pl.Boolean,
})  # fmt: skip


def known_partners(warehouse: Warehouse) -> pl.DataFrame:
    """A row a partner: `code`, `partner` (its id), `name`, `type`, what its list calls its stage (`listed_as`), since
    when it is `known`, and the day of its `first` order or sale (null: none)."""
    first = f"SELECT code, (DATE '1970-01-01' + min(day))::DATE AS first FROM ({TRADED}) GROUP BY code"
    sql = f"""SELECT latest.*, known.known::DATE AS known, traded.first FROM ({LATEST}) AS latest
    LEFT JOIN ({KNOWN}) AS known USING (code) LEFT JOIN ({first}) AS traded USING (code) ORDER BY partner"""
    return warehouse.frame(sql, [])


def partner_events(warehouse: Warehouse) -> pl.DataFrame:
    """What happened with partners (EVENT_SCHEMA), the earliest first: rows of sources, and what was said here, be it
    one of the snapshot yet (`is_row`) or not; what was taken back is not there. `kind` is what the life cycle hears,
    null for a word that it does not know."""
    rows = warehouse.frame(EVENTS, [])
    codes = dict(warehouse.rows(f"SELECT id, {PARTNER.code} FROM partner_identity"))
    held = {each.said: each for each in agreements(warehouse) if each.partner.id in codes}
    of_sources = rows.filter(pl.col("origin") != "service").with_columns(
        said=pl.lit(""), by=pl.lit(""), is_row=pl.lit(True)
    )
    numbers = set(rows.filter(pl.col("origin") == "service")["number"].to_list())
    said = [
        (codes[each.partner.id], each.on, each.event, each.event, each.until, each.note or None, each.said, each.by,
         each.said in numbers)
        for each in held.values()
    ]  # fmt: skip
    both = pl.concat(
        [of_sources.select(*EVENT_SCHEMA).cast(EVENT_SCHEMA), pl.DataFrame(said, EVENT_SCHEMA, orient="row")]
    )
    return both.sort("day", maintain_order=True)


def unknown_words(events: pl.DataFrame) -> list[tuple[str, int]]:
    """Words of sources that the life cycle does not know, and how often each is told."""
    strange = (
        events.filter(pl.col("kind").is_null())
        .group_by("event")
        .len()
        .sort("len", "event", descending=[True, False])
    )
    return [(str(word), int(many)) for word, many in strange.iter_rows()]
